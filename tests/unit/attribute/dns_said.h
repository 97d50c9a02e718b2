/* DNS messages made by hand, for whatever remembers them. */
#ifndef TESTS_DNS_SAID_H
#define TESTS_DNS_SAID_H

#include <string.h>

#include "base/limits.h"
#include "decode/packet.h"
#include "flow/lookup_message.h"

#define S(n) ((int64_t)((n) * 1e6))

static inline struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

/* A message about a name; the rest of its content is added to its facts. */
struct said_message {
	struct facts facts;
	struct dns_message m;
};

static inline struct said_message *message(const char *from, const char *resolver, uint16_t id, double second, bool response)
{
	static struct said_message s;

	facts_clear(&s.facts);
	s.m = (struct dns_message){.time_us = S(second), .client = address(from), .resolver = address(resolver),
	                           .client_port = 4000, .resolver_port = 53, .proto = PROTO_UDP, .response = response,
	                           .facts = &s.facts};
	facts_add(&s.facts, FACT_DNS_HEADER)->id = id;
	return &s;
}

static inline void about(struct said_message *s, const char *name, uint16_t qtype)
{
	struct fact *f = facts_add(&s->facts, FACT_DNS_QUESTION);

	f->name = name;
	f->code = qtype;
}

static inline void tells(struct said_message *s, const char *owner, const char *to)
{
	struct fact *f = facts_add(&s->facts, FACT_DNS_ADDRESS);

	f->name = owner;
	f->address = address(to);
	f->code = addr_is_v4(&f->address) ? 1 : 28;
}

static inline void aliases(struct said_message *s, const char *owner, const char *target)
{
	struct fact *f = facts_add(&s->facts, FACT_DNS_ALIAS);

	f->name = owner;
	f->other = target;
	f->code = 5;
}

#endif
