/* A seccomp filter for a monitor that has opened everything it needs. */
#ifndef CAPTURE_SANDBOX_H
#define CAPTURE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sandbox_options {
	const int *packet_fds; /* capture_descriptors(): they may be read, never written */
	size_t packet_fds_n;
	bool local_sockets;    /* new AF_UNIX sockets: sd_notify */
	bool listen;           /* answer on a listening socket that is open already (metrics over HTTP) */
	bool resolve;          /* new AF_INET and AF_INET6 UDP and TCP sockets: --resolve */
};

/* Let the whole process (all threads, also later ones) do only what a monitor does after its start:
 *   read, write, seek, sync, stat, lock, truncate, rename and remove files (as the user may: the database), memory,
 *   futexes, new threads, clocks and timers, signals, poll, what libpcap needs of its socket (counters, moving to an
 *   interface that was created anew).
 * These kill the process: executing a program, tracing another process, a new packet, raw or netlink socket, and
 * anything by which bytes or a copy of the descriptor could leave through a packet socket (write, send, sendfile,
 * splice, dup, io_uring, ...). So no packet can be sent and no program run.
 * Everything else fails with ENOSYS, so that a library falls back or reports it.
 *
 * Call it after privilege_drop() and after libraries have started; from then on nothing can fork, and no library can
 * be loaded (a program run on --alert needs a helper process started before).
 * errors  ERR_PERMISSION with err_detail(); the caller must not go on */
MUSTCHECK enum err sandbox_enter(const struct sandbox_options *options);

#endif
