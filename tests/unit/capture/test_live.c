/* Live capture in a network namespace of the test's own: traffic stays inside it. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/capture.h"
#include "capture/privilege.h"
#include "capture/sandbox.h"

static bool allowed; /* a namespace and a veth pair could be created */

static void need_interfaces(void)
{
	if (allowed)
		return;
	print_message("skipped: no permission for a network namespace with a veth pair\n");
	skip();
}

static bool make_pair(void)
{
	return system("ip link add near type veth peer name far 2>/dev/null && ip link set near up && "
	              "ip link set far up") == 0;
}

static int open_sender(const char *interface)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};

	return fd >= 0 && bind(fd, (const struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

/* Numbered DNS-like datagrams in 97 flows, so that a fan-out has something to distribute. */
static void send_frames(const char *interface, unsigned n)
{
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46, 0, 0, 0x40,
	                     0, 64, 17,
	                     0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 53, 0, 26, 0, 0};
	int fd = open_sender(interface);

	for (unsigned i = 0; i < n; i++) {
		frame[34] = (uint8_t)(0x80 | i % 97);
		frame[42] = (uint8_t)(i >> 8);
		frame[43] = (uint8_t)i;
		assert_int_equal(send(fd, frame, sizeof frame, 0), sizeof frame);
	}
	close(fd);
}

static struct capture *open_shared(const char *const *interfaces, size_t n, unsigned sharers, struct capture *fellow)
{
	struct capture_options o = {.filter = "udp port 53", .promiscuous = true, .buffer_bytes = 4 << 20,
	                            .sharers = sharers, .fellow = fellow};
	struct capture *c = NULL;
	enum err e = capture_open_live(interfaces, n, &o, &c);

	if (e != ERR_OK)
		print_error("%s\n", err_detail());
	assert_int_equal(e, ERR_OK);
	return c;
}

static struct capture *open_live(const char *const *interfaces, size_t n)
{
	return open_shared(interfaces, n, 1, NULL);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read until `want` frames arrived, or none for a second; counts those out of order. */
static unsigned receive(struct capture *c, unsigned want, unsigned *ret_disorder)
{
	struct frame_batch b;
	int64_t last_ms = now_ms(), last_us = 0;
	unsigned n = 0;

	while (n < want && now_ms() - last_ms < 1000) {
		if (capture_next(c, &b) != ERR_OK)
			return n;
		for (unsigned i = 0; i < b.n; i++) {
			*ret_disorder += b.frames[i].time_us < last_us;
			last_us = b.frames[i].time_us;
		}
		if (b.n)
			last_ms = now_ms();
		n += b.n;
	}
	return n;
}

static void an_unknown_interface_is_refused_with_those_there_are(void **state)
{
	const char *name = "nosuch0";
	struct capture_options o = {0};
	struct capture *c;

	(void)state;
	need_interfaces();
	assert_int_equal(capture_open_live(&name, 1, &o, &c), ERR_USAGE);
	assert_non_null(strstr(err_detail(), "nosuch0: no such interface; there are: "));
	assert_non_null(strstr(err_detail(), "near"));
}

static void every_frame_comes_once_and_in_order(void **state)
{
	const char *name = "far";
	unsigned disorder = 0, n = 0;
	struct frame_batch b;

	(void)state;
	need_interfaces();
	struct capture *c = open_live(&name, 1);
	send_frames("near", 5000);
	for (int64_t end = now_ms() + 5000; n < 5000 && now_ms() < end;) {
		assert_int_equal(capture_next(c, &b), ERR_OK);
		for (unsigned i = 0; i < b.n; i++, n++)
			disorder += b.frames[i].bytes[42] != (uint8_t)(n >> 8) || b.frames[i].bytes[43] != (uint8_t)n;
	}
	assert_int_equal(n, 5000);
	assert_int_equal(disorder, 0);
	capture_refresh_statistics(c);
	const struct source *s = capture_source(c, 0);
	assert_int_equal(s->packets, 5000);
	assert_int_equal(s->dropped, 0);
	assert_int_equal(s->kind, SOURCE_INTERFACE);
	assert_string_equal(s->link_type, "EN10MB");
	capture_close(c);
}

static void nothing_to_read_returns_soon(void **state)
{
	const char *name = "far";
	struct frame_batch b;

	(void)state;
	need_interfaces();
	struct capture *c = open_live(&name, 1);
	assert_int_equal(capture_next(c, &b), ERR_OK);
	assert_int_equal(b.n, 0);
	capture_close(c);
}

static void two_interfaces_are_merged_by_time(void **state)
{
	const char *names[] = {"near", "far"};
	unsigned disorder = 0;

	(void)state;
	need_interfaces();
	struct capture *c = open_live(names, 2);
	send_frames("near", 1500);
	send_frames("far", 1500);
	assert_int_equal(receive(c, 6000, &disorder), 6000);
	assert_int_equal(disorder, 0);
	assert_int_equal(capture_source(c, 0)->packets, 3000);
	assert_int_equal(capture_source(c, 1)->packets, 3000);
	capture_close(c);
}

static void members_of_a_fan_out_share_the_frames(void **state)
{
	const char *name = "far";
	unsigned disorder = 0;

	(void)state;
	need_interfaces();
	struct capture *one = open_shared(&name, 1, 2, NULL), *two = open_shared(&name, 1, 2, one);
	send_frames("near", 4000);
	unsigned first = receive(one, 4000, &disorder), second = receive(two, 4000, &disorder);
	assert_int_equal(first + second, 4000);
	assert_true(first > 0 && second > 0);
	capture_close(one);
	capture_close(two);
}

/* Wait for the next event while reading. */
static void expect_event(struct capture *c, enum capture_event_kind kind, const char *text)
{
	struct capture_event event = {0};
	struct frame_batch b;

	for (int64_t end = now_ms() + 5000; now_ms() < end;) {
		assert_int_equal(capture_next(c, &b), ERR_OK);
		if (!capture_next_event(c, &event))
			continue;
		assert_int_equal(event.kind, kind);
		assert_string_equal(event.text, text);
		return;
	}
	fail_msg("no event: %s", text);
}

static void an_interface_that_goes_and_comes_back_is_told_and_read_on(void **state)
{
	const char *name = "far";
	unsigned disorder = 0;

	(void)state;
	need_interfaces();
	struct capture *c = open_live(&name, 1);
	assert_int_equal(system("ip link set far down"), 0);
	expect_event(c, CAPTURE_DOWN, "interface far is down; waiting for it");
	assert_int_equal(system("ip link set far up"), 0);
	expect_event(c, CAPTURE_BACK, "interface far is back");
	send_frames("near", 100);
	assert_int_equal(receive(c, 100, &disorder), 100);
	assert_int_equal(system("ip link del near"), 0);
	expect_event(c, CAPTURE_VANISHED, "interface far has vanished; waiting for it");
	assert_true(make_pair());
	expect_event(c, CAPTURE_BACK, "interface far is back");
	send_frames("near", 100);
	assert_int_equal(receive(c, 100, &disorder), 100);
	capture_close(c);
}

/* Poll until the interface is known to be up again. */
static void await_back(struct capture *c)
{
	struct capture_event event = {0};
	struct frame_batch b;

	for (int64_t end = now_ms() + 10000; now_ms() < end && event.kind != CAPTURE_BACK;) {
		assert_int_equal(capture_next(c, &b), ERR_OK);
		capture_wait(&c, 1, 20);
		while (capture_next_event(c, &event))
			;
	}
	assert_int_equal(event.kind, CAPTURE_BACK);
}

static void members_of_a_fan_out_follow_an_interface_that_is_made_anew(void **state)
{
	const char *name = "far";
	unsigned disorder = 0;

	(void)state;
	need_interfaces();
	struct capture *one = open_shared(&name, 1, 2, NULL), *two = open_shared(&name, 1, 2, one);
	assert_int_equal(system("ip link del near"), 0);
	expect_event(one, CAPTURE_VANISHED, "interface far has vanished; waiting for it");
	expect_event(two, CAPTURE_VANISHED, "interface far has vanished; waiting for it");
	assert_true(make_pair());
	await_back(one);
	await_back(two);
	send_frames("near", 2000);
	unsigned first = receive(one, 2000, &disorder), second = receive(two, 2000, &disorder);
	assert_int_equal(first + second, 2000);
	assert_true(first > 0 && second > 0);
	capture_close(one);
	capture_close(two);
}

/* Continue capturing without privileges, in the sandbox. The other end is the parent's. */
static int child_in_sandbox(int ready)
{
	const char *name = "far";
	struct privilege_user user;
	struct frame_batch b;
	unsigned n = 0;
	int fd;

	struct capture *c = open_live(&name, 1);
	struct sandbox_options o = {.packet_fds = &fd, .packet_fds_n = capture_descriptors(c, &fd, 1)};
	if (o.packet_fds_n != 1 || privilege_find("nobody", &user) != ERR_OK || privilege_drop(&user) != ERR_OK)
		return 1;
	if (sandbox_enter(&o) != ERR_OK || write(ready, "r", 1) != 1)
		return 2;
	for (int64_t end = now_ms() + 10000; n < 200 && now_ms() < end; n += b.n)
		if (capture_next(c, &b) != ERR_OK)
			return 3;
	capture_refresh_statistics(c);
	return n == 200 && capture_source(c, 0)->dropped == 0 ? 0 : 4;
}

static void a_capture_without_privileges_survives_its_interface(void **state)
{
	int ends[2], status;
	char byte;

	(void)state;
	need_interfaces();
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(child_in_sandbox(ends[1]));
	assert_int_equal(read(ends[0], &byte, 1), 1);
	send_frames("near", 100);
	assert_int_equal(system("ip link del near"), 0);
	sleep(2);
	assert_true(make_pair());
	sleep(3);
	send_frames("near", 100);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void no_permission_names_the_remedies(void **state)
{
	const char *name = "lo";
	struct capture_options o = {0};
	struct capture *c;
	int status;

	(void)state;
	need_interfaces();
	pid_t pid = fork();
	if (pid == 0) {
		struct privilege_user user;
		if (privilege_find("nobody", &user) != ERR_OK || privilege_drop(&user) != ERR_OK)
			_exit(1);
		enum err e = capture_open_live(&name, 1, &o, &c);
		_exit(e == ERR_PERMISSION && strstr(err_detail(), "setcap cap_net_raw+ep") ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unknown_interface_is_refused_with_those_there_are),
	    cmocka_unit_test(every_frame_comes_once_and_in_order),
	    cmocka_unit_test(nothing_to_read_returns_soon),
	    cmocka_unit_test(two_interfaces_are_merged_by_time),
	    cmocka_unit_test(members_of_a_fan_out_share_the_frames),
	    cmocka_unit_test(an_interface_that_goes_and_comes_back_is_told_and_read_on),
	    cmocka_unit_test(members_of_a_fan_out_follow_an_interface_that_is_made_anew),
	    cmocka_unit_test(a_capture_without_privileges_survives_its_interface),
	    cmocka_unit_test(no_permission_names_the_remedies),
	};
	allowed = unshare(CLONE_NEWNET) == 0 && make_pair();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
