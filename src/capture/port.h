/* One interface that is captured from: libpcap's handle and whether it is up. */
#ifndef CAPTURE_PORT_H
#define CAPTURE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "capture/capture.h"

enum port_state { PORT_UP, PORT_DOWN, PORT_GONE };

struct port {
	void *pcap;         /* libpcap's pcap_t */
	char *name;
	int fd;
	int index;          /* of the interface; changes when that is created anew */
	enum port_state state;
	bool promiscuous;
	uint16_t dlt;
	uint32_t snaplen;
	int64_t since_us;   /* earlier frames are from before the fan-out */
	uint32_t kernel_dropped, interface_dropped; /* libpcap's counters, which wrap */
	unsigned faults;    /* in a row */
	/* fanout.c's */
	bool shared;        /* a member of a fan-out */
	unsigned group;
	void *filter;       /* the user's, as the kernel has it */
	unsigned filter_n;
};

/* Open and activate.
 * in      several: other interfaces are captured too, and merged by time
 *         fellow: a port of the same interface, whose frames are shared out (options->sharers)
 * errors  ERR_PERMISSION, ERR_USAGE, ERR_IO with err_detail(): remedies, or the interfaces there are */
MUSTCHECK enum err port_open(struct port *p, const char *name, const struct capture_options *options, bool several,
                         const struct port *fellow);
void port_close(struct port *p);

/* Where port_read() puts frames: copies, since the kernel gets a ring block back as soon as libpcap
 * has read its last packet. */
struct port_sink {
	struct frame *frames;
	unsigned n, room;
	uint8_t *bytes;     /* room for `room` frames of the port's snaplen */
	size_t used;
};

/* Read what has come, without waiting, until the sink is full.
 * errors  ERR_IO with err_detail(): more consecutive faults than an interface that comes and goes causes */
MUSTCHECK enum err port_read(struct port *p, struct port_sink *sink);

/* Check whether the interface is there and up; take it up again when it was created anew (no
 * capability is needed for that). True: the state changed.
 * errors are in ret_err: ERR_IO when it is back and cannot be taken up */
bool port_watch(struct port *p, enum err *ret_err);

/* Bind its socket to an interface, 0: to all. False: errno says why. */
bool port_bind(const struct port *p, int index);

/* Packets newly dropped by the kernel or the interface since the last call. */
uint64_t port_dropped(struct port *p);

#endif
