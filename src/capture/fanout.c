/* A member of a fan-out group cannot be rebound, and an interface that was created anew is a
 * different one to the kernel. So members are bound to all interfaces, and a socket filter admits
 * only the wanted one: the filter can be replaced at any time, without a capability. */
#include "capture/fanout.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "capture/inside.h"

#define BEFORE 3u /* instructions in front of the user's own filter */

static enum err fail_shared(const struct port *p)
{
	return name_fail(ERR_IO, p->name, "cannot be shared among threads: %s; try without -j", strerror(errno));
}

/* The filter that libpcap has set, if any: a copy. */
static enum err copy_filter(struct port *p)
{
	socklen_t n = 0;

	if (getsockopt(p->fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n) != 0)
		return fail_shared(p);
	p->filter = calloc(n + 1, sizeof(struct sock_filter));
	if (!p->filter)
		return err_fail(ERR_MEMORY, "out of memory for a filter");
	if (n && getsockopt(p->fd, SOL_SOCKET, SO_GET_FILTER, p->filter, &n) != 0)
		return fail_shared(p);
	p->filter_n = (unsigned)n;
	return ERR_OK;
}

enum err fanout_follow(struct port *p, int index)
{
	const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	const struct sock_filter before[BEFORE] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)index, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	unsigned n = p->filter_n ? p->filter_n : 1;
	struct sock_filter *code = calloc(BEFORE + n, sizeof *code);

	if (!code)
		return err_fail(ERR_MEMORY, "out of memory for a filter");
	memcpy(code, before, sizeof before);
	memcpy(code + BEFORE, p->filter_n ? p->filter : &all, n * sizeof *code);
	struct sock_fprog program = {.len = (unsigned short)(BEFORE + n), .filter = code};
	int r = setsockopt(p->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	enum err e = r == 0 ? ERR_OK : fail_shared(p);
	free(code);
	return e;
}

/* For a new group the kernel chooses an id that no other program uses. */
static enum err join(struct port *p, const struct port *fellow)
{
	unsigned type = PACKET_FANOUT_HASH | (fellow ? 0u : PACKET_FANOUT_FLAG_UNIQUEID);
	unsigned value = (fellow ? fellow->group : 0) | type << 16;
	socklen_t n = sizeof value;

	if (setsockopt(p->fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) != 0 ||
	    getsockopt(p->fd, SOL_PACKET, PACKET_FANOUT, &value, &n) != 0)
		return fail_shared(p);
	p->group = value & 0xffff;
	p->since_us = wall_clock_us();
	return ERR_OK;
}

enum err fanout_join(struct port *p, const struct port *fellow)
{
	enum err e = ERR_OK;

	p->shared = true;
	if (p->index) {
		e = copy_filter(p);
		if (e == ERR_OK)
			e = fanout_follow(p, p->index);
		if (e == ERR_OK && !port_bind(p, 0))
			e = fail_shared(p);
	}
	return e == ERR_OK ? join(p, fellow) : e;
}

void fanout_release(struct port *p)
{
	free(p->filter);
	p->filter = NULL;
}
