#include "service.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>

bool service_is_watched(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void service_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void service_status(const char *status)
{
	sd_notifyf(0, "STATUS=%s", status);
}

void service_reloading(void)
{
	sd_notify(0, "RELOADING=1");
}

void service_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

int64_t service_alive_every_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 2) : 0;
}

void service_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}
