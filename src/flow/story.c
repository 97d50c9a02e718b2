#include "flow/story.h"

#include <string.h>

#include "base/map.h"
#include "flow/closing.h"

/* Sends closer together belong to one flight: shorter than any retransmission
 * time-out in use (RFC 6298 2.4 asks for 1 s; Linux goes down to 200 ms; RFC
 * 9002 PTOs start near 300 ms), longer than the spacing of one flight. */
#define FLIGHT_MS 150u
/* The same, for requests of unknown UDP protocols. */
#define REQUEST_MS 450u

#define SELDOM __attribute__((noinline)) /* kept out of the code that every packet runs */

struct rare *story_rare(struct story *s, struct blocks *rares)
{
	if (s->has_rare)
		return s->rare;
	struct rare *r = blocks_take(rares);
	if (!r)
		return NULL;
	r->usual = s->usual;
	s->rare = r;
	s->has_rare = true;
	return r;
}

/* Without a branch: which side sends the next packet is unpredictable. */
static inline struct way *way_of(struct story *s, enum side side)
{
	return s->way + side;
}

static void count(struct way *h, const struct packet *p, moment now)
{
	h->packets++;
	h->bytes_low += p->payload_length;
	if (h->bytes_low < p->payload_length) {
		if (h->bytes_high < UINT16_MAX)
			h->bytes_high++;
		else
			h->bytes_low = UINT32_MAX;
	}
	if (h->last && now > h->last + PAUSE_MS)
		h->paused = true;
	h->last = now > h->last ? now : h->last;
}

/* ---- TCP */

static void take_syn(struct story *s, struct blocks *rares, const struct packet *p, moment now, int64_t now_us)
{
	struct way *h = &s->way[SIDE_CLIENT];

	/* Again so soon it is a copy: of two captures whose clocks differ, or of a packet in a loop. */
	bool copy = s->syn_n && now < story_syn_last(s) + FLIGHT_MS;
	if (!copy && s->syn_n < UINT8_MAX)
		s->syn_n++;
	if (s->syn_n == 1 && !copy) {
		h->begin = h->next = p->seq + 1;
		if (story_was_overtaken(s, p, now_us))
			s->midstream = false;
		else
			s->state = TCP_SYN_SENT;
	}
	struct rare *r = now > 1 || s->has_rare ? story_rare(s, rares) : NULL;
	if (r)
		r->syn_last = now;
}

/* The server accepted data that came with the SYN: count it as sent. What it did not accept is sent
 * again. source RFC 7413 4.2 */
static void take_early_data(struct story *s, const struct packet *p)
{
	struct way *h = &s->way[SIDE_CLIENT];

	if (!s->syn_n || !(p->tcp_flags & TCP_ACK) || !seq_before(h->next, p->ack))
		return;
	h->next = p->ack;
	h->first_data = h->last_data = story_syn_last(s);
}

static void take_syn_ack(struct story *s, const struct packet *p, moment now)
{
	struct way *h = &s->way[SIDE_SERVER];
	struct usual *u = story_usual(s);

	if (u->synack)
		return;
	u->synack = now;
	h->begin = p->seq + 1;
	h->next = p->seq + 1 + p->payload_length;
	if (p->payload_length)
		h->first_data = h->last_data = now;
	take_early_data(s, p);
	if (s->state <= TCP_SYN_SENT)
		s->state = TCP_SYN_ANSWERED;
}

/* The server goes on and the client has acknowledged: the capture lost the SYN-ACK. What the client
 * acknowledged was sent before. */
static SELDOM void take_lost_syn_ack(struct story *s, const struct packet *p, moment now)
{
	const struct way *c = &s->way[SIDE_CLIENT];
	struct way *h = &s->way[SIDE_SERVER];

	if (!c->acks)
		return;
	story_usual(s)->synack = now;
	h->begin = h->next = seq_before(p->seq, c->acked) ? p->seq : c->acked;
	s->state = TCP_SYN_ANSWERED;
}

static void forget_repeats(struct rare *r, enum side side)
{
	r->repeats_changed |= r->repeats[side] > 0;
	r->repeats[side] = 0;
	r->repeated[side] = 0;
}

/* The other side has everything up to this acknowledgement. */
static void take_ack(struct story *s, const struct packet *p, enum side side, moment now)
{
	struct way *h = way_of(s, side), *o = way_of(s, !side);

	if (h->acks && !seq_before(h->acked, p->ack))
		return;
	if (side == SIDE_SERVER) {
		uint32_t arrived = h->acks ? p->ack - h->acked : 0;
		if (arrived > s->largest && arrived < 65536)
			s->largest = (uint16_t)arrived;
		s->progress = now;
	} else if (s->has_rare) {
		s->rare->progress = now;
	}
	h->acked = p->ack;
	h->acks = true;
	if (!o->waiting)
		return;
	o->waiting = seq_before(p->ack, o->next) ? now : 0;
	if (s->has_rare)
		forget_repeats(s->rare, !side);
}

static void take_new_data(struct story *s, struct way *h, const struct packet *p, enum side side, moment now)
{
	uint32_t end = p->seq + p->payload_length;

	if (h->packets > 1 && seq_before(h->next, p->seq) && (h->first_data || !s->midstream))
		h->hole = true;
	if (side == SIDE_CLIENT) {
		moment theirs = s->way[SIDE_SERVER].last_data;
		moment before = h->last_data > theirs ? h->last_data : theirs;
		if (!h->waiting) /* else it is more of what was begun: requests come in several segments */
			story_usual(s)->idle_ms = before ? now - before : 0;
		if (s->has_rare)
			s->rare->progress = now;
	} else {
		s->progress = now;
	}
	h->next = end;
	h->last_data = now;
	if (!h->first_data)
		h->first_data = now;
	if (!h->waiting)
		h->waiting = now;
	bool cut = p->payload.lost && s->way[!side].first_data;
	bool closing = (p->tcp_flags & TCP_PSH) && (cut ? segment_may_close(p) : segment_closes(p));
	if (h->closing != closing)
		h->closing = closing;
}

/* The FIN came before the data that it ends: mirrors reorder, and what was lost is sent again. */
static void take_overtaken_data(struct story *s, struct way *h, const struct packet *p, enum side side, moment now)
{
	if (!h->fin || h->first_data || seq_before(p->seq, h->begin))
		return;
	if (!seq_before(p->seq + p->payload_length, h->next)) /* where the FIN stands: a keep-alive's byte */
		return;
	h->first_data = h->last_data = now;
	if (p->seq == h->begin && p->seq + p->payload_length + 1 == h->next)
		h->hole = h->cut_short = false; /* nothing else is missing */
	if (side == SIDE_SERVER)
		s->progress = now;
}

/* Data sent before and not acknowledged: a retransmission if its sender had to wait. */
static SELDOM void take_old_data(struct story *s, struct blocks *rares, const struct packet *p, enum side side,
                                 moment now)
{
	struct way *h = way_of(s, side);
	const struct way *o = way_of(s, !side);
	moment repeated = s->has_rare ? s->rare->repeated[side] : 0;
	moment since = repeated ? repeated : h->waiting;

	take_overtaken_data(s, h, p, side, now);
	if (!h->waiting || (o->acks && !seq_before(o->acked, p->seq + p->payload_length)))
		return;
	/* A keep-alive or window probe (RFC 9293 3.8.4, 3.8.6.1); one byte at the acknowledged position is neither. */
	if (!o->open || (p->payload_length <= 1 && !(o->acks && p->seq == o->acked)))
		return;
	if (now - since < FLIGHT_MS && !(s->has_rare && s->rare->repeats[side]))
		return;
	struct rare *r = story_rare(s, rares);
	if (!r)
		return;
	if (r->repeats[side] < UINT16_MAX) {
		r->repeats[side]++;
		r->repeats_changed = true;
	}
	r->repeated[side] = now;
	r->stuck[side] = p->payload_length > UINT16_MAX ? UINT16_MAX : (uint16_t)p->payload_length;
}

static void take_data(struct story *s, struct blocks *rares, const struct packet *p, enum side side, moment now)
{
	struct way *h = way_of(s, side);

	if (h->next == 0 && !h->first_data) {
		bool begun = side == SIDE_CLIENT ? s->syn_n > 0 : story_usual(s)->synack > 0;
		if (s->midstream || !begun)
			h->begin = h->next = p->seq;
	}
	if (seq_before(h->next, p->seq + p->payload_length))
		take_new_data(s, h, p, side, now);
	else
		take_old_data(s, rares, p, side, now);
}

/* Call it before the side's FIN or RST is noted. */
static void note_end(struct story *s, enum side side)
{
	const struct way *c = &s->way[SIDE_CLIENT];

	if (side == SIDE_SERVER && !c->fin && !c->rst)
		s->server_ended_first = true;
}

/* Notes the first one. */
static void note_rst(struct story *s, struct blocks *rares, enum side side, moment now)
{
	struct way *h = way_of(s, side);
	struct rare *r = h->fin ? story_rare(s, rares) : NULL;

	if (h->rst || (h->fin && !r))
		return;
	*(r ? &r->rst[side] : &h->end) = now;
	h->rst = true;
}

static void note_fin(struct story *s, struct blocks *rares, enum side side, moment now)
{
	struct way *h = way_of(s, side);
	struct rare *r = h->rst ? story_rare(s, rares) : NULL;

	if (h->rst && !r)
		return;
	if (r)
		r->rst[side] = h->end;
	h->end = now;
	h->fin = true;
}

/* The client's reset. A gap before it is capture loss, if it is no larger than this (a forged reset is anywhere);
 * and what it acknowledges was heard. */
#define RESET_GAP_MOST 0xffffu

static void take_client_rst(struct story *s, const struct packet *p)
{
	struct way *c = &s->way[SIDE_CLIENT];
	bool begun = s->state == TCP_OPEN && (c->first_data || !s->midstream);
	bool heard = (p->tcp_flags & TCP_ACK) && !seq_before(s->way[SIDE_SERVER].next, p->ack);

	if (begun && seq_before(c->next, p->seq) && p->seq - c->next <= RESET_GAP_MOST)
		c->hole = c->cut_short = true;
	if (heard && c->acks && seq_before(c->acked, p->ack))
		c->acked = p->ack;
}

static SELDOM void take_rst(struct story *s, struct blocks *rares, const struct packet *p, enum side side, moment now)
{
	struct rare *r = side == SIDE_SERVER ? story_rare(s, rares) : NULL;

	note_end(s, side);
	note_rst(s, rares, side, now);
	if (side == SIDE_CLIENT)
		take_client_rst(s, p);
	s->state = TCP_OVER;
	if (!r)
		return;
	if (r->reset.n == 0) {
		r->reset.seq = p->seq;
		r->reset.ip_id = p->ip_id;
		r->reset.ttl = p->ttl;
		r->reset.window = p->window;
		r->reset.with_ack = p->tcp_flags & TCP_ACK;
		if (!s->way[SIDE_SERVER].acks)
			s->way[SIDE_SERVER].acked = p->ack; /* used by a SYN that comes after it */
		r->reset.behind = r->reset.with_ack && seq_before(p->ack, s->way[SIDE_CLIENT].next);
	}
	if (r->reset.n < UINT8_MAX)
		r->reset.n++;
}

/* Whatever comes much later, or says what the reset's place in the stream leaves out, was sent after the reset. */
static SELDOM void take_behind_rst(struct story *s, const struct packet *p, moment now)
{
	const struct way *h = &s->way[SIDE_SERVER];
	moment since = h->fin ? s->rare->rst[SIDE_SERVER] : h->end;
	bool opens = (p->tcp_flags & TCP_SYN) && !s->way[SIDE_CLIENT].acks;
	bool overtaken = now - since < OVERTAKE_MS && !opens &&
	                 !seq_before(s->rare->reset.seq, p->seq + p->payload_length);

	s->rare->reset.data_after |= !overtaken;
}

static SELDOM void take_fin(struct story *s, struct blocks *rares, const struct packet *p, enum side side, moment now)
{
	struct way *h = way_of(s, side);

	note_end(s, side);
	if (!h->fin) {
		note_fin(s, rares, side, now);
		if ((story_usual(s)->synack || h->first_data) && seq_before(h->next, p->seq))
			h->hole = h->cut_short = true;
		if (seq_before(h->next, p->seq + p->payload_length + 1))
			h->next = p->seq + p->payload_length + 1;
	}
	if (s->state < TCP_CLOSING)
		s->state = TCP_CLOSING;
	if (s->way[0].fin && s->way[1].fin)
		s->state = TCP_OVER;
}

static SELDOM void take_handshake(struct story *s, struct blocks *rares, const struct packet *p, enum side side,
                                  moment now, int64_t now_us)
{
	bool answers = p->tcp_flags & TCP_ACK;

	if (side == SIDE_CLIENT && !answers)
		take_syn(s, rares, p, now, now_us);
	else if (side == SIDE_SERVER && answers)
		take_syn_ack(s, p, now);
}

unsigned tcp_story(struct story *s, struct blocks *rares, const struct packet *p, enum side side, int64_t now_us)
{
	struct way *h = way_of(s, side);
	moment now = story_moment(s, now_us);
	uint8_t before = s->state, flags = p->tcp_flags;

	count(h, p, now);
	if (!(flags & TCP_RST)) {
		if (!h->ttl)
			h->ttl = p->ttl;
		if (h->open != (p->window > 0))
			h->open = !h->open;
		if (h->rst && side == SIDE_SERVER && s->has_rare)
			take_behind_rst(s, p, now);
	}
	if (flags & TCP_SYN)
		take_handshake(s, rares, p, side, now, now_us);
	else if (s->state == TCP_SYN_SENT && side == SIDE_SERVER && !(flags & TCP_RST))
		take_lost_syn_ack(s, p, now);
	if ((flags & TCP_ACK) && !(flags & TCP_RST))
		take_ack(s, p, side, now);
	if (p->payload_length && !(flags & (TCP_SYN | TCP_RST)))
		take_data(s, rares, p, side, now);
	if (flags & TCP_FIN)
		take_fin(s, rares, p, side, now);
	if (flags & TCP_RST)
		take_rst(s, rares, p, side, now);
	else if (s->state < TCP_OPEN && !(flags & TCP_SYN) && (s->midstream || story_usual(s)->synack))
		s->state = TCP_OPEN;
	unsigned changed = s->state != before ? STORY_STATE : 0;
	if (s->has_rare && s->rare->repeats_changed) {
		s->rare->repeats_changed = false;
		changed |= STORY_REPEATS;
	}
	return changed;
}

/* ---- UDP */

static uint32_t request_hash(const struct packet *p)
{
	struct cursor c = p->payload;
	size_t n = c.left < 256 ? c.left : 256;
	const uint8_t *bytes = cursor_bytes(&c, n);

	return (uint32_t)hash_bytes(bytes, bytes ? n : 0) | 1;
}

void udp_story(struct story *s, const struct packet *p, enum side side, int64_t now_us)
{
	struct way *h = way_of(s, side);
	moment now = story_moment(s, now_us);

	if (side == SIDE_CLIENT && s->way[SIDE_SERVER].packets == 0 && h->packets < 64) {
		uint32_t hash = request_hash(p);
		if (h->request_hash == 0)
			h->request_hash = hash;
		if (!h->packets || now - h->last_data >= FLIGHT_MS) {
			h->flights++;
			h->last_data = now;
		}
		if (hash == h->request_hash && (!h->repeated || now - h->repeated >= REQUEST_MS)) {
			h->request_flights++;
			h->repeated = now;
		}
	}
	count(h, p, now);
	if (!h->ttl)
		h->ttl = p->ttl;
	if (!h->first_data)
		h->first_data = now;
	h->last_data = side == SIDE_SERVER ? now : h->last_data;
}
