/* What names and addresses match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "list_files.h"

static const char overlapping[] =
    "groups:\n"
    "  - {id: exact, hosts: [a.b.example.net], ports: [443/tcp]}\n"
    "  - {id: long, hosts: [\"*.b.example.net\"], ports: [443/tcp]}\n"
    "  - {id: short, hosts: [\"*.example.net\"], ports: [443/tcp, 400-500/tcp, 1-65535/udp]}\n"
    "  - {id: again, hosts: [\"*.b.example.net\", a.b.example.net], ports: [80/tcp]}\n"
    "  - {id: off, profile: p, hosts: [off.example.org], ports: [81/tcp]}\n"
    "  - {id: net, hosts: [198.51.100.0/24, 198.51.0.0/16, 198.51.100.7, \"2001:db8::/32\", \"2001:db8:1::/48\", \"::/0\"], ports: [9/tcp]}\n"
    "  - {id: dns, role: dns}\n";

/* "group/host" of all hits, separated by spaces. */
static const char *hits_text(const struct lists *l, const struct host_hit *hits, size_t n)
{
	static char text[1024];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s/%s", i ? " " : "", l->groups[hits[i].group].id,
		                         l->groups[hits[i].group].hosts[hits[i].host].text);
	return text;
}

static const char *match_name(const struct lists *l, const char *name)
{
	struct host_hit hits[HOST_HITS];

	return hits_text(l, hits, lists_match_name(l, name, hits));
}

static const char *match_address(const struct lists *l, const char *text)
{
	struct host_hit hits[HOST_HITS];
	struct addr a;

	assert_true(addr_parse(text, &a));
	return hits_text(l, hits, lists_match_address(l, &a, hits));
}

static void the_most_specific_pattern_owns_a_name(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);

	(void)state;
	assert_string_equal(match_name(l, "a.b.example.net"), "exact/a.b.example.net again/a.b.example.net");
	assert_string_equal(match_name(l, "x.b.example.net"), "long/*.b.example.net again/*.b.example.net");
	assert_string_equal(match_name(l, "x.y.b.example.net"), "long/*.b.example.net again/*.b.example.net");
	assert_string_equal(match_name(l, "b.example.net"), "short/*.example.net");
	assert_string_equal(match_name(l, "x.a.b.example.net"), "long/*.b.example.net again/*.b.example.net");
	lists_free(l);
}

/* The ids of a name's or address's rules, separated by spaces. */
static const char *rules_text(const struct lists *l, const char *name, uint16_t port, uint8_t proto)
{
	static char text[512];
	const struct rule *rules[HOST_HITS];
	struct addr a;
	bool literal = addr_parse(name, &a);
	size_t n = literal ? lists_rules_for_address(l, &a, port, proto, rules)
	                   : lists_rules_for_name(l, name, port, proto, rules);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", rules[i]->id);
	return text;
}

static void of_the_patterns_that_ask_for_a_port_the_most_specific_owns_the_attempt(void **state)
{
	struct lists *l = lists_of("groups:\n"
	                           "  - {id: a, hosts: [a.b.example.net, 198.51.100.7], ports: [8443/tcp]}\n"
	                           "  - {id: b, hosts: [\"*.b.example.net\", 198.51.100.0/24], ports: [443/tcp]}\n"
	                           "  - {id: c, hosts: [\"*.example.net\", 198.51.0.0/16], ports: [443/tcp, 3478/udp]}\n",
	                           NULL, NULL);

	(void)state;
	assert_string_equal(rules_text(l, "a.b.example.net", 8443, 6), "a/a.b.example.net:8443/tcp");
	assert_string_equal(rules_text(l, "a.b.example.net", 443, 6), "b/*.b.example.net:443/tcp");
	assert_string_equal(rules_text(l, "a.b.example.net", 3478, 17), "c/*.example.net:3478/udp");
	assert_string_equal(rules_text(l, "a.b.example.net", 80, 6), "");
	assert_string_equal(rules_text(l, "198.51.100.7", 8443, 6), "a/198.51.100.7:8443/tcp");
	assert_string_equal(rules_text(l, "198.51.100.7", 443, 6), "b/198.51.100.0/24:443/tcp");
	assert_string_equal(rules_text(l, "198.51.100.7", 3478, 17), "c/198.51.0.0/16:3478/udp");
	assert_string_equal(rules_text(l, "203.0.113.7", 443, 6), "");
	lists_free(l);
}

static void a_wildcard_does_not_mean_the_name_itself_or_a_longer_label(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);

	(void)state;
	assert_string_equal(match_name(l, "example.net"), "");
	assert_string_equal(match_name(l, "xexample.net"), "");
	assert_string_equal(match_name(l, ".example.net"), "");
	assert_string_equal(match_name(l, "example.net.org"), "");
	assert_string_equal(match_name(l, "net"), "");
	assert_string_equal(match_name(l, ""), "");
	assert_string_equal(match_name(l, "*.b.example.net"), "long/*.b.example.net again/*.b.example.net");
	lists_free(l);
}

/* The patterns that match a name, found without any index. */
static size_t count_slowly(const struct lists *l, const char *name)
{
	size_t n = strlen(name), exact = 0, longest = 0, found = 0;

	for (size_t i = 0; i < l->groups[0].host_n; i++) {
		const struct host *h = &l->groups[0].hosts[i];
		const char *end = h->text + 1;
		size_t bytes = strlen(end);
		exact += h->kind == HOST_NAME && strcmp(h->text, name) == 0;
		if (h->kind != HOST_WILDCARD || n <= bytes || strcmp(name + n - bytes, end) != 0)
			continue;
		found = bytes > longest ? 1 : found + (bytes == longest);
		longest = bytes > longest ? bytes : longest;
	}
	return exact ? exact : found;
}

static void compare_with_all_names(const char *list)
{
	static const char *const labels[] = {"", "a", "b", "lan", "net", "example", "cloud-of-many-letters"};
	enum { LABELS = sizeof labels / sizeof labels[0] };
	struct lists *l = lists_of(list, NULL, NULL);
	struct host_hit hits[HOST_HITS];
	size_t matched = 0;

	for (size_t i = 0; i < LABELS * LABELS * LABELS * LABELS; i++) {
		const char *label[] = {labels[i % LABELS], labels[i / LABELS % LABELS],
		                       labels[i / LABELS / LABELS % LABELS], labels[i / LABELS / LABELS / LABELS]};
		char name[128] = "";
		for (size_t k = 0; k < 4; k++)
			if (*label[k])
				strcat(strcat(name, *name ? "." : ""), label[k]);
		assert_int_equal(lists_match_name(l, name, hits), count_slowly(l, name));
		matched += lists_match_name(l, name, hits) > 0;
	}
	assert_true(matched > 0);
	lists_free(l);
}

static void names_are_not_passed_over_by_what_they_end_with(void **state)
{
	(void)state;
	compare_with_all_names("groups:\n  - {id: a, ports: [1/tcp], hosts: [a.b.example.net, \"*.b.example\", \"*.example.net\", "
	                       "net.lan, \"*.a.lan\", \"*.cloud-of-many-letters.a.net\"]}\n");
	compare_with_all_names("groups:\n  - {id: a, ports: [1/tcp], hosts: [cloud-of-many-letters.net]}\n");
	/* Patterns of one label: the endings of names are then no help. */
	compare_with_all_names("groups:\n  - {id: a, ports: [1/tcp], hosts: [a.b, \"*.lan\"]}\n");
	compare_with_all_names("groups:\n  - {id: a, ports: [1/tcp], hosts: [lan, \"*.example.net\"]}\n");
}

static void a_text_of_more_labels_than_names_have_matches_nothing(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);
	char name[512] = "";

	(void)state;
	for (size_t i = 0; i < 127; i++)
		strcat(name, "x.");
	strcat(name, "example.net");
	assert_string_equal(match_name(l, name), "short/*.example.net");
	memmove(name + 2, name, strlen(name) + 1);
	assert_string_equal(match_name(l, name), "");
	lists_free(l);
}

static void the_longest_prefix_owns_an_address(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);

	(void)state;
	assert_string_equal(match_address(l, "198.51.100.7"), "net/198.51.100.7");
	assert_string_equal(match_address(l, "198.51.100.8"), "net/198.51.100.0/24");
	assert_string_equal(match_address(l, "198.51.99.1"), "net/198.51.0.0/16");
	assert_string_equal(match_address(l, "2001:db8:1::5"), "net/2001:db8:1::/48");
	assert_string_equal(match_address(l, "2001:db8:2::5"), "net/2001:db8::/32");
	lists_free(l);
}

static void all_of_ipv6_holds_no_ipv4_address(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);

	(void)state;
	assert_string_equal(match_address(l, "2a00::1"), "net/::/0");
	assert_string_equal(match_address(l, "203.0.113.1"), "");
	lists_free(l);
	l = lists_of("groups:\n  - {id: all, hosts: [0.0.0.0/0], ports: [1/tcp]}\n", NULL, NULL);
	assert_string_equal(match_address(l, "203.0.113.1"), "all/0.0.0.0/0");
	assert_string_equal(match_address(l, "2a00::1"), "");
	lists_free(l);
}

static void a_group_that_is_not_active_matches_nothing(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);
	size_t n;

	(void)state;
	assert_string_equal(match_name(l, "off.example.org"), "");
	assert_null(lists_rules_of(l, (struct host_hit){4, 0}, &n));
	assert_int_equal(n, 0);
	assert_false(lists_wants_port(l, 81, 6));
	lists_free(l);
	l = lists_of(overlapping, NULL, "p");
	assert_string_equal(match_name(l, "off.example.org"), "off/off.example.org");
	assert_true(lists_wants_port(l, 81, 6));
	lists_free(l);
}

static void the_narrowest_port_range_is_the_rule(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);
	struct host_hit hit = {2, 0};

	(void)state;
	assert_string_equal(lists_rule_at(l, hit, 443, 6)->id, "short/*.example.net:443/tcp");
	assert_string_equal(lists_rule_at(l, hit, 444, 6)->id, "short/*.example.net:400-500/tcp");
	assert_string_equal(lists_rule_at(l, hit, 65535, 17)->id, "short/*.example.net:1-65535/udp");
	assert_null(lists_rule_at(l, hit, 501, 6));
	lists_free(l);
}

static void rules_of_a_host_are_a_run_in_list_order(void **state)
{
	struct lists *l = lists_of(overlapping, NULL, NULL);
	size_t n;

	(void)state;
	for (uint32_t g = 0; g < l->group_n; g++) {
		for (uint32_t h = 0; h < l->groups[g].host_n; h++) {
			const struct rule *rules = lists_rules_of(l, (struct host_hit){g, h}, &n);
			for (size_t i = 0; i < n; i++) {
				assert_int_equal(rules[i].group, g);
				assert_int_equal(rules[i].host, h);
				assert_int_equal(rules[i].port.low, l->groups[g].ports[i].low);
			}
		}
	}
	lists_free(l);
}

static void wanted_ports_are_known_by_transport(void **state)
{
	struct lists *l = lists_of("groups:\n  - {id: a, hosts: [a.example], ports: [443/tcp, 100-200/udp]}\n  - {id: b, hosts: [], ports: [5/tcp]}\n", NULL, NULL);

	(void)state;
	assert_true(lists_wants_port(l, 443, 6));
	assert_false(lists_wants_port(l, 443, 17));
	assert_true(lists_wants_port(l, 100, 17) && lists_wants_port(l, 200, 17));
	assert_false(lists_wants_port(l, 99, 17) || lists_wants_port(l, 201, 17));
	assert_false(lists_wants_port(l, 5, 6)); /* its group has no hosts yet */
	assert_false(lists_wants_port(l, 443, 132));
	lists_free(l);
}

static void no_more_hits_are_given_than_fit(void **state)
{
	char text[4096];
	size_t used = (size_t)sprintf(text, "ports: [1/tcp]\ngroups:\n");
	struct host_hit hits[HOST_HITS];

	(void)state;
	for (int i = 0; i < 20; i++)
		used += (size_t)sprintf(text + used, "  - {id: g%d, hosts: [same.example]}\n", i);
	struct lists *l = lists_of(text, NULL, NULL);
	assert_int_equal(lists_match_name(l, "same.example", hits), HOST_HITS);
	assert_int_equal(hits[HOST_HITS - 1].group, HOST_HITS - 1);
	lists_free(l);
}

static void a_hundred_thousand_hosts_are_each_found(void **state)
{
	char *text = malloc(8 << 20), name[64];
	size_t used = (size_t)sprintf(text, "groups:\n  - id: a\n    ports: [443/tcp]\n    hosts:\n");
	struct host_hit hits[HOST_HITS];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		if (i % 4 == 3)
			used += (size_t)sprintf(text + used, "      - 10.%d.%d.%d\n", i >> 16, i >> 8 & 255, i & 255);
		else
			used += (size_t)sprintf(text + used, i % 4 == 2 ? "      - \"*.w%d.example\"\n" : "      - h%d.example\n", i);
	}
	struct lists *l = lists_of(text, NULL, NULL);
	free(text);
	assert_int_equal(l->rule_n, 100000);
	for (int i = 0; i < 100000; i++) {
		struct addr a = addr_of_v4((uint8_t[]){10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
		snprintf(name, sizeof name, i % 4 == 2 ? "x.y.w%d.example" : "h%d.example", i);
		size_t n = i % 4 == 3 ? lists_match_address(l, &a, hits) : lists_match_name(l, name, hits);
		assert_int_equal(n, 1);
		assert_int_equal(hits[0].host, i);
	}
	assert_int_equal(lists_match_name(l, "h3.example", hits), 0);
	lists_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_specific_pattern_owns_a_name),
		cmocka_unit_test(of_the_patterns_that_ask_for_a_port_the_most_specific_owns_the_attempt),
		cmocka_unit_test(a_wildcard_does_not_mean_the_name_itself_or_a_longer_label),
		cmocka_unit_test(names_are_not_passed_over_by_what_they_end_with),
		cmocka_unit_test(a_text_of_more_labels_than_names_have_matches_nothing),
		cmocka_unit_test(the_longest_prefix_owns_an_address),
		cmocka_unit_test(all_of_ipv6_holds_no_ipv4_address),
		cmocka_unit_test(a_group_that_is_not_active_matches_nothing),
		cmocka_unit_test(the_narrowest_port_range_is_the_rule),
		cmocka_unit_test(rules_of_a_host_are_a_run_in_list_order),
		cmocka_unit_test(wanted_ports_are_known_by_transport),
		cmocka_unit_test(no_more_hits_are_given_than_fit),
		cmocka_unit_test(a_hundred_thousand_hosts_are_each_found),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
