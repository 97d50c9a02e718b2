/* The property that gives a confidence its meaning: removing a ground never raises it. Random attempts; each ground
 * is removed in turn. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>

#include "court.h"

#define YOU "10.0.0.6"
#define SERVER "203.0.113.7"
#define ROUNDS 400

/* What may incriminate the path. */
struct grounds {
	int shape;         /* what happens to the attempt */
	unsigned sends;    /* of SYN, hello, request */
	bool foreign_ttl;  /* of the reset */
	bool data_after;   /* the server goes on after its reset */
	bool sender;       /* the ICMP error comes from a device on the path */
	bool control_client, control_port;
	bool again;        /* the same happens once more */
	bool watched;      /* for longer than the wait */
	bool two_way;
};
enum { SHAPE_DROP, SHAPE_REFUSE, SHAPE_RESET, SHAPE_HELLO_RESET, SHAPE_HELLO_DROP, SHAPE_ICMP, SHAPE_STUN, SHAPES };

static void shape(const struct grounds *g, struct scene *s)
{
	int last = (1 << g->sends) * 500;
	uint8_t ttl = g->foreign_ttl ? 63 : 57;

	switch (g->shape) {
	case SHAPE_DROP:
		syns(s, g->sends, last);
		break;
	case SHAPE_REFUSE:
		syns(s, 1, 0);
		resets(s, 15, ttl);
		break;
	case SHAPE_RESET:
		opened(s, 443);
		sends(s, SIDE_CLIENT, 30, 100);
		resets(s, 60, ttl);
		s->flow.reset.data_after = g->data_after;
		break;
	case SHAPE_HELLO_RESET:
		hello(s, 30);
		resets(s, 60, ttl);
		break;
	case SHAPE_HELLO_DROP:
		hello(s, 30);
		if (g->sends > 1)
			sends_again(s, g->sends, last);
		break;
	case SHAPE_ICMP:
		syns(s, 1, 0);
		s->flow.unreachable = (struct unreachable){.sender = address(g->sender ? "10.0.0.1" : SERVER), .at = MS(9),
		                                           .type = 3, .code = 13, .n = 1};
		break;
	case SHAPE_STUN:
		talks(s, PROTO_UDP, 3478, TALK_STUN);
		s->said.stun = (struct said_stun){.requests = (uint16_t)g->sends, .flights = (uint16_t)g->sends,
		                                  .first_request = MS(0), .last_request = MS(last)};
		sends(s, SIDE_CLIENT, 0, 20);
		client(s)->last = MS(last);
		break;
	}
}

/* 0: not blocked; otherwise the confidence. */
static int sureness(const struct grounds *g)
{
	struct court *c = court_open();
	struct scene s;

	if (!g->watched) {
		c->watch = (struct watch){0};
		watch_see(&c->watch, 0, T0, false);
		watch_see(&c->watch, 0, T0 + 101 * SECOND_US, false);
	}
	c->options.two_way = g->two_way;
	court_begins(c);
	if (g->again) {
		shape(g, &s);
		court_flow(c, &s, ME, SERVER, 20);
	}
	shape(g, &s);
	court_flow(c, &s, ME, SERVER, 100);
	if (g->control_client)
		court_works(c, YOU, SERVER, 443, 50);
	if (g->control_client && g->shape == SHAPE_STUN) {
		shape(&(struct grounds){.shape = SHAPE_STUN, .sends = 1}, &s);
		s.said.stun.success = 1;
		sends(&s, SIDE_SERVER, 20, 60);
		court_flow(c, &s, YOU, SERVER, 51);
	}
	if (g->control_port)
		court_works(c, ME, SERVER, 8080, 60);
	court_decides(c);
	const struct attempt *a = court_attempt_of(c, ME, 100);
	return a->outcome == OUTCOME_BLOCKED || a->outcome == OUTCOME_RESET ? 1 + (int)a->confidence : 0;
}

static struct grounds draw(unsigned *seed)
{
	struct grounds g = {.shape = rand_r(seed) % SHAPES, .sends = 1 + (unsigned)rand_r(seed) % 5};
	bool *const facts[] = {&g.foreign_ttl, &g.data_after, &g.sender, &g.control_client, &g.control_port, &g.again,
	                       &g.watched, &g.two_way};

	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		*facts[i] = rand_r(seed) % 3 != 0;
	return g;
}

static void less_ground_is_never_more_confidence(void **state)
{
	unsigned seed = 20260101;
	size_t fell = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct grounds g = draw(&seed);
		int before = sureness(&g);
		for (int fact = 0; fact < 9; fact++) {
			struct grounds less = g;
			bool *const facts[] = {&less.foreign_ttl, &less.data_after, &less.sender, &less.control_client,
			                       &less.control_port, &less.again, &less.watched, &less.two_way};
			if (fact < 8)
				*facts[fact] = false;
			else
				less.sends -= less.sends > 1;
			int after = sureness(&less);
			fell += after < before;
			if (after > before)
				print_error("round %d: without ground %d %d became %d (shape %d, %u sends)\n", round, fact, before,
				            after, g.shape, g.sends);
			assert_true(after <= before);
		}
	}
	assert_in_range(fell, ROUNDS / 4, ROUNDS * 9); /* the grounds do matter */
}

static void proofs_are_there_whenever_confidence_is_high(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct grounds g = draw(&seed);
		if (sureness(&g) < 1 + CONFIDENCE_HIGH)
			continue;
		/* None of the grounds that only a device on the path, or a control, can provide. */
		g.foreign_ttl = g.data_after = g.sender = g.control_client = g.control_port = false;
		assert_true(sureness(&g) < 1 + CONFIDENCE_HIGH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(less_ground_is_never_more_confidence),
	    cmocka_unit_test(proofs_are_there_whenever_confidence_is_high),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
