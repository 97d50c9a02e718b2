#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/lookup_inside.h"
#include "base/limits.h"
#include "base/pages.h"

#define FLIGHT_US 20000 /* queries this close together count as one: duplicated on the way */
#define BARE_LOOK 256u  /* an answer without a question section is matched with the last so many look-ups */

struct lookups *lookups_new(const struct lookup_options *options)
{
	struct lookups *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->o = *options;
	map_init(&l->minutes, sizeof(struct minute_key), sizeof(uint32_t), MINUTES_MOST);
	map_init(&l->answered, sizeof(struct minute_key), 1, MINUTES_MOST);
	map_init(&l->beside, sizeof(name_id), 1, NEIGHBOURS_MOST);
	map_init(&l->ech, sizeof(name_id), 1, LOOKUPS_MOST);
	map_init(&l->leads, sizeof(name_id), 1, LOOKUPS_MOST);
	map_init(&l->follows, sizeof(struct follow_key), sizeof(struct follow), FOLLOWS_MOST);
	l->recent = l->o.evidence && !l->o.counted ? evidence_ring_new(ANSWERS_RECENT_BYTES) : NULL;
	l->neighbours = calloc(NEIGHBOURS_MOST, sizeof *l->neighbours);
	l->counts_minutes = lists_wants_port(l->o.lists, 53, IPPROTO_UDP) ||
	                    lists_wants_port(l->o.lists, 53, IPPROTO_TCP);
	for (size_t i = 0; i < l->o.lists->group_n; i++) {
		l->learns |= l->o.lists->groups[i].learn_n > 0;
	}
	if (!l->neighbours) {
		lookups_free(l);
		return NULL;
	}
	return l;
}

void lookups_free(struct lookups *l)
{
	if (!l)
		return;
	for (size_t i = 0; !l->o.counted && i < l->n; i++)
		lookup_frames_free(l->at[i].frames, 3);
	pages_free(l->at, l->room * sizeof *l->at);
	for (size_t i = 0; i < l->minute_n; i++)
		lookup_frames_free(l->minute[i].frames, 2);
	free(l->minute);
	free(l->neighbours);
	evidence_ring_free(l->recent);
	pages_free(l->open, l->open_size * sizeof *l->open);
	free(l->matches);
	map_release(&l->minutes);
	map_release(&l->beside);
	map_release(&l->answered);
	map_release(&l->ech);
	map_release(&l->leads);
	map_release(&l->follows);
	free(l);
}

/* ---- interpreting an answer */

static bool is_sinkhole(const struct lookups *l, const struct addr *a)
{
	struct addr v4;

	if (addr_is_nowhere(a))
		return true;
	for (size_t i = 0; i < l->o.sinkhole_n; i++)
		if (prefix_contains(&l->o.sinkholes[i], a))
			return true;
	return addr_translated(a, &v4) && is_sinkhole(l, &v4); /* DNS64 made it of the IPv4 answer */
}

/* EDE codes by which a resolver says that it filters. source RFC 8914 4.16-4.19 */
static bool is_filtering(unsigned ede)
{
	return ede >= 15 && ede <= 18;
}

struct answer {
	uint16_t usable, sinkholes;
	uint64_t hash;
	struct addr first;
	int16_t ede;
	const char *ede_text;
};

/* Only address records count as answers; the hints in HTTPS records are only advice. */
static struct answer read_answer(const struct lookups *l, const struct facts *facts)
{
	struct answer a = {.ede = -1, .ede_text = ""};

	for (unsigned i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->list[i];
		if (f->kind == FACT_DNS_EDE && (a.ede < 0 || !is_filtering((unsigned)a.ede))) {
			a.ede = (int16_t)f->code;
			a.ede_text = f->other;
		}
		if (f->kind != FACT_DNS_ADDRESS || (f->code != 1 && f->code != 28))
			continue;
		if (a.usable + a.sinkholes == 0)
			a.first = f->address;
		a.hash += hash_bytes(&f->address, sizeof f->address);
		*(is_sinkhole(l, &f->address) ? &a.sinkholes : &a.usable) += 1;
	}
	return a;
}

/* Whether a second answer to one query contradicts the first: different addresses, an address against a refusal, or
 * nonexistence against an address. Any other failure after a good answer is only late. */
static bool contradicts(const struct lookup *first, const struct answer *a, int rcode, const struct facts *facts)
{
	if (first->answer_hash == a->hash && first->rcode == rcode)
		return false;
	bool had = first->answer_hash != 0, has = a->hash != 0;
	if (had != has)
		return has ? first->rcode == 3 || first->rcode == 0 : rcode == 3;
	if (!had)
		return false;
	for (unsigned i = 0; i < facts->n; i++)
		if (facts->list[i].kind == FACT_DNS_ADDRESS && addr_equal(&facts->list[i].address, &first->answer))
			return false;
	return true;
}

static void first_answer(struct lookups *l, struct lookup *at, const struct dns_message *m, const struct answer *a,
                         int rcode, name_id alias)
{
	at->answered_us = m->time_us;
	at->rcode = (int16_t)rcode;
	at->ede = a->ede;
	at->ede_text = names_intern(l->o.names, a->ede_text, strlen(a->ede_text));
	at->addresses = is_filtering((unsigned)(uint16_t)a->ede) ? 0 : a->usable;
	at->sinkhole = a->sinkholes > 0 && a->usable == 0;
	at->cut = m->cut;
	at->step = facts_have(m->facts, FACT_DNS_STEP);
	at->answer_hash = a->hash;
	at->answer = a->first;
	at->alias = alias;
	if (!at->frames[1])
		at->frames[1] = lookup_frame(l, m);
}

/* An answer truncated over UDP (TC) does not count: the client asks again over TCP.
 * alias: where the aliases of the name end; 0: it has none. */
static enum taint take_answer(struct lookups *l, struct lookup *at, const struct dns_message *m,
                              const struct fact *header, name_id alias)
{
	int rcode = header->code;
	bool tc = header->number != 0;
	struct answer a = read_answer(l, m->facts);

	if (tc && a.usable == 0) {
		at->truncated = true;
		return TAINT_NONE;
	}
	if (at->answered_us == 0) {
		first_answer(l, at, m, &a, rcode, alias);
		lookup_frames_put_by(l, at);
		return at->sinkhole || is_filtering((unsigned)(uint16_t)a.ede) ? TAINT_SINKHOLE : TAINT_NONE;
	}
	/* Each query may get an answer of its own: only more answers than queries prove a forgery. */
	if (!at->cut && !m->cut && contradicts(at, &a, rcode, m->facts) && at->sends &&
	    ++at->contradictions >= at->sends) {
		at->forged = true;
		memory_taint(l->o.memory, at->client, at->name, at->answered_us, TAINT_FORGED);
		lookup_frames_fetch(l, at);
		if (!at->frames[2])
			at->frames[2] = lookup_frame(l, m);
	}
	return a.sinkholes && !a.usable ? TAINT_SINKHOLE : TAINT_NONE;
}

/* ---- taking messages in */

/* A message about a listed name: find its look-up. */
static enum taint take_listed(struct lookups *l, const struct dns_message *m, const struct lookup_key *key,
                              const struct fact *header, name_id alias)
{
	struct lookup *at = lookup_of(l, key, m);

	if (!at)
		return TAINT_NONE;
	if (m->response)
		return take_answer(l, at, m, header, alias);
	bool anew = at->sends == 0 || m->time_us - at->last_asked_us >= FLIGHT_US;
	if (anew && at->sends < UINT16_MAX)
		at->sends++;
	at->last_asked_us = m->time_us;
	if (!at->frames[0] && !at->answered_us)
		at->frames[0] = lookup_frame(l, m);
	return TAINT_NONE;
}

/* Whether a message contains something worth remembering whatever its name is. */
static bool teaches(const struct lookups *l, const struct dns_message *m)
{
	if (!m->response)
		return false;
	return l->learns || m->cut || facts_have(m->facts, FACT_DNS_ADDRESS) || facts_have(m->facts, FACT_DNS_ALIAS) ||
	       facts_have(m->facts, FACT_DNS_ECH);
}

static void take_asked(struct lookups *l, const struct dns_message *m, uint32_t client, const struct fact *header,
                       const struct fact *question)
{
	name_id chain[CHAIN_MOST];
	struct lesson lesson = {.client = client, .chain = chain};

	lesson.asked = names_intern(l->o.names, question->name, strlen(question->name));
	if (!lesson.asked) {
		l->full = true;
		return;
	}
	bool listed = lookup_patterns(l, lesson.asked) > 0;
	if (m->response) {
		lesson.chain_n = lookup_aliases(l, m, lesson.asked, listed, chain);
		name_id first = lookup_follow(l, m, client, lesson.asked, listed);
		if (first && lesson.chain_n < CHAIN_MOST)
			chain[lesson.chain_n++] = first;
		if (question->code == 65 && facts_have(m->facts, FACT_DNS_ECH))
			map_put(&l->ech, &lesson.asked, NULL);
	}
	if (listed && (question->code == 1 || question->code == 28)) {
		struct lookup_key key = {.client = client, .name = lesson.asked, .resolver = m->resolver,
		                         .client_port = m->client_port,
		                         .id = (uint16_t)header->id, .qtype = question->code, .proto = m->proto};
		lesson.taint = take_listed(l, m, &key, header, lesson.chain_n ? chain[lesson.chain_n - 1] : 0);
	}
	if (m->response)
		memory_learn(l->o.memory, m, &lesson);
}

/* Some servers refuse without repeating the question: find it by ports and id. */
static void take_bare(struct lookups *l, const struct dns_message *m, uint32_t client, const struct fact *header)
{
	for (size_t i = l->n; i-- > 0 && l->n - i <= BARE_LOOK;) {
		struct lookup *at = &l->at[i];
		if (at->client != client || at->client_port != m->client_port || at->id != (uint16_t)header->id ||
		    at->proto != m->proto || !addr_equal(&at->resolver, &m->resolver))
			continue;
		name_id chain[CHAIN_MOST];
		size_t aliases = at->answered_us ? 0 : lookup_chain(l->o.names, m->facts, at->name, chain);
		if (!at->answered_us)
			take_answer(l, at, m, header, aliases ? chain[aliases - 1] : 0);
		return;
	}
}

void lookups_take(struct lookups *l, const struct dns_message *m, uint32_t client)
{
	const struct fact *header = facts_find(m->facts, FACT_DNS_HEADER);
	const struct fact *question = facts_find(m->facts, FACT_DNS_QUESTION);

	if (!header)
		return;
	lookup_minute(l, client, m, header->code);
	/* Most queries are about unlisted names and are not kept. */
	if (question && *question->name && (teaches(l, m) || lookup_is_listed(l, question->name)))
		take_asked(l, m, client, header, question);
	else if (!question && m->response && header->code != 0 && !m->cut)
		take_bare(l, m, client, header);
}

/* The map holds indexes into the array, which has changed: rebuild it. */
static void reopen_minutes(struct lookups *l)
{
	map_release(&l->minutes);
	for (size_t i = 0; i < l->minute_n; i++) {
		const struct resolver_minute *m = &l->minute[i];
		struct minute_key key = {.client = m->client, .proto = m->proto, .resolver = m->resolver,
		                         .minute = m->first_us / MINUTE_US};
		uint32_t *index = map_put(&l->minutes, &key, NULL);
		if (index)
			*index = (uint32_t)i + 1;
	}
}

void lookups_age(struct lookups *l, int64_t before_us)
{
	size_t kept = 0, minutes = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct lookup *at = &l->at[i];
		if (at->last_asked_us >= before_us) {
			l->at[kept++] = *at;
			continue;
		}
		lookup_frames_free(at->frames, 3);
	}
	for (size_t i = 0; i < l->minute_n; i++) {
		if (l->minute[i].last_us >= before_us) {
			l->minute[minutes++] = l->minute[i];
			continue;
		}
		lookup_frames_free(l->minute[i].frames, 2);
	}
	bool changed = kept != l->n, minutes_changed = minutes != l->minute_n;
	if (l->answered.n > MINUTES_MOST / 2)
		map_clear(&l->answered);
	if (l->follows.n > FOLLOWS_MOST / 2)
		map_clear(&l->follows);
	l->n = kept;
	l->minute_n = minutes;
	if (changed)
		lookups_reopen(l);
	if (minutes_changed)
		reopen_minutes(l);
}

bool lookups_leads(const struct lookups *l, name_id name)
{
	return map_find(&l->leads, &name) != NULL;
}

void lookups_unreachable(struct lookups *l, uint32_t client, uint16_t client_port, const struct addr *resolver,
                         const struct addr *sender)
{
	for (size_t i = l->n; i-- > 0 && l->n - i < 64;) {
		struct lookup *at = &l->at[i];
		if (at->client == client && at->client_port == client_port && addr_equal(&at->resolver, resolver)) {
			at->icmp = true;
			at->icmp_sender = *sender;
		}
	}
	for (size_t i = l->minute_n; i-- > 0 && l->minute_n - i < 64;) {
		struct resolver_minute *at = &l->minute[i];
		if (at->client == client && addr_equal(&at->resolver, resolver)) {
			at->icmp = true;
			at->icmp_sender = *sender;
			break;
		}
	}
}

size_t lookups_count(const struct lookups *l)
{
	return l->n;
}

struct lookup *lookups_at(const struct lookups *l, size_t i)
{
	return &l->at[i];
}

bool lookups_full(const struct lookups *l)
{
	return l->full;
}

bool lookups_ech(const struct lookups *l, name_id name)
{
	return map_find(&l->ech, &name) != NULL;
}
