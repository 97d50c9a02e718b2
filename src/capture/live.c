/* Captures from interfaces: a single one is read directly, several are merged by time. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "capture/inside.h"
#include "capture/link.h"
#include "capture/port.h"

#define PORTS_MOST CAPTURE_SOCKETS_MOST
#define WAIT_MS 100
#define WATCH_US 1000000
#define HOLD_US CAPTURE_HOLD_US /* several interfaces: how long a frame waits for earlier ones of the others */
#define EVENTS_MOST 64   /* kept until they are fetched; then the oldest is lost */
#define EVENT_TEXT 160

/* Frames read ahead of one port. */
struct queue {
	struct frame frames[FRAME_BATCH];
	unsigned at, n;
	uint8_t *bytes;
	bool lent;
};

struct live {
	struct port ports[PORTS_MOST];
	struct queue *queues;
	size_t n;
	bool shared;         /* with other captures: reading does not block here */
	int64_t watched_us;
	struct capture_event events[EVENTS_MOST];
	char texts[EVENTS_MOST][EVENT_TEXT];
	unsigned told, happened;
};

static void happen(struct live *l, size_t source)
{
	static const char *const says[] = {
	    [PORT_UP] = "is back",
	    [PORT_DOWN] = "is down; waiting for it",
	    [PORT_GONE] = "has vanished; waiting for it",
	};
	static const enum capture_event_kind kinds[] = {
	    [PORT_UP] = CAPTURE_BACK,
	    [PORT_DOWN] = CAPTURE_DOWN,
	    [PORT_GONE] = CAPTURE_VANISHED,
	};
	const struct port *p = &l->ports[source];
	unsigned i = l->happened++ % EVENTS_MOST;
	struct text name = {0};

	if (l->happened - l->told > EVENTS_MOST)
		l->told = l->happened - EVENTS_MOST;
	text_add_escaped(&name, p->name);
	snprintf(l->texts[i], EVENT_TEXT, "interface %s %s", name.at ? name.at : "?", says[p->state]);
	text_release(&name);
	l->events[i] = (struct capture_event){kinds[p->state], source, wall_clock_us(), l->texts[i]};
}

/* Once a second: are all interfaces still there? */
static enum err watch(struct live *l)
{
	int64_t now = monotonic_us();

	if (now - l->watched_us < WATCH_US)
		return ERR_OK;
	l->watched_us = now;
	for (size_t i = 0; i < l->n; i++) {
		enum err e;
		if (port_watch(&l->ports[i], &e))
			happen(l, i);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* Skip ports that are gone or faulty: poll() would return at once for their sockets. */
static nfds_t add_ready(const struct live *l, struct pollfd *fds, nfds_t n)
{
	for (size_t i = 0; i < l->n && n < PORTS_MOST; i++)
		if (l->ports[i].state != PORT_GONE && l->ports[i].faults == 0)
			fds[n++] = (struct pollfd){.fd = l->ports[i].fd, .events = POLLIN};
	return n;
}

static void await(const struct live *l, int timeout_ms)
{
	struct pollfd fds[PORTS_MOST];

	(void)poll(fds, add_ready(l, fds, 0), timeout_ms);
}

static enum err next_alone(struct live *l, struct frame_batch *batch)
{
	struct port_sink sink = {.frames = batch->frames, .room = FRAME_BATCH, .bytes = l->queues[0].bytes};
	enum err e = port_read(&l->ports[0], &sink);

	if (e == ERR_OK && sink.n == 0 && !l->shared) {
		await(l, WAIT_MS);
		e = port_read(&l->ports[0], &sink);
	}
	for (unsigned i = 0; i < sink.n; i++)
		sink.frames[i].source = 0;
	batch->n = sink.n;
	return e;
}

/* Refill every queue whose frames are all used and not lent to the caller. */
static enum err refill(struct live *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct queue *q = &l->queues[i];
		struct port_sink sink = {.frames = q->frames, .room = FRAME_BATCH, .bytes = q->bytes};
		if (q->at < q->n || q->lent)
			continue;
		enum err e = port_read(&l->ports[i], &sink);
		if (e != ERR_OK)
			return e;
		q->at = 0;
		q->n = sink.n;
		for (unsigned k = 0; k < sink.n; k++)
			q->frames[k].source = (uint16_t)i;
	}
	return ERR_OK;
}

/* The queue with the earliest head; ret_all: no queue is empty, so nothing earlier can come. */
static struct queue *earliest(struct live *l, bool *ret_all)
{
	struct queue *best = NULL;

	*ret_all = true;
	for (size_t i = 0; i < l->n; i++) {
		struct queue *q = &l->queues[i];
		if (q->at == q->n)
			*ret_all = *ret_all && l->ports[i].state == PORT_GONE;
		else if (!best || q->frames[q->at].time_us < best->frames[best->at].time_us)
			best = q;
	}
	return best;
}

/* Merge all queues by time; while one of them is empty, only frames that have waited long
 * enough. */
static enum err merge(struct live *l, struct frame_batch *batch)
{
	int64_t old_us = wall_clock_us() - HOLD_US;
	bool all;

	while (batch->n < FRAME_BATCH) {
		enum err e = refill(l);
		if (e != ERR_OK)
			return e;
		struct queue *q = earliest(l, &all);
		if (!q)
			return ERR_OK;
		/* A head from the future: the clock was set back. */
		int64_t time_us = q->frames[q->at].time_us;
		if (!all && time_us > old_us && time_us <= old_us + 2 * HOLD_US)
			return ERR_OK;
		q->lent = true;
		batch->frames[batch->n++] = q->frames[q->at++];
	}
	return ERR_OK;
}

static enum err next_merged(struct live *l, struct frame_batch *batch)
{
	enum err e;
	bool waiting = false;

	for (size_t i = 0; i < l->n; i++) {
		l->queues[i].lent = false;
		waiting = waiting || l->queues[i].at < l->queues[i].n;
	}
	e = merge(l, batch);
	if (e != ERR_OK || batch->n > 0 || l->shared)
		return e;
	/* While frames are held back, poll() would return at once because of their port. */
	if (waiting)
		(void)poll(NULL, 0, HOLD_US / 1000 / 3);
	else
		await(l, WAIT_MS);
	return merge(l, batch);
}

static enum err live_next(struct capture *c, struct frame_batch *batch)
{
	struct live *l = c->live;
	enum err e = watch(l);

	if (e != ERR_OK)
		return e;
	return l->n == 1 ? next_alone(l, batch) : next_merged(l, batch);
}

static void live_refresh(struct capture *c)
{
	for (size_t i = 0; i < c->live->n; i++)
		c->sources[i].dropped += port_dropped(&c->live->ports[i]);
}

static void live_free(struct live *l)
{
	for (size_t i = 0; i < l->n; i++) {
		port_close(&l->ports[i]);
		free(l->queues[i].bytes);
	}
	free(l->queues);
	free(l);
}

static void live_close(struct capture *c)
{
	live_free(c->live);
}

static const struct capture_kind live_kind = {live_next, live_refresh, live_close};

/* The copy buffer only reserves address space; pages are faulted in as frames come. */
static enum err open_port(struct live *l, const char *name, const struct capture_options *options, size_t n)
{
	bool several = n > 1 || options->sharers > 1;
	struct port *p = &l->ports[l->n];
	const struct port *fellow = options->fellow ? &options->fellow->live->ports[l->n] : NULL;
	enum err e = port_open(p, name, options, several, fellow);

	if (e != ERR_OK)
		return e;
	l->queues[l->n].bytes = malloc((size_t)FRAME_BATCH * p->snaplen);
	if (!l->queues[l->n++].bytes)
		return err_fail(ERR_MEMORY, "out of memory for an interface");
	return ERR_OK;
}

static enum err describe(struct capture *c, struct live *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct source *s = &c->sources[i];
		s->name = strdup(l->ports[i].name);
		if (!s->name)
			return err_fail(ERR_MEMORY, "out of memory for an interface");
		s->kind = SOURCE_INTERFACE;
		s->link_type = link_name(l->ports[i].dlt);
		s->snaplen = l->ports[i].snaplen;
	}
	return ERR_OK;
}

enum err capture_open_live(const char *const *interfaces, size_t n, const struct capture_options *options,
                           struct capture **ret_capture)
{
	if (n == 0 || n > PORTS_MOST)
		return err_fail(ERR_USAGE, "give 1 to %d interfaces", PORTS_MOST);
	struct live *l = calloc(1, sizeof *l);
	struct capture *c = l ? capture_new(&live_kind, n) : NULL;
	enum err e = ERR_OK;

	if (l) {
		l->shared = options->sharers > 1;
		l->queues = calloc(n, sizeof *l->queues);
	}
	if (!c || !l->queues)
		e = err_fail(ERR_MEMORY, "out of memory for %zu interfaces", n);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = open_port(l, interfaces[i], options, n);
	if (c)
		c->live = l;
	if (e == ERR_OK)
		e = describe(c, l);
	if (e == ERR_OK)
		*ret_capture = c;
	else if (c)
		capture_close(c);
	else if (l)
		live_free(l);
	return e;
}

bool capture_next_event(struct capture *c, struct capture_event *ret_event)
{
	struct live *l = c->live;

	if (!l || l->told == l->happened)
		return false;
	*ret_event = l->events[l->told++ % EVENTS_MOST];
	return true;
}

void capture_wait(struct capture *const *captures, size_t n, int timeout_ms)
{
	struct pollfd fds[PORTS_MOST];
	nfds_t ready = 0;

	for (size_t i = 0; i < n; i++)
		if (captures[i]->live)
			ready = add_ready(captures[i]->live, fds, ready);
	(void)poll(fds, ready, timeout_ms);
}

size_t capture_descriptors(const struct capture *c, int *ret_fds, size_t most)
{
	const struct live *l = c->live;

	for (size_t i = 0; l && i < l->n && i < most; i++)
		ret_fds[i] = l->ports[i].fd;
	return l ? l->n : 0;
}
