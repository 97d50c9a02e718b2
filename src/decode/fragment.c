/* Reassembly of IPv4 and IPv6 fragments.
 * source  RFC 791 3.2 (reassembly), RFC 8200 4.5, RFC 5722 4 and RFC 8200 4.5 (overlap
 *         discards the datagram; exact duplicates may be ignored), RFC 1858 (tiny and
 *         overlapping fragments as an attack)
 *
 * Overlaps are never resolved: receivers differ in which copy wins, so any choice could be
 * exploited. Identical bytes in the same place are a mirror port's duplicate and are
 * ignored. If the capture truncated fragments, the bytes before the first cut are
 * delivered: they hold the transport header and usually the first thing a connection says.
 * A datagram that is given up or done stays a while as a tombstone, so that late fragments
 * do not open a new one. */
#include "decode/fragment.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"

#define BUCKETS 1024u
#define DATAGRAMS_MOST 4096u              /* waiting at once; then the oldest goes */
#define RANGES_MOST 64u                   /* separate stretches of one datagram; then it is given up */
#define DATAGRAM_BYTES_MOST 65535u        /* RFC 791 3.1: total length is 16 bits */
#define WAIT_US (30 * SECOND_US)          /* Linux's ipfrag_time; RFC 8200 asks for 60 s, RFC 791 for 15 */
#define SPENT_MOST 16u                    /* nested datagrams in one frame; then the inner is given up */
#define DOUBLE_US INT64_C(20000)          /* a mirror port's duplicates of a finished datagram come within */

struct range {
	uint32_t from, to;
};

struct datagram {
	struct key {
		struct addr src, dst;
		uint32_t id;
		uint32_t kind; /* IPv4: protocol; IPv6: 256 */
	} key;
	struct datagram *next;          /* of its bucket */
	struct datagram *older, *newer; /* of all, by first fragment */
	int64_t first_us, done_us;
	uint8_t *bytes;
	uint32_t room;
	uint32_t end;                   /* length, once the last fragment is here; 0: not yet */
	uint32_t cut;                   /* bytes before the first that the capture cut off */
	bool done, dead;                /* tombstones */
	uint8_t protocol;
	uint8_t range_n;
	struct range ranges[RANGES_MOST]; /* sorted, with gaps between them */
};

struct fragments {
	size_t bytes, bytes_most;
	size_t n;
	uint64_t lost;
	struct datagram *oldest, *newest;
	uint8_t *spent[SPENT_MOST]; /* buffers of this frame's whole datagrams */
	unsigned spent_n;
	struct datagram *buckets[BUCKETS];
};

struct fragments *fragments_new(size_t bytes_most)
{
	struct fragments *f = calloc(1, sizeof *f);

	hash_init();
	if (f)
		f->bytes_most = bytes_most;
	return f;
}

void fragments_sweep(struct fragments *f)
{
	while (f->spent_n)
		free(f->spent[--f->spent_n]);
}

uint64_t fragments_lost(const struct fragments *f)
{
	return f->lost;
}

static struct datagram **bucket_of(struct fragments *f, const struct key *k)
{
	return &f->buckets[hash_bytes(k, sizeof *k) % BUCKETS];
}

static struct datagram *datagram_find(struct fragments *f, const struct key *k)
{
	struct datagram *d = *bucket_of(f, k);

	while (d && memcmp(&d->key, k, sizeof *k) != 0)
		d = d->next;
	return d;
}

static void bytes_release(struct fragments *f, struct datagram *d)
{
	free(d->bytes);
	f->bytes -= d->room;
	d->bytes = NULL;
	d->room = 0;
}

static void datagram_drop(struct fragments *f, struct datagram *d)
{
	struct datagram **at = bucket_of(f, &d->key);

	if (!d->done && !d->dead)
		f->lost++;
	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	*(d->older ? &d->older->newer : &f->oldest) = d->newer;
	*(d->newer ? &d->newer->older : &f->newest) = d->older;
	bytes_release(f, d);
	f->bytes -= sizeof *d;
	f->n--;
	free(d);
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	while (f->oldest)
		datagram_drop(f, f->oldest);
	fragments_sweep(f);
	free(f);
}

/* Make room for `bytes` more by dropping the oldest, but never `keep`. */
static bool room_make(struct fragments *f, size_t bytes, const struct datagram *keep)
{
	while (f->bytes + bytes > f->bytes_most) {
		struct datagram *d = f->oldest == keep && keep ? keep->newer : f->oldest;
		if (!d)
			return false;
		datagram_drop(f, d);
	}
	return true;
}

static struct datagram *datagram_new(struct fragments *f, const struct key *k, int64_t now_us)
{
	if (f->n >= DATAGRAMS_MOST)
		datagram_drop(f, f->oldest);
	if (!room_make(f, sizeof(struct datagram), NULL))
		return NULL;
	struct datagram *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	struct datagram **bucket = bucket_of(f, k);
	d->key = *k;
	d->first_us = now_us;
	d->cut = UINT32_MAX;
	d->next = *bucket;
	*bucket = d;
	d->older = f->newest;
	*(f->newest ? &f->newest->newer : &f->oldest) = d;
	f->newest = d;
	f->bytes += sizeof *d;
	f->n++;
	return d;
}

/* Capture time may jump either way. */
static bool apart(int64_t a_us, int64_t b_us, int64_t most_us)
{
	return a_us < b_us - most_us || a_us > b_us + most_us;
}

/* The datagram that a fragment belongs to, old or new. NULL: no room. */
static struct datagram *datagram_of(struct fragments *f, const struct fragment *in)
{
	struct key k;

	memset(&k, 0, sizeof k);
	k.src = in->src;
	k.dst = in->dst;
	k.id = in->id;
	k.kind = in->v6 ? 256 : in->protocol;
	while (f->oldest && apart(f->oldest->first_us, in->time_us, WAIT_US))
		datagram_drop(f, f->oldest);
	struct datagram *d = datagram_find(f, &k);
	if (d && (apart(d->first_us, in->time_us, WAIT_US) || (d->done && apart(d->done_us, in->time_us, DOUBLE_US)))) {
		datagram_drop(f, d);
		d = NULL;
	}
	return d ? d : datagram_new(f, &k, in->time_us);
}

static enum err give_up(struct fragments *f, struct datagram *d, enum err why)
{
	f->lost++;
	d->dead = true;
	bytes_release(f, d);
	return why;
}

/* Room for `end` bytes in the datagram's buffer. */
static bool datagram_grow(struct fragments *f, struct datagram *d, uint32_t end)
{
	uint32_t room = d->room * 2 > end ? d->room * 2 : (end + 2047) & ~UINT32_C(2047);

	if (end <= d->room)
		return true;
	if (!room_make(f, room - d->room, d))
		return false;
	uint8_t *bytes = realloc(d->bytes, room);
	if (!bytes)
		return false;
	f->bytes += room - d->room;
	d->bytes = bytes;
	d->room = room;
	return true;
}

/* Enter a range that overlaps no other; adjacent ranges are merged. */
static bool range_enter(struct datagram *d, uint32_t from, uint32_t to)
{
	struct range *r = d->ranges;
	unsigned i = 0;

	while (i < d->range_n && r[i].to < from)
		i++;
	if (i < d->range_n && r[i].to == from) {
		r[i].to = to;
		if (i + 1 < d->range_n && r[i + 1].from == to) {
			r[i].to = r[i + 1].to;
			memmove(r + i + 1, r + i + 2, (d->range_n - i - 2u) * sizeof *r);
			d->range_n--;
		}
	} else if (i < d->range_n && r[i].from == to) {
		r[i].from = from;
	} else {
		if (d->range_n == RANGES_MOST)
			return false;
		memmove(r + i + 1, r + i, (d->range_n - (size_t)i) * sizeof *r);
		r[i] = (struct range){from, to};
		d->range_n++;
	}
	return true;
}

enum fit { FIT_NEW, FIT_DOUBLE, FIT_OVERLAP };

/* How many of the n bytes from there can be read. */
static size_t readable(const struct datagram *d, uint32_t from, size_t n)
{
	size_t before = d->cut > from ? d->cut - from : 0;

	return n < before ? n : before;
}

static enum fit range_fit(const struct datagram *d, uint32_t from, uint32_t to, const struct cursor *bytes)
{
	for (unsigned i = 0; i < d->range_n; i++) {
		const struct range *r = &d->ranges[i];
		if (r->from >= to || r->to <= from)
			continue;
		size_t n = readable(d, from, bytes->left);
		bool inside = r->from <= from && r->to >= to;
		return inside && (n == 0 || memcmp(d->bytes + from, bytes->at, n) == 0) ? FIT_DOUBLE : FIT_OVERLAP;
	}
	return FIT_NEW;
}

/* Whether a fragment contradicts where the datagram ends. */
static bool end_differs(const struct datagram *d, const struct fragment *in, uint32_t to)
{
	uint32_t reach = d->range_n ? d->ranges[d->range_n - 1].to : 0;

	if (in->more)
		return d->end && to >= d->end;
	return d->end ? to != d->end : to < reach;
}

static enum err datagram_finish(struct fragments *f, struct datagram *d, int64_t now_us, struct cursor *ret_whole,
                                uint8_t *ret_protocol)
{
	if (f->spent_n == SPENT_MOST)
		return give_up(f, d, ERR_LIMIT);
	f->spent[f->spent_n++] = d->bytes;
	*ret_whole = cursor_of(d->bytes, d->cut, d->end);
	*ret_protocol = d->protocol;
	f->bytes -= d->room;
	d->bytes = NULL;
	d->room = 0;
	d->done = true;
	d->done_us = now_us;
	return ERR_OK;
}

enum err fragment_add(struct fragments *f, const struct fragment *in, struct cursor *ret_whole, uint8_t *ret_protocol)
{
	size_t n = cursor_wire(&in->bytes);
	uint32_t from = in->offset, to = from + (uint32_t)n;

	if (n == 0 || n > DATAGRAM_BYTES_MOST || to > DATAGRAM_BYTES_MOST || (in->more && n % 8 != 0))
		return ERR_MALFORMED;
	struct datagram *d = datagram_of(f, in);
	if (!d) {
		f->lost++;
		return ERR_LIMIT;
	}
	if (d->done || d->dead)
		return ERR_MORE;
	enum fit fit = range_fit(d, from, to, &in->bytes);
	if (fit == FIT_DOUBLE)
		return ERR_MORE;
	if (fit == FIT_OVERLAP || end_differs(d, in, to))
		return give_up(f, d, ERR_MALFORMED);
	if (in->bytes.lost && from + (uint32_t)in->bytes.left < d->cut)
		d->cut = from + (uint32_t)in->bytes.left;
	if (d->cut == 0)
		return give_up(f, d, ERR_TRUNCATED);
	size_t kept = readable(d, from, in->bytes.left);
	if ((kept && !datagram_grow(f, d, from + (uint32_t)kept)) || !range_enter(d, from, to))
		return give_up(f, d, ERR_LIMIT);
	if (kept)
		memcpy(d->bytes + from, in->bytes.at, kept);
	if (!in->more)
		d->end = to;
	if (from == 0)
		d->protocol = in->protocol;
	if (!d->end || d->range_n != 1 || d->ranges[0].from != 0 || d->ranges[0].to != d->end)
		return ERR_MORE;
	return datagram_finish(f, d, in->time_us, ret_whole, ret_protocol);
}
