/* Bad lines: where tries that went well had to be repeated again and again, at one server like the other, some
 * unanswered sends prove little. What is needed is that so many would hardly be lost by chance. */
#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/candidate.h"

#define LOST_LEAST 4u       /* tries that went well and had to be repeated */
#define SHARE_LEAST 0.1     /* of their sends: what is less says nothing of the line */
#define CHANCE_MOST 0.01
#define SENDS_MOST 64u      /* live: beyond, the windows before count less and less */

static void note(struct line *l, uint32_t place, uint32_t sends, uint32_t lost)
{
	l->rested = false;
	l->sends += sends;
	l->lost += lost;
	l->tries += lost > 0;
	for (unsigned i = 0; i < LINE_PLACES && lost; i++) {
		if (l->places[i] && l->places[i] != place)
			continue;
		l->places[i] = place;
		return;
	}
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

	if (f->proto != PROTO_TCP || !f->syn_n || !f->synack || f->midstream)
		return;
	memcpy(words, f->server.b, sizeof words);
	/* Servers that it takes for one only make it harder. */
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

bool line_loses(const struct line *own, const struct line *common, uint32_t sends)
{
	return may_lose(own, sends) || may_lose(common, sends);
}

static uint32_t sends_of(const struct candidate *c)
{
	return c->called.proto == PROTO_TCP ? c->syn_n : c->flights;
}

static bool is_silence(const struct candidate *c)
{
	enum signature s = c->finding.signature;

	return s == SIG_TCP_SYN_TIMEOUT || s == SIG_QUIC_TIMEOUT || s == SIG_STUN_TIMEOUT || s == SIG_UDP_TIMEOUT;
}

/* What the client sent in vain to one port, and whether some of it was answered. */
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
	const struct line *own = &j->audiences[at[0]->client].tcp_line, *common = &j->tcp_line;
	struct map ports;

	if (!line_loses(own, common, 1))
		return;
	map_init(&ports, sizeof(struct vain_key), sizeof(struct vain), n);
	sum_up(&ports, at, n);
	for (size_t i = 0; i < n; i++) {
		const struct vain_key key = key_of(at[i]);
		const struct vain *v = map_find(&ports, &key);
		/* Where some was answered, this try alone. */
		uint32_t sends = v && !v->answered ? v->sends : sends_of(at[i]);
		if (is_silence(at[i]) && !at[i]->by_lookup && line_loses(own, common, sends))
			finding_doubt(&at[i]->finding, "bad-line");
	}
	map_release(&ports);
}
