#include "capture/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "capture/fanout.h"
#include "capture/filter.h"
#include "capture/inside.h"
#include "capture/link.h"

#define BUFFER_BYTES (64u << 20)  /* 150 ms at 430 MB/s */
#define SNAPLEN 262144u
#define WAIT_MS 100               /* a ring block is handed over after this, full or not */
#define WAIT_SEVERAL_MS 10        /* merging by time has to wait for all of them */
#define FAULTS_MOST 100

/* "no such interface", with those that there are. */
static enum err fail_unknown(const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;
	struct text t = {0};

	if (pcap_findalldevs(&all, why) == 0)
		for (const pcap_if_t *i = all; i; i = i->next)
			if (if_nametoindex(i->name) != 0)
				text_addf(&t, "%s%s", t.n ? ", " : "", i->name);
	if (all)
		pcap_freealldevs(all);
	name_fail(ERR_USAGE, name, "no such interface; there are: %s",
	          t.at && !t.failed ? t.at : "none that can be listed");
	text_release(&t);
	return ERR_USAGE;
}

static enum err fail_activate(const char *name, pcap_t *pcap, int result)
{
	switch (result) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return fail_unknown(name);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return name_fail(ERR_PERMISSION, name,
		                 "no permission to capture; run as root, or allow the program with "
		                 "setcap cap_net_raw+ep, or start it by its systemd unit");
	case PCAP_ERROR_IFACE_NOT_UP:
		return name_fail(ERR_IO, name, "the interface is down; raise it with: ip link set dev NAME up");
	default:
		return name_fail(ERR_IO, name, "cannot capture: %s",
		                 *pcap_geterr(pcap) ? pcap_geterr(pcap) : pcap_statustostr(result));
	}
}

static enum err activate(struct port *p, const struct capture_options *options, bool several)
{
	size_t buffer = options->buffer_bytes ? options->buffer_bytes : BUFFER_BYTES;
	pcap_t *pcap = p->pcap;

	if (options->sharers > 1)
		buffer /= options->sharers;
	pcap_set_snaplen(pcap, (int)p->snaplen);
	pcap_set_promisc(pcap, options->promiscuous);
	pcap_set_timeout(pcap, several ? WAIT_SEVERAL_MS : WAIT_MS);
	pcap_set_buffer_size(pcap, buffer < INT_MAX ? (int)buffer : INT_MAX);
	pcap_set_immediate_mode(pcap, options->immediate);
	int result = pcap_activate(pcap);
	return result < 0 ? fail_activate(p->name, pcap, result) : ERR_OK;
}

static enum err set_filter(struct port *p, const char *expression)
{
	struct bpf_program code;

	if (!expression || !*expression)
		return ERR_OK;
	enum err e = filter_compile(p->pcap, expression, p->dlt, &code);
	if (e != ERR_OK)
		return e;
	if (pcap_setfilter(p->pcap, &code) != 0)
		e = name_fail(ERR_IO, p->name, "the filter cannot be set: %s", pcap_geterr(p->pcap));
	pcap_freecode(&code);
	return e;
}

enum err port_open(struct port *p, const char *name, const struct capture_options *options, bool several,
                   const struct port *fellow)
{
	char why[PCAP_ERRBUF_SIZE];

	*p = (struct port){.promiscuous = options->promiscuous, .snaplen = options->snaplen};
	if (p->snaplen == 0 || p->snaplen > SNAPLEN)
		p->snaplen = SNAPLEN;
	p->name = strdup(name);
	p->pcap = p->name ? pcap_create(name, why) : NULL;
	enum err e = p->pcap ? activate(p, options, several) : err_fail(ERR_MEMORY, "out of memory for an interface");
	if (e == ERR_OK) {
		p->fd = pcap_fileno(p->pcap);
		p->index = (int)if_nametoindex(name);
		p->dlt = link_short(pcap_datalink(p->pcap));
		e = set_filter(p, options->filter);
	}
	if (e == ERR_OK && options->sharers > 1)
		e = fanout_join(p, fellow);
	if (e == ERR_OK && pcap_setnonblock(p->pcap, 1, why) != 0)
		e = name_fail(ERR_IO, name, "cannot capture: %s", why);
	if (e != ERR_OK)
		port_close(p);
	return e;
}

void port_close(struct port *p)
{
	if (p->pcap)
		pcap_close(p->pcap);
	fanout_release(p);
	free(p->name);
	p->pcap = NULL;
	p->name = NULL;
}

struct delivery {
	const struct port *port;
	struct port_sink *sink;
};

static void deliver(uint8_t *context, const struct pcap_pkthdr *h, const uint8_t *bytes)
{
	const struct delivery *d = (const struct delivery *)(void *)context;
	struct port_sink *s = d->sink;
	int64_t time_us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;

	if (time_us < d->port->since_us || h->caplen > d->port->snaplen)
		return;
	struct frame *f = &s->frames[s->n++];
	f->time_us = time_us;
	f->bytes = memcpy(s->bytes + s->used, bytes, h->caplen);
	f->captured = h->caplen;
	f->length = h->len > h->caplen ? h->len : h->caplen;
	f->link = d->port->dlt;
	s->used += h->caplen;
}

enum err port_read(struct port *p, struct port_sink *sink)
{
	struct delivery d = {p, sink};

	if (sink->n == sink->room)
		return ERR_OK;
	int result = pcap_dispatch(p->pcap, (int)(sink->room - sink->n), deliver, (uint8_t *)&d);
	if (result >= 0 || result == PCAP_ERROR_BREAK) {
		p->faults = 0;
		return ERR_OK;
	}
	if (++p->faults < FAULTS_MOST)
		return ERR_OK;
	return name_fail(ERR_IO, p->name, "capturing fails again and again: %s", pcap_geterr(p->pcap));
}

/* The interface's current index; 0: there is none of that name. Asked through the packet socket,
 * which is in the right network namespace and still allowed later. */
static int look_up(const struct port *p, bool *ret_up)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", p->name);
	if (ioctl(p->fd, SIOCGIFINDEX, &request) != 0)
		return 0;
	int index = request.ifr_ifindex;
	const int both = IFF_UP | IFF_RUNNING;
	*ret_up = ioctl(p->fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & both) == both;
	return index;
}

bool port_bind(const struct port *p, int index)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};

	return bind(p->fd, (const struct sockaddr *)&to, sizeof to) == 0;
}

/* Bind the socket and its ring to an interface of the same name that was created anew: the socket
 * exists, so this takes no capability. */
static enum err take_up(struct port *p, int index)
{
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};

	if (p->shared && fanout_follow(p, index) != ERR_OK)
		return ERR_IO;
	if (!p->shared && !port_bind(p, index))
		return name_fail(ERR_IO, p->name, "is back and cannot be taken up again: %s; restart", strerror(errno));
	if (p->promiscuous)
		(void)setsockopt(p->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
	p->index = index;
	p->faults = 0;
	return ERR_OK;
}

bool port_watch(struct port *p, enum err *ret_err)
{
	enum port_state before = p->state;
	bool up = false;
	int index = p->index ? look_up(p, &up) : 0;

	*ret_err = ERR_OK;
	if (p->index == 0)
		return false; /* "any": always there */
	if (index == 0) {
		p->state = PORT_GONE;
		return before != PORT_GONE;
	}
	bool anew = index != p->index;
	if (anew)
		*ret_err = take_up(p, index);
	p->state = up ? PORT_UP : PORT_DOWN;
	return p->state != before || anew;
}

uint64_t port_dropped(struct port *p)
{
	struct pcap_stat s;

	if (pcap_stats(p->pcap, &s) != 0)
		return 0;
	uint64_t n = (uint32_t)(s.ps_drop - p->kernel_dropped);
	n += (uint32_t)(s.ps_ifdrop - p->interface_dropped);
	p->kernel_dropped = s.ps_drop;
	p->interface_dropped = s.ps_ifdrop;
	return n;
}
