#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../drive/failing.h"
#include "live/sentry.h"

#define SENTRIES 2u
#define PLENTY ((size_t)64 << 20)

/* ---- around a sentry: its shard, and the judge that receives its reports */

struct shard {
	struct shard_hooks hooks;
};

static bool decided, no_shard;
static char heard[2048];
static size_t heard_n;

struct shard *shard_new(const struct shard_options *options, const struct shard_hooks *hooks)
{
	struct shard *s = no_shard ? NULL : test_calloc(1, sizeof *s);

	(void)options;
	if (s)
		s->hooks = *hooks;
	return s;
}

void shard_free(struct shard *s)
{
	if (s)
		test_free(s);
}

bool judge_is_decided(const struct judge_options *options, const struct watch *watch, const struct flow *f,
                      const struct names *names)
{
	(void)options;
	(void)watch;
	(void)f;
	(void)names;
	return decided;
}

bool judge_is_unheard(const struct judge_options *options, const struct flow *f)
{
	(void)options;
	(void)f;
	return false;
}

void judge_over(struct judge *j, const struct flow *f, const struct names *names, const struct evidence_chain *packets)
{
	struct kept kept[8];
	size_t n = evidence_read(packets, kept, 8);

	(void)j;
	(void)names;
	heard_n += (size_t)snprintf(heard + heard_n, sizeof heard - heard_n, "flow%u", (unsigned)f->id);
	for (size_t i = n; i > 0; i--)
		heard_n += (size_t)snprintf(heard + heard_n, sizeof heard - heard_n, "+%u", (unsigned)kept[i - 1].number);
	heard_n += (size_t)snprintf(heard + heard_n, sizeof heard - heard_n, " ");
}

void judge_dns(struct judge *j, const struct dns_message *m)
{
	(void)j;
	(void)m;
	heard_n += (size_t)snprintf(heard + heard_n, sizeof heard - heard_n, "dns ");
}

void judge_lookup_unreachable(struct judge *j, const struct addr *client, uint16_t client_port,
                              const struct addr *resolver, const struct addr *sender)
{
	(void)j;
	(void)client;
	(void)client_port;
	(void)resolver;
	(void)sender;
	heard_n += (size_t)snprintf(heard + heard_n, sizeof heard - heard_n, "unreachable ");
}

/* ---- scenes */

static struct desk desk;
static struct sentry sentries[SENTRIES];
static struct evidence_ring *ring;
static struct slots slots[SENTRIES];
static struct watch believed;
static const struct judge_options judge_options;

static int set_up(void **state)
{
	const struct shard_options options = {0};

	(void)state;
	decided = no_shard = memory_fails = false;
	heard_n = 0;
	heard[0] = '\0';
	memset(&believed, 0, sizeof believed);
	memset(slots, 0, sizeof slots);
	ring = evidence_ring_new(1 << 20);
	desk = (struct desk){.box = postbox_new(0, SENTRIES, PLENTY), .judge = &judge_options, .docket_bytes = 100000};
	desk.b = desk.box ? postbox_begin(desk.box) : NULL;
	for (unsigned i = 0; i < SENTRIES; i++)
		if (sentry_init(&sentries[i], i, &desk, &options, true))
			return -1;
	return ring && desk.b ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SENTRIES; i++) {
		sentry_release(&sentries[i]);
		slots_release(&slots[i]);
	}
	if (desk.b)
		postbox_return(desk.box, desk.b);
	postbox_free(desk.box);
	evidence_ring_free(ring);
	return 0;
}

static const struct shard_hooks *hooks_of(unsigned i)
{
	return &sentries[i].shard->hooks;
}

static uint64_t keep(unsigned i, uint64_t evidence, uint64_t number)
{
	struct frame f = {.number = number, .bytes = (const uint8_t *)"x", .captured = 1, .length = 1};

	return hooks_of(i)->keep(hooks_of(i)->context, evidence, &f);
}

static void over(unsigned i, uint64_t id, uint64_t evidence, bool to_tell)
{
	struct flow f = {.id = id};

	hooks_of(i)->over(hooks_of(i)->context, &f, NULL, evidence, to_tell);
}

/* Have the next bulletin received. Returns whether there was one. */
static bool hear(void)
{
	struct hearing_of to = {.watch = &believed, .ring = ring, .slots = slots};
	struct bulletin *b = postbox_next(desk.box, 0);

	if (!b)
		return false;
	if (b->watched)
		believed = b->watch;
	dockets_hear(b->dockets, b->docket_n, NULL, b->seen, b->seen_n, &to);
	postbox_return(desk.box, b);
	return true;
}

static void assert_heard(const char *words)
{
	assert_string_equal(heard, words);
	heard_n = 0;
	heard[0] = '\0';
}

static void frames_are_numbered_in_the_bulletin_and_seen_by_the_watch(void **state)
{
	struct sighting seen = {.now_us = 5000000};

	(void)state;
	assert_false(desk_is_used(&desk));
	assert_int_equal(desk_see(&desk, &seen), 0);
	seen.now_us = 6000000;
	assert_int_equal(desk_see(&desk, &seen), 1);
	assert_true(desk_is_used(&desk));
	assert_int_equal(desk.b->seen_n, 2);
	assert_int_equal(desk.watch.stretches[0].to_us, 6000000);
	assert_true(desk_has_room(&desk, BULLETIN_FRAMES - 2));
	assert_false(desk_has_room(&desk, BULLETIN_FRAMES - 1));
	desk_post(&desk);
	assert_false(desk_is_used(&desk));
	assert_true(desk_has_room(&desk, BULLETIN_FRAMES));
	assert_true(hear());
	assert_int_equal(believed.stretches[0].to_us, 6000000);
}

static void a_case_makes_a_bulletin_used(void **state)
{
	(void)state;
	sentry_begin(&sentries[1], 0, false);
	assert_false(desk_is_used(&desk));
	over(1, 7, 0, true);
	assert_true(desk_is_used(&desk));
}

static void a_slot_is_a_flow_s_until_it_is_over(void **state)
{
	(void)state;
	uint64_t first = keep(0, 0, 1);
	assert_int_not_equal(first, 0);
	assert_int_equal(keep(0, first, 2), first);
	uint64_t second = keep(0, 0, 3);
	assert_int_not_equal(second, first);
	assert_int_equal(keep(1, 0, 4), first); /* the other sentry has its own counter */
	over(0, 10, first, true);
	assert_int_equal(keep(0, 0, 5), first); /* free again */
	over(0, 11, second, false);             /* reported in an earlier run: nothing is said about it */
	over(0, 12, 0, false);
	assert_int_equal(keep(0, 0, 6), second);
	over(0, 13, second, true);
	desk_post(&desk);
	assert_true(hear());
	assert_heard("flow10+1+2 flow13+6 ");
}

static void a_flow_that_goes_on_is_told_when_it_is_decided(void **state)
{
	struct flow f = {.id = 20};
	const struct shard_hooks *h = hooks_of(0);
	uint64_t slot = keep(0, 0, 1);

	(void)state;
	assert_false(h->early(h->context, &f, NULL, slot));
	desk_post(&desk);
	assert_true(hear());
	assert_heard("");
	decided = true;
	assert_true(h->early(h->context, &f, NULL, slot));
	assert_int_not_equal(keep(0, 0, 2), slot); /* it still belongs to the flow */
	keep(0, slot, 3);
	over(0, 20, slot, true);
	desk_post(&desk);
	assert_true(hear());
	assert_heard("flow20+1 flow20+1+3 ");
}

static void what_dns_and_routers_say_is_told(void **state)
{
	static struct facts facts;
	const struct shard_hooks *h = hooks_of(1);

	(void)state;
	h->dns(h->context, &(struct dns_message){.facts = &facts});
	h->unreachable(h->context, &(struct packet){.sport = 1});
	h->retire(h->context, names_new(1 << 16)); /* the receiver frees them */
	h->retire(h->context, NULL);
	desk_post(&desk);
	assert_true(hear());
	assert_heard("dns unreachable ");
}

/* A flood of cases must not wait for the end of its epoch. */
static void a_full_docket_goes_ahead_with_the_watch_of_that_moment(void **state)
{
	uint64_t n = 0;

	(void)state;
	desk_see(&desk, &(struct sighting){.now_us = 500});
	sentry_begin(&sentries[0], desk_see(&desk, &(struct sighting){.now_us = 1000}), true);
	over(1, 900, 0, true);
	while (desk.b->dockets[0].n <= desk.docket_bytes)
		over(0, ++n, 0, true);
	desk_see(&desk, &(struct sighting){.now_us = 2000});
	assert_null(postbox_next(desk.box, 0));
	over(0, n + 1, 0, true); /* this one starts the next */
	assert_true(desk.b->dockets[0].n < desk.docket_bytes / 2);
	assert_int_equal(desk.b->dockets[0].at, 1);
	assert_true(desk.b->dockets[0].ageing);
	assert_int_equal(desk.b->seen_n, 3); /* the frames stay with the bulletin being written */
	heard_n = sizeof heard; /* too many to be noted */
	struct bulletin *ahead = postbox_next(desk.box, 0);
	assert_non_null(ahead);
	assert_true(ahead->watched);
	assert_int_equal(ahead->watch.stretches[0].to_us, 2000);
	assert_int_equal(ahead->dockets[1].n, 0); /* the other's waits for its turn */
	assert_true(ahead->dockets[0].n > desk.docket_bytes);
	postbox_return(desk.box, ahead);
	heard_n = 0;
	heard[0] = '\0';
	desk_post(&desk);
	assert_true(hear());
	char words[64];
	assert_non_null(strstr(heard, "flow900 "));
	snprintf(words, sizeof words, "flow%u ", (unsigned)n + 1);
	assert_non_null(strstr(heard, words));
}

static void when_nobody_hears_flows_go_on(void **state)
{
	struct flow f = {.id = 1};
	const struct shard_hooks *h = hooks_of(0);

	(void)state;
	decided = true;
	uint64_t slot = keep(0, 0, 1);
	postbox_return(desk.box, desk.b);
	desk.b = NULL;
	assert_null(sentry_docket(&sentries[0]));
	sentry_begin(&sentries[0], 3, true);
	assert_int_equal(keep(0, slot, 2), slot);
	assert_false(h->early(h->context, &f, NULL, slot));
	over(0, 1, slot, true);
	h->dns(h->context, &(struct dns_message){0});
	h->unreachable(h->context, &(struct packet){0});
}

/* A slot whose end could not be recorded would show its packets to the next flow. */
static void a_slot_whose_end_was_lost_is_not_given_again(void **state)
{
	(void)state;
	uint64_t slot = keep(0, 0, 1);
	while (desk.b->dockets[0].room - desk.b->dockets[0].n > 16) /* fill what there is */
		keep(0, slot, 2);
	memory_fails = true;
	over(0, 1, slot, true);
	memory_fails = false;
	assert_int_equal(desk.b->dockets[0].lost, 1);
	assert_int_not_equal(keep(0, 0, 3), slot);
}

static void evidence_that_is_not_wanted_is_not_asked_for(void **state)
{
	const struct shard_options options = {0};
	struct sentry s;

	(void)state;
	assert_int_equal(sentry_init(&s, 0, &desk, &options, false), ERR_OK);
	assert_null(s.shard->hooks.keep);
	sentry_release(&s);
	no_shard = true;
	assert_int_equal(sentry_init(&s, 0, &desk, &options, true), ERR_MEMORY);
	sentry_release(&s);
}

#define SENTRY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SENTRY_TEST(frames_are_numbered_in_the_bulletin_and_seen_by_the_watch),
	    SENTRY_TEST(a_case_makes_a_bulletin_used),
	    SENTRY_TEST(a_slot_is_a_flow_s_until_it_is_over),
	    SENTRY_TEST(a_flow_that_goes_on_is_told_when_it_is_decided),
	    SENTRY_TEST(what_dns_and_routers_say_is_told),
	    SENTRY_TEST(a_full_docket_goes_ahead_with_the_watch_of_that_moment),
	    SENTRY_TEST(when_nobody_hears_flows_go_on),
	    SENTRY_TEST(a_slot_whose_end_was_lost_is_not_given_again),
	    SENTRY_TEST(evidence_that_is_not_wanted_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
