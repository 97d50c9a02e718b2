/* What systemd is told (sd_notify), where it started the program. The one door
 * to libsystemd. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether somebody listens: then a local socket is made for each message. */
bool service_is_watched(void);
void service_ready(const char *status);
void service_status(const char *status);
/* Lists are being read anew; service_ready() ends it. */
void service_reloading(void);
void service_stopping(void);
/* How often service_alive() is expected, halved; 0: never. */
int64_t service_alive_every_us(void);
void service_alive(void);

#endif
