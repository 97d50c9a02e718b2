/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "attribute/lookup.h"
#include "dns_said.h"
#include "list_files.h"

#define ME "10.0.0.5"
#define RESOLVER "10.0.0.1"

static const char list[] = "groups:\n"
                           "  - id: web\n"
                           "    hosts: [www.example, edge.cdn.example]\n"
                           "    ports: [443/tcp]\n"
                           "    learn: {suffixes: [app.example]}\n"
                           "  - {id: dns, role: dns}\n";

struct place {
	struct lists *lists;
	struct names *names;
	struct memory *memory;
	struct lookups *lookups;
	struct prefix sinkhole;
	uint32_t me;
};

static int begin(void **state)
{
	static struct place p;
	struct addr me = address(ME);

	p.lists = lists_of(list, NULL, NULL);
	p.names = names_new(1 << 20);
	p.memory = memory_new(1000, p.names);
	assert_int_equal(prefix_parse("198.18.0.0/15", &p.sinkhole), ERR_OK);
	struct lookup_options o = {.lists = p.lists, .names = p.names, .memory = p.memory, .sinkholes = &p.sinkhole, .sinkhole_n = 1};
	p.lookups = lookups_new(&o);
	p.me = memory_client(p.memory, &me);
	*state = &p;
	return p.lookups ? 0 : -1;
}

static int end(void **state)
{
	struct place *p = *state;

	lookups_free(p->lookups);
	memory_free(p->memory);
	names_free(p->names);
	lists_free(p->lists);
	return 0;
}

static void take(struct place *p, struct said_message *s)
{
	lookups_take(p->lookups, &s->m, p->me);
}

static void asks(struct place *p, const char *name, uint16_t id, double second)
{
	struct said_message *s = message(ME, RESOLVER, id, second, false);

	about(s, name, 1);
	take(p, s);
}

/* rcode, address (or NULL), extended error (or -1) */
static void hears(struct place *p, const char *name, uint16_t id, double second, int rcode, const char *to, int ede)
{
	struct said_message *s = message(ME, RESOLVER, id, second, true);

	s->facts.list[0].code = (uint16_t)rcode;
	about(s, name, 1);
	if (to)
		tells(s, name, to);
	if (ede >= 0)
		facts_add(&s->facts, FACT_DNS_EDE)->code = (uint16_t)ede;
	take(p, s);
}

static const struct lookup *only(const struct place *p)
{
	assert_int_equal(lookups_count(p->lookups), 1);
	return lookups_at(p->lookups, 0);
}

static void a_query_and_its_answer_are_one_look_up(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	hears(p, "www.example", 7, 10.5, 0, "203.0.113.7", -1);
	const struct lookup *l = only(p);
	assert_int_equal(l->sends, 1);
	assert_int_equal(l->asked_us, S(10));
	assert_int_equal(l->answered_us, S(10.5));
	assert_int_equal(l->rcode, 0);
	assert_int_equal(l->addresses, 1);
	assert_false(l->forged || l->sinkhole);
}

static void the_same_query_again_is_a_retry(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	asks(p, "www.example", 7, 15);
	asks(p, "www.example", 7, 20);
	const struct lookup *l = only(p);
	assert_int_equal(l->sends, 3);
	assert_int_equal(l->asked_us, S(10));
	assert_int_equal(l->last_asked_us, S(20));
	assert_int_equal(l->rcode, -1);
}

static void answers_find_their_queries_however_many_are_open(void **state)
{
	struct place *p = *state;

	for (uint16_t i = 0; i < 1000; i++)
		asks(p, "www.example", i, 10);
	for (uint16_t i = 0; i < 1000; i++)
		hears(p, "www.example", i, 11, 0, "203.0.113.7", -1);
	assert_int_equal(lookups_count(p->lookups), 1000);
	for (uint16_t i = 0; i < 1000; i++)
		assert_int_equal(lookups_at(p->lookups, i)->answered_us, S(11));
}

static void the_same_ports_and_id_minutes_later_are_another_question(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	asks(p, "www.example", 7, 100);
	assert_int_equal(lookups_count(p->lookups), 2);
}

static void names_of_no_list_are_only_remembered(void **state)
{
	struct place *p = *state;
	struct addr server = address("203.0.113.9");

	asks(p, "other.example", 7, 10);
	hears(p, "other.example", 7, 10.5, 0, "203.0.113.9", -1);
	assert_int_equal(lookups_count(p->lookups), 0);
	assert_non_null(memory_recall(p->memory, p->me, &server, S(11)));
}

static void contradicting_answers_are_a_forgery(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	hears(p, "www.example", 7, 10.1, 0, "192.0.2.66", -1);
	hears(p, "www.example", 7, 10.2, 0, "203.0.113.7", -1);
	assert_true(only(p)->forged);
	struct addr first = address("192.0.2.66");
	assert_true(addr_equal(&only(p)->answer, &first));
}

static void nonexistence_against_an_address_is_a_forgery(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	hears(p, "www.example", 7, 10.1, 3, NULL, -1);
	hears(p, "www.example", 7, 10.2, 0, "203.0.113.7", -1);
	assert_true(only(p)->forged);
}

static void answers_that_agree_or_come_late_are_none(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	hears(p, "www.example", 7, 10.1, 0, "203.0.113.7", -1);
	hears(p, "www.example", 7, 10.2, 0, "203.0.113.7", -1);
	hears(p, "www.example", 7, 10.3, 2, NULL, -1); /* another upstream gave up, but too late */
	assert_false(only(p)->forged);
}

static void rotated_addresses_are_none(void **state)
{
	struct place *p = *state;
	struct said_message *s;

	asks(p, "www.example", 7, 10);
	for (int turn = 0; turn < 2; turn++) {
		s = message(ME, RESOLVER, 7, 10.1 + turn, true);
		about(s, "www.example", 1);
		tells(s, "www.example", turn ? "203.0.113.8" : "203.0.113.7");
		tells(s, "www.example", turn ? "203.0.113.7" : "203.0.113.8");
		take(p, s);
	}
	assert_false(only(p)->forged);
}

static void a_filtered_answer_is_no_address(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	hears(p, "www.example", 7, 10.1, 0, "203.0.113.7", 17);
	assert_int_equal(only(p)->ede, 17);
	assert_int_equal(only(p)->addresses, 0);
}

static void a_filtering_code_outranks_another(void **state)
{
	struct place *p = *state;
	struct said_message *s = message(ME, RESOLVER, 7, 10, true);

	about(s, "www.example", 1);
	facts_add(&s->facts, FACT_DNS_EDE)->code = 22;
	facts_add(&s->facts, FACT_DNS_EDE)->code = 15;
	facts_add(&s->facts, FACT_DNS_EDE)->code = 3;
	take(p, s);
	assert_int_equal(only(p)->ede, 15);
}

static void sinkholes_are_nowhere_or_named(void **state)
{
	struct place *p = *state;

	hears(p, "www.example", 1, 10, 0, "0.0.0.0", -1);
	hears(p, "www.example", 2, 10, 0, "198.18.3.4", -1);
	hears(p, "www.example", 3, 10, 0, "192.168.0.1", -1);
	hears(p, "www.example", 4, 10, 0, "64:ff9b::198.18.3.4", -1); /* as DNS64 makes it */
	hears(p, "www.example", 5, 10, 0, "64:ff9b::192.168.0.1", -1);
	assert_int_equal(prefix_parse("64:ff9b::192.168.0.0/112", &p->sinkhole), ERR_OK);
	hears(p, "www.example", 6, 10, 0, "64:ff9b::192.168.0.1", -1); /* named as it is told */
	assert_int_equal(lookups_count(p->lookups), 6);
	assert_true(lookups_at(p->lookups, 5)->sinkhole);
	assert_true(lookups_at(p->lookups, 0)->sinkhole);
	assert_true(lookups_at(p->lookups, 1)->sinkhole);
	assert_false(lookups_at(p->lookups, 2)->sinkhole);
	assert_true(lookups_at(p->lookups, 3)->sinkhole);
	assert_false(lookups_at(p->lookups, 4)->sinkhole);
}

static void a_truncated_answer_is_none(void **state)
{
	struct place *p = *state;
	struct said_message *s = message(ME, RESOLVER, 7, 10, true);

	s->facts.list[0].number = 1;
	about(s, "www.example", 1);
	take(p, s);
	assert_true(only(p)->truncated);
	assert_int_equal(only(p)->answered_us, 0);
}

static void an_icmp_error_marks_the_query(void **state)
{
	struct place *p = *state;
	struct addr resolver = address(RESOLVER), sender = address("10.0.0.254"), elsewhere = address("10.0.0.2");

	asks(p, "www.example", 7, 10);
	lookups_unreachable(p->lookups, p->me, 4000, &elsewhere, &sender);
	lookups_unreachable(p->lookups, p->me, 4999, &resolver, &sender);
	assert_false(only(p)->icmp);
	lookups_unreachable(p->lookups, p->me, 4000, &resolver, &sender);
	assert_true(only(p)->icmp);
	assert_true(addr_equal(&only(p)->icmp_sender, &sender));
}

static void unlisted_aliases_of_listed_names_are_neighbours(void **state)
{
	struct place *p = *state;
	struct said_message *s = message(ME, RESOLVER, 7, 10, true);

	about(s, "www.example", 1);
	aliases(s, "www.example", "x9.cdn.example");
	tells(s, "x9.cdn.example", "203.0.113.7");
	take(p, s);
	assert_int_equal(lookups_neighbours(p->lookups), 1);
	assert_true(lookups_neighbour(p->lookups, 0)->alias);
	assert_string_equal(names_text(p->names, lookups_neighbour(p->lookups, 0)->name), "x9.cdn.example");
	asks(p, "new.app.example", 8, 11);
	hears(p, "new.app.example", 8, 11, 0, "203.0.113.8", -1);
	assert_int_equal(lookups_neighbours(p->lookups), 2);
	assert_false(lookups_neighbour(p->lookups, 1)->alias);
	hears(p, "notapp.example", 9, 12, 0, "203.0.113.8", -1);
	assert_int_equal(lookups_neighbours(p->lookups), 2);
}

static void an_unlisted_name_may_lead_to_a_listed_one(void **state)
{
	struct place *p = *state;
	struct said_message *s = message(ME, RESOLVER, 7, 10, true);

	about(s, "shop.example", 1);
	aliases(s, "shop.example", "edge.cdn.example");
	tells(s, "edge.cdn.example", "203.0.113.7");
	take(p, s);
	assert_true(lookups_leads(p->lookups, names_intern(p->names, "shop.example", strlen("shop.example"))));
	assert_false(lookups_leads(p->lookups, names_intern(p->names, "www.example", strlen("www.example"))));
}

static void resolvers_are_counted_by_the_minute(void **state)
{
	struct place *p = *state;

	asks(p, "other.example", 1, 10);
	hears(p, "other.example", 1, 10.1, 5, NULL, -1);
	asks(p, "other.example", 2, 20);
	asks(p, "other.example", 3, 70);
	hears(p, "other.example", 3, 70.1, 3, NULL, -1);
	assert_int_equal(lookups_minutes(p->lookups), 2);
	const struct resolver_minute *m = lookups_minute(p->lookups, 0);
	assert_int_equal(m->queries, 2);
	assert_int_equal(m->refused, 1);
	assert_int_equal(m->answers, 0);
	const struct resolver_minute *next = lookups_minute_beside(p->lookups, m, 1);
	assert_non_null(next);
	assert_int_equal(next->answers, 1); /* NXDOMAIN answers */
	assert_null(lookups_minute_beside(p->lookups, m, 2));
	assert_true(lookups_answered(p->lookups, p->me, S(20)));
	assert_false(lookups_answered(p->lookups, p->me, S(600)));
}

static void ageing_forgets_what_ended_and_finds_the_rest(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 1, 10);
	asks(p, "www.example", 2, 100);
	asks(p, "www.example", 3, 200);
	lookups_age(p->lookups, S(150));
	assert_int_equal(lookups_count(p->lookups), 1);
	assert_int_equal(lookups_minutes(p->lookups), 1);
	hears(p, "www.example", 3, 201, 0, "203.0.113.7", -1);
	assert_int_equal(only(p)->answered_us, S(201));
	asks(p, "www.example", 1, 202);
	assert_int_equal(lookups_count(p->lookups), 2);
	assert_false(lookups_full(p->lookups));
}

static void an_answer_without_question_is_known_by_its_ports_and_id(void **state)
{
	struct place *p = *state;

	asks(p, "www.example", 7, 10);
	struct said_message *s = message(ME, RESOLVER, 8, 10.1, true);
	s->facts.list[0].code = 5;
	take(p, s);
	assert_int_equal(only(p)->answered_us, 0);
	s = message(ME, RESOLVER, 7, 10.2, true);
	s->facts.list[0].code = 5;
	take(p, s);
	assert_int_equal(only(p)->answered_us, S(10.2));
	assert_int_equal(only(p)->rcode, 5);
}

/* A client that asked for a name and received only an alias asks for the alias next. */
static void tells_alias(struct place *p, const char *name, const char *alias, double second)
{
	struct said_message *s = message(ME, RESOLVER, 1, second, true);

	about(s, name, 1);
	aliases(s, name, alias);
	take(p, s);
}

/* What the address belongs to: the name asked for, and the last name of its chain. */
static const char *led_to(const struct place *p, const char *server, double second)
{
	struct addr a = address(server);
	const struct binding *b = memory_recall(p->memory, p->me, &a, S(second));
	const name_id *chain = NULL;
	size_t n = b ? memory_chain(p->memory, b, &chain) : 0;

	return n ? names_text(p->names, chain[n - 1]) : "";
}

static void an_alias_that_is_followed_leads_back_to_the_listed_name(void **state)
{
	struct place *p = *state;

	tells_alias(p, "www.example", "a.cdn.test", 10);
	tells_alias(p, "a.cdn.test", "b.cdn.test", 11);
	hears(p, "b.cdn.test", 2, 12, 0, "203.0.113.7", -1);
	assert_string_equal(led_to(p, "203.0.113.7", 13), "www.example");
	/* Another name led there meanwhile, or it was long ago. */
	tells_alias(p, "other.test", "b.cdn.test", 20);
	hears(p, "b.cdn.test", 3, 21, 0, "203.0.113.8", -1);
	assert_string_equal(led_to(p, "203.0.113.8", 22), "");
	hears(p, "a.cdn.test", 4, 500, 0, "203.0.113.9", -1);
	assert_string_equal(led_to(p, "203.0.113.9", 501), "");
}

static void the_end_of_its_aliases_is_known_of_a_look_up(void **state)
{
	struct place *p = *state;

	for (int bare = 0; bare <= 1; bare++) {
		asks(p, "www.example", (uint16_t)(8 + bare), 10);
		struct said_message *s = message(ME, RESOLVER, (uint16_t)(8 + bare), 10.1, true);
		s->facts.list[0].code = 3;
		if (!bare)
			about(s, "www.example", 1);
		aliases(s, "b.example", "c.example");
		aliases(s, "www.example", "b.example");
		take(p, s);
		const struct lookup *l = lookups_at(p->lookups, (size_t)bare);
		assert_int_not_equal(l->answered_us, 0);
		assert_string_equal(names_text(p->names, l->alias), "c.example");
	}
}

static void a_question_repeated_for_hours_is_counted_to_the_end(void **state)
{
	struct place *p = *state;

	for (int i = 0; i < 70000; i++)
		asks(p, "www.example", 7, i);
	assert_int_equal(lookups_count(p->lookups), 1);
	assert_int_equal(lookups_at(p->lookups, 0)->sends, UINT16_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_query_and_its_answer_are_one_look_up),
	    CASE(the_same_query_again_is_a_retry),
	    CASE(answers_find_their_queries_however_many_are_open),
	    CASE(the_same_ports_and_id_minutes_later_are_another_question),
	    CASE(names_of_no_list_are_only_remembered),
	    CASE(contradicting_answers_are_a_forgery),
	    CASE(nonexistence_against_an_address_is_a_forgery),
	    CASE(answers_that_agree_or_come_late_are_none),
	    CASE(rotated_addresses_are_none),
	    CASE(a_filtered_answer_is_no_address),
	    CASE(a_filtering_code_outranks_another),
	    CASE(sinkholes_are_nowhere_or_named),
	    CASE(a_truncated_answer_is_none),
	    CASE(an_icmp_error_marks_the_query),
	    CASE(unlisted_aliases_of_listed_names_are_neighbours),
	    CASE(an_unlisted_name_may_lead_to_a_listed_one),
	    CASE(resolvers_are_counted_by_the_minute),
	    CASE(the_end_of_its_aliases_is_known_of_a_look_up),
	    CASE(an_answer_without_question_is_known_by_its_ports_and_id),
	    CASE(an_alias_that_is_followed_leads_back_to_the_listed_name),
	    CASE(ageing_forgets_what_ended_and_finds_the_rest),
	    CASE(a_question_repeated_for_hours_is_counted_to_the_end),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
