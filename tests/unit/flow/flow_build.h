/* Packets for the tests of flow/, each described in one line. */
#ifndef FLOW_BUILD_H
#define FLOW_BUILD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "decode/decode.h"
#include "flow/story.h"
#include "flow/table.h"

#define T0 INT64_C(1700000000000000)
#define MS INT64_C(1000)

static const struct frame any_frame = {.number = 1};

static inline struct addr v4(uint8_t last)
{
	return addr_of_v4((const uint8_t[]){10, 0, 0, last});
}

/* From one end to the other; client ends are 10.0.0.1, servers 10.0.0.9. */
static inline struct packet packet_of(enum side side, uint16_t client_port, uint16_t server_port, uint8_t proto)
{
	bool client = side == SIDE_CLIENT;
	struct packet p = {.frame = &any_frame, .src = v4(client ? 1 : 9), .dst = v4(client ? 9 : 1), .proto = proto,
	                   .sport = client ? client_port : server_port, .dport = client ? server_port : client_port, .ttl = 64,
	                   .window = 1000};

	p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, proto);
	return p;
}

static inline struct packet segment(enum side side, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t bytes)
{
	static const uint8_t zeros[2048];
	struct packet p = packet_of(side, 40000, 443, PROTO_TCP);

	p.tcp_flags = flags;
	p.seq = seq;
	p.ack = ack;
	p.payload = cursor_of(zeros, bytes, bytes);
	p.payload_length = bytes;
	return p;
}

#endif
