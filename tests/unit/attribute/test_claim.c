/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "attribute/claim.h"
#include "dns_said.h"
#include "list_files.h"

#define ME "10.0.0.5"
#define YOU "10.0.0.6"
#define SERVER "203.0.113.7"

static const char list[] = "groups:\n"
                           "  - {id: a, hosts: [one.example, two.example], ports: [443/tcp]}\n"
                           "  - {id: b, hosts: [edge.cdn.example], ports: [443/tcp, 443/udp]}\n"
                           "  - {id: c, hosts: [\"*.wild.example\"], ports: [443/tcp]}\n"
                           "  - {id: d, hosts: [198.51.100.0/24, 198.51.100.9, \"64:ff9b::198.51.100.8\"], ports: [443/tcp]}\n"
                           "  - {id: m0, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m1, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m2, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m3, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m4, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m5, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m6, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m7, hosts: [eight.example, nine.example], ports: [443/tcp]}\n"
                           "  - {id: m8, hosts: [nine.example], ports: [443/tcp]}\n";

struct place {
	struct lists *lists;
	struct names *names;
	struct memory *memory, *resolved;
	struct lookups *lookups;
	struct claims_context context;
	struct evidence_of_name seen;
	struct claim claims[CLAIMS_MOST];
	size_t n;
};

static name_id name(struct place *p, const char *text)
{
	return names_intern(p->names, text, strlen(text));
}

static int begin(void **state)
{
	static struct place p;
	struct addr me = address(ME);

	p = (struct place){.lists = lists_of(list, NULL, NULL), .names = names_new(1 << 20)};
	p.memory = memory_new(1000, p.names);
	p.resolved = memory_new(1000, p.names);
	struct lookup_options o = {.lists = p.lists, .names = p.names, .memory = p.memory};
	p.lookups = lookups_new(&o);
	p.context = (struct claims_context){.lists = p.lists, .names = p.names, .memory = p.memory, .lookups = p.lookups};
	p.seen = (struct evidence_of_name){.client_number = memory_client(p.memory, &me), .port = 443,
	                                   .server = address(SERVER), .proto = PROTO_TCP, .time_us = S(100)};
	*state = &p;
	return p.lookups ? 0 : -1;
}

static int end(void **state)
{
	struct place *p = *state;

	lookups_free(p->lookups);
	memory_free(p->memory);
	memory_free(p->resolved);
	names_free(p->names);
	lists_free(p->lists);
	return 0;
}

/* At second `second`, `who` received the answer that asked (through an alias, or NULL) is at server. */
static void told(struct memory *m, struct place *p, const char *who, const char *asked, const char *alias, const char *server,
                 double second)
{
	struct said_message *s = message(who, "10.0.0.1", 1, second, true);
	struct addr from = address(who);
	name_id chain[1] = {alias ? name(p, alias) : 0};
	struct lesson l = {.client = memory_client(m, &from), .asked = name(p, asked), .chain = chain, .chain_n = alias != NULL};

	tells(s, asked, server);
	memory_learn(m, &s->m, &l);
}

static void claim(struct place *p)
{
	memory_seal(p->memory);
	memory_seal(p->resolved);
	p->n = claims_of(&p->context, &p->seen, p->claims);
	assert_in_range(p->n, 1, CLAIMS_MOST);
}

static void assert_claim(const struct place *p, size_t i, const char *rule, const char *host, enum attributed_by_code by)
{
	assert_true(i < p->n);
	const struct claim *c = &p->claims[i];
	assert_string_equal(c->rule < 0 ? "" : p->lists->rules[c->rule].id, rule);
	assert_string_equal(names_text(p->names, c->host), host);
	assert_int_equal(c->by, by);
}

static void the_name_in_the_hello_outranks_dns(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "two.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "one.example");
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_SNI);
}

static void dns_names_what_shows_no_name(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 80);
	told(p->memory, p, ME, "two.example", NULL, SERVER, 90);
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_DNS);
}

static void a_listed_alias_is_attempted_too(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", "edge.cdn.example", SERVER, 90);
	claim(p);
	assert_int_equal(p->n, 2);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
	assert_claim(p, 1, "b/edge.cdn.example:443/tcp", "edge.cdn.example", CLAIM_DNS);
	p->seen.sni = name(p, "one.example");
	claim(p);
	assert_int_equal(p->n, 2);
	assert_int_equal(p->claims[1].by, CLAIM_SNI);
}

static void an_unlisted_name_over_a_listed_alias_is_the_aliases(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "shop.example", "edge.cdn.example", SERVER, 90);
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "b/edge.cdn.example:443/tcp", "edge.cdn.example", CLAIM_DNS);
}

static void under_ech_dns_names_the_flow(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "public.provider.example");
	p->seen.ech = true;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
}

static void grease_hides_nothing(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "two.example", NULL, SERVER, 80);
	told(p->memory, p, ME, "one.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "two.example");
	p->seen.ech = true;
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
}

static void ech_without_dns_leaves_the_visible_name(void **state)
{
	struct place *p = *state;

	p->seen.sni = name(p, "one.example");
	p->seen.ech = true;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_SNI);
}

#define TRANSLATED "64:ff9b::203.0.113.7"

/* A client of IPv6 alone reaches IPv4 servers through a translator. */
static void behind_a_translator_the_servers_own_address_counts(void **state)
{
	struct place *p = *state;

	p->seen.server = address("64:ff9b::198.51.100.77");
	claim(p);
	assert_claim(p, 0, "d/198.51.100.0/24:443/tcp", "", CLAIM_ADDRESS);
	p->seen.server = address("64:ff9b::198.51.100.8"); /* listed as it is seen */
	claim(p);
	assert_claim(p, 0, "d/[64:ff9b::c633:6408]:443/tcp", "", CLAIM_ADDRESS);
	p->seen.server = address(TRANSLATED);
	claim(p);
	assert_claim(p, 0, "", "", CLAIM_NONE);
	p->context.resolved = p->resolved;
	told(p->resolved, p, YOU, "two.example", NULL, SERVER, 80);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_RESOLVED);
	told(p->memory, p, YOU, "one.example", NULL, SERVER, 80);
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	told(p->memory, p, ME, "edge.cdn.example", NULL, TRANSLATED, 90);
	claim(p);
	assert_claim(p, 0, "b/edge.cdn.example:443/tcp", "edge.cdn.example", CLAIM_DNS);
}

static void has_ech_keys(struct place *p, const char *host)
{
	struct said_message *s = message(YOU, "10.0.0.1", 2, 91, true);

	about(s, host, 65);
	facts_add(&s->facts, FACT_DNS_ECH)->name = host;
	lookups_take(p->lookups, &s->m, 1);
}

/* The client's other address family asked: for the name in the SNI, or for one that has ECH keys. */
static void under_ech_the_other_familys_dns_counts(void **state)
{
	struct place *p = *state;

	told(p->memory, p, YOU, "one.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "two.example");
	p->seen.ech = true;
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
	assert_false(memory_is_named(p->memory, &p->seen.server, p->seen.sni));
	has_ech_keys(p, "one.example");
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	told(p->memory, p, YOU, "two.example", NULL, SERVER, 80);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
}

/* The capture cut the ClientHello, so ECH may follow the SNI. */
static void a_cut_hello_is_named_by_dns_where_ech_is_likely(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "two.example");
	p->seen.ech_unseen = true;
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
	has_ech_keys(p, "one.example");
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
	told(p->memory, p, ME, "two.example", NULL, SERVER, 80);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
}

static void a_cut_hello_right_behind_a_look_up_is_for_what_was_asked(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 99);
	p->seen.sni = name(p, "two.example");
	p->seen.ech_unseen = true;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
	told(p->memory, p, ME, "two.example", NULL, SERVER, 50);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_SNI);
}

/* The capture cut the answer before its address. */
static void told_unread(struct place *p, const char *asked, double second)
{
	struct said_message *s = message(ME, "10.0.0.1", 1, second, true);
	struct lesson l = {.client = p->seen.client_number, .asked = name(p, asked)};

	s->m.cut = true;
	about(s, asked, 1);
	memory_learn(p->memory, &s->m, &l);
}

/* The client was told the address of another name that is reached so, in an answer without a translator's prefix. */
static void behind_a_translator_a_cut_name_may_be_another_one(void **state)
{
	struct place *p = *state;

	p->seen.server = address(TRANSLATED);
	p->seen.unread = true;
	told(p->memory, p, YOU, "one.example", NULL, SERVER, 80);
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	assert_false(p->claims[0].unsure);
	told(p->memory, p, ME, "two.example", NULL, SERVER, 99);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_DNS_OTHER);
	told(p->memory, p, YOU, "one.example", NULL, SERVER, 99.5);
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	assert_true(p->claims[0].unsure);
}

static void a_name_that_the_capture_cut_may_be_one_whose_answer_it_cut(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 90);
	p->seen.unread = true;
	claim(p);
	assert_false(p->claims[0].unsure);
	told_unread(p, "two.example", 99);
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
	assert_true(p->claims[0].unsure);
	p->seen.unread = false;
	claim(p);
	assert_false(p->claims[0].unsure);
	p->seen.unread = true;
	p->seen.server = address("198.51.100.9"); /* a rule of its own, whatever the name */
	told(p->memory, p, ME, "none.example", NULL, "198.51.100.9", 90);
	claim(p);
	assert_claim(p, 0, "d/198.51.100.9:443/tcp", "none.example", CLAIM_ADDRESS);
	assert_false(p->claims[0].unsure);
}

static void what_another_client_was_told_is_unsure_where_the_own_answer_was_cut(void **state)
{
	struct place *p = *state;

	told(p->memory, p, YOU, "one.example", NULL, SERVER, 90);
	p->seen.unread = true;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	assert_false(p->claims[0].unsure);
	told_unread(p, "one.example", 95);
	claim(p);
	assert_false(p->claims[0].unsure);
	told_unread(p, "two.example", 96);
	claim(p);
	assert_true(p->claims[0].unsure);
}

/* Cut after its SNI, so DNS decides: what if the answer for the SNI was cut too? */
static void a_cut_hello_beside_a_cut_answer_for_its_sni_is_unsure(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, SERVER, 99);
	told_unread(p, "two.example", 99.5);
	p->seen.sni = name(p, "two.example");
	p->seen.ech_unseen = true;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
	assert_true(p->claims[0].unsure);
}

static void what_another_client_was_told_is_the_weakest(void **state)
{
	struct place *p = *state;

	told(p->memory, p, YOU, "one.example", NULL, SERVER, 90);
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS_OTHER);
	told(p->memory, p, ME, "two.example", NULL, SERVER, 50);
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_DNS);
}

static void a_name_of_its_own_is_not_overruled_by_others(void **state)
{
	struct place *p = *state;

	told(p->memory, p, YOU, "one.example", NULL, SERVER, 90);
	p->seen.sni = name(p, "unlisted.example");
	claim(p);
	assert_claim(p, 0, "", "unlisted.example", CLAIM_SNI);
}

static void a_snapshot_names_what_the_capture_does_not(void **state)
{
	struct place *p = *state;

	told(p->resolved, p, YOU, "one.example", NULL, SERVER, 0);
	p->context.resolved = p->resolved;
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_RESOLVED);
	told(p->memory, p, YOU, "two.example", NULL, SERVER, 90);
	claim(p);
	assert_claim(p, 0, "a/two.example:443/tcp", "two.example", CLAIM_DNS_OTHER);
}

static void an_address_is_claimed_by_the_longest_prefix(void **state)
{
	struct place *p = *state;

	p->seen.server = address("198.51.100.9");
	claim(p);
	assert_int_equal(p->n, 1);
	assert_int_equal(p->claims[0].by, CLAIM_ADDRESS);
	assert_non_null(strstr(p->lists->rules[p->claims[0].rule].id, "198.51.100.9:"));
	p->seen.server = address("198.51.100.10");
	claim(p);
	assert_non_null(strstr(p->lists->rules[p->claims[0].rule].id, "198.51.100.0/24"));
}

static void a_name_that_is_listed_outranks_its_address(void **state)
{
	struct place *p = *state;

	p->seen.server = address("198.51.100.9");
	p->seen.sni = name(p, "one.example");
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_SNI);
}

static void what_was_asked_of_a_proxy_is_meant(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "two.example", NULL, SERVER, 90); /* the proxy's own address */
	p->seen.connect = p->seen.proxied = true;
	p->seen.connect_host = name(p, "one.example");
	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_CONNECT);
}

static void a_proxy_asked_by_address_serves_the_name_that_dns_gave_it(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "one.example", NULL, "203.0.113.99", 90);
	p->seen.connect = p->seen.proxied = true;
	p->seen.connect_address = address("203.0.113.99");
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_CONNECT);
}

static void other_ports_and_transports_are_no_rule(void **state)
{
	struct place *p = *state;

	p->seen.sni = name(p, "one.example");
	p->seen.port = 8443;
	claim(p);
	assert_claim(p, 0, "", "one.example", CLAIM_SNI);
	p->seen.port = 443;
	p->seen.proto = PROTO_UDP;
	claim(p);
	assert_claim(p, 0, "", "one.example", CLAIM_SNI);
}

static void of_names_at_one_address_the_one_that_is_listed_for_the_port_is_meant(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "edge.cdn.example", NULL, SERVER, 10);
	told(p->memory, p, ME, "edge.cdn.example", NULL, SERVER, 90);
	told(p->memory, p, YOU, "edge.cdn.example", NULL, SERVER, 98);
	told(p->memory, p, ME, "one.example", NULL, SERVER, 99);
	p->seen.proto = PROTO_UDP;
	claim(p);
	assert_claim(p, 0, "b/edge.cdn.example:443/udp", "edge.cdn.example", CLAIM_DNS);
	p->seen.proto = PROTO_TCP; /* both: the newest */
	claim(p);
	assert_claim(p, 0, "a/one.example:443/tcp", "one.example", CLAIM_DNS);
}

static void a_name_of_no_list_may_use_any_port(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "edge.cdn.example", NULL, SERVER, 90);
	told(p->memory, p, ME, "some.example", NULL, SERVER, 99);
	p->seen.proto = PROTO_UDP;
	claim(p);
	assert_int_equal(p->claims[0].rule, -1);
}

static void names_told_long_ago_are_not_meant(void **state)
{
	struct place *p = *state;

	told(p->memory, p, ME, "edge.cdn.example", NULL, SERVER, 90);
	told(p->memory, p, ME, "one.example", NULL, SERVER, 1090);
	p->seen.time_us = S(1100);
	p->seen.proto = PROTO_UDP;
	claim(p);
	assert_int_equal(p->claims[0].rule, -1);
}

static void nothing_known_is_no_name(void **state)
{
	struct place *p = *state;

	claim(p);
	assert_int_equal(p->n, 1);
	assert_claim(p, 0, "", "", CLAIM_NONE);
}

static void wildcards_claim_names_below_them(void **state)
{
	struct place *p = *state;

	p->seen.sni = name(p, "a.b.wild.example");
	claim(p);
	assert_claim(p, 0, "c/*.wild.example:443/tcp", "a.b.wild.example", CLAIM_SNI);
	p->seen.sni = name(p, "wild.example");
	claim(p);
	assert_claim(p, 0, "", "wild.example", CLAIM_SNI);
}

static void a_host_of_more_groups_than_count_says_so(void **state)
{
	struct place *p = *state;

	p->seen.sni = name(p, "eight.example");
	claim(p);
	assert_int_equal(p->n, CLAIMS_MOST);
	assert_false(p->claims[0].more);
	p->seen.sni = name(p, "nine.example");
	claim(p);
	assert_int_equal(p->n, CLAIMS_MOST);
	assert_true(p->claims[0].more);
	assert_claim(p, 0, "m0/nine.example:443/tcp", "nine.example", CLAIM_SNI);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_name_in_the_hello_outranks_dns),
	    CASE(dns_names_what_shows_no_name),
	    CASE(a_listed_alias_is_attempted_too),
	    CASE(behind_a_translator_a_cut_name_may_be_another_one),
	    CASE(behind_a_translator_the_servers_own_address_counts),
	    CASE(an_unlisted_name_over_a_listed_alias_is_the_aliases),
	    CASE(under_ech_dns_names_the_flow),
	    CASE(grease_hides_nothing),
	    CASE(ech_without_dns_leaves_the_visible_name),
	    CASE(under_ech_the_other_familys_dns_counts),
	    CASE(a_cut_hello_is_named_by_dns_where_ech_is_likely),
	    CASE(a_cut_hello_right_behind_a_look_up_is_for_what_was_asked),
	    CASE(a_name_that_the_capture_cut_may_be_one_whose_answer_it_cut),
	    CASE(what_another_client_was_told_is_unsure_where_the_own_answer_was_cut),
	    CASE(a_cut_hello_beside_a_cut_answer_for_its_sni_is_unsure),
	    CASE(what_another_client_was_told_is_the_weakest),
	    CASE(a_name_of_its_own_is_not_overruled_by_others),
	    CASE(a_snapshot_names_what_the_capture_does_not),
	    CASE(an_address_is_claimed_by_the_longest_prefix),
	    CASE(a_name_that_is_listed_outranks_its_address),
	    CASE(what_was_asked_of_a_proxy_is_meant),
	    CASE(a_proxy_asked_by_address_serves_the_name_that_dns_gave_it),
	    CASE(other_ports_and_transports_are_no_rule),
	    CASE(of_names_at_one_address_the_one_that_is_listed_for_the_port_is_meant),
	    CASE(a_name_of_no_list_may_use_any_port),
	    CASE(names_told_long_ago_are_not_meant),
	    CASE(nothing_known_is_no_name),
	    CASE(wildcards_claim_names_below_them),
	    CASE(a_host_of_more_groups_than_count_says_so),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
