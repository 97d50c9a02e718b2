/* What a stored packet is, in a few words, for people who read an incident. It understands less than decode/ (no
 * tunnels, no reassembly) and decides nothing. */
#ifndef REPORT_PACKET_SUMMARY_H
#define REPORT_PACKET_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

struct packet_summary {
	struct addr from, to;       /* none: not understood */
	uint16_t from_port, to_port;
	bool is_tcp, has_ack;
	uint32_t seq, ack;          /* TCP's */
	uint32_t payload_bytes;     /* of TCP and UDP, on the wire */
	char text[200];             /* "SYN", "DNS query A cdn.example": printable ASCII */
};

/* Read one stored frame.
 * in      link: its DLT; captured: bytes kept; length: bytes on the wire
 * out     text is never empty: "1514 bytes" when the frame is not understood
 * source  IEEE 802.3, 802.1Q; tcpdump.org LINKTYPE_LINUX_SLL, SLL2; RFC 791, 8200, 9293, 768, 792, 4443 */
void packet_summary_read(uint16_t link, const void *bytes, size_t captured, size_t length,
                         struct packet_summary *ret_summary);

/* The first bytes of a datagram or segment in words; false: not recognised.
 * source  RFC 1035 4.1, RFC 8446 5.1, RFC 8489 5, RFC 9000 17.2, RFC 9112 2.1 */
bool payload_summary(const struct cursor *payload, const struct packet_summary *about, char *text, size_t size);

#endif
