/* A whole judge over flows and DNS messages made by hand, and what it reports. */
#ifndef TESTS_COURT_H
#define TESTS_COURT_H

#include <stdio.h>

#include "../attribute/list_files.h"
#include "judge/judge.h"
#include "scene.h"

#define RESULTS_MOST 256

struct court {
	struct lists *lists;
	struct watch watch;
	struct judge_options options;
	struct judge *judge;
	struct names *names;
	struct facts facts;
	uint64_t id;
	struct attempt attempts[RESULTS_MOST];
	size_t n;
	char notices[RESULTS_MOST][320]; /* "code text" */
	size_t notice_n, lookup_n;
	struct judged_neighbour neighbours[RESULTS_MOST];
	size_t neighbour_n;
};

static inline void court_attempt(void *context, const struct attempt *a, const struct kept *packets, size_t n)
{
	struct court *c = context;

	(void)packets, (void)n;
	assert_true(c->n < RESULTS_MOST);
	c->attempts[c->n++] = *a;
}

static inline void court_lookup(void *context, const struct judged_lookup *l)
{
	(void)l;
	((struct court *)context)->lookup_n++;
}

static inline void court_call(void *context, const struct judged_call *k)
{
	(void)context, (void)k;
}

static inline void court_neighbour(void *context, const struct judged_neighbour *n)
{
	struct court *c = context;

	assert_true(c->neighbour_n < RESULTS_MOST);
	c->neighbours[c->neighbour_n++] = *n;
}

static inline void court_notice(void *context, const char *level, const char *code, const char *text)
{
	struct court *c = context;

	(void)level;
	if (c->notice_n < RESULTS_MOST)
		snprintf(c->notices[c->notice_n++], sizeof c->notices[0], "%s %s", code, text);
}

static const char court_list[] = "name: Test\n"
                                 "groups:\n"
                                 "  - id: web\n"
                                 "    role: web\n"
                                 "    hosts: [one.example, two.example, three.example]\n"
                                 "    ports: [443/tcp, 80/tcp]\n"
                                 "  - id: nets\n"
                                 "    role: other\n"
                                 "    hosts: [203.0.113.0/24, \"2001:db8::/32\"]\n"
                                 "    ports: [443/tcp, 8080/tcp, 80/tcp, 3478/udp, 5000/udp, 3478/tcp]\n"
                                 "  - id: wild\n"
                                 "    role: other\n"
                                 "    hosts: [\"*.wild.example\"]\n"
                                 "    ports: [443/tcp]\n";

/* Watched from T0 for an hour; change `options` before court_begins(). */
static inline struct court *court_open(void)
{
	static struct court c;

	c = (struct court){.options = {.waits = WAITS_DEFAULT}};
	c.lists = lists_of(court_list, NULL, NULL);
	c.names = names_new(1 << 20);
	watch_see(&c.watch, 0, T0, false);
	watch_see(&c.watch, 0, T0 + 3600 * SECOND_US, false);
	return &c;
}

static inline void court_begins(struct court *c)
{
	struct judge_hooks hooks = {.context = c, .attempt = court_attempt, .lookup = court_lookup, .call = court_call,
	                            .neighbour = court_neighbour, .notice = court_notice};

	c->options.lists = c->lists;
	c->options.watch = &c->watch;
	c->judge = judge_new(&c->options, &hooks);
	assert_non_null(c->judge);
}

/* Pass on a flow from a client to a server that began at a second after T0. */
static inline void court_flow(struct court *c, struct scene *s, const char *from, const char *to, double second)
{
	struct flow f = s->flow;

	f.client = address(from);
	f.server = address(to);
	f.first_us = T0 + (int64_t)(second * 1e6);
	f.id = ++c->id;
	if (s->flow.said) {
		f.said = &s->said;
		const char *sni = names_text(s->names, s->said.tls.sni);
		s->said.tls.sni = names_intern(c->names, sni, strlen(sni));
	}
	judge_over(c->judge, &f, c->names, NULL);
	scene_end(s);
}

/* The name in a ClientHello; call before court_flow(). */
static inline void calls(struct scene *s, const char *name)
{
	s->said.tls.sni = scene_name(s, name);
}

/* An answered exchange between a client and a server. */
static inline void court_works(struct court *c, const char *from, const char *to, uint16_t port, double second)
{
	struct scene s;

	opened(&s, port);
	sends(&s, SIDE_CLIENT, 30, 100);
	sends(&s, SIDE_SERVER, 50, 100);
	client(&s)->fin = client(&s)->last = MS(60);
	server(&s)->fin = server(&s)->last = MS(70);
	court_flow(c, &s, from, to, second);
}

struct query {
	const char *from, *resolver, *name;
	uint16_t qtype, port, id;
};

/* A message about a question; the rest of its content is added to c->facts. rcode: of the answer, QUESTION: none. */
#define QUESTION (-1)
static inline struct dns_message court_message(struct court *c, const struct query *q, double second, int rcode)
{
	facts_clear(&c->facts);
	struct fact *f = facts_add(&c->facts, FACT_DNS_HEADER);
	f->id = q->id;
	f->flag = rcode != QUESTION;
	f->code = (uint16_t)(rcode != QUESTION ? rcode : 0);
	f = facts_add(&c->facts, FACT_DNS_QUESTION);
	f->name = q->name;
	f->code = q->qtype;
	return (struct dns_message){.time_us = T0 + (int64_t)(second * 1e6), .client = address(q->from),
	                            .resolver = address(q->resolver), .client_port = q->port, .resolver_port = 53,
	                            .proto = PROTO_UDP, .response = rcode != QUESTION, .facts = &c->facts};
}

static inline void court_asks(struct court *c, const struct query *q, double second)
{
	struct dns_message m = court_message(c, q, second, QUESTION);

	judge_dns(c->judge, &m);
}

/* answer: an address, or NULL; ede: -1 for none. */
static inline void court_hears(struct court *c, const struct query *q, double second, int rcode, const char *answer, int ede)
{
	struct dns_message m = court_message(c, q, second, rcode);

	if (answer) {
		struct fact *f = facts_add(&c->facts, FACT_DNS_ADDRESS);
		f->name = q->name;
		f->code = q->qtype;
		f->address = address(answer);
	}
	if (ede >= 0)
		facts_add(&c->facts, FACT_DNS_EDE)->code = (uint16_t)ede;
	judge_dns(c->judge, &m);
}

/* The capture has only the header and question of an answer. */
static inline void court_hears_half(struct court *c, const struct query *q, double second, int rcode)
{
	struct dns_message m = court_message(c, q, second, rcode);

	m.cut = true;
	judge_dns(c->judge, &m);
}

/* Settle the attempts; they stay in c until it is opened again. */
static inline void court_decides(struct court *c)
{
	judge_finish(c->judge);
	judge_free(c->judge);
	lists_free(c->lists);
	names_free(c->names);
}

/* A tick of the monitor, this many seconds after T0. */
static inline void court_ticks(struct court *c, int second)
{
	judge_tick(c->judge, T0 + second * SECOND_US);
}

/* How often an attempt that began at that second was reported as blocked. */
static inline unsigned court_blocked_at(const struct court *c, int second)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->attempts[i].outcome == OUTCOME_BLOCKED && c->attempts[i].started_us == T0 + second * SECOND_US;
	return n;
}

/* A client's only attempt that began at that second. */
static inline const struct attempt *court_attempt_of(const struct court *c, const char *from, double second)
{
	const struct attempt *found = NULL;
	struct addr client = address(from);

	for (size_t i = 0; i < c->n; i++)
		if (addr_equal(&c->attempts[i].client, &client) && c->attempts[i].started_us == T0 + (int64_t)(second * 1e6)) {
			assert_null(found);
			found = &c->attempts[i];
		}
	assert_non_null(found);
	return found;
}

static inline void assert_blocked(const struct attempt *a, enum signature signature, enum confidence confidence)
{
	assert_string_equal(a->why_not, "");
	assert_string_equal(signature_name(a->signature), signature_name(signature));
	assert_string_equal(confidence_text(a->confidence), confidence_text(confidence));
}

static inline void assert_doubted(const struct attempt *a, const char *why_not)
{
	assert_string_equal(outcome_text(a->outcome), "inconclusive");
	assert_string_equal(a->why_not, why_not);
	assert_int_equal(a->signature, SIG_NONE);
}

static inline bool court_noticed(const struct court *c, const char *code)
{
	for (size_t i = 0; i < c->notice_n; i++)
		if (strncmp(c->notices[i], code, strlen(code)) == 0)
			return true;
	return false;
}

static inline bool attempt_proved(const struct attempt *a, const char *name)
{
	for (unsigned i = 0; i < a->proof_n; i++)
		if (strcmp(a->proofs[i].name, name) == 0)
			return true;
	return false;
}

#define ME "10.0.0.5"
#define ELSE "198.51.100.1" /* on no list */

/* A court in session that has seen both directions of a client. */
static inline struct court *court_watched(void)
{
	struct court *c = court_open();

	court_begins(c);
	court_works(c, ME, ELSE, 443, 0.5);
	return c;
}

/* A connection to a proxy whose CONNECT to a name is answered; status 0: it is not. */
static inline void asks_proxy(struct court *c, struct scene *s, const char *name, uint16_t status)
{
	opened(s, 3128);
	s->flow.said = &s->said;
	s->flow.protocol = TALK_HTTP;
	sends(s, SIDE_CLIENT, 30, 100);
	sends(s, SIDE_SERVER, 50, 100);
	s->said.http.connect_kind = 1;
	s->said.http.connect_status = status;
	s->said.http.connect_port = 443;
	s->said.http.tunnel = status == 200;
	s->said.http.connect_host = names_intern(c->names, name, strlen(name));
}

/* A SYN sent this many times, with the usual time-outs, and never answered. */
static inline void drops(struct court *c, const char *from, const char *to, unsigned times, double second)
{
	struct scene s;

	syns(&s, times, times > 1 ? (1 << (times - 1)) * 1000 - 1000 : 0);
	court_flow(c, &s, from, to, second);
}

#endif
