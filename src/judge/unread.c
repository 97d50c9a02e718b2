/* Connections in which the capture lost bytes, and with them what was requested, or which its end cut off before
 * anything was: where a client continues like that with the proxy that challenged it, the challenge may have been
 * answered. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

struct unread_key {
	struct addr server;
	uint32_t client;
	uint16_t port, zero;
};

/* The latest such connection. */
struct unread {
	int64_t from_us, to_us;
};

static struct unread_key key_of(uint32_t client, const struct addr *server, uint16_t port)
{
	struct unread_key k;

	memset(&k, 0, sizeof k);
	k.client = client;
	k.server = *server;
	k.port = port;
	return k;
}

static void begin(struct map *m)
{
	map_init(m, sizeof(struct unread_key), sizeof(struct unread), LONE_TARGETS_MOST);
}

void unread_init(struct judge *j)
{
	begin(&j->unread);
	begin(&j->unread_before);
}

void unread_release(struct judge *j)
{
	map_release(&j->unread);
	map_release(&j->unread_before);
}

void unread_turn(struct judge *j)
{
	map_release(&j->unread_before);
	j->unread_before = j->unread;
	begin(&j->unread);
}

/* The capture ended before the client said anything, and it may have been about to. Live, what is yet to come is
 * waited for. */
static bool is_cut_off(const struct judge *j, const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	int64_t last_us = flow_time(f, flow_last(f));

	return !j->o.live && !c->first_data && !c->fin && !c->rst && !s->fin && !s->rst &&
	       watch_end(j->o.watch, f->source, last_us) - last_us < j->o.waits.tcp_us;
}

void unread_note(struct judge *j, uint32_t client, const struct flow *f)
{
	bool holes = f->half[SIDE_CLIENT].hole || f->half[SIDE_SERVER].hole;

	if (f->proto != PROTO_TCP || (f->said && f->said->http.connect_kind) || (!holes && !is_cut_off(j, f)))
		return;
	struct unread_key key = key_of(client, &f->server, f->server_port);
	struct unread *u = map_put(&j->unread, &key, NULL);
	if (u && f->first_us >= u->from_us)
		*u = (struct unread){f->first_us, flow_time(f, flow_last(f))};
}

static bool follows(const struct map *m, const struct candidate *c, int64_t within_us)
{
	struct unread_key key = key_of(c->client, &c->called.server, c->port_seen);
	const struct unread *u = map_find(m, &key);

	return u && u->to_us >= c->started_us && u->from_us <= c->ended_us + within_us;
}

bool unread_follows(const struct judge *j, const struct candidate *c, int64_t within_us)
{
	return follows(&j->unread, c, within_us) || follows(&j->unread_before, c, within_us);
}
