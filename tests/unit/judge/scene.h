/* One flow made by hand, and how judge_flow() judges it. Moments are milliseconds after the flow's beginning, plus
 * one. */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "judge/finding.h"

#define T0 (INT64_C(1000) * SECOND_US)
#define MS(ms) ((moment)((ms) + 1))

struct scene {
	struct flow flow;
	struct said said;
	struct names *names;
	struct waits waits;
	struct argument argument;
	int64_t watched_us; /* after the flow's last packet */
	const char *interceptors[2];
};

static inline struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

static inline void scene_begin(struct scene *s, uint8_t proto, uint16_t port)
{
	*s = (struct scene){.waits = WAITS_DEFAULT, .watched_us = 60 * SECOND_US};
	s->flow = (struct flow){.client = address("10.0.0.5"), .server = address("203.0.113.7"), .client_port = 50000,
	                        .server_port = port, .proto = proto, .first_us = T0, .id = 1};
}

static inline name_id scene_name(struct scene *s, const char *text)
{
	if (!s->names)
		s->names = names_new(1 << 16);
	return names_intern(s->names, text, strlen(text));
}

static inline struct half *client(struct scene *s)
{
	return &s->flow.half[SIDE_CLIENT];
}

static inline struct half *server(struct scene *s)
{
	return &s->flow.half[SIDE_SERVER];
}

/* SYNs, the last of them sent at ms. */
static inline void syns(struct scene *s, unsigned n, int ms)
{
	scene_begin(s, PROTO_TCP, 443);
	s->flow.state = TCP_SYN_SENT;
	s->flow.syn_n = (uint8_t)n;
	s->flow.syn_last = MS(ms);
	client(s)->packets = n;
	client(s)->last = MS(ms);
}

/* An open connection, SYN-ACK after 20 ms. */
static inline void opened(struct scene *s, uint16_t port)
{
	scene_begin(s, PROTO_TCP, port);
	s->flow.state = TCP_OPEN;
	s->flow.syn_n = 1;
	s->flow.syn_last = MS(0);
	s->flow.synack = MS(20);
	client(s)->packets = 2;
	client(s)->last = MS(21);
	server(s)->packets = 1;
	server(s)->last = server(s)->progress = MS(20);
	server(s)->ttl = 57;
	server(s)->acks = true;
}

static inline void sends(struct scene *s, enum side side, int ms, unsigned bytes)
{
	struct half *h = &s->flow.half[side];

	h->bytes += bytes;
	h->packets++;
	if (!h->first_data)
		h->first_data = MS(ms);
	h->last_data = h->last = h->progress = MS(ms);
}

/* The client's last data is not acknowledged and is retransmitted, sent n times in all until ms. */
static inline void sends_again(struct scene *s, unsigned times, int ms)
{
	struct half *c = client(s);

	c->waiting = c->last_data;
	c->repeats = (uint16_t)(times - 1);
	c->stuck = 300;
	c->repeated = c->last = MS(ms);
}

static inline void resets(struct scene *s, int ms, uint8_t ttl)
{
	server(s)->rst = server(s)->last = MS(ms);
	server(s)->packets++;
	s->flow.reset.ttl = ttl;
	s->flow.reset.n = 1;
}

static inline struct said_tls *hello(struct scene *s, int ms)
{
	opened(s, 443);
	s->flow.said = &s->said;
	s->flow.protocol = TALK_TLS;
	sends(s, SIDE_CLIENT, ms, 300);
	s->said.tls.hello = MS(ms);
	s->said.tls.hello_whole = true;
	return &s->said.tls;
}

static inline void talks(struct scene *s, uint8_t proto, uint16_t port, enum protocol protocol)
{
	scene_begin(s, proto, port);
	s->flow.protocol = (uint8_t)protocol;
	s->flow.said = &s->said;
}

static inline struct finding judged(struct scene *s)
{
	if (!s->names)
		s->names = names_new(1 << 16);
	memset(&s->argument, 0, sizeof s->argument);
	struct exhibit e = {.flow = &s->flow, .names = s->names, .waits = &s->waits, .scratch = &s->argument,
	                    .end_us = flow_time(&s->flow, flow_last(&s->flow)) + s->watched_us,
	                    .interceptors = s->interceptors, .interceptor_n = s->interceptors[0] ? 1 : 0};

	return judge_flow(&e);
}

static inline void scene_end(struct scene *s)
{
	names_free(s->names);
	s->names = NULL;
}

static inline bool proved(const struct scene *s, const char *name)
{
	for (unsigned i = 0; i < s->argument.proof_n; i++)
		if (strcmp(s->argument.proofs[i].name, name) == 0)
			return true;
	return false;
}

/* Judge and discard: the outcome, and by which signature. */
static inline struct finding expect(struct scene *s, enum outcome outcome, enum signature signature)
{
	struct finding f = judged(s);

	assert_string_equal(outcome_text(f.outcome), outcome_text(outcome));
	assert_string_equal(signature_name(f.signature), signature_name(signature));
	scene_end(s);
	return f;
}

static inline void expect_doubt(struct scene *s, const char *why_not)
{
	struct finding f = expect(s, OUTCOME_INCONCLUSIVE, SIG_NONE);

	assert_string_equal(f.why_not ? f.why_not : "", why_not);
	assert_int_equal(s->argument.proof_n, 0);
}

#endif
