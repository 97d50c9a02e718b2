/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>

#include "attribute/lookup_inside.h"
#include "attribute/memory.h"
#include "dns_said.h"

struct place {
	struct names *names;
	struct memory *memory;
};

static int begin(void **state)
{
	static struct place p;

	p.names = names_new(1 << 22);
	p.memory = memory_new(1000, p.names);
	*state = &p;
	return p.names && p.memory ? 0 : -1;
}

static int end(void **state)
{
	struct place *p = *state;

	memory_free(p->memory);
	names_free(p->names);
	return 0;
}

static name_id name(struct place *p, const char *text)
{
	return names_intern(p->names, text, strlen(text));
}

static uint32_t client(struct place *p, const char *text)
{
	struct addr a = address(text);

	return memory_client(p->memory, &a);
}

/* At a second, `who` receives the answer that asked is at server. */
static void told(struct place *p, const char *who, const char *asked, const char *server, double second)
{
	struct said_message *s = message(who, "10.0.0.1", 1, second, true);
	struct lesson l = {.client = client(p, who), .asked = name(p, asked)};

	about(s, asked, 1);
	tells(s, asked, server);
	memory_learn(p->memory, &s->m, &l);
}

static const char *recalled(struct place *p, const char *who, const char *server, double second)
{
	struct addr a = address(server);
	const struct binding *b = memory_recall(p->memory, client(p, who), &a, S(second));

	return b ? names_text(p->names, memory_asked(p->memory, b)) : "";
}

static const char *recalled_any(struct place *p, const char *server, double second)
{
	struct addr a = address(server);
	const struct binding *b = memory_recall_any(p->memory, &a, S(second));

	return b ? names_text(p->names, memory_asked(p->memory, b)) : "";
}

static void clients_are_numbered_from_one(void **state)
{
	struct place *p = *state;
	struct addr a = address("10.0.0.9");

	assert_int_equal(client(p, "10.0.0.5"), 1);
	assert_int_equal(client(p, "10.0.0.9"), 2);
	assert_int_equal(client(p, "10.0.0.5"), 1);
	assert_true(addr_equal(memory_client_address(p->memory, 2), &a));
	assert_int_equal(memory_client_count(p->memory), 2);
}

static void the_newest_answer_before_the_connection_names_it(void **state)
{
	struct place *p = *state;

	told(p, "10.0.0.5", "old.example", "203.0.113.7", 10);
	told(p, "10.0.0.5", "new.example", "203.0.113.7", 20);
	told(p, "10.0.0.5", "later.example", "203.0.113.7", 40);
	for (int sealed = 0; sealed < 2; sealed++) {
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 30), "new.example");
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 15), "old.example");
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.8", 30), "");
		assert_string_equal(recalled(p, "10.0.0.6", "203.0.113.7", 30), "");
		memory_seal(p->memory);
	}
}

/* Mirrors change the order of what is this close. */
static void an_answer_that_its_connection_overtook_names_it(void **state)
{
	struct place *p = *state;

	told(p, "10.0.0.5", "old.example", "203.0.113.7", 19.5);
	told(p, "10.0.0.5", "mine.example", "203.0.113.7", 20);
	told(p, "10.0.0.5", "beside.example", "203.0.113.7", 20.003);
	for (int sealed = 0; sealed < 2; sealed++) {
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 19.996), "mine.example");
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 19.99), "old.example");
		/* of two that were asked for at the same time, the first */
		assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 20.001), "mine.example");
		memory_seal(p->memory);
	}
}

static void an_answer_that_comes_later_names_it_once_the_log_is_indexed(void **state)
{
	struct place *p = *state;

	told(p, "10.0.0.5", "first.example", "203.0.113.7", 40);
	told(p, "10.0.0.5", "second.example", "203.0.113.7", 50);
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 30), "");
	memory_seal(p->memory);
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 30), "first.example");
}

static void others_answers_are_asked_for_apart(void **state)
{
	struct place *p = *state;

	told(p, "10.0.0.6", "theirs.example", "203.0.113.7", 10);
	memory_seal(p->memory);
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 30), "");
	assert_string_equal(recalled_any(p, "203.0.113.7", 30), "theirs.example");
}

static void what_is_wanted_is_found_among_what_is_not(void **state)
{
	struct place *p = *state;
	struct addr wanted = address("203.0.113.7");

	told(p, "10.0.0.6", "theirs.example", "203.0.113.7", 5);
	for (int i = 0; i < 50; i++) {
		told(p, "10.0.0.5", "www.example", "203.0.113.8", 10 + i);
		told(p, "10.0.0.5", "api.example", "203.0.113.7", 10 + i);
	}
	memory_want(p->memory, client(p, "10.0.0.5"), &wanted);
	memory_seal(p->memory);
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 30), "api.example");
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.7", 1), "api.example");
	assert_string_equal(recalled_any(p, "203.0.113.7", 7), "theirs.example");
	assert_string_equal(recalled(p, "10.0.0.5", "203.0.113.8", 30), "");
	assert_string_equal(recalled(p, "10.0.0.6", "203.0.113.7", 30), "");
}

static void a_tainted_answer_names_nothing_for_others(void **state)
{
	struct place *p = *state;
	struct said_message *s = message("10.0.0.6", "10.0.0.1", 1, 10, true);
	struct lesson l = {.client = client(p, "10.0.0.6"), .asked = name(p, "lie.example"), .taint = TAINT_FORGED};

	tells(s, "lie.example", "203.0.113.7");
	memory_learn(p->memory, &s->m, &l);
	memory_seal(p->memory);
	assert_string_equal(recalled_any(p, "203.0.113.7", 30), "");
	assert_string_equal(recalled(p, "10.0.0.6", "203.0.113.7", 30), "lie.example");
}

static void a_name_of_the_chain_is_found(void **state)
{
	struct place *p = *state;
	struct said_message *s = message("10.0.0.5", "10.0.0.1", 1, 10, true);
	struct addr server = address("203.0.113.7");
	name_id chain[2] = {name(p, "edge.cdn.example"), name(p, "a7.cdn.example")};
	struct lesson l = {.client = client(p, "10.0.0.5"), .asked = name(p, "www.example"), .chain = chain, .chain_n = 2};
	const name_id *kept;

	tells(s, "a7.cdn.example", "203.0.113.7");
	memory_learn(p->memory, &s->m, &l);
	told(p, "10.0.0.5", "unrelated.example", "203.0.113.7", 20);
	for (int sealed = 0; sealed < 2; sealed++) {
		const struct binding *b = memory_recall_name(p->memory, l.client, &server, chain[1]);
		assert_non_null(b);
		assert_int_equal(memory_asked(p->memory, b), l.asked);
		assert_int_equal(memory_chain(p->memory, b, &kept), 2);
		assert_int_equal(kept[0], chain[0]);
		assert_null(memory_recall_name(p->memory, l.client, &server, name(p, "nobody.example")));
		memory_seal(p->memory);
	}
}

static void aliases_are_followed_in_any_order_and_out_of_loops(void **state)
{
	struct place *p = *state;
	struct said_message *s = message("10.0.0.5", "10.0.0.1", 1, 10, true);
	name_id chain[CHAIN_MOST];

	aliases(s, "b.example", "c.example");
	aliases(s, "a.example", "b.example");
	assert_int_equal(lookup_chain(p->names, &s->facts, name(p, "a.example"), chain), 2);
	assert_int_equal(chain[0], name(p, "b.example"));
	assert_int_equal(chain[1], name(p, "c.example"));
	aliases(s, "c.example", "a.example");
	assert_int_equal(lookup_chain(p->names, &s->facts, name(p, "a.example"), chain), CHAIN_MOST);
	assert_int_equal(lookup_chain(p->names, &s->facts, name(p, "z.example"), chain), 0);
}

static void text_of(char *out, const char *prefix, int i)
{
	snprintf(out, 32, "%s%d.example", prefix, i);
}

/* A full ring forgets the oldest lines, live and sealed alike. */
static void a_full_ring_forgets_the_oldest(void **state)
{
	struct place *p = *state;
	char asked[32], server[32];

	for (int live = 0; live < 2; live++) {
		struct place q = {p->names, memory_new(100, p->names)};
		if (live)
			memory_index(q.memory);
		for (int i = 0; i < 1050; i++) {
			text_of(asked, "n", i);
			snprintf(server, sizeof server, "10.1.%d.%d", i / 200, i % 200 + 1);
			told(&q, i % 2 ? "10.0.0.5" : "10.0.0.6", asked, server, i);
		}
		if (!live)
			memory_seal(q.memory);
		for (int i = 0; i < 1050; i++) {
			text_of(asked, "n", i);
			snprintf(server, sizeof server, "10.1.%d.%d", i / 200, i % 200 + 1);
			const char *got = recalled(&q, i % 2 ? "10.0.0.5" : "10.0.0.6", server, 2000);
			assert_string_equal(got, i < 950 ? "" : asked);
		}
		memory_free(q.memory);
	}
}

/* Random answers, compared with a plain list of them. */
static void recall_agrees_with_a_plain_list(void **state)
{
	struct place *p = *state;
	static struct {
		int who, server, asked, second;
	} log[900];
	unsigned seed = 3;
	char who[32], server[32], asked[32];

	for (int i = 0; i < 900; i++) {
		log[i].who = rand_r(&seed) % 5;
		log[i].server = rand_r(&seed) % 20;
		log[i].asked = rand_r(&seed) % 50;
		log[i].second = i;
		snprintf(who, sizeof who, "10.0.0.%d", log[i].who + 1);
		snprintf(server, sizeof server, "203.0.113.%d", log[i].server + 1);
		text_of(asked, "n", log[i].asked);
		told(p, who, asked, server, i);
	}
	memory_seal(p->memory);
	for (int k = 0; k < 2000; k++) {
		int w = rand_r(&seed) % 5, s = rand_r(&seed) % 20, t = rand_r(&seed) % 900, best = -1;
		for (int i = 0; i < 900; i++)
			if (log[i].who == w && log[i].server == s && (log[i].second <= t || best < 0)) {
				bool after = log[i].second > t;
				best = after && best >= 0 ? best : i;
			}
		snprintf(who, sizeof who, "10.0.0.%d", w + 1);
		snprintf(server, sizeof server, "203.0.113.%d", s + 1);
		text_of(asked, "n", best < 0 ? 0 : log[best].asked);
		assert_string_equal(recalled(p, who, server, t), best < 0 ? "" : asked);
	}
}

static void what_is_saved_is_learned_again(void **state)
{
	struct place *p = *state;
	struct text saved = {0};
	name_id chain[1] = {name(p, "edge.example")};
	struct lesson l = {.client = client(p, "10.0.0.5"), .asked = name(p, "www.example"), .chain = chain, .chain_n = 1,
	                   .taint = TAINT_SINKHOLE};

	told(p, "10.0.0.5", "old.example", "203.0.113.6", 5);
	struct said_message *s = message("10.0.0.5", "10.0.0.1", 1, 12, true);
	tells(s, "edge.example", "203.0.113.7");
	memory_learn(p->memory, &s->m, &l);
	told(p, "2001:db8::5", "six.example", "2001:db8::7", 13);
	memory_save(p->memory, S(10), SIZE_MAX, &saved);
	assert_false(saved.failed);

	struct place q = {names_new(1 << 20), NULL};
	q.memory = memory_new(1000, q.names);
	memory_load(q.memory, saved.at, saved.n);
	memory_seal(q.memory);
	assert_string_equal(recalled(&q, "10.0.0.5", "203.0.113.6", 100), "");
	assert_string_equal(recalled(&q, "10.0.0.5", "203.0.113.7", 100), "www.example");
	assert_string_equal(recalled(&q, "2001:db8::5", "2001:db8::7", 100), "six.example");
	struct addr server = address("203.0.113.7");
	const struct binding *b = memory_recall_name(q.memory, client(&q, "10.0.0.5"), &server, name(&q, "edge.example"));
	assert_non_null(b);
	assert_int_equal(b->taint, TAINT_SINKHOLE);
	memory_free(q.memory);
	names_free(q.names);
	text_release(&saved);
}

static void lines_that_make_no_sense_are_left_out(void **state)
{
	static const char *const lines[] = {"",
	                                    "\n\n",
	                                    "nonsense",
	                                    "1 0 10.0.0.5 203.0.113.7",
	                                    "1 9 10.0.0.5 203.0.113.7 www.example",
	                                    "1 0 nobody 203.0.113.7 www.example",
	                                    "1 0 10.0.0.5 nowhere www.example",
	                                    "1  10.0.0.5 203.0.113.7 www.example",
	                                    "1 0 10.0.0.5 203.0.113.7 "};
	struct place *p = *state;
	static char huge[5000];

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		memory_load(p->memory, lines[i], strlen(lines[i]));
	memset(huge, 'a', sizeof huge);
	memory_load(p->memory, huge, sizeof huge);
	memory_seal(p->memory);
	assert_string_equal(recalled_any(p, "203.0.113.7", 100), "");
	assert_false(memory_full(p->memory));
}

/* The log is a ring: another client's line later takes the place of this client's. */
static void a_line_that_was_overwritten_by_anothers_names_nothing(void **state)
{
	struct place *p = *state, q = {p->names, memory_new(100, p->names)};
	char asked[32];

	told(&q, "10.0.0.5", "one.example", "203.0.113.7", 1);
	assert_string_equal(recalled(&q, "10.0.0.5", "203.0.113.7", 500), "one.example");
	assert_false(memory_full(q.memory));
	for (int i = 0; i < 150; i++) {
		snprintf(asked, sizeof asked, "h%d.example", i);
		told(&q, "10.0.0.6", asked, "203.0.113.7", 2 + i);
	}
	assert_string_equal(recalled(&q, "10.0.0.6", "203.0.113.7", 500), "h149.example");
	assert_string_equal(recalled(&q, "10.0.0.5", "203.0.113.7", 500), "");
	assert_true(memory_full(q.memory)); /* which is said, since it may have named what is blocked */
	memory_free(q.memory);
}

#define PAIRS 6000
#define LINES 15500

static int pair_of(int line)
{
	return line < 8000 ? 3000 + line % 3000 : line < 14500 ? line % 1000 : 1000 + line % 2000;
}

/* The index grows in the ring's second round, when part of it points to overwritten lines. */
static void the_newest_line_of_a_pair_is_found_however_the_index_grows(void **state)
{
	struct place *p = *state, q = {p->names, memory_new(8000, p->names)};
	char who[32], server[48], asked[32];
	static int newest[PAIRS];

	memory_index(q.memory);
	for (int i = 0; i < LINES + PAIRS; i++) {
		int pair = i < LINES ? pair_of(i) : i - LINES;
		snprintf(who, sizeof who, "10.0.%d.5", pair % 7);
		if (pair % 2)
			snprintf(server, sizeof server, "2001:db8::%x", pair);
		else
			snprintf(server, sizeof server, "198.18.%d.%d", pair / 250, pair % 250);
		text_of(asked, "n", i < LINES ? i : newest[pair]);
		if (i < LINES) {
			newest[pair] = i;
			told(&q, who, asked, server, i);
		} else {
			assert_string_equal(recalled(&q, who, server, 20000), newest[pair] < LINES - 8000 ? "" : asked);
		}
	}
	assert_string_equal(recalled(&q, "10.0.1.5", "2001:db8::ffff", 20000), "");
	assert_false(memory_full(q.memory));
	memory_free(q.memory);
}

/* An answer, to an A or AAAA query, that the capture cut before its first address. */
static void told_unread(struct place *p, const char *who, const char *asked, uint16_t qtype, double second)
{
	struct said_message *s = message(who, "10.0.0.1", 1, second, true);
	struct lesson l = {.client = client(p, who), .asked = name(p, asked)};

	s->m.cut = true;
	about(s, asked, qtype);
	memory_learn(p->memory, &s->m, &l);
}

static bool may_mean_another(struct place *p, const char *who, const char *to, double second)
{
	struct addr server = address(to);
	const struct binding *b = memory_recall(p->memory, client(p, who), &server, S(second));

	assert_non_null(b);
	return memory_may_mean_another(p->memory, client(p, who), &server, S(second), b);
}

static void an_answer_that_was_cut_may_have_told_any_address_of_its_family(void **state)
{
	struct place *p = *state;
	struct addr server = address("203.0.113.7"), six = address("2001:db8::7");

	told(p, "10.0.0.5", "www.example", "203.0.113.7", 10);
	told_unread(p, "10.0.0.5", "www.example", 1, 11);
	told_unread(p, "10.0.0.5", "six.example", 28, 12);
	told_unread(p, "10.0.0.6", "its.example", 1, 13);
	memory_seal(p->memory);
	assert_false(may_mean_another(p, "10.0.0.5", "203.0.113.7", 14));
	assert_true(memory_unread(p->memory, client(p, "10.0.0.5"), &six, S(12.1)));
	assert_false(memory_unread(p->memory, client(p, "10.0.0.5"), &server, S(12.1)));
	assert_false(memory_unread(p->memory, client(p, "10.0.0.5"), &six, S(13)));
	assert_false(memory_knows(p->memory, client(p, "10.0.0.5"), name(p, "six.example"), 0, S(20)));
	told_unread(p, "10.0.0.5", "two.example", 1, 15);
	assert_true(may_mean_another(p, "10.0.0.5", "203.0.113.7", 16));
	assert_false(may_mean_another(p, "10.0.0.5", "203.0.113.7", 14));  /* answered only later */
	assert_false(may_mean_another(p, "10.0.0.5", "203.0.113.7", 1000)); /* and long ago */
}

static void who_connects_at_once_means_what_was_asked_last(void **state)
{
	struct place *p = *state;

	told(p, "10.0.0.5", "one.example", "203.0.113.7", 10);
	told(p, "10.0.0.5", "two.example", "203.0.113.7", 20);
	told(p, "10.0.0.5", "six.example", "2001:db8::7", 20);
	memory_seal(p->memory);
	assert_false(may_mean_another(p, "10.0.0.5", "203.0.113.7", 20.1));
	assert_true(may_mean_another(p, "10.0.0.5", "203.0.113.7", 30));
	assert_false(may_mean_another(p, "10.0.0.5", "203.0.113.7", 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(clients_are_numbered_from_one, begin, end),
	    cmocka_unit_test_setup_teardown(the_newest_answer_before_the_connection_names_it, begin, end),
	    cmocka_unit_test_setup_teardown(an_answer_that_its_connection_overtook_names_it, begin, end),
	    cmocka_unit_test_setup_teardown(an_answer_that_comes_later_names_it_once_the_log_is_indexed, begin, end),
	    cmocka_unit_test_setup_teardown(others_answers_are_asked_for_apart, begin, end),
	    cmocka_unit_test_setup_teardown(a_line_that_was_overwritten_by_anothers_names_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_wanted_is_found_among_what_is_not, begin, end),
	    cmocka_unit_test_setup_teardown(a_tainted_answer_names_nothing_for_others, begin, end),
	    cmocka_unit_test_setup_teardown(a_name_of_the_chain_is_found, begin, end),
	    cmocka_unit_test_setup_teardown(aliases_are_followed_in_any_order_and_out_of_loops, begin, end),
	    cmocka_unit_test_setup_teardown(a_full_ring_forgets_the_oldest, begin, end),
	    cmocka_unit_test_setup_teardown(recall_agrees_with_a_plain_list, begin, end),
	    cmocka_unit_test_setup_teardown(the_newest_line_of_a_pair_is_found_however_the_index_grows, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_saved_is_learned_again, begin, end),
	    cmocka_unit_test_setup_teardown(an_answer_that_was_cut_may_have_told_any_address_of_its_family, begin, end),
	    cmocka_unit_test_setup_teardown(who_connects_at_once_means_what_was_asked_last, begin, end),
	    cmocka_unit_test_setup_teardown(lines_that_make_no_sense_are_left_out, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
