/* What the packets of a flow told so far: the flow table's record, and what a packet adds
 * to it. The judge gets a struct flow made of it (flow/table.h).
 *
 * A packet of an open connection touches only these two cache lines of its flow. What few
 * flows need is kept elsewhere, and taken from a pool on demand. */
#ifndef FLOW_STORY_H
#define FLOW_STORY_H

#include <string.h>

#include "base/blocks.h"
#include "decode/packet.h"
#include "flow/flow.h"

/* One direction: see struct half. */
struct way {
	uint32_t packets;
	uint32_t bytes_low; /* of 48 bits, which saturate at 256 TiB */
	union {
		struct { /* TCP sequence space */
			uint32_t next, acked;
			uint32_t begin; /* of the first data: after the SYN (or the first byte seen, midstream) */
			moment waiting;
		};
		struct { /* the client's, over UDP */
			uint32_t request_hash; /* of its first datagram */
			uint32_t request_flights, flights;
			moment repeated;
		};
	};
	moment last, first_data, last_data;
	moment end;         /* first FIN; without one, first RST */
	uint16_t bytes_high;
	uint8_t ttl;
	bool acks : 1, hole : 1, closing : 1;
	bool fin : 1, rst : 1;
	bool open : 1;      /* the window last announced is not 0 */
	bool paused : 1;
	bool cut_short : 1; /* its end shows that bytes before it are missing in the capture */
};

/* Kept in the record itself as long as nothing rare happened. */
struct usual {
	moment synack;
	uint32_t idle_ms;
};

struct rare {
	struct usual usual;
	int64_t shift_us;   /* if the table has no number for it */
	moment syn_last;    /* 0: in the flow's first moment */
	moment progress;    /* of the client */
	moment rst[2];      /* of those that sent a FIN, too */
	moment repeated[2];
	uint16_t repeats[2], stuck[2];
	bool repeats_changed; /* by the packet being processed */
	bool told_stuck;      /* live: given to the judge while its client's data was repeated */
	struct reset reset;
	struct unreachable unreachable;
};

/* Both ends of a conversation, the first one in the low half: the last four bytes of the addresses,
 * as they are in memory, and the ports. */
struct ends {
	uint64_t addresses;
	uint32_t ports;
};

static inline struct ends ends_of(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port)
{
	uint32_t low[2];

	memcpy(&low[0], a->b + sizeof a->b - sizeof low[0], sizeof low[0]);
	memcpy(&low[1], b->b + sizeof b->b - sizeof low[1], sizeof low[1]);
	return (struct ends){low[0] | (uint64_t)low[1] << 32, a_port | (uint32_t)b_port << 16};
}

static inline struct ends ends_turned(struct ends e)
{
	return (struct ends){e.addresses << 32 | e.addresses >> 32, e.ports << 16 | e.ports >> 16};
}

struct story {
	uint64_t addresses;    /* see struct ends */
	uint32_t ports;
	uint8_t state;         /* enum tcp_state */
	uint8_t protocol;      /* enum protocol */
	uint8_t proto;         /* PROTO_TCP or PROTO_UDP */
	bool wide : 1;         /* IPv6: the table has the rest of its addresses */
	bool midstream : 1, truncated : 1, server_ended_first : 1;
	bool understood : 1;   /* no more payload is wanted */
	bool told : 1;         /* live: given to the judge before it is over */
	bool told_before : 1;  /* live: to a judge whose run has ended */
	bool has_rare : 1;
	int64_t first_us;
	union {
		struct usual usual;
		struct rare *rare; /* if has_rare */
	};
	moment progress;       /* of the server */
	uint16_t largest;      /* of the client */
	uint8_t syn_n;
	uint8_t shift;         /* the table's number for shift_us */
	struct way way[2];     /* [SIDE_CLIENT], [SIDE_SERVER] */
};

/* It must not grow: docs/performance.md. */
_Static_assert(sizeof(struct story) == 128, "two cache lines");

/* Queues of mirror ports and network cards reorder packets that are this close. */
#define OVERTAKE_MS 5u

/* Wrap-safe order of sequence numbers. source RFC 9293 3.4 */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline struct usual *story_usual(struct story *s)
{
	return s->has_rare ? &s->rare->usual : &s->usual;
}

/* side: [SIDE_CLIENT], [SIDE_SERVER] */
static inline uint16_t story_port(const struct story *s, enum side side)
{
	return (uint16_t)(side == SIDE_CLIENT ? s->ports : s->ports >> 16);
}

/* The last of the SYNs of one ISN; 0: none. */
static inline moment story_syn_last(const struct story *s)
{
	if (!s->syn_n)
		return 0;
	return s->has_rare && s->rare->syn_last ? s->rare->syn_last : 1;
}

/* TCP: the client repeats data that nobody acknowledges. */
static inline bool story_is_stuck(const struct story *s)
{
	return s->proto == PROTO_TCP && s->has_rare && s->way[SIDE_CLIENT].waiting && s->rare->repeats[SIDE_CLIENT];
}

/* Last packet of either side. */
static inline moment story_last(const struct story *s)
{
	return s->way[0].last > s->way[1].last ? s->way[0].last : s->way[1].last;
}

/* The moment of a (sane) time in a flow; times before its beginning are its beginning, and after 49
 * days it saturates. */
static inline moment story_moment(const struct story *s, int64_t now_us)
{
	int64_t ms = (now_us - s->first_us) / 1000;

	if (ms < 0)
		ms = 0;
	return ms > UINT32_MAX - 2 ? UINT32_MAX - 1 : (moment)ms + 1;
}

/* The flow's rare state, allocated if it has none yet; rares: a pool of struct rare. NULL: out of memory. */
struct rare *story_rare(struct story *s, struct blocks *rares);

/* What a packet changed, as bits. */
enum { STORY_STATE = 1 /* another tcp_state: another idle time */, STORY_REPEATS = 2 /* repeats of either side */ };

/* Take in one TCP packet of a side; returns what it changed.
 * source  RFC 9293 3.4 to 3.10; RFC 6298 2 (retransmission time-out) */
unsigned tcp_story(struct story *s, struct blocks *rares, const struct packet *p, enum side side, int64_t now_us);

/* Whether a SYN comes just after the flow's first packet, which answers it. */
bool story_was_overtaken(const struct story *s, const struct packet *p, int64_t now_us);

/* Take in one UDP datagram of a side. */
void udp_story(struct story *s, const struct packet *p, enum side side, int64_t now_us);

/* Take in an ICMP error that quotes a packet of `side`. Only a destination-unreachable about the
 * client's packets, not sent by the client itself, says something about the server.
 * source RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1 */
void icmp_story(struct story *s, struct blocks *rares, const struct packet *p, enum side side, int64_t now_us);

/* Fill in what the story tells; the rest of the flow (its ends, what was said, where it began) is zeroed. */
void story_tell(const struct story *s, struct flow *ret_flow);

#endif
