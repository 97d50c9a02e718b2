/* Active look-ups against a real dnsmasq on loopback, and their snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "attribute/resolve.h"
#include "list_files.h"

static pid_t dnsmasq;
static char server[32];

/* A free UDP port on loopback; the socket is closed unless ret_socket takes it. */
static int loopback_port(int *ret_socket)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	            getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	if (ret_socket)
		*ret_socket = fd;
	else
		close(fd);
	return ntohs(a.sin_port);
}

static enum err ask(const char *const *names, size_t n, const char *at, int64_t timeout_us, struct snapshot *ret_s)
{
	const char *servers[] = {at};
	struct resolve_options o = {.servers = servers, .server_n = 1, .timeout_us = timeout_us, .tries = 1};

	return resolve_names(names, n, &o, ret_s);
}

static bool is_ready(void)
{
	const char *name = "a.test";
	struct snapshot s;

	if (ask(&name, 1, server, 200000, &s) != ERR_OK)
		return false;
	bool ready = s.answers[0].status == ANSWER_OK;
	snapshot_release(&s);
	return ready;
}

static void dnsmasq_run(int port)
{
	char number[32];
	int nowhere = open("/dev/null", O_RDWR);

	snprintf(number, sizeof number, "--port=%d", port);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* must not outlive a test that dies */
	dup2(nowhere, 1);
	dup2(nowhere, 2);
	execlp("dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--user=root",
	       "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1", number, "--local=/test/",
	       "--local-ttl=77", "--dns-forward-max=1000", "--host-record=a.test,192.0.2.1,2001:db8::1",
	       "--host-record=four.test,192.0.2.4", "--cname=www.test,mid.test", "--cname=mid.test,a.test",
	       "--address=/many.test/192.0.2.9", (char *)NULL);
	_exit(127);
}

static int server_start(void **state)
{
	if (folder_make(state))
		return -1;
	int port = loopback_port(NULL);
	snprintf(server, sizeof server, "127.0.0.1:%d", port);
	dnsmasq = fork();
	if (dnsmasq == 0)
		dnsmasq_run(port);
	for (int i = 0; i < 50 && !is_ready(); i++) {
		int status;
		if (waitpid(dnsmasq, &status, WNOHANG) == dnsmasq) {
			dnsmasq = 0; /* not installed: these tests are skipped */
			print_message("dnsmasq does not run: look-ups are not tested\n");
			break;
		}
		usleep(100000);
	}
	return 0;
}

static int server_stop(void **state)
{
	if (dnsmasq > 0) {
		kill(dnsmasq, SIGTERM);
		waitpid(dnsmasq, NULL, 0);
	}
	return folder_drop(state);
}

static const struct answer *answer_of(const struct snapshot *s, const char *name, bool six)
{
	for (size_t i = 0; i < s->answer_n; i++)
		if (strcmp(s->answers[i].name, name) == 0 && s->answers[i].six == six)
			return &s->answers[i];
	return NULL;
}

static const char *address_text(const struct answer *a, size_t i)
{
	static char text[ADDR_TEXT];

	return addr_format(&a->addresses[i].address, text);
}

static void look_ups_give_addresses_chain_and_ttl(void **state)
{
	const char *names[] = {"a.test", "www.test", "four.test", "gone.test", "elsewhere.invalid"};
	struct snapshot s;

	(void)state;
	if (!dnsmasq)
		skip();
	assert_int_equal(ask(names, 5, server, 2000000, &s), ERR_OK);
	assert_int_equal(s.answer_n, 10);
	const struct answer *a = answer_of(&s, "a.test", false);
	assert_int_equal(a->address_n, 1);
	assert_string_equal(address_text(a, 0), "192.0.2.1");
	assert_int_equal(a->addresses[0].ttl_s, 77);
	assert_int_equal(a->alias_n, 0);
	assert_string_equal(a->server, server);
	a = answer_of(&s, "www.test", true);
	assert_string_equal(address_text(a, 0), "2001:db8::1");
	assert_int_equal(a->alias_n, 2);
	assert_string_equal(a->aliases[0], "mid.test");
	assert_string_equal(a->aliases[1], "a.test");
	assert_int_equal(answer_of(&s, "four.test", true)->status, ANSWER_NODATA);
	assert_int_equal(answer_of(&s, "gone.test", false)->status, ANSWER_NXDOMAIN);
	assert_int_equal(answer_of(&s, "elsewhere.invalid", false)->status, ANSWER_REFUSED);
	snapshot_release(&s);
}

static void many_names_are_asked_at_once(void **state)
{
	static char texts[700][32];
	const char *names[700];
	struct snapshot s;

	(void)state;
	if (!dnsmasq)
		skip();
	for (int i = 0; i < 700; i++) {
		snprintf(texts[i], sizeof texts[i], "n%d.many.test", i);
		names[i] = texts[i];
	}
	assert_int_equal(ask(names, 700, server, 5000000, &s), ERR_OK);
	for (int i = 0; i < 700; i++) {
		assert_string_equal(s.answers[2 * i].name, names[i]);
		assert_int_equal(s.answers[2 * i].status, ANSWER_OK);
		assert_int_equal(s.answers[2 * i].address_n, 1);
	}
	snapshot_release(&s);
}

static void each_server_is_asked_and_a_silent_one_times_out(void **state)
{
	const char *name = "a.test";
	char silent[32];
	int fd;

	(void)state;
	if (!dnsmasq)
		skip();
	snprintf(silent, sizeof silent, "127.0.0.1:%d", loopback_port(&fd));
	const char *servers[] = {silent, server};
	struct resolve_options o = {.servers = servers, .server_n = 2, .timeout_us = 100000, .tries = 1};
	struct snapshot s;
	assert_int_equal(resolve_names(&name, 1, &o, &s), ERR_OK);
	assert_int_equal(s.answer_n, 4);
	assert_string_equal(s.answers[0].server, silent);
	assert_int_equal(s.answers[0].status, ANSWER_TIMEOUT);
	assert_string_equal(s.answers[2].server, server);
	assert_int_equal(s.answers[2].status, ANSWER_OK);
	snapshot_release(&s);
	close(fd);
}

static size_t datagrams_at(int fd)
{
	char bytes[512];
	size_t n = 0;

	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

static void a_server_that_never_answers_is_not_waited_for_name_by_name(void **state)
{
	static char texts[150][32];
	const char *names[150];
	char silent[32];
	int fd;
	struct snapshot s;

	(void)state;
	snprintf(silent, sizeof silent, "127.0.0.1:%d", loopback_port(&fd));
	for (int i = 0; i < 150; i++) {
		snprintf(texts[i], sizeof texts[i], "n%d.many.test", i);
		names[i] = texts[i];
	}
	const char *servers[] = {silent};
	struct resolve_options o = {.servers = servers, .server_n = 1, .timeout_us = 50000, .tries = 1};
	assert_int_equal(resolve_names(names, 150, &o, &s), ERR_OK);
	assert_int_equal(datagrams_at(fd), RESOLVE_TOGETHER);
	for (size_t i = 0; i < s.answer_n; i++)
		assert_int_equal(s.answers[i].status, ANSWER_TIMEOUT);
	snapshot_release(&s);
	close(fd);
}

static void wrong_servers_are_refused(void **state)
{
	static const char *const wrongs[] = {"dns.example", "192.0.2.1:0",  "192.0.2.1:65536",
	                                     "192.0.2.1:",  "[2001:db8::1", "192.0.2"};
	const char *name = "a.test";
	struct snapshot s;

	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
		assert_int_equal(ask(&name, 1, wrongs[i], 1, &s), ERR_USAGE);
	assert_string_equal(err_detail(),
	                    "--server 192.0.2: no address (like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::1]:53)");
}

struct pairs {
	char text[512];
};

static bool add_pair(void *context, const char *name, const struct addr *address, uint32_t ttl_s)
{
	struct pairs *p = context;
	char text[ADDR_TEXT];

	snprintf(p->text + strlen(p->text), sizeof p->text - strlen(p->text), "%s %s %u\n", name,
	         addr_format(address, text), ttl_s);
	return true;
}

static void a_snapshot_is_read_as_it_was_written(void **state)
{
	struct lists *l = lists_of("name: L\ngroups:\n  - {id: a, ports: [1/tcp], hosts: [a.test]}\n", NULL, NULL);
	const char *aliases[] = {"a\\x1b b<c>", "b.test"}; /* a resolver may send anything */
	struct answer_address one[] = {{{{0}}, 60}, {{{0}}, 5}}, again = {{{0}}, 90}, nowhere = {{{0}}, 1};
	struct answer answers[] = {
	    {.name = "a.test",
	     .server = "system",
	     .status = ANSWER_OK,
	     .aliases = aliases,
	     .alias_n = 2,
	     .addresses = one,
	     .address_n = 2},
	    {.name = "a.test", .server = "system", .six = true, .status = ANSWER_TIMEOUT},
	    {.name = "a.test", .server = "192.0.2.53:53", .status = ANSWER_OK, .addresses = &again, .address_n = 1},
	    {.name = "a.test", .server = "192.0.2.53:53", .six = true, .status = ANSWER_OK, .addresses = &nowhere, .address_n = 1},
	};
	struct snapshot s = {.taken_us = INT64_C(1790000000000001), .answers = answers, .answer_n = 4}, read;
	struct pairs pairs = {""};

	(void)state;
	assert_true(addr_parse("192.0.2.1", &one[0].address) && addr_parse("2001:db8::1", &one[1].address));
	again.address = one[0].address;
	const char *path = file_text("snapshot.json", "");
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(snapshot_write(&s, l, f), ERR_OK);
	assert_int_equal(fclose(f), 0);
	lists_free(l);
	assert_int_equal(snapshot_load(path, &read), ERR_OK);
	assert_int_equal(read.taken_us, s.taken_us);
	assert_int_equal(read.answer_n, 4);
	assert_int_equal(read.answers[0].alias_n, 1);
	assert_string_equal(read.answers[0].aliases[0], "b.test");
	assert_true(addr_is_none(&read.answers[3].addresses[0].address));
	assert_int_equal(read.answers[1].status, ANSWER_TIMEOUT);
	assert_true(read.answers[1].six);
	snapshot_release(&read);
	assert_int_equal(snapshot_read(path, add_pair, &pairs), ERR_OK);
	assert_string_equal(pairs.text, "a.test 192.0.2.1 90\na.test 2001:db8::1 5\n");
}

#define HEAD "{\"schema\":\"rulegap/snapshot/1\",\"taken\":\"2026-11-24T00:00:00Z\""
#define ONE_ANSWER(fields) HEAD ",\"answers\":[{" fields "}]}"

static void wrong_snapshots_are_refused(void **state)
{
	static const struct {
		const char *text, *complaint;
	} wrongs[] = {
		{"", ":1:1: no JSON"},
		{"{\"schema\":\"rulegap/report/1\"}", ": no snapshot"},
		{"[]", ": no snapshot"},
		{HEAD "}", ": a snapshot without time or answers"},
		{ONE_ANSWER("\"name\":\"a.test\",\"type\":\"MX\""), ": answer 1 is wrong"},
		{ONE_ANSWER("\"name\":\"a b\",\"type\":\"A\""), ": answer 1 is wrong"},
		{ONE_ANSWER("\"name\":\"a.test\",\"type\":\"A\",\"addresses\":[{\"address\":\"x\",\"ttl\":1}]"),
		 ": answer 1 is wrong"},
	};
	struct snapshot s;

	(void)state;
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		const char *path = file_text("wrong.json", wrongs[i].text);
		assert_int_equal(snapshot_load(path, &s), ERR_USAGE);
		assert_non_null(strstr(err_detail(), wrongs[i].complaint));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_ups_give_addresses_chain_and_ttl),
		cmocka_unit_test(many_names_are_asked_at_once),
		cmocka_unit_test(each_server_is_asked_and_a_silent_one_times_out),
		cmocka_unit_test(a_server_that_never_answers_is_not_waited_for_name_by_name),
		cmocka_unit_test(wrong_servers_are_refused),
		cmocka_unit_test(a_snapshot_is_read_as_it_was_written),
		cmocka_unit_test(wrong_snapshots_are_refused),
	};
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
