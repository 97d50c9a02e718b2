/* Listening to a flow: which dissector reads it, and what it has read so far. */
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "dissect/inside.h"
#include "dissect/said.h"
#include "flow/story.h"

#define PROBE_MOST 64u        /* bytes of a side after which an undecided probe is a no */
#define UDP_UNKNOWN_MOST 4u   /* unrecognised datagrams of a flow; then it is given up */
#define MEDIA_LISTEN 4096u    /* packets of a STUN flow listened to for media */
#define TEXT_BYTES 8u         /* that show whether a connection begins with text */

/* ---- finding the dissector */

static bool port_of(const struct dissector *x, const struct story *f)
{
	for (const uint16_t *port = x->ports; port && *port; port++)
		if (*port == story_port(f, SIDE_SERVER) || *port == story_port(f, SIDE_CLIENT))
			return true;
	return false;
}

/* STUN, DTLS, media and ChannelData share a flow (RFC 7983). */
static bool is_shared(const struct story *f)
{
	return f->protocol == TALK_STUN || f->protocol == TALK_DTLS || f->protocol == TALK_RTP;
}

/* The dissector for a flow's first bytes (of a shared flow: for any datagram); *ret_more: more
 * bytes may tell. */
static const struct dissector *find(const struct story *f, struct cursor bytes, enum side side, bool *ret_more)
{
	enum transport over = f->proto == PROTO_TCP ? OVER_TCP : OVER_UDP;
	const struct dissector *maybe = NULL;
	bool shared = over == OVER_UDP && is_shared(f);

	*ret_more = false;
	for (size_t i = 0; dissectors[i]; i++) {
		const struct dissector *x = dissectors[i];
		if (x->transport != over || !dissector_may(x, &bytes))
			continue;
		switch (x->probe(bytes, side)) {
		case PROBE_YES:
			return x;
		case PROBE_MAYBE:
			if (!maybe && (shared || port_of(x, f)))
				maybe = x;
			break;
		case PROBE_MORE:
			*ret_more = true;
			break;
		case PROBE_NO:
			break;
		}
	}
	if (maybe)
		*ret_more = false;
	return maybe;
}

/* ---- listening */

/* What is heard of a flow, and who listens; NULL: out of memory. */
static struct heard *ensure_heard(struct dissect *d, const struct tracked *t)
{
	if (!t->beside->said) {
		struct heard *new = blocks_take(&d->heards);
		t->beside->said = new ? &new->said : NULL;
	}
	struct heard *h = heard_of(t);
	if (h && !h->talk)
		h->talk = blocks_take(&d->talks);
	return h && h->talk ? h : NULL;
}

static struct dissector_block *block_of(struct talk *talk)
{
	return talk->dissector && talk->dissector->block_bytes ? (struct dissector_block *)(void *)talk->state : NULL;
}

static void block_free(struct dissect *d, struct talk *talk)
{
	struct dissector_block *b = block_of(talk);

	if (!b || !b->at)
		return;
	free(b->at);
	b->at = NULL;
	d->pool.bytes -= talk->dissector->block_bytes;
}

static void become(struct dissect *d, struct talk *talk, const struct dissector *x)
{
	block_free(d, talk);
	memset(talk->state, 0, sizeof talk->state);
	talk->dissector = x;
	struct dissector_block *b = block_of(talk);
	if (!b || d->pool.bytes + x->block_bytes > d->pool.most)
		return;
	b->at = malloc(x->block_bytes);
	if (!b->at)
		return;
	memset(b->at, 0, x->block_zeroed);
	d->pool.bytes += x->block_bytes;
}

void dissect_over(struct dissect *d, const struct tracked *t)
{
	struct heard *h = heard_of(t);

	if (!h || !h->talk)
		return;
	block_free(d, h->talk);
	ndpi_door_forget(d->ndpi, &h->talk->ndpi);
	stream_release(&h->talk->stream[0], &d->pool);
	stream_release(&h->talk->stream[1], &d->pool);
	blocks_give(&d->talks, h->talk);
	h->talk = NULL;
}

void dissect_expect(const struct tracked *t, unsigned steps)
{
	const struct heard *h = heard_of(t);

	if (steps > 1)
		cache_prefetch(h, sizeof *h);
	else if (h)
		cache_prefetch(h->talk, sizeof *h->talk);
}

void dissect_forget(struct dissect *d, const struct tracked *t)
{
	blocks_give(&d->heards, t->beside->said);
	t->beside->said = NULL;
}

static void understand(struct dissect *d, const struct tracked *t)
{
	t->story->understood = true;
	dissect_over(d, t);
}

struct listening {
	struct dissect *d;
	struct story *story;
	struct said *said;
	struct talk *talk;
	const struct packet *p;
	enum side side;
	int64_t now_us, shift_us;
	size_t lost; /* bytes that the capture cut off the segment */
};

/* Whether the dissector can continue after what the capture cut off. */
static bool pass_cut(struct listening *l, struct cursor *bytes)
{
	struct talk *talk = l->talk;

	if (!l->lost || !talk->dissector->resume ||
	    !talk->dissector->resume(talk->state, l->side, bytes->left + l->lost))
		return false;
	bytes->left = 0;
	stream_pass(&talk->stream[l->side], l->lost);
	return true;
}

/* Parse what can be parsed of one side; true when a tunnel opened and the rest
 * is the inner stream. */
static bool hear(struct listening *l, struct cursor *bytes)
{
	struct talk *talk = l->talk;
	struct story *f = l->story;
	struct hearing h = {.story = f, .said = l->said, .names = l->d->names, .side = l->side,
	                    .now = story_moment(f, l->now_us)};

	facts_clear(&l->d->facts);
	enum err e = talk->dissector->parse(talk->state, bytes, l->side, &l->d->facts);
	l->d->counters.messages[f->proto == PROTO_TCP]++;
	for (unsigned i = 0; i < l->d->facts.n; i++)
		said_fact(&h, &l->d->facts.list[i]);
	if (f->protocol == TALK_DNS)
		dissect_hand_on(l->d, l->p, l->now_us, l->shift_us, e == ERR_TRUNCATED);
	if (e == ERR_TRUNCATED)
		f->truncated = true;
	if (e != ERR_OK && e != ERR_MORE) {
		dissect_count(l->d, e);
		talk->deaf[l->side] = e != ERR_TRUNCATED || !pass_cut(l, bytes);
	}
	if (h.opaque)
		talk->deaf[l->side] = true;
	return h.inner_opens;
}

static void choose(struct listening *l, struct cursor bytes)
{
	struct story *f = l->story;
	bool more;

	const struct dissector *x = find(f, bytes, l->side, &more);
	if (x)
		become(l->d, l->talk, x);
	if (x || (more && bytes.left < PROBE_MOST && bytes.lost == 0))
		return;
	l->talk->deaf[l->side] = true;
	if (bytes.lost)
		f->truncated = true;
}

/* Read what a side says, one protocol after another; true when a tunnel opened. */
static bool hear_all(struct listening *l, struct cursor *bytes)
{
	struct talk *talk = l->talk;
	bool opened = false;

	while (bytes->left && !talk->deaf[l->side]) {
		size_t before = bytes->left;
		if (!talk->dissector)
			choose(l, *bytes);
		if (!talk->dissector || talk->deaf[l->side])
			break;
		if (hear(l, bytes)) {
			opened = true;
			become(l->d, talk, NULL);
			talk->deaf[0] = talk->deaf[1] = false;
			l->story->protocol = TALK_UNKNOWN;
			continue;
		}
		if (bytes->left == before || bytes->err != ERR_OK)
			break;
	}
	return opened;
}

static void keep_rest(struct listening *l, struct cursor rest)
{
	struct stream *s = &l->talk->stream[l->side];

	if (l->talk->deaf[l->side])
		stream_release(s, &l->d->pool);
	else
		stream_keep(s, &l->d->pool, rest);
	if (s->cut)
		l->talk->deaf[l->side] = true;
}

/* What the client sent before its tunnel opened belongs to the inner stream. */
static void hear_early(struct listening *l)
{
	l->side = !l->side;
	l->lost = 0;
	struct cursor bytes = stream_kept(&l->talk->stream[l->side]);
	hear_all(l, &bytes);
	keep_rest(l, bytes);
}

static void listen_tcp(struct listening *l)
{
	struct talk *talk = l->talk;
	struct story *f = l->story;
	struct stream *s = &talk->stream[l->side];

	if (!s->started)
		stream_start(s, f->way[l->side].begin);
	/* Data may come with the SYN, which counts one itself: RFC 9293 3.4. */
	uint32_t seq = l->p->seq + (l->p->tcp_flags & TCP_SYN ? 1 : 0);
	struct cursor bytes = stream_feed(s, &l->d->pool, seq, l->p->payload);
	l->lost = bytes.lost;
	bool opened = hear_all(l, &bytes);
	keep_rest(l, bytes);
	if (s->cut && l->p->payload.lost > 0)
		f->truncated = true;
	if (opened)
		hear_early(l);
}

/* Nearly all datagrams of a shared flow are media, which tell nothing except that they flow: RTP
 * and RTCP, and what a TURN server relays. source RFC 7983 7 */
static bool hear_media(struct listening *l)
{
	uint8_t first = cursor_peek(&l->p->payload, 0);
	bool rtp = first >= 128 && first <= 191, channel = first >= 64 && first <= 79;

	if (!(rtp && is_shared(l->story)) && !(channel && l->story->protocol == TALK_STUN))
		return false;
	said_media(l->story, l->said, l->side);
	return true;
}

/* False: no dissector knows it. */
static bool hear_datagram(struct listening *l)
{
	struct talk *talk = l->talk;
	struct cursor bytes = l->p->payload;
	bool more;

	if (!talk->dissector || is_shared(l->story)) {
		const struct dissector *x = find(l->story, bytes, l->side, &more);
		if (x && talk->dissector != x)
			become(l->d, talk, x);
	}
	if (!talk->dissector)
		return false;
	hear(l, &bytes);
	struct dissector_block *b = block_of(talk);
	if (b && b->over)
		block_free(l->d, talk);
	return true;
}

static void listen_udp(struct listening *l)
{
	struct talk *talk = l->talk;
	const struct story *f = l->story;
	bool over;

	if (hear_media(l) || hear_datagram(l))
		over = f->way[0].packets + f->way[1].packets > MEDIA_LISTEN;
	else
		over = ++talk->vain >= UDP_UNKNOWN_MOST;
	talk->deaf[0] = talk->deaf[1] = over;
}

/* Whether nDPI can tell something useful: the server's name, which it finds in protocols over TCP only. What
 * begins like TLS and was rejected by our dissector is damaged or hostile: a name in it is worthless. */
static bool worth_asking(const struct listening *l)
{
	const struct story *f = l->story;
	const struct cursor *c = &l->p->payload;
	bool broken_tls = cursor_peek(c, 0) == 0x16 && cursor_peek(c, 1) == 3;

	return f->proto == PROTO_TCP && (l->talk->ndpi || !broken_tls) &&
	       l->d->hooks.wanted(l->d->hooks.wanted_context, story_port(f, SIDE_SERVER), f->proto);
}

/* Whether a connection that begins like this may tell its server's name: with text, as mail and
 * HTTP do, or with a TLS handshake of a version that our dissector rejects. */
static bool may_tell_name(struct cursor c)
{
	if (cursor_peek(&c, 0) == 0x16)
		return true;
	for (unsigned i = 0; i < TEXT_BYTES && c.left; i++) {
		uint8_t byte = cursor_u8(&c);
		if ((byte < ' ' || byte > '~') && byte != '\t' && byte != '\r' && byte != '\n')
			return false;
	}
	return true;
}

/* Whether it began in another way: then nDPI finds no name, however much it is shown. We listen for
 * as many packets as nDPI would get. */
static bool pass_over(struct listening *l)
{
	struct talk *talk = l->talk;

	if (!l->p->payload.left || (!talk->vain && (talk->ndpi || may_tell_name(l->p->payload))))
		return false;
	if (++talk->vain >= NDPI_PACKETS_MOST)
		talk->deaf[0] = talk->deaf[1] = true;
	return true;
}

/* What no dissector knows is shown to nDPI; true while it wants more. */
static bool ask_ndpi(struct listening *l)
{
	struct story *f = l->story;
	struct ndpi_found found;

	if (!worth_asking(l))
		return false;
	if (pass_over(l))
		return l->talk->vain < NDPI_PACKETS_MOST;
	switch (ndpi_door_show(l->d->ndpi, &l->talk->ndpi, l->p, l->now_us, &found)) {
	case NDPI_MORE:
		return true;
	case NDPI_FOUND:
		f->protocol = TALK_OTHER;
		l->said->ndpi_name = names_intern(l->d->names, found.protocol, strlen(found.protocol));
		l->said->ndpi_host = names_intern(l->d->names, found.host, strlen(found.host));
		break;
	case NDPI_UNKNOWN:
		break;
	}
	l->talk->deaf[0] = l->talk->deaf[1] = true;
	return false;
}

void dissect_packet(struct dissect *d, const struct tracked *t, const struct packet *p, enum side side, int64_t now_us,
                    int64_t shift_us)
{
	struct heard *h = ensure_heard(d, t);
	struct story *f = t->story;

	if (!h) {
		understand(d, t);
		return;
	}
	struct talk *talk = h->talk;
	struct listening l = {d, f, &h->said, talk, p, side, now_us, shift_us, 0};
	if (f->proto == PROTO_UDP)
		listen_udp(&l);
	else if (!talk->deaf[side])
		listen_tcp(&l);
	if (talk->deaf[side] && !talk->dissector && f->protocol == TALK_UNKNOWN && ask_ndpi(&l))
		return;
	bool over = f->proto == PROTO_TCP ? talk->deaf[0] && talk->deaf[1] : talk->deaf[0];
	if (over || said_enough(f, &h->said))
		understand(d, t);
}
