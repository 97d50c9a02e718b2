/* Connections whose name the capture does not have. DNS shows which names are at their address, but not all of them:
 * the one blocked may be another of these, and the one that worked may be a name that DNS did not show. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

#define SPAN_US (2 * MINUTE_US) /* bucket width of the look-up by time */

struct nameless_key {
	int64_t span;
	uint32_t client;
	uint16_t port;
	uint8_t proto, zero;
};

struct nameless {
	int64_t from_us, to_us; /* the first and last in this bucket */
};

bool flow_may_hide_name(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	bool whole = f->protocol == TALK_TLS && f->said && f->said->tls.hello_whole && !f->said->tls.ech_unseen;

	if (f->proto != PROTO_TCP)
		return f->truncated;
	return !whole && (f->truncated || c->hole || s->hole || !c->first_data);
}

void nameless_begin(struct judge *j)
{
	map_init(&j->nameless, sizeof(struct nameless_key), sizeof(struct nameless), LONE_TARGETS_MOST);
}

void nameless_end(struct judge *j)
{
	map_release(&j->nameless);
}

static struct nameless_key key_of(uint32_t client, uint16_t port, uint8_t proto, int64_t time_us)
{
	return (struct nameless_key){.span = time_us / SPAN_US, .client = client, .port = port, .proto = proto};
}

/* If, just before, the client received a DNS answer that the capture missed, the connection is to the name in that
 * answer. */
void nameless_note(struct judge *j, const struct candidate *c)
{
	if (!c->called.unread || c->host || c->rule >= 0 || c->finding.outcome != OUTCOME_OK ||
	    memory_unread(j->memory, c->client, &c->called.server, c->started_us))
		return;
	const struct nameless_key key = key_of(c->client, c->called.port, c->called.proto, c->started_us);
	bool new = false;
	struct nameless *n = map_put(&j->nameless, &key, &new);
	if (!n)
		return;
	if (new || c->started_us < n->from_us)
		n->from_us = c->started_us;
	if (new || c->started_us > n->to_us)
		n->to_us = c->started_us;
}

struct search {
	const struct port_range *port;
	int64_t from_us, to_us;
	uint32_t client;
	bool found;
};

static bool is_within(const struct nameless *n, const struct search *s)
{
	return n->from_us <= s->to_us && n->to_us >= s->from_us;
}

/* A map_each() callback: continues until a match is found. */
static bool look_at(void *context, const void *key, void *value)
{
	struct search *s = context;
	struct nameless_key k;

	memcpy(&k, key, sizeof k);
	s->found = k.client == s->client && k.proto == s->port->proto && k.port >= s->port->low &&
	           k.port <= s->port->high && is_within(value, s);
	return !s->found;
}

bool nameless_works(const struct judge *j, uint32_t client, const struct port_range *port, int64_t from_us,
                    int64_t to_us)
{
	struct search s = {.port = port, .from_us = from_us, .to_us = to_us, .client = client};

	if (port->high - port->low >= (int64_t)j->nameless.n) {
		map_each(&j->nameless, look_at, &s);
		return s.found;
	}
	for (uint32_t p = port->low; p <= port->high; p++)
		for (int64_t at = from_us; at < to_us + SPAN_US; at += SPAN_US) {
			const struct nameless_key key = key_of(client, (uint16_t)p, port->proto, at);
			const struct nameless *n = map_find(&j->nameless, &key);
			if (n && is_within(n, &s))
				return true;
		}
	return false;
}

void gate_unsure(struct candidate *c)
{
	bool bad = finding_is_bad(&c->finding);

	if (c->unsure && bad && signature_sees_names(c->finding.signature))
		finding_doubt(&c->finding, "name-unread");
}
