#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/firewalls/openings.h"
#include "report/firewalls/wording.h"

/* ---- networks */

static struct networks networks_of(struct prefix *room, const char *const *texts)
{
	struct networks n = {.at = room};

	for (; *texts; texts++)
		assert_int_equal(prefix_parse(*texts, &room[n.n++]), ERR_OK);
	return n;
}

static void assert_aggregated(const char *const *texts, const char *wanted)
{
	struct prefix room[64];
	struct networks n = networks_of(room, texts);
	struct text t = {0};

	networks_aggregate(&n);
	networks_add(&t, &n, " ");
	assert_string_equal(t.at ? t.at : "", wanted);
	text_release(&t);
}

#define TEXTS(...)                                                                                                     \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

static void complete_halves_are_joined_and_nothing_else(void **state)
{
	(void)state;
	assert_aggregated(TEXTS("10.0.0.5", "10.0.0.4"), "10.0.0.4/31");
	assert_aggregated(TEXTS("10.0.0.5", "10.0.0.6"), "10.0.0.5 10.0.0.6");
	assert_aggregated(TEXTS("10.0.0.7", "10.0.0.4", "10.0.0.6", "10.0.0.5", "10.0.0.8"), "10.0.0.4/30 10.0.0.8");
	assert_aggregated(TEXTS("10.0.0.0", "10.0.0.1", "10.0.0.3"), "10.0.0.0/31 10.0.0.3");
	assert_aggregated(TEXTS("10.0.0.1", "10.0.0.1"), "10.0.0.1");
	assert_aggregated(TEXTS("10.0.0.0/25", "10.0.0.200", "10.0.0.128/25", "10.0.0.3"), "10.0.0.0/24");
	assert_aggregated(TEXTS("2001:db8::1", "2001:db8::"), "2001:db8::/127");
	assert_aggregated(TEXTS("10.0.0.255", "10.0.1.0"), "10.0.0.255 10.0.1.0");
}

static void families_are_never_joined(void **state)
{
	(void)state;
	/* ::fffe:0:0/96 and ::ffff:0:0/96 are halves of a network that belongs to no family. */
	assert_aggregated(TEXTS("::fffe:0:0/96", "0.0.0.0/0"), "::fffe:0:0/96 0.0.0.0/0");
	assert_aggregated(TEXTS("0.0.0.0/1", "128.0.0.0/1"), "0.0.0.0/0");
	assert_aggregated(TEXTS("::/1", "8000::/1"), "::/0");
}

static bool holds(const struct networks *n, const struct addr *a)
{
	for (size_t i = 0; i < n->n; i++)
		if (prefix_contains(&n->at[i], a))
			return true;
	return false;
}

/* Every subset of 16 addresses: exactly these, in the smallest possible number of networks. */
static void aggregation_keeps_exactly_the_addresses(void **state)
{
	(void)state;
	for (unsigned set = 1; set < 65536; set += 7) {
		struct prefix room[16];
		struct networks n = {.at = room};
		for (unsigned i = 0; i < 16; i++)
			if (set >> i & 1)
				room[n.n++] = (struct prefix){
					addr_of_v4((const uint8_t[]){192, 0, 2, (uint8_t)(32 + i)}), 128};
		networks_aggregate(&n);
		for (unsigned i = 0; i < 256; i++) {
			struct addr a = addr_of_v4((const uint8_t[]){192, 0, 2, (uint8_t)i});
			bool wanted = i >= 32 && i < 48 && (set >> (i - 32) & 1);
			assert_int_equal(holds(&n, &a), wanted);
		}
		struct networks again = n;
		networks_aggregate(&again);
		assert_int_equal(again.n, n.n);
	}
}

/* ---- names and text */

static void only_plain_names_pass(void **state)
{
	static const char *const good[] = {"a.example", "A-1.example", "_stun._udp.example", "xn--bcher-kva.example",
	                                   "localhost", "*.a.example", "1.2.example"};
	static const char *const bad[] = {"",
	                                  ".",
	                                  "*",
	                                  "*.",
	                                  "a..b",
	                                  "a.example.",
	                                  ".a",
	                                  "-a.example",
	                                  "a-.example",
	                                  "a b",
	                                  "a;b",
	                                  "a\"b",
	                                  "a'b",
	                                  "a\nb",
	                                  "a\\x0ab",
	                                  "$(a)",
	                                  "`a`",
	                                  "a/b",
	                                  "a:b",
	                                  "10.0.0.1",
	                                  "::1",
	                                  "1.2.3",
	                                  "a.1",
	                                  "b\xc3\xbc.example",
	                                  "a.*.example",
	                                  "**.a"};
	char most[300];
	bool is_wildcard;
	(void)state;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(name_is_plain(good[i], &is_wildcard));
		assert_int_equal(is_wildcard, good[i][0] == '*');
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(name_is_plain(bad[i], &is_wildcard));
	memset(most, 'a', sizeof most);
	for (size_t i = 50; i < sizeof most; i += 51)
		most[i] = '.';
	most[253] = '\0';
	assert_true(name_is_plain(most, &is_wildcard));
	most[253] = 'a';
	most[254] = '\0';
	assert_false(name_is_plain(most, &is_wildcard));
}

static void plain_text_has_no_sign_that_a_language_knows(void **state)
{
	struct text t = {0};
	(void)state;

	for (int c = 1; c < 256; c++)
		plain_add(&t, (const char[]){(char)c, '\0'}, 3);
	assert_int_equal(strlen(t.at), t.n);
	for (const char *c = t.at; *c; c++)
		assert_true((*c >= ' ' && *c < 0x7f) && !strchr("\"'`\\$;&|<>{}#!?^~", *c));
	text_clear(&t);
	plain_add(&t, "the server's a\\x0ab; $x", 100);
	assert_string_equal(t.at, "the servers a%0ab, %24x");
	text_clear(&t);
	plain_add(&t, "ab$cd", 4);
	assert_string_equal(t.at, "ab");
	text_release(&t);
}

static void labels_are_bounded_and_differ(void **state)
{
	struct pool p = {0};
	char name[300];
	(void)state;

	memset(name, 'a', sizeof name);
	name[299] = '\0';
	assert_string_equal(label_make(&p, "rg-", "a.example", 48), "rg-a.example");
	const char *first = label_make(&p, "rg-", name, 48);
	name[298] = 'b';
	const char *second = label_make(&p, "rg-", name, 48);
	assert_int_equal(strlen(first), 48);
	assert_string_not_equal(first, second);
	assert_string_not_equal(label_make(&p, "rg-", "a b", 48), label_make(&p, "rg-", "a-b", 48));
	assert_string_not_equal(label_make(&p, "rg-", "a b", 48), label_make(&p, "rg-", "a;b", 48));
	assert_int_equal(strlen(label_make(&p, "rg-", "#", 48)), strlen("rg---01234567"));
	pool_release(&p);
}

static void remarks_are_wrapped_between_words(void **state)
{
	struct text t = {0};
	char words[400] = "";
	(void)state;

	for (int i = 0; i < 49; i++)
		strcat(words, "seven77 ");
	remark_add(&t, "# ", words);
	char *rest = t.at, *line;
	size_t n = 0;
	while ((line = strsep(&rest, "\n")) && rest) {
		const char *begins = n++ ? "#   seven77" : "# seven77";
		assert_memory_equal(line, begins, strlen(begins));
		assert_true(strlen(line) <= 100);
	}
	assert_true(n > 3);
	text_release(&t);
}

/* ---- writing */

static char *written(const char *firewall, const struct gap *g, const struct firewall_places *places)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_int_equal(firewall_write(firewall_find(firewall), g, places, f), ERR_OK);
	fclose(f);
	return text;
}

static struct gap_missing blocked(void)
{
	static const char *from[] = {"10.0.0.5", "10.0.0.4"}, *addresses[] = {"192.0.2.1"},
			  *names[] = {"a.example.net"};

	return (struct gap_missing){.rule = "g/*.example.net:443/tcp",
	                            .kind = KIND_FIREWALL,
	                            .from = from,
	                            .from_n = 2,
	                            .host = "*.example.net",
	                            .addresses = addresses,
	                            .address_n = 1,
	                            .port = "443",
	                            .transport = "tcp",
	                            .signature = SIG_TCP_SYN_TIMEOUT,
	                            .why = "why",
	                            .names = names,
	                            .name_n = 1};
}

static void a_wildcard_becomes_the_names_that_were_tried(void **state)
{
	struct gap_missing m = blocked();
	struct gap g = {.missing = &m, .missing_n = 1};
	(void)state;

	char *panos = written("panos", &g, &(struct firewall_places){0});
	assert_non_null(strstr(panos, "fqdn a.example.net\n"));
	assert_null(strstr(panos, "fqdn *"));
	assert_non_null(strstr(panos, "only the names that were tried"));
	char *fortios = written("fortios", &g, &(struct firewall_places){0});
	assert_non_null(strstr(fortios, "set fqdn \"*.example.net\""));
	assert_null(strstr(fortios, "a.example.net"));
	free(panos);
	free(fortios);
}

enum { ENTRIES = 20000 };

/* A whole list that a firewall lets no part of through. */
static void a_ruleset_has_as_many_places_as_hosts(void **state)
{
	static struct gap_missing missing[ENTRIES];
	static char hosts[ENTRIES][24];
	static const char *host[ENTRIES];
	struct gap g = {.missing = missing, .missing_n = ENTRIES};

	(void)state;
	for (size_t i = 0; i < ENTRIES; i++) {
		snprintf(hosts[i], sizeof hosts[0], "h%zu.example.net", i);
		host[i] = hosts[i];
		missing[i] = blocked();
		missing[i].host = missing[i].rule = host[i];
		missing[i].names = &host[i];
	}
	char *panos = written("panos", &g, &(struct firewall_places){0});
	size_t places = 0;
	for (const char *at = panos; (at = strstr(at, " fqdn h")); at++)
		places++;
	assert_int_equal(places, ENTRIES);
	free(panos);
}

/* A place is stated once, however often it is asked for. */
static void the_same_place_is_one_object(void **state)
{
	struct gap_missing two[] = {blocked(), blocked()};
	struct gap g = {.missing = two, .missing_n = 2};
	(void)state;

	two[1].port = "8443";
	char *panos = written("panos", &g, &(struct firewall_places){0});
	size_t places = 0;
	for (const char *at = panos; (at = strstr(at, "fqdn a.example.net\n")); at++)
		places++;
	assert_int_equal(places, 1);
	free(panos);
}

static void a_name_beside_the_wildcard_is_not_opened(void **state)
{
	static const char *names[] = {"a.example.net", "evil.example", "xexample.net", "any"};
	struct gap_missing m = blocked();
	struct gap g = {.missing = &m, .missing_n = 1};
	(void)state;

	m.names = names;
	m.name_n = 4;
	char *text = written("cisco-asa", &g, &(struct firewall_places){0});
	assert_null(strstr(text, "fqdn v4 evil"));
	assert_null(strstr(text, "fqdn v4 x"));
	assert_null(strstr(text, "fqdn v4 any"));
	assert_non_null(strstr(text, "NOT SAID: evil.example"));
	free(text);
}

static void a_port_or_address_that_is_none_is_said_and_not_written(void **state)
{
	static const char *const ports[] = {"0",  "65536", "443;reboot", "",        "5-4",
	                                    "-1", "443-",  " 443",       "443/tcp", "99999999999999999999"};
	static const char *from[] = {"10.0.0.5", "any", "10.0.0.0/8", "x;y"};
	struct gap_missing m = blocked();
	struct gap g = {.missing = &m, .missing_n = 1};
	(void)state;

	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
		m.port = ports[i];
		char *text = written("iptables", &g, &(struct firewall_places){0});
		assert_null(strstr(text, "-A RULEGAP"));
		assert_non_null(strstr(text, "NOT SAID: port"));
		free(text);
	}
	m = blocked();
	m.from = from;
	m.from_n = 4;
	char *text = written("iptables", &g, &(struct firewall_places){0});
	assert_non_null(strstr(text, "-s 10.0.0.5 -d 192.0.2.1 "));
	assert_null(strstr(text, "-s 10.0.0.0"));
	assert_non_null(strstr(text, "NOT SAID: 10.0.0.0/8 is no address"));
	free(text);
}

static void every_firewall_takes_nothing_and_everything(void **state)
{
	static const char *from[] = {"10.0.0.5", "2001:db8::5"}, *addresses[] = {"192.0.2.1", "2001:db8:1::1"};
	struct gap_missing m = blocked();
	struct gap empty = {0}, g = {.missing = &m, .missing_n = 1};
	(void)state;

	m.from = from;
	m.addresses = addresses;
	m.address_n = 2;
	for (const struct firewall *f = firewalls; f->name; f++) {
		char *nothing = written(f->name, &empty, &(struct firewall_places){0});
		assert_non_null(strstr(nothing, "There is nothing to open."));
		char *all = written(f->name, &g, &(struct firewall_places){0});
		assert_non_null(strstr(all, "10.0.0.5"));
		assert_non_null(strstr(all, "2001:db8::5"));
		free(nothing);
		free(all);
	}
	assert_null(firewall_find("nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_halves_are_joined_and_nothing_else),
		cmocka_unit_test(families_are_never_joined),
		cmocka_unit_test(aggregation_keeps_exactly_the_addresses),
		cmocka_unit_test(only_plain_names_pass),
		cmocka_unit_test(plain_text_has_no_sign_that_a_language_knows),
		cmocka_unit_test(labels_are_bounded_and_differ),
		cmocka_unit_test(remarks_are_wrapped_between_words),
		cmocka_unit_test(a_wildcard_becomes_the_names_that_were_tried),
		cmocka_unit_test(a_ruleset_has_as_many_places_as_hosts),
		cmocka_unit_test(the_same_place_is_one_object),
		cmocka_unit_test(a_name_beside_the_wildcard_is_not_opened),
		cmocka_unit_test(a_port_or_address_that_is_none_is_said_and_not_written),
		cmocka_unit_test(every_firewall_takes_nothing_and_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
