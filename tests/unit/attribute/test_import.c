/* Vendors' formats become lists that can be read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attribute/import.h"
#include "list_files.h"

static char warnings[1024];

static void keep_warning(void *context, const char *text)
{
	(void)context;
	snprintf(warnings + strlen(warnings), sizeof warnings - strlen(warnings), "%s\n", text);
}

/* Import, write, and read what was written. */
static struct lists *imported(const char *input, struct import_options o)
{
	struct draft d;
	struct lists *l = NULL;

	warnings[0] = '\0';
	o.warn = keep_warning;
	assert_int_equal(draft_open(&d), ERR_OK);
	enum err e = import_read(file_text("input", input), &o, &d);
	if (e != ERR_OK)
		print_error("%s\n", err_detail());
	assert_int_equal(e, ERR_OK);
	const char *path = file_text("written.yaml", "");
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	draft_write(&d, "made by a test", f);
	assert_int_equal(fclose(f), 0);
	draft_release(&d);
	e = lists_read(&path, 1, NULL, &l);
	if (e != ERR_OK)
		print_error("%s\n", err_detail());
	assert_int_equal(e, ERR_OK);
	return l;
}

/* The message about an input that cannot be imported, after its path. */
static const char *refused(const char *input, struct import_options o)
{
	const char *path = file_text("input", input);
	struct draft d;

	assert_int_equal(draft_open(&d), ERR_OK);
	assert_int_equal(import_read(path, &o, &d), ERR_USAGE);
	draft_release(&d);
	assert_memory_equal(err_detail(), path, strlen(path));
	return err_detail() + strlen(path);
}

static void assert_begins(const char *text, const char *with)
{
	if (strncmp(text, with, strlen(with)) != 0)
		print_error("expected %s\nbut got  %s\n", with, text);
	assert_int_equal(strncmp(text, with, strlen(with)), 0);
}

static const char m365[] =
    "[{\"id\":901,\"serviceArea\":\"Skype\",\"serviceAreaDisplayName\":\"Calls: \\\"and\\\" more\",\"urls\":[\"*.media.example\",\"Portal.example\"],"
    "\"ips\":[\"198.51.100.0/24\",\"2001:db8::/48\"],\"tcpPorts\":\"80,443\",\"udpPorts\":\"3478,50000-50059\",\"category\":\"Optimize\",\"required\":true},"
    "{\"id\":902,\"serviceArea\":\"Common\",\"urls\":[\"auto.*.example\",\"a.example\"],\"tcpPorts\":\"443\",\"category\":\"Default\",\"required\":false,"
    "\"notes\":\"Sign-in: # breaks\\nwithout it\"},"
    "{\"id\":903,\"serviceArea\":\"Exchange\",\"urls\":[\"x.example\"],\"ips\":[\"203.0.113.0/24\"],\"tcpPorts\":\"25\",\"category\":\"Allow\"}]";

static void microsoft_365_records_become_groups(void **state)
{
	struct lists *l = imported(m365, (struct import_options){.format = IMPORT_M365});

	(void)state;
	assert_string_equal(ids_of(l), "skype-901-names/*.media.example:80/tcp\nskype-901-names/*.media.example:443/tcp\n"
	                               "skype-901-names/portal.example:80/tcp\nskype-901-names/portal.example:443/tcp\n"
	                               "skype-901-addresses/198.51.100.0/24:80/tcp\nskype-901-addresses/198.51.100.0/24:443/tcp\n"
	                               "skype-901-addresses/198.51.100.0/24:3478/udp\nskype-901-addresses/198.51.100.0/24:50000-50059/udp\n"
	                               "skype-901-addresses/[2001:db8::/48]:80/tcp\nskype-901-addresses/[2001:db8::/48]:443/tcp\n"
	                               "skype-901-addresses/[2001:db8::/48]:3478/udp\nskype-901-addresses/[2001:db8::/48]:50000-50059/udp\n"
	                               "common-902/a.example:443/tcp\nexchange-903/x.example:25/tcp\nexchange-903/203.0.113.0/24:25/tcp\n");
	assert_string_equal(l->groups[0].description, "Calls: \"and\" more, Optimize, record 901 (names)");
	assert_false(l->groups[2].required);
	assert_string_equal(l->groups[2].notes, "Sign-in: # breaks\nwithout it");
	assert_non_null(strstr(warnings, "left out of group common-902: a * within 'auto.*.example'"));
	lists_free(l);
}

static void microsoft_365_can_be_filtered(void **state)
{
	const char *service = "exchange", *category = "OPTIMIZE", *none = "Sharepoint";
	struct lists *l = imported(m365, (struct import_options){.format = IMPORT_M365, .services = {&service, 1}});

	(void)state;
	assert_int_equal(l->group_n, 1);
	lists_free(l);
	l = imported(m365, (struct import_options){.format = IMPORT_M365, .categories = {&category, 1}});
	assert_int_equal(l->group_n, 2);
	lists_free(l);
	assert_string_equal(refused(m365, (struct import_options){.format = IMPORT_M365, .services = {&none, 1}}),
	                    ": nothing in it fits --service Sharepoint");
}

static void aws_ranges_become_a_group_for_each_service_and_region(void **state)
{
	static const char aws[] =
	    "{\"syncToken\":\"1700000000\",\"createDate\":\"2026-11-20-01-02-03\",\"prefixes\":["
	    "{\"ip_prefix\":\"198.51.100.0/24\",\"region\":\"eu-west-1\",\"service\":\"S3\",\"network_border_group\":\"eu-west-1\"},"
	    "{\"ip_prefix\":\"203.0.113.0/25\",\"region\":\"eu-west-1\",\"service\":\"S3\"},"
	    "{\"ip_prefix\":\"192.0.2.0/24\",\"region\":\"GLOBAL\",\"service\":\"CLOUDFRONT\"}],"
	    "\"ipv6_prefixes\":[{\"ipv6_prefix\":\"2001:db8::/56\",\"region\":\"eu-west-1\",\"service\":\"S3\"}]}";
	const char *service = "s3", *region = "global";
	const struct port_range ports[] = {{443, 443, 6}, {443, 443, 17}};
	struct lists *l = imported(aws, (struct import_options){.format = IMPORT_AWS, .services = {&service, 1}});

	(void)state;
	assert_string_equal(ids_of(l), "s3-eu-west-1/198.51.100.0/24:443/tcp\ns3-eu-west-1/203.0.113.0/25:443/tcp\ns3-eu-west-1/[2001:db8::/56]:443/tcp\n");
	assert_string_equal(l->sources[0].version, "1700000000");
	assert_string_equal(l->sources[0].published, "2026-11-20");
	assert_true(l->groups[0].ports_inferred);
	lists_free(l);
	l = imported(aws, (struct import_options){.format = IMPORT_AWS, .regions = {&region, 1}, .ports = ports, .port_n = 2});
	assert_string_equal(ids_of(l), "cloudfront-global/192.0.2.0/24:443/tcp\ncloudfront-global/192.0.2.0/24:443/udp\n");
	assert_false(l->groups[0].ports_inferred);
	lists_free(l);
}

static void azure_tags_can_be_picked(void **state)
{
	static const char azure[] =
	    "{\"changeNumber\":301,\"cloud\":\"Public\",\"values\":["
	    "{\"name\":\"AzureFrontDoor.Frontend\",\"id\":\"AzureFrontDoor.Frontend\",\"properties\":{\"region\":\"\",\"systemService\":\"AzureFrontDoor\","
	    "\"addressPrefixes\":[\"198.51.100.0/26\",\"2001:db8:1::/64\"]}},"
	    "{\"name\":\"Storage.WestEurope\",\"properties\":{\"region\":\"westeurope\",\"systemService\":\"AzureStorage\",\"addressPrefixes\":[\"203.0.113.0/27\"]}}]}";
	const char *tag = "storage.westeurope";
	struct lists *l = imported(azure, (struct import_options){.format = IMPORT_AZURE, .tags = {&tag, 1}});

	(void)state;
	assert_string_equal(ids_of(l), "storage-westeurope/203.0.113.0/27:443/tcp\n");
	assert_string_equal(l->groups[0].region, "westeurope");
	assert_string_equal(l->sources[0].version, "301");
	lists_free(l);
}

static void tables_keep_each_host_s_own_ports(void **state)
{
	struct lists *l = imported("Host;Ports;Protocol;Group;Need\r\n"
	                           "web.example;80, 443;TCP;Zoom;required\r\n"
	                           "media.example;8801-8810;UDP;Zoom;required\r\n"
	                           "media.example;443;tcp/udp;Zoom;required\r\n"
	                           "\r\n"
	                           "\"b.example; c.example\";443/tcp;;Zoom;required\r\n"
	                           "d.example;443/tcp;;Zoom;optional\r\n"
	                           "e.example;443/tcp;;Zoom\r\n",
	                           (struct import_options){.format = IMPORT_CSV});

	(void)state;
	assert_string_equal(ids_of(l), "zoom/web.example:80/tcp\nzoom/web.example:443/tcp\n"
	                               "zoom-2/media.example:443/tcp\nzoom-2/media.example:443/udp\nzoom-2/media.example:8801-8810/udp\n"
	                               "zoom-3/b.example:443/tcp\nzoom-3/c.example:443/tcp\nzoom-3/e.example:443/tcp\nzoom-4/d.example:443/tcp\n");
	assert_false(l->groups[3].required);
	lists_free(l);
}

static void wrong_tables_are_refused_with_their_place(void **state)
{
	const struct import_options o = {.format = IMPORT_CSV};

	(void)state;
	assert_begins(refused("name,port\na,1\n", o), ":1:1: the header has no column host");
	assert_begins(refused("host,proto\na.example,tcp\n", o), ":1:1: the header has no column port");
	assert_begins(refused("host,port\na.example,443\n", o), ":2:11: '443' has no transport (write 443/tcp or 443/udp)");
	assert_begins(refused("host,port\na.example,443/tcp\nb c.example,1/tcp\n", o), ":3:1: 'b c.example' is no host name");
	assert_begins(refused("host,port,need\na.example,1/tcp,often\n", o), ":2:17: 'often' is no need");
	assert_begins(refused("host,port\n\"a.example,1/tcp\n", o), ":2:1: a quoted field without end");
	assert_begins(refused("host,port\n\"a\"b,1/tcp\n", o), ":2:4: text behind a quoted field");
	assert_begins(refused("host,port\n,1/tcp\n", o), ":2:1: a row without host");
	assert_begins(refused("host,port\n", o), ": no hosts in it");
}

static void plain_text_takes_hosts_networks_and_ranges(void **state)
{
	const struct port_range ports[] = {{3478, 3478, 17}};
	struct lists *l = imported("# relays\n\n a.example # first\n198.51.100.0/24\n203.0.113.5 - 203.0.113.9\n"
	                           "192.0.2.0-192.0.2.255\n2001:db8:: \xe2\x80\x93 2001:db8::3\r\n",
	                           (struct import_options){.format = IMPORT_TEXT, .ports = ports, .port_n = 1, .group = "Relay Hosts"});

	(void)state;
	assert_string_equal(ids_of(l), "relay-hosts/a.example:3478/udp\nrelay-hosts/198.51.100.0/24:3478/udp\n"
	                               "relay-hosts/203.0.113.5:3478/udp\nrelay-hosts/203.0.113.6/31:3478/udp\nrelay-hosts/203.0.113.8/31:3478/udp\n"
	                               "relay-hosts/192.0.2.0/24:3478/udp\nrelay-hosts/[2001:db8::/126]:3478/udp\n");
	lists_free(l);
}

static void a_range_may_be_all_addresses(void **state)
{
	const struct port_range ports[] = {{1, 1, 17}};
	struct lists *l = imported("0.0.0.0 - 255.255.255.255\n", (struct import_options){.format = IMPORT_TEXT, .ports = ports, .port_n = 1});

	(void)state;
	assert_string_equal(ids_of(l), "imported/0.0.0.0/0:1/udp\n");
	lists_free(l);
}

static void wrong_text_is_refused_with_its_place(void **state)
{
	const struct port_range ports[] = {{1, 1, 17}};
	const struct import_options o = {.format = IMPORT_TEXT, .ports = ports, .port_n = 1};

	(void)state;
	assert_begins(refused("a.example\n  bad_host!\n", o), ":2:3: 'bad_host!' is no host name");
	assert_begins(refused("198.51.100.9 - 198.51.100.1\n", o), ":1:1: the range '198.51.100.9 - 198.51.100.1' runs backwards");
	assert_begins(refused("a.example\n", (struct import_options){.format = IMPORT_TEXT}), ": plain text names no ports");
	assert_begins(refused("", o), ": empty, there is nothing to import");
	assert_begins(refused("# nothing\n", o), ": no hosts in it");
}

static void wrong_json_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_begins(refused("[{\"id\":1,\n]", (struct import_options){.format = IMPORT_M365}), ":2:1: no JSON:");
	assert_begins(refused("{}", (struct import_options){.format = IMPORT_M365}), ": no array of records");
	assert_begins(refused("[1]", (struct import_options){.format = IMPORT_M365}), ": record 1 is no object");
	assert_begins(refused("[]", (struct import_options){.format = IMPORT_M365}), ": no hosts in it");
	assert_begins(refused("[]", (struct import_options){.format = IMPORT_AWS}), ": no prefixes in it");
	assert_begins(refused("{\"values\":[{\"name\":\"x\",\"properties\":{\"addressPrefixes\":[\"1.2.3.4/8\"]}}]}", (struct import_options){.format = IMPORT_AZURE}),
	              ": in group x: '1.2.3.4/8' has host bits set");
}

static void hostile_text_stays_text(void **state)
{
	struct lists *l = imported("[{\"id\":1,\"serviceArea\":\"A\\nports: [1/tcp]\",\"urls\":[\"a.example\"],\"tcpPorts\":\"443\","
	                           "\"notes\":\"\\u001b[31m \\\\x41 *x & \\u202e \\\"}\"}]", (struct import_options){.format = IMPORT_M365});

	(void)state;
	assert_string_equal(ids_of(l), "a-ports-1-tcp-1/a.example:443/tcp\n");
	assert_non_null(strstr(l->groups[0].notes, "\x1b[31m \\x41 *x & "));
	lists_free(l);
}

static void ports_of_the_command_line_are_read(void **state)
{
	struct port_range *ports = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(import_ports("443/tcp,3478/udp, 5-6/udp", &ports, &n), ERR_OK);
	assert_int_equal(n, 3);
	assert_int_equal(ports[2].high, 6);
	assert_int_equal(import_ports("443", &ports, &n), ERR_USAGE);
	assert_begins(err_detail(), "--ports: '443' has no transport");
	free(ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(microsoft_365_records_become_groups),
		cmocka_unit_test(microsoft_365_can_be_filtered),
		cmocka_unit_test(aws_ranges_become_a_group_for_each_service_and_region),
		cmocka_unit_test(azure_tags_can_be_picked),
		cmocka_unit_test(tables_keep_each_host_s_own_ports),
		cmocka_unit_test(wrong_tables_are_refused_with_their_place),
		cmocka_unit_test(plain_text_takes_hosts_networks_and_ranges),
		cmocka_unit_test(a_range_may_be_all_addresses),
		cmocka_unit_test(wrong_text_is_refused_with_its_place),
		cmocka_unit_test(wrong_json_is_refused_with_its_place),
		cmocka_unit_test(hostile_text_stays_text),
		cmocka_unit_test(ports_of_the_command_line_are_read),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_drop);
}
