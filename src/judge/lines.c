/* Bad lines: where successful tries needed retransmissions again and again, whichever the server, a few unanswered
 * sends prove little. A block needs more sends than chance would lose. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

#define LOST_LEAST 4u       /* successful tries that needed retransmission */
#define SHARE_LEAST 0.1     /* of their sends: less than this does not make a bad line */
#define CHANCE_MOST 0.01
#define SENDS_MOST 64u      /* live: above this, earlier windows count less and less */
#define SENDS_KNOWN 24u     /* connections, or look-ups: fewer are too few to judge without those of the other kind */

static void place_add(struct line *l, uint32_t place)
{
	for (unsigned i = 0; i < LINE_PLACES; i++) {
		if (l->places[i] && l->places[i] != place)
			continue;
		l->places[i] = place;
		return;
	}
}

static void note(struct line *l, uint32_t place, uint32_t sends, uint32_t lost)
{
	l->rested = false;
	l->sends += sends;
	l->lost += lost;
	l->tries += lost > 0;
	if (lost)
		place_add(l, place);
}

void line_turn(struct line *l)
{
	if (l->rested)
		*l = (struct line){0};
	l->rested = true;
	if (l->sends < SENDS_MOST)
		return;
	l->sends /= 2;
	l->lost /= 2;
}

void line_note_flow(struct judge *j, struct audience *a, const struct flow *f)
{
	uint32_t words[4];

	if (f->again || f->proto != PROTO_TCP || !f->syn_n || !f->synack || f->midstream)
		return;
	memcpy(words, f->server.b, sizeof words);
	/* A collision of two servers only makes a bad line harder to find. */
	uint32_t server = words[0] ^ words[1] ^ words[2] ^ words[3];
	note(&a->tcp_line, server, f->syn_n, f->syn_n - 1u);
	note(&j->tcp_line, server, f->syn_n, f->syn_n - 1u);
}

void line_note_name(struct judge *j, struct audience *a, name_id name, uint32_t sends, uint32_t answers)
{
	uint32_t lost = sends > answers ? sends - answers : 0;

	if (answers == 0)
		return; /* nobody may want to answer */
	note(&a->dns_line, name, sends, lost);
	note(&j->dns_line, name, sends, lost);
}

static bool may_lose(const struct line *l, uint32_t sends)
{
	if (l->tries < LOST_LEAST || !l->places[LINE_PLACES - 1] || l->lost < SHARE_LEAST * l->sends)
		return false;
	double share = (double)l->lost / l->sends, chance = 1;
	for (uint32_t i = 0; i < sends && chance > CHANCE_MOST; i++)
		chance *= share;
	return chance > CHANCE_MOST;
}

/* By the losses of one kind; where that kind had few sends, some of them lost, by both kinds together. Losses of the
 * other kind alone do not make a bad line: a resolver may be slow, a server busy. */
static bool kind_loses(const struct line *kind, const struct line *other, uint32_t sends)
{
	struct line both = *kind;

	if (may_lose(kind, sends))
		return true;
	if (kind->sends >= SENDS_KNOWN || kind->lost == 0)
		return false;
	both.sends += other->sends;
	both.lost += other->lost;
	both.tries += other->tries;
	for (unsigned i = 0; i < LINE_PLACES && other->places[i]; i++)
		place_add(&both, other->places[i]);
	return may_lose(&both, sends);
}

bool line_loses(const struct judge *j, uint32_t client, enum line_kind kind, uint32_t sends)
{
	const struct audience *a = &j->audiences[client];

	if (client >= j->audience_room)
		return false; /* out of memory */
	if (kind == LINE_DNS)
		return kind_loses(&a->dns_line, &a->tcp_line, sends) || kind_loses(&j->dns_line, &j->tcp_line, sends);
	return kind_loses(&a->tcp_line, &a->dns_line, sends) || kind_loses(&j->tcp_line, &j->dns_line, sends);
}

/* A connection that opened and then heard nothing: here the retransmissions of its data count. */
static bool is_stuck(const struct candidate *c)
{
	enum signature s = c->finding.signature;

	return (s == SIG_TCP_STALL || s == SIG_TLS_HELLO_TIMEOUT) && c->flights > 1 && !c->finding.answered;
}

static uint32_t sends_of(const struct candidate *c)
{
	return c->called.proto == PROTO_TCP && !is_stuck(c) ? c->syn_n : c->flights;
}

static bool is_silence(const struct candidate *c)
{
	enum signature s = c->finding.signature;

	return s == SIG_TCP_SYN_TIMEOUT || s == SIG_QUIC_TIMEOUT || s == SIG_STUN_TIMEOUT || s == SIG_UDP_TIMEOUT ||
	       is_stuck(c);
}

/* What the client sent to one server and port without an answer, and whether another try there succeeded. */
struct vain {
	uint32_t sends;
	bool answered;
};

struct vain_key {
	struct addr server;
	uint32_t port;
};

static struct vain_key key_of(const struct candidate *c)
{
	return (struct vain_key){c->called.server, c->called.port};
}

static void sum_up(struct map *ports, struct candidate *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct vain_key key = key_of(at[i]);
		struct vain *v = map_put(ports, &key, NULL);
		if (v && at[i]->finding.outcome == OUTCOME_OK)
			v->answered = true;
		else if (v && is_silence(at[i]))
			v->sends += sends_of(at[i]);
	}
}

void gate_bad_line(const struct judge *j, struct candidate **at, size_t n)
{
	const uint32_t client = at[0]->client;
	struct map ports;

	if (!line_loses(j, client, LINE_TCP, 1))
		return;
	map_init(&ports, sizeof(struct vain_key), sizeof(struct vain), n);
	sum_up(&ports, at, n);
	for (size_t i = 0; i < n; i++) {
		const struct vain_key key = key_of(at[i]);
		const struct vain *v = map_find(&ports, &key);
		/* If another try there succeeded, count this try alone. */
		uint32_t sends = v && !v->answered ? v->sends : sends_of(at[i]);
		if (is_silence(at[i]) && !at[i]->by_lookup && line_loses(j, client, LINE_TCP, sends))
			finding_doubt(&at[i]->finding, "bad-line");
	}
	map_release(&ports);
}
