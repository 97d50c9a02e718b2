/* Notifications to systemd (sd_notify), if it started the program. The one door to libsystemd. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether somebody listens: each message then creates a local socket. */
bool service_is_watched(void);
void service_ready(const char *status);
void service_status(const char *status);
/* Lists are being read anew; service_ready() ends it. */
void service_reloading(void);
void service_stopping(void);
/* Half the interval at which service_alive() is expected; 0: never. */
int64_t service_alive_every_us(void);
void service_alive(void);

#endif
