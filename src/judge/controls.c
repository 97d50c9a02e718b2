/* Controls: the same address or rule works from elsewhere in the same minutes. They raise the confidence of the
 * blocks that passed the gates, and distinguish unanswered requests from one-way protocols. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

struct control_key {
	struct addr server;
	uint16_t port;
	uint8_t proto, zero;
};

#define CONTROLS 8u

/* A sample of what works: for each client, host, port and transport, at most one per minute. */
struct control {
	uint32_t clients[CONTROLS];
	name_id hosts[CONTROLS];
	int64_t at_us[CONTROLS];
	uint16_t ports[CONTROLS];
	uint8_t protos[CONTROLS];
	uint8_t n;
	uint8_t bare; /* bit i: it opened, and nothing was said */
};

static bool near(int64_t a, int64_t b, int64_t within_us)
{
	return a - b <= within_us && b - a <= within_us;
}

static bool is_port(const struct control *c, uint8_t i, const struct candidate *k)
{
	return c->ports[i] == k->called.port && c->protos[i] == k->called.proto;
}

static void control_note(struct control *c, const struct candidate *k)
{
	for (uint8_t i = 0; c && i < c->n; i++)
		if (c->clients[i] == k->client && c->hosts[i] == k->host && is_port(c, i, k) &&
		    near(c->at_us[i], k->started_us, MINUTE_US)) {
			c->bare &= (uint8_t)~(!k->bare << i);
			return;
		}
	if (!c)
		return;
	uint8_t slot = c->n < CONTROLS ? c->n++ : (uint8_t)((uint64_t)k->started_us % CONTROLS);
	c->clients[slot] = k->client;
	c->hosts[slot] = k->host;
	c->at_us[slot] = k->started_us;
	c->ports[slot] = k->called.port;
	c->protos[slot] = k->called.proto;
	c->bare = (uint8_t)((c->bare & ~(1u << slot)) | (unsigned)k->bare << slot);
}

/* What only opened is no control for what fails later. */
static bool counts(const struct control *c, uint8_t i, const struct candidate *k)
{
	return !(c->bare >> i & 1u) || !signature_is_past_opening(k->finding.signature);
}

/* Another client reaches the host at the same time: by name, or by address where the name may be hidden. */
static bool has_control_client(const struct control *by_name, const struct control *by_server,
                               const struct candidate *c)
{
	for (uint8_t i = 0; by_name && i < by_name->n; i++)
		if (by_name->clients[i] != c->client && counts(by_name, i, c) &&
		    near(by_name->at_us[i], c->started_us, CONTROL_US))
			return true;
	for (uint8_t i = 0; by_server && !c->called.proxied && i < by_server->n; i++)
		if (by_server->clients[i] != c->client && is_port(by_server, i, c) && counts(by_server, i, c) &&
		    (by_server->hosts[i] == c->host || !by_server->hosts[i] || !c->host) &&
		    near(by_server->at_us[i], c->started_us, CONTROL_US))
			return true;
	return false;
}

static void prove_port(struct candidate *c, uint16_t port, uint8_t proto)
{
	finding_proof(&c->finding, "control-port", "the same address answers on port %u/%s", port,
	              proto == PROTO_TCP ? "tcp" : "udp");
	c->finding.confidence = CONFIDENCE_HIGH;
}

/* by_name: controls of the rule's host; by_server: controls of the address. */
static void raise_by_control(const struct judge *j, struct candidate *c, const struct control *by_name,
                             const struct control *by_server)
{
	uint16_t port;
	uint8_t proto;

	if (has_control_client(by_name, by_server, c)) {
		finding_proof(&c->finding, "control-client", "another client reaches it at the same time");
		c->finding.confidence = CONFIDENCE_HIGH;
		return;
	}
	/* Only for silence: a reset or an error may well come from the server itself, which is alive. */
	if (!c->finding.silent || c->called.proxied)
		return;
	for (uint8_t i = 0; by_server && i < by_server->n; i++)
		if (!is_port(by_server, i, c) && near(by_server->at_us[i], c->started_us, CONTROL_US)) {
			prove_port(c, by_server->ports[i], by_server->protos[i]);
			return;
		}
	if (passing_find(j, c, &port, &proto))
		prove_port(c, port, proto);
}

static void foreign_ttl(const struct judge *j, struct candidate *c)
{
	bool asked = c->finding.signature == SIG_TCP_SYN_RESET && c->reset_ttl;
	const uint8_t *usual = asked ? map_find(&j->ttls, &c->called.server) : NULL;
	int off = usual ? c->reset_ttl - *usual : 0;

	if (off < 3 && off > -3)
		return;
	finding_proof(&c->finding, "foreign-ttl", "the reset has TTL %u, the server's packets %u", c->reset_ttl,
	              *usual);
	c->finding.confidence = CONFIDENCE_HIGH;
}

struct works {
	struct map names, servers, ports;
};

/* A rule may stand for many hosts. */
struct name_key {
	int32_t rule;
	name_id host;
};

static struct name_key name_of(const struct candidate *c)
{
	return (struct name_key){c->rule, c->host};
}

static struct control_key key_of(const struct candidate *c)
{
	return (struct control_key){.server = c->called.server, .port = c->called.port, .proto = c->called.proto};
}

static void learn(struct works *w, const struct candidate *c)
{
	if (c->finding.outcome != OUTCOME_OK)
		return;
	struct control_key key = key_of(c);
	struct name_key name = name_of(c);
	if (c->rule >= 0 && c->host)
		control_note(map_put(&w->names, &name, NULL), c);
	if (c->called.proxied) /* its address and port are the proxy's */
		return;
	control_note(map_put(&w->servers, &c->called.server, NULL), c);
	map_put(&w->ports, &key, NULL);
}

/* Datagrams of a protocol that looked one-way are requests after all if the port answers another client. */
static void answers_others(const struct judge *j, const struct works *w, struct candidate *c)
{
	if (!c->finding.single || c->flights < 2 || !c->finding.why_not ||
	    strcmp(c->finding.why_not, ONE_WAY) != 0)
		return;
	struct control_key key = key_of(c);
	struct finding f = {.outcome = OUTCOME_BLOCKED, .signature = SIG_UDP_TIMEOUT, .silent = true,
	                    .argument = c->finding.argument};
	if (!map_find(&w->ports, &key) || client_is_one_sided(j, c->client))
		return;
	finding_proof(&f, "answers-others", "the same port answers others");
	c->finding = f;
}

void judge_controls(struct judge *j)
{
	struct works w;

	map_init(&w.names, sizeof(struct name_key), sizeof(struct control), j->n + 1);
	map_init(&w.servers, sizeof(struct addr), sizeof(struct control), j->n + 1);
	map_init(&w.ports, sizeof(struct control_key), 1, j->n + 1);
	for (size_t i = 0; i < j->n; i++) {
		candidate_prefetch(j, i, 1);
		learn(&w, &j->candidates[i]);
	}
	for (size_t i = 0; i < j->n; i++) {
		struct candidate *c = &j->candidates[i];
		candidate_prefetch(j, i, 2);
		answers_others(j, &w, c);
		if ((c->finding.outcome != OUTCOME_BLOCKED && c->finding.outcome != OUTCOME_RESET) || c->by_lookup)
			continue;
		foreign_ttl(j, c);
		struct name_key name = name_of(c);
		raise_by_control(j, c, c->rule >= 0 && c->host ? map_find(&w.names, &name) : NULL,
		                 map_find(&w.servers, &c->called.server));
	}
	map_release(&w.names);
	map_release(&w.servers);
	map_release(&w.ports);
}
