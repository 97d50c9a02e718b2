/* A mirror port often delivers a packet twice: once where it enters and once where it
 * leaves the switch, on two VLANs, before and after a router hop, or inside and
 * outside a tunnel; two capture files that overlap do the same. The duplicate would
 * look like a retransmission, so it is dropped here.
 *
 * Two packets are duplicates when all is equal that the network does not change on
 * the way: addresses, protocol, IP ID, the whole transport header with its options
 * and checksum, lengths. What it does change is ignored: TTL, IP checksum, DSCP, MAC
 * addresses, tags and tunnels.
 *
 * A sender's own repetition must not be taken for a duplicate:
 * - A TCP retransmission has a new IP ID where IDs are used at all (RFC 6864 4.1 lets
 *   DF packets have any; Linux counts up per socket, Windows per host), and comes
 *   after a retransmission time-out (RFC 6298 2.4: 1 s; Linux 200 ms). So an equal,
 *   non-zero ID within 20 ms is the same packet.
 * - The same goes for the TCP time stamp (RFC 7323 5.4: a tick of 1 ms to 1 s): a
 *   retransmission after a time-out has a later one.
 * - Without either (most of IPv6 and UDP, Linux's RST) only time and content are
 *   left: 5 ms, far below any time-out. A fast retransmission in a LAN can be that
 *   quick, and so can a host's equal RSTs to several late segments; they are then not
 *   counted, and no signature needs them: "repeated" means a time-out later.
 * - UDP requests are repeated by applications after 50 ms (ICE, RFC 8445 14) or more;
 *   the same bounds hold. The payload's first and last 32 bytes count too, since a
 *   checksum may be 0, or not computed yet by the captured host.
 * A forged packet that differs in any of this is never dropped.
 * source  RFC 6864 4.1; RFC 6298 2.4; RFC 7323 5.4; RFC 8445 14 */
#include "decode/duplicate.h"

#include <string.h>

#include "base/map.h"

#define MARKED_US 20000u  /* an IP ID or a TCP time stamp identifies the packet */
#define UNMARKED_US 5000u
#define PAYLOAD_BYTES 32u

/* The next PAYLOAD_BYTES of a cursor that has them, after another fingerprint. */
static uint64_t mix_block(uint64_t print, const struct cursor *c)
{
	/* A cursor of known size: the compiler drops its checks. */
	struct cursor block = cursor_of(c->at, PAYLOAD_BYTES, PAYLOAD_BYTES);

	print = hash_mix(print ^ cursor_peek_word(&block, 0), cursor_peek_word(&block, 8));
	return hash_mix(print ^ cursor_peek_word(&block, 16), cursor_peek_word(&block, 24));
}

uint64_t duplicate_payload(uint64_t print, const struct cursor *payload)
{
	/* Copy member by member: loading the struct at once, right after its members were stored, would stall. */
	struct cursor c = cursor_of(payload->at, payload->left, payload->left);
	size_t n = c.left;
	uint8_t few[PAYLOAD_BYTES] = {0};

	print ^= n;
	if (n < PAYLOAD_BYTES) {
		cursor_copy(&c, few, n);
		c = cursor_of(few, sizeof few, sizeof few);
		return mix_block(print, &c);
	}
	print = mix_block(print, &c);
	if (n == PAYLOAD_BYTES)
		return print;
	cursor_skip(&c, n - PAYLOAD_BYTES);
	return mix_block(print, &c);
}

/* False: no remembered packet has this fingerprint. Marks it. */
static inline bool mark(struct duplicates *d, uint64_t print)
{
	uint64_t *marks = d->marks[print >> 54 & (DUPLICATE_MARKS - 1)];
	uint64_t bits = UINT64_C(1) << (print >> 48 & 63) | UINT64_C(1) << (print >> 42 & 63);
	bool known = (marks[0] & bits) == bits || (marks[1] & bits) == bits;

	marks[d->n / DUPLICATE_PACKETS & 1] |= bits;
	return known;
}

/* The ring has wrapped: clear the older filter, which takes the next packets. */
static void marks_change(struct duplicates *d)
{
	unsigned old = d->n / DUPLICATE_PACKETS & 1;

	for (size_t i = 0; i < DUPLICATE_MARKS; i++)
		d->marks[i][old] = 0;
}

/* The newest remembered packet of this fingerprint; NULL: none. */
static struct duplicate_packet *find(struct duplicates *d, uint64_t print)
{
	uint32_t i = d->heads[print % DUPLICATE_HEADS], age = 0;

	/* Each entry must be older than the one before it, so the walk ends even after the numbers wrap. */
	for (uint32_t next = d->n - i; i && next >= age && next < DUPLICATE_PACKETS; next = d->n - i) {
		struct duplicate_packet *one = &d->packets[i % DUPLICATE_PACKETS];
		if (one->print == print)
			return one;
		age = next + 1;
		i = one->before;
	}
	return NULL;
}

static void remember(struct duplicates *d, uint64_t print, uint32_t at)
{
	uint32_t *head = &d->heads[print % DUPLICATE_HEADS];
	uint32_t i = ++d->n ? d->n : ++d->n; /* 0 means none */

	d->packets[i % DUPLICATE_PACKETS] = (struct duplicate_packet){print, at, *head};
	*head = i;
	if (i % DUPLICATE_PACKETS == 0)
		marks_change(d);
}

/* Mirror ports and overlapping files also deliver slightly out of order. */
static uint32_t apart(uint32_t a, uint32_t b)
{
	return a - b < b - a ? a - b : b - a;
}

bool duplicate_seen(struct duplicates *d, const struct packet *p, uint64_t print, bool stamped)
{
	uint64_t low;

	/* A kernel answers each late segment with the same reset, at once and without IP ID: such
	 * repetitions are real. */
	if ((p->tcp_flags & TCP_RST) && !p->ip_id && p->proto == PROTO_TCP)
		return false;
	/* p->hash is the same for both directions: the source tells them apart. */
	memcpy(&low, p->src.b + 8, sizeof low);
	print = hash_mix(print ^ low ^ (uint64_t)p->sport << 16,
	                 p->hash ^ (uint64_t)p->ip_id << 32 ^ p->payload_length);

	uint32_t at = (uint32_t)(uint64_t)p->time_us;
	uint32_t most = p->ip_id || stamped ? MARKED_US : UNMARKED_US;
	struct duplicate_packet *last = mark(d, print) ? find(d, print) : NULL;
	bool same = last && apart(at, last->at) <= most;

	if (same)
		last->at = at;
	else
		remember(d, print, at);
	return same;
}
