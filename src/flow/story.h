/* What a packet adds to the story of its flow. */
#ifndef FLOW_STORY_H
#define FLOW_STORY_H

#include "decode/packet.h"
#include "flow/flow.h"

/* Wrap-safe order of sequence numbers. source RFC 9293 3.4 */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* The moment of a (sane) time in a flow; times before its beginning are its
 * beginning, and after 49 days it stands still. */
moment flow_moment(const struct flow *f, int64_t now_us);

/* Take in one TCP packet of a side.
 * returns true when the flow came to another tcp_state (another idle time)
 * source  RFC 9293 3.4 to 3.10; RFC 6298 2 (retransmission time-out) */
bool tcp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us);

/* Whether a SYN comes just behind the first packet of the flow, which answers it. */
bool story_was_overtaken(const struct flow *f, const struct packet *p, int64_t now_us);

/* Take in one UDP datagram of a side. */
void udp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us);

/* Take in an ICMP error that quotes a packet of `side`. Errors about the
 * server's packets, and those that are no destination-unreachable, say nothing
 * about the server. source RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1 */
void icmp_story(struct flow *f, const struct packet *p, enum side side, int64_t now_us);

#endif
