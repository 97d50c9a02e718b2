#include "judge/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/pages.h"
#include "decode/packet.h"
#include "judge/candidate.h"

static void learn_resolved(struct judge *j)
{
	static struct facts facts; /* large; only used at start */
	static const struct addr anybody = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
	uint32_t nobody = memory_client(j->resolved, &anybody);

	for (size_t i = 0; i < j->o.resolved_n; i++) {
		const struct snapshot_row *row = &j->o.resolved[i];
		facts_clear(&facts);
		facts_add(&facts, FACT_DNS_QUESTION)->name = row->name;
		struct fact *a = facts_add(&facts, FACT_DNS_ADDRESS);
		a->address = row->address;
		a->name = row->name;
		a->number = row->ttl_s;
		struct dns_message m = {.response = true, .facts = &facts};
		struct lesson lesson = {.client = nobody,
		                        .asked = names_intern(j->names, row->name, strlen(row->name))};
		memory_learn(j->resolved, &m, &lesson);
	}
	memory_seal(j->resolved);
}

static bool start(struct judge *j)
{
	size_t bindings = j->o.live ? BINDINGS_LIVE_MOST : BINDINGS_MOST;

	bindings = limit_share(bindings, j->o.memory_bytes, SHARE_BINDINGS);
	j->names = names_new(limit_share(NAMES_MOST_BYTES, j->o.memory_bytes, SHARE_NAMES));
	j->memory = j->names ? memory_new(bindings, j->names) : NULL;
	j->resolved = j->names && j->o.resolved_n ? memory_new(BINDINGS_MOST, j->names) : NULL;
	if (!j->memory)
		return false;
	struct lookup_options lo = {.lists = j->o.lists, .names = j->names, .memory = j->memory,
	                            .sinkholes = j->o.sinkholes,
	                            .sinkhole_n = j->o.sinkhole_n, .evidence = j->o.evidence, .counted = j->o.counted};
	j->lookups = lookups_new(&lo);
	if (!j->lookups)
		return false;
	j->claims = (struct claims_context){.lists = j->o.lists, .names = j->names, .memory = j->memory,
	                                    .resolved = j->resolved,
	                                    .lookups = j->lookups};
	if (j->resolved)
		learn_resolved(j);
	if (j->o.live)
		memory_index(j->memory);
	return true;
}

struct judge *judge_new(const struct judge_options *options, const struct judge_hooks *hooks)
{
	struct judge *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->o = *options;
	j->hooks = *hooks;
	argument_store_init(&j->arguments);
	blocks_init(&j->steps, sizeof(struct call_step));
	blocks_init(&j->rests, sizeof(struct candidate_rest));
	map_init(&j->ttls, sizeof(struct addr), 1, TTLS_MOST);
	map_init(&j->unheard, sizeof(struct listener), 1, LONE_TARGETS_MOST);
	map_init(&j->unheard_before, sizeof(struct listener), 1, LONE_TARGETS_MOST);
	map_init(&j->outages, sizeof(uint32_t), sizeof(uint32_t), LONE_TARGETS_MOST);
	unread_init(j);
	map_init(&j->unlisted, sizeof(uint32_t), sizeof(uint32_t), UNLISTED_MOST);
	map_init(&j->lone, sizeof(struct target), sizeof(uint32_t), LONE_TARGETS_MOST);
	map_init(&j->by_id, sizeof(uint64_t), sizeof(uint32_t), CANDIDATES_LIVE_MOST);
	map_init(&j->given, sizeof(uint64_t), sizeof(struct given), CANDIDATES_LIVE_MOST * 2);
	for (size_t g = 0; g < j->o.lists->group_n; g++)
		for (size_t h = 0; h < j->o.lists->groups[g].host_n; h++)
			j->has_prefixes |= j->o.lists->groups[g].hosts[h].kind == HOST_PREFIX;
	if (!start(j)) {
		judge_free(j);
		return NULL;
	}
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (size_t i = 0; !j->o.counted && i < j->n; i++)
		if (!j->candidates[i].copy && j->candidates[i].rest)
			free(j->candidates[i].rest->packets);
	blocks_release(&j->steps);
	blocks_release(&j->rests);
	for (size_t i = 0; i < j->audience_room; i++)
		if (j->audiences[i].heard_room)
			free(j->audiences[i].many);
	argument_store_release(&j->arguments);
	pages_free(j->candidates, j->room * sizeof *j->candidates);
	pages_free(j->audiences, j->audience_room * sizeof *j->audiences);
	free(j->passing);
	map_release(&j->ttls);
	map_release(&j->unheard);
	map_release(&j->unheard_before);
	map_release(&j->outages);
	unread_release(j);
	map_release(&j->unlisted);
	map_release(&j->lone);
	map_release(&j->by_id);
	map_release(&j->given);
	lookups_free(j->lookups);
	memory_free(j->memory);
	memory_free(j->resolved);
	names_free(j->names);
	free(j);
}

/* Whether traffic of this address is audited. */
static bool is_audited(const struct judge *j, const struct addr *client)
{
	for (size_t i = 0; i < j->o.client_n; i++)
		if (prefix_contains(&j->o.clients[i], client))
			return true;
	return j->o.client_n == 0;
}

struct judge_counters judge_counters(const struct judge *j)
{
	struct judge_counters c = j->counters;

	c.full |= names_full(j->names) || memory_full(j->memory) || lookups_full(j->lookups);
	c.dropped_unlisted = j->scanned;
	return c;
}

/* ---- clients */

struct audience *audience_of(struct judge *j, uint32_t client)
{
	if (client >= j->audience_room) {
		size_t room = j->audience_room ? j->audience_room : 64;
		while (room <= client)
			room *= 2;
		struct audience *at = pages_grow(j->audiences, j->audience_room * sizeof *at, room * sizeof *at);
		if (!at)
			return NULL;
		j->audiences = at;
		j->audience_room = room;
	}
	return &j->audiences[client];
}

/* Seconds count from this long before the first packet: flows are reported when they end, so one that began earlier
 * may arrive later. */
#define SECONDS_BEFORE INT64_C(65535)

uint32_t judge_second(const struct judge *j, int64_t us)
{
	int64_t s = (us - j->base_us) / SECOND_US + SECONDS_BEFORE;

	return s < 0 ? 0 : (uint32_t)s;
}

int64_t judge_second_us(const struct judge *j, uint32_t second)
{
	return j->base_us + ((int64_t)second - SECONDS_BEFORE) * SECOND_US;
}

/* Make room for one more second. Most clients need only one or two. */
static bool audience_ensure(struct audience *a)
{
	if (a->heard_n < (a->heard_room ? a->heard_room : AUDIENCE_FEW))
		return true;
	uint32_t room = a->heard_room ? a->heard_room * 2 : 2 * AUDIENCE_FEW;
	uint32_t *at = room <= HEARD_SECONDS_MOST ? realloc(a->heard_room ? a->many : NULL, room * sizeof *at) : NULL;
	if (!at)
		return false;
	if (!a->heard_room)
		memcpy(at, a->few, sizeof a->few);
	a->many = at;
	a->heard_room = room;
	return true;
}

void audience_heard(struct judge *j, struct audience *a, int64_t time_us)
{
	uint32_t second = judge_second(j, time_us);

	if (a->heard_n && a->heard_last == second)
		return;
	a->heard_last = second;
	if (audience_ensure(a))
		audience_seconds(a)[a->heard_n++] = second;
}

static void hear_flow(struct judge *j, struct audience *a, const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (!j->base_us)
		j->base_us = f->first_us;
	if (addr_is_local_scope(&f->server) || addr_is_nowhere(&f->server))
		return; /* nothing answers from a multicast address */
	a->sent += c->packets > 0;
	a->received += s->packets > 0 || f->unreachable.at;
	const moment points[] = {f->synack ? f->synack : s->first_data, s->progress, s->last, f->unreachable.at};
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
		if (points[i])
			audience_heard(j, a, flow_time(f, points[i]));
	/* A server whose packets never paused for long was heard throughout. */
	moment first = f->synack ? f->synack : s->first_data;
	for (moment at = first; first && !s->paused && at < s->last && s->last - at > PAUSE_MS; at += PAUSE_MS)
		audience_heard(j, a, flow_time(f, at));
}

/* ---- flows */

/* What the flow reveals about its server's name. */
static void take_names(struct judge *j, struct evidence_of_name *e, const struct flow *f, const struct names *names)
{
	const struct said *said = f->said;

	e->unread = flow_may_hide_name(f);
	if (!said)
		return;
	bool quic = f->protocol == TALK_QUIC;
	e->sni = names_carry(j->names, names, quic ? said->quic.sni : said->tls.sni);
	e->ech = quic ? said->quic.ech : said->tls.ech;
	e->ech_unseen = !quic && said->tls.ech_unseen;
	struct addr literal; /* an address is no name: RFC 6066 3 */
	if (e->sni && addr_parse(names_text(j->names, e->sni), &literal))
		e->sni = 0;
	if (!e->sni && said->ndpi_host)
		e->sni = names_carry(j->names, names, said->ndpi_host);
	if (said->http.connect_kind) {
		e->connect = e->proxied = true;
		e->connect_host = names_carry(j->names, names, said->http.connect_host);
		e->connect_address = said->http.connect_address;
		e->port = said->http.connect_port;
	} else if (said->http.host) {
		e->http_host = names_carry(j->names, names, said->http.host);
		e->proxied = said->http.absolute;
		if (said->http.absolute)
			e->port = said->http.port ? said->http.port : 80;
	}
	e->unread &= !e->sni && !e->http_host && !e->connect;
}

/* Whether a flow can matter: it failed, or some rule asks for its port. */
static bool can_matter(const struct judge *j, const struct evidence_of_name *e, const struct finding *f)
{
	bool wanted = lists_wants_port(j->o.lists, e->port, e->proto);

	if (finding_is_bad(f) && !(f->signature == SIG_QUIC_TIMEOUT && !wanted))
		return true;
	return wanted && (f->outcome != OUTCOME_OK || !name_is_strange(j, e));
}

static void remember_ttl(struct judge *j, const struct flow *f)
{
	uint8_t ttl = f->half[SIDE_SERVER].ttl;
	uint8_t *usual = ttl && f->synack ? map_put(&j->ttls, &f->server, NULL) : NULL;

	if (usual)
		*usual = ttl;
}

/* What DNS said about its server will be asked when it is settled. */
static void want_names(struct judge *j, const struct evidence_of_name *e)
{
	const struct addr *server = e->connect ? &e->connect_address : &e->server;
	struct addr v4;

	memory_want(j->memory, e->client_number, server);
	if (addr_translated(server, &v4))
		memory_want(j->memory, e->client_number, &v4);
}

static void fill(struct judge *j, struct candidate *c, const struct flow *f)
{
	const struct half *cl = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	struct candidate_rest *rest = j->o.counted ? NULL : candidate_ensure_rest(j, c);

	c->id = id_of_flow(f->id);
	c->client_port = f->client_port;
	c->port_seen = f->server_port;
	c->protocol = f->protocol;
	c->ended_us = flow_time(f, flow_last(f));
	c->shift_us = f->shift_us;
	c->heard = f->synack || s->first_data;
	c->bare = f->proto == PROTO_TCP && !cl->first_data && !s->first_data;
	c->syn_n = f->syn_n;
	c->reset_ttl = s->rst ? f->reset.ttl : 0;
	c->flights = f->proto == PROTO_TCP ? (uint16_t)(cl->repeats + 1) : f->flights;
	if (rest) {
		rest->bytes_out = cl->bytes;
		rest->bytes_in = s->bytes;
		rest->conn_state = flow_conn_state(f);
	}
	if (f->said)
		c->status = f->said->http.connect_kind && !f->said->http.tunnel ? f->said->http.connect_status
		                                                                : f->said->http.status;
}

/* A finished exchange on a port that no rule asks for, with nothing unusual and no proxy: the majority of flows, and
 * of no interest. */
static bool is_plain(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (!s->first_data || s->rst || c->waiting || f->unreachable.at || f->truncated || f->server_port == 853)
		return false;
	if (f->proto != PROTO_TCP)
		return f->protocol != TALK_STUN;
	return f->synack && (!f->said || (f->protocol == TALK_TLS && !f->said->http.connect_kind &&
	                                  !f->said->tls.fatal[0] &&
	                                  !f->said->tls.fatal[1]));
}

void judge_expect(const struct judge *j, const struct addr *client, unsigned steps)
{
	if (steps > 1) {
		memory_client_prefetch(j->memory, client);
		return;
	}
	uint32_t number = memory_client_known(j->memory, client);
	if (number < j->audience_room)
		cache_prefetch(&j->audiences[number], sizeof *j->audiences);
}

/* Live: a flow that was told while it went on and has said nothing since: what explained it or proved it has left the
 * window, so it stays as it was told. */
static bool is_stale(const struct judge *j, const struct flow *f)
{
	return j->o.live && f->again && flow_time(f, flow_last(f)) < j->now_us - WINDOW_LIVE_US;
}

void judge_over(struct judge *j, const struct flow *f, const struct names *names, const struct evidence_chain *packets)
{
	j->counters.flows++;
	j->shift_us = f->shift_us;
	if (!is_audited(j, &f->client) || is_stale(j, f) || flood_folds(j, f))
		return;
	uint32_t client = memory_client(j->memory, &f->client);
	struct audience *a = client ? audience_of(j, client) : NULL;
	if (!a) {
		j->counters.full = true;
		return;
	}
	hear_flow(j, a, f);
	hearing_note(j, a, client, f);
	unread_note(j, client, f);
	line_note_flow(j, a, f);
	bool wanted = lists_wants_port(j->o.lists, f->server_port, f->proto);
	if (!wanted && is_plain(f)) {
		passing_note(j, f);
		return;
	}
	remember_ttl(j, f);
	struct argument scratch;
	struct exhibit e = {.flow = f, .names = names, .waits = &j->o.waits,
	                    .end_us = watch_end(j->o.watch, f->source, flow_time(f, flow_last(f))),
	                    .interceptors = j->o.interceptors, .interceptor_n = j->o.interceptor_n,
	                    .scratch = &scratch};
	struct finding found = judge_flow(&e);
	struct evidence_of_name called = {.client_number = client, .server = f->server,
	                                  .port = f->server_port, .proto = f->proto,
	                                  .time_us = f->first_us};
	take_names(j, &called, f, names);
	if (flow_is_encrypted_dns(f, names_text(j->names, called.sni)))
		a->encrypted_dns = true;
	if (f->truncated && (wanted || called.proxied)) {
		j->counters.truncated++;
		a->truncated = true;
	}
	if (!can_matter(j, &called, &found) || addr_is_local_scope(&f->server)) {
		if (!wanted && found.outcome == OUTCOME_OK && !called.proxied)
			passing_note(j, f);
		return;
	}
	if (flood_crowds_out(j, a, &called, &found))
		return;
	struct candidate *c = candidate_of(j, id_of_flow(f->id));
	if (!c)
		return;
	j->counters.kept++;
	fill(j, c, f);
	candidate_call(j, c, &called);
	if (!j->o.live)
		want_names(j, &called);
	candidate_find(j, c, &found);
	if (finding_is_bad(&found) || found.single)
		candidate_take_packets(j, c, &called, packets);
	if (f->protocol == TALK_STUN && f->said)
		judge_call_step(j, c, f, names);
}

void judge_dns(struct judge *j, const struct dns_message *m)
{
	if (!is_audited(j, &m->client))
		return;
	uint32_t client = memory_client(j->memory, &m->client);
	struct audience *a = client ? audience_of(j, client) : NULL;
	if (!a)
		return;
	if (!j->base_us)
		j->base_us = m->time_us;
	if (m->response) {
		a->received++;
		a->told = true;
		audience_heard(j, a, m->time_us);
	} else {
		a->sent++;
	}
	if (m->cut) /* in another cache line, so written only when set */
		a->truncated = true;
	j->counters.truncated += m->cut;
	lookups_take(j->lookups, m, client);
}

void judge_lookup_unreachable(struct judge *j, const struct addr *client, uint16_t client_port,
                              const struct addr *resolver,
                              const struct addr *sender)
{
	lookups_unreachable(j->lookups, memory_client(j->memory, client), client_port, resolver, sender);
}
