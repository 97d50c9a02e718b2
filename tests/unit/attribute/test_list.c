/* Endpoint lists: what they mean, and the messages about invalid ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "list_files.h"

static const struct {
	const char *text, *complaint; /* after "FILE" */
} wrongs[] = {
	{"", ":1:1: an empty list"},
	{"# nothing but a comment\n", ":1:1: an empty list"},
	{"only words\n", ":1:1: the list has to be keys and values"},
	{"- id: a\n", ":1:1: the list has to be keys and values"},
	{"name: x\n", ":1:1: the list has no groups"},
	{"groups: []\n", ":1:9: the list has no groups"},
	{"groups: {id: a}\n", ":1:9: groups has to be a list"},
	{"groups:\n  - label: a\n", ":2:5: unknown key 'label' in a group"},
	{"groups:\n  - role: cdn\n", ":2:5: a group without id (add \"id: name\")"},
	{"groups:\n  - id: CDN_1\n", ":2:9: the id 'CDN_1' has other characters than a-z, 0-9 and - (write cdn-1)"},
	{"groups:\n  - id: a\n    host: [x.example]\n", ":3:5: unknown key 'host' in a group (did you mean hosts?)"},
	{"nmae: x\ngroups:\n  - id: a\n", ":1:1: unknown key 'nmae' in the list (did you mean name?)"},
	{"name: x\nname: y\ngroups:\n  - id: a\n", ":2:1: 'name' is given twice in the list, first in line 1 (keep one)"},
	{"groups:\n  - id: a\n    role: cdn\n    role: web\n", ":4:5: 'role' is given twice in a group, first in line 3"},
	{"groups:\n  - id: a\n  - id: b\n  - id: a\n", ":4:9: the group 'a' is there twice, first in line 2"},
	{"groups:\n  - id: a\n    role: datacenter\n", ":3:11: unknown role 'datacenter' (did you mean datacentre?)"},
	{"groups:\n  - id: a\n    role: [cdn]\n", ":3:11: role has to be one word"},
	{"groups:\n  - id: a\n    required: perhaps\n", ":3:15: required has to be true or false"},
	{"groups:\n  - id: a\n    hosts_status: gone\n", ":3:19: unknown hosts_status 'gone' (known: given, missing or ask-vendor)"},
	{"groups:\n  - id: a\n    ports: 443/tcp\n", ":3:12: ports has to be a list (write [443/tcp])"},
	{"groups:\n  - id: a\n    ports: [443]\n", ":3:13: '443' has no transport (write 443/tcp or 443/udp)"},
	{"groups:\n  - id: a\n    ports: [443/tcp, 0/tcp]\n", ":3:22: '0/tcp' has port 0"},
	{"groups:\n  - id: a\n    ports: [65536/tcp]\n", ":3:13: '65536/tcp' is no port"},
	{"groups:\n  - id: a\n    ports:\n      - 9-8/udp\n", ":4:9: '9-8/udp' runs backwards (write 8-9/udp)"},
	{"groups:\n  - id: a\n    ports: [443/sctp]\n", ":3:13: '443/sctp' has an unknown transport"},
	{"groups:\n  - id: a\n    ports: [443/tcp/udp]\n", ":3:13: '443/tcp/udp' has an unknown transport"},
	{"groups:\n  - id: a\n    hosts: [x.example]\n", ":2:9: the group 'a' has hosts and no ports"},
	{"groups:\n  - id: a\n    hosts: [*.example.net]\n", ":3:13: an unquoted * begins a YAML alias (quote the wildcard: \"*.example.net\")"},
	{"groups:\n  - id: a\n    hosts:\n      - *relay\n", ":4:9: an unquoted * begins a YAML alias"},
	{"groups:\n  - id: a\n    hosts: [\"a*.example\"]\n", ":3:13: a * within 'a*.example'"},
	{"groups:\n  - id: a\n    hosts: [\"*\"]\n", ":3:13: * alone would be every host"},
	{"groups:\n  - id: a\n    hosts: [\"https://x.example/y\"]\n", ":3:13: 'https://x.example/y' is a URL (write the host alone: x.example)"},
	{"groups:\n  - id: a\n    hosts: [\"x.example:8443\"]\n",
	 ":3:13: 'x.example:8443' has a port (write x.example here, and 8443/tcp or 8443/udp under ports)"},
	{"groups:\n  - id: a\n    hosts: [\"[2001:db8::1]:443\"]\n", ":3:13: '[2001:db8::1]:443' has a port (write [2001:db8::1] here"},
	{"groups:\n  - id: a\n    hosts: [x.example/login]\n", ":3:13: 'x.example/login' has a path (write the host alone: x.example)"},
	{"groups:\n  - id: a\n    hosts: [198.51.100.7/24]\n", ":3:13: '198.51.100.7/24' has host bits set (write 198.51.100.0/24)"},
	{"groups:\n  - id: a\n    hosts: [\"2001:db8::7/48\"]\n", ":3:13: '2001:db8::7/48' has host bits set (write 2001:db8::/48)"},
	{"groups:\n  - id: a\n    hosts: [198.51.100.0/33]\n", ":3:13: '198.51.100.0/33' has no right prefix length (0 to 32 for IPv4)"},
	{"groups:\n  - id: a\n    hosts: [198.51.100.256]\n", ":3:13: '198.51.100.256' is neither an address nor a name"},
	{"groups:\n  - id: a\n    hosts: [a..example]\n", ":3:13: 'a..example' has an empty label"},
	{"groups:\n  - id: a\n    hosts: [-a.example]\n", ":3:13: the label '-a' begins or ends with a hyphen"},
	{"groups:\n  - id: a\n    hosts: [\"a.example b.example\"]\n", ":3:13: 'a.example b.example' is no host name: ' ' cannot be in one"},
	{"groups:\n  - id: a\n    hosts: [a.example, [b.example]]\n", ":3:24: an entry of hosts is no text"},
	{"groups:\n  - id: a\n    fallback_for: [dc]\n", ":3:20: fallback_for names the group 'dc', which does not exist"},
	{"groups:\n  - id: a\n    fallback_for: [a]\n", ":3:20: the group 'a' is a fallback for itself"},
	{"groups:\n  - id: a\n    ports: [1/tcp]\n    works_if_any: [1/udp]\n", ":4:20: works_if_any has 1/udp, which is not among the group's ports"},
	{"groups:\n  - id: a\n    learn: {suffix: [x.example]}\n", ":3:13: unknown key 'suffix' in learn (did you mean suffixes?)"},
	{"groups:\n  - id: a\n    learn: {suffixes: [\"*.x.example\"]}\n", ":3:24: a suffix has no wildcard (write x.example)"},
	{"groups:\n  - id: a\n\thosts: []\n", ":3:1: a tab where YAML wants spaces (indent with spaces)"},
	{"groups:\n  - id: a\n    hosts: [a.example\n", ":4:1: no YAML: did not find expected ',' or ']'"},
	{"groups:\n  - id: a\n    notes: @all\n", ":3:12: a text cannot begin with '@' (quote it)"},
	{"groups:\n  - id: a\n    notes: \"a\\0b\"\n", ":3:12: a text with a NUL character"},
	{"---\ngroups:\n  - id: a\n---\ngroups:\n  - id: b\n", ":4:1: a second YAML document"},
	{"groups:\n  - id: &a [*a]\n", ":2:13: an unquoted * begins a YAML alias"},
	{"[[[[[[[[[[[[[[[[[[[[[[", ":1:17: nested deeper than 16 levels"},
	{"groups:\n  - id: \"\xff\"\n", ":2:10: not a text file: invalid leading UTF-8 octet"},
};

static void wrong_lists_are_refused_with_line_and_column(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		const char *path = file_text("wrong.yaml", wrongs[i].text);
		struct lists *l = NULL;
		assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
		size_t n = strlen(path);
		if (strncmp(err_detail(), path, n) != 0 || strncmp(err_detail() + n, wrongs[i].complaint, strlen(wrongs[i].complaint)) != 0)
			print_error("expected …%s\nbut got %s\n", wrongs[i].complaint, err_detail());
		assert_memory_equal(err_detail(), path, n);
		assert_memory_equal(err_detail() + n, wrongs[i].complaint, strlen(wrongs[i].complaint));
		assert_null(l);
	}
}

static void every_cut_of_a_list_is_read_or_refused(void **state)
{
	static const char whole[] = "name: \"é\"\nports: &p [443/tcp, 1-2/udp]\ngroups:\n  - id: a\n    hosts: [\"*.b\\u00fccher.example\", 2001:db8::/32]\n"
	                            "    ports: *p\n    works_if_any: [1/udp]\n    learn: {suffixes: [example]}\n";

	(void)state;
	for (size_t n = 0; n < sizeof whole; n++) {
		const char *path = file_of("cut.yaml", whole, n);
		struct lists *l = NULL;
		enum err e = lists_read(&path, 1, NULL, &l);
		assert_true(e == ERR_OK || e == ERR_USAGE);
		assert_true((e == ERR_OK) == (l != NULL));
		lists_free(l);
	}
}

static void a_folder_and_a_missing_file_are_named(void **state)
{
	const char *paths[] = {folder, "/nonexistent/list.yaml"};
	struct lists *l = NULL;

	(void)state;
	assert_int_equal(lists_read(&paths[0], 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "a folder, not a list"));
	assert_int_equal(lists_read(&paths[1], 1, NULL, &l), ERR_USAGE);
	assert_string_equal(err_detail(), "/nonexistent/list.yaml: No such file or directory; check its name");
	assert_int_equal(lists_read(NULL, 0, NULL, &l), ERR_USAGE);
}

static void a_file_beyond_sixteen_megabytes_is_refused(void **state)
{
	size_t n = ((size_t)16 << 20) + 1;
	char *bytes = malloc(n);
	struct lists *l = NULL;

	(void)state;
	memset(bytes, '#', n);
	const char *path = file_of("huge.yaml", bytes, n);
	free(bytes);
	assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), ":1:1: larger than 16 MiB"));
}

static void a_file_of_very_many_values_is_refused(void **state)
{
	size_t n = (size_t)8 << 20;
	char *bytes = malloc(n);
	struct lists *l = NULL;

	(void)state;
	for (size_t i = 0; i < n; i++)
		bytes[i] = i == 0 ? '[' : i % 2 ? 'a' : ',';
	const char *path = file_of("many.yaml", bytes, n);
	free(bytes);
	assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "more than 3000000 values"));
}

static void aliases_that_multiply_are_refused(void **state)
{
	char *text = malloc(8 << 20);
	size_t n = (size_t)sprintf(text, "groups:\n  - id: first\n    ports: [1/tcp]\n    hosts: &many\n");
	struct lists *l = NULL;

	(void)state;
	for (int i = 0; i < 20000; i++)
		n += (size_t)sprintf(text + n, "      - h%d.example\n", i);
	for (int i = 0; i < 20000; i++)
		n += (size_t)sprintf(text + n, "  - {id: g%d, ports: [1/tcp], hosts: *many}\n", i);
	const char *path = file_of("bomb.yaml", text, n);
	free(text);
	assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "more than 2000000 entries in all"));
}

static void an_alias_repeats_what_its_anchor_says(void **state)
{
	struct lists *l = lists_of("groups:\n  - id: a\n    hosts: [a.example]\n    ports: &web [443/tcp, 80/tcp]\n"
	                           "  - id: b\n    hosts: [b.example]\n    ports: *web\n", NULL, NULL);

	(void)state;
	assert_string_equal(ids_of(l), "a/a.example:443/tcp\na/a.example:80/tcp\nb/b.example:443/tcp\nb/b.example:80/tcp\n");
	lists_free(l);
}

static void the_contract_s_example_means_what_it_says(void **state)
{
	struct lists *l = lists_of(
	    "name: RemoteSpark\nvendor: Kognitiv Spark\nversion: 2.10\npublished: 2024-03-26\nsource: Network Firewall Rules (2.0.x)\n"
	    "groups:\n"
	    "  - id: cdn                     # [a-z0-9-]+, unique\n    role: cdn\n    description: content delivery\n"
	    "    hosts: [cdn.kognitivspark.net]\n    ports: [443/tcp]\n"
	    "  - id: datacentre-eu\n    role: datacentre\n    region: europe\n    hosts: []\n    ports: [443/tcp, 3478/tcp, 3478/udp]\n"
	    "  - id: turn-fallback\n    role: stun_turn\n    fallback_for: [datacentre-eu]\n"
	    "    hosts: [global.turn.twilio.com, stun.google.com]\n    ports: [3478/tcp, 3478/udp]\n"
	    "  - id: relay\n    role: stun-turn\n    required: false\n"
	    "    hosts: [\"*.relay.example.net\", 198.51.100.0/24, \"2001:db8::/48\"]\n    ports: [50000-50999/udp]\n", NULL, NULL);

	(void)state;
	assert_string_equal(l->sources[0].name, "RemoteSpark");
	assert_string_equal(l->sources[0].version, "2.10");
	assert_string_equal(l->sources[0].published, "2024-03-26");
	assert_null(l->sources[0].notes);
	assert_int_equal(strlen(l->sources[0].sha256), 64);
	assert_int_equal(l->group_n, 4);
	assert_int_equal(l->groups[1].hosts_status, HOSTS_MISSING);
	assert_string_equal(l->groups[1].region, "europe");
	assert_true(l->groups[1].required);
	assert_int_equal(l->groups[2].role, ROLE_STUN_TURN);
	assert_string_equal(l->groups[2].fallback_for[0], "datacentre-eu");
	assert_false(l->groups[3].required);
	assert_string_equal(ids_of(l), "cdn/cdn.kognitivspark.net:443/tcp\n"
	                               "turn-fallback/global.turn.twilio.com:3478/tcp\nturn-fallback/global.turn.twilio.com:3478/udp\n"
	                               "turn-fallback/stun.google.com:3478/tcp\nturn-fallback/stun.google.com:3478/udp\n"
	                               "relay/*.relay.example.net:50000-50999/udp\nrelay/198.51.100.0/24:50000-50999/udp\n"
	                               "relay/[2001:db8::/48]:50000-50999/udp\n");
	lists_free(l);
}

static void names_are_normal_and_international_ones_become_a_labels(void **state)
{
	struct lists *l = lists_of("ports: [443/TCP]\ngroups:\n  - id: a\n    hosts: [CDN.Example.NET., bücher.example, faß.example, \"*.BÜCHER.example\", "
	                           "_sip._tcp.example, \"[2001:DB8::0:1]\", xn--bcher-kva.example]\n", NULL, NULL);

	(void)state;
	assert_string_equal(ids_of(l), "a/cdn.example.net:443/tcp\na/xn--bcher-kva.example:443/tcp\na/xn--fa-hia.example:443/tcp\n"
	                               "a/*.xn--bcher-kva.example:443/tcp\na/_sip._tcp.example:443/tcp\na/[2001:db8::1]:443/tcp\n");
	assert_string_equal(l->groups[0].hosts[4].text, "_sip._tcp.example");
	assert_string_equal(l->groups[0].hosts[5].text, "2001:db8::1");
	lists_free(l);
}

static void the_longest_names_are_taken_and_longer_ones_refused(void **state)
{
	char name[300], text[400];
	struct lists *l = NULL;

	(void)state;
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	snprintf(text, sizeof text, "groups:\n  - id: a\n    ports: [1/tcp]\n    hosts: [%s]\n", name);
	lists_free(lists_of(text, NULL, NULL));
	snprintf(text, sizeof text, "groups:\n  - id: a\n    ports: [1/tcp]\n    hosts: [a%s]\n", name);
	const char *path = file_text("long.yaml", text);
	assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), ":4:13: a name of 254 characters"));
	snprintf(text, sizeof text, "groups:\n  - id: a\n    ports: [1/tcp]\n    hosts: [%064d.example]\n", 0);
	path = file_text("long.yaml", text);
	assert_int_equal(lists_read(&path, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), ":4:13: a label of 64 characters"));
}

static void a_later_list_adds_hosts_and_ports_to_a_known_group(void **state)
{
	struct lists *l = lists_of("name: one\nports: [443/tcp]\ngroups:\n  - id: dc\n    role: datacentre\n    hosts_status: ask-vendor\n"
	                           "  - id: turn\n    role: stun-turn\n    hosts: [t.example]\n    ports: [3478/udp]\n",
	                           "name: two\nports: [9/tcp]\ngroups:\n  - id: dc\n    hosts: [eu.dc.example, eu.dc.example]\n    fallback_for: [new]\n"
	                           "  - id: turn\n    hosts: [t.example, u.example]\n    ports: [3478/tcp, 3478/udp]\n    description: calls\n"
	                           "  - id: new\n    hosts: [n.example]\n", NULL);

	(void)state;
	assert_int_equal(l->source_n, 2);
	assert_int_equal(l->group_n, 3);
	assert_int_equal(l->groups[0].hosts_status, HOSTS_GIVEN);
	assert_int_equal(l->groups[0].role, ROLE_DATACENTRE);
	assert_string_equal(l->groups[1].description, "calls");
	assert_int_equal(l->groups[1].list, 0);
	assert_int_equal(l->groups[2].list, 1);
	assert_string_equal(ids_of(l), "dc/eu.dc.example:443/tcp\n"
	                               "turn/t.example:3478/udp\nturn/t.example:3478/tcp\nturn/u.example:3478/udp\nturn/u.example:3478/tcp\n"
	                               "new/n.example:9/tcp\n");
	lists_free(l);
}

static void adding_a_port_to_one_group_leaves_others_with_the_list_s_ports_alone(void **state)
{
	struct lists *l = lists_of("ports: [443/tcp]\ngroups:\n  - {id: a, hosts: [a.example]}\n  - {id: b, hosts: [b.example]}\n",
	                           "groups:\n  - {id: a, ports: [80/tcp]}\n", NULL);

	(void)state;
	assert_string_equal(ids_of(l), "a/a.example:443/tcp\na/a.example:80/tcp\nb/b.example:443/tcp\n");
	lists_free(l);
}

static void what_is_written_twice_counts_once(void **state)
{
	struct lists *l = lists_of("groups:\n  - id: a\n    hosts: [X.example, x.example., 198.51.100.1, 198.51.100.1/32]\n    ports: [443/tcp, 443-443/tcp, 443/udp]\n",
	                           NULL, NULL);

	(void)state;
	assert_string_equal(ids_of(l), "a/x.example:443/tcp\na/x.example:443/udp\na/198.51.100.1:443/tcp\na/198.51.100.1:443/udp\n");
	lists_free(l);
}

static void a_dns_group_without_hosts_means_any_resolver(void **state)
{
	struct lists *l = lists_of("ports: [443/tcp]\ngroups:\n  - {id: dns, role: dns}\n  - {id: own, role: dns, hosts: [192.0.2.53]}\n"
	                           "  - {id: both, role: dns, hosts: [], ports: [53/udp, 53/tcp]}\n", NULL, NULL);

	(void)state;
	assert_string_equal(ids_of(l), "dns/*:53/udp\nown/192.0.2.53:53/udp\nboth/*:53/udp\nboth/*:53/tcp\n");
	assert_int_equal(l->groups[0].hosts[0].kind, HOST_ANY);
	assert_int_equal(l->groups[0].hosts_status, HOSTS_GIVEN);
	lists_free(l);
}

static void a_group_with_a_profile_counts_only_when_it_is_asked_for(void **state)
{
	static const char text[] = "ports: [1/tcp]\ngroups:\n  - {id: a, hosts: [a.example]}\n  - {id: b, hosts: [b.example], profile: pinned}\n";
	struct lists *l = lists_of(text, NULL, NULL);
	const char *path = file_text("a.yaml", text);

	(void)state;
	assert_string_equal(ids_of(l), "a/a.example:1/tcp\n");
	assert_false(l->groups[1].active);
	lists_free(l);
	l = lists_of(text, NULL, "pinned");
	assert_string_equal(ids_of(l), "a/a.example:1/tcp\nb/b.example:1/tcp\n");
	lists_free(l);
	assert_int_equal(lists_read(&path, 1, "pined", &l), ERR_USAGE);
	assert_string_equal(err_detail(), "--profile pined: no group has this profile (did you mean pinned?)");
}

static void optional_keys_are_kept(void **state)
{
	struct lists *l = lists_of("groups:\n  - id: a\n    ports: [3478/udp, 1000-2000/tcp]\n    ports_basis: inferred\n    works_if_any: [3478/udp, 1500/tcp]\n"
	                           "    symptom: no calls\n    notes: >-\n      two\n      lines\n    learn: {suffixes: [Example.NET]}\n", NULL, NULL);
	const struct group *g = &l->groups[0];

	(void)state;
	assert_true(g->ports_inferred);
	assert_int_equal(g->works_n, 2);
	assert_int_equal(g->works_if_any[1].low, 1500);
	assert_string_equal(g->symptom, "no calls");
	assert_string_equal(g->notes, "two lines");
	assert_string_equal(g->learn_suffixes[0], "example.net");
	assert_int_equal(l->rule_n, 0);
	lists_free(l);
}

static void shipped_lists_are_found_by_name(void **state)
{
	const char *name = "remotespark-2.0.33";
	struct lists *l = NULL;

	(void)state;
	unsetenv("RULEGAP_LISTS");
	assert_int_equal(lists_read(&name, 1, NULL, &l), ERR_OK);
	assert_string_equal(l->sources[0].version, "2.0.33");
	assert_string_equal(ids_of(l), "dns/*:53/udp\ncdn/cdn.kognitivspark.net:443/tcp\n"
	                               "turn-fallback/global.turn.twilio.com:3478/tcp\nturn-fallback/global.turn.twilio.com:3478/udp\n"
	                               "turn-fallback/stun.google.com:3478/tcp\nturn-fallback/stun.google.com:3478/udp\n");
	lists_free(l);
	name = "remotespark";
	assert_int_equal(lists_read(&name, 1, NULL, &l), ERR_OK);
	assert_string_equal(l->sources[0].version, "2.1.80");
	lists_free(l);
	name = "remotespak";
	assert_int_equal(lists_read(&name, 1, NULL, &l), ERR_USAGE);
	assert_string_equal(err_detail(), "remotespak: no list of this name (did you mean remotespark?)");
	name = "quite-else";
	assert_int_equal(lists_read(&name, 1, NULL, &l), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "(shipped: remotespark-2.0.33, remotespark-2.1.80;"));
}

static void a_folder_of_lists_stands_before_the_shipped_ones(void **state)
{
	const char *name = "ours";
	struct lists *l = NULL;

	(void)state;
	file_text("ours-1.9.yaml", "name: old\ngroups: [{id: a}]\n");
	file_text("ours-1.10.yaml", "name: new\ngroups: [{id: a}]\n");
	setenv("RULEGAP_LISTS", folder, 1);
	assert_int_equal(lists_read(&name, 1, NULL, &l), ERR_OK);
	assert_string_equal(l->sources[0].name, "new");
	lists_free(l);
	unsetenv("RULEGAP_LISTS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_lists_are_refused_with_line_and_column),
		cmocka_unit_test(every_cut_of_a_list_is_read_or_refused),
		cmocka_unit_test(a_folder_and_a_missing_file_are_named),
		cmocka_unit_test(a_file_beyond_sixteen_megabytes_is_refused),
		cmocka_unit_test(a_file_of_very_many_values_is_refused),
		cmocka_unit_test(aliases_that_multiply_are_refused),
		cmocka_unit_test(an_alias_repeats_what_its_anchor_says),
		cmocka_unit_test(the_contract_s_example_means_what_it_says),
		cmocka_unit_test(names_are_normal_and_international_ones_become_a_labels),
		cmocka_unit_test(the_longest_names_are_taken_and_longer_ones_refused),
		cmocka_unit_test(a_later_list_adds_hosts_and_ports_to_a_known_group),
		cmocka_unit_test(adding_a_port_to_one_group_leaves_others_with_the_list_s_ports_alone),
		cmocka_unit_test(what_is_written_twice_counts_once),
		cmocka_unit_test(a_dns_group_without_hosts_means_any_resolver),
		cmocka_unit_test(a_group_with_a_profile_counts_only_when_it_is_asked_for),
		cmocka_unit_test(optional_keys_are_kept),
		cmocka_unit_test(shipped_lists_are_found_by_name),
		cmocka_unit_test(a_folder_of_lists_stands_before_the_shipped_ones),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
