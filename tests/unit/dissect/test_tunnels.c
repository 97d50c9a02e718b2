/* Tunnels through proxies, and data that comes too early, as passed to a flow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/dissect.h"
#include "flow/story.h"

#define SAID_MOST 512

/* The shortest complete ClientHello, for login.example. */
static const uint8_t hello[] = {
	22, 3, 1, 0, 69, 1, 0, 0, 65, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
	23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 2, 0x13, 1, 1, 0, 0, 22, 0, 0, 0, 18, 0, 16, 0, 0, 13,
	'l', 'o', 'g', 'i', 'n', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e',
};

struct line {
	struct dissect *dissect;
	struct story story;
	struct beside beside;
	struct blocks rares;
	uint32_t next[2];
	int64_t now_us;
};

static bool unwanted(void *context, uint16_t port, uint8_t proto)
{
	(void)context, (void)port, (void)proto;
	return false;
}

static struct tracked tracked(struct line *l)
{
	return (struct tracked){.story = &l->story, .beside = &l->beside};
}

static void ring(struct line *l)
{
	struct dissect_hooks hooks = {.wanted = unwanted};

	*l = (struct line){.dissect = dissect_new(&hooks, 0, 1), .now_us = 1000000};
	assert_non_null(l->dissect);
	l->story = (struct story){.proto = PROTO_TCP, .first_us = l->now_us, .ports = 40000 | 3128u << 16};
	blocks_init(&l->rares, sizeof(struct rare));
}

static void tell_cut(struct line *l, enum side side, uint8_t flags, const void *bytes, size_t captured, size_t n)
{
	struct packet p = {.proto = PROTO_TCP, .tcp_flags = flags, .seq = l->next[side], .ack = l->next[!side], .ttl = 64,
	                   .window = 1000, .payload = cursor_of(bytes, captured, n), .payload_length = (uint32_t)n};

	l->now_us += 10000;
	struct tracked t = tracked(l);
	tcp_story(&l->story, &l->rares, &p, side, l->now_us);
	if (n && !l->story.understood)
		dissect_packet(l->dissect, &t, &p, side, l->now_us, 0);
	l->next[side] += (uint32_t)n + (flags & TCP_SYN ? 1 : 0);
}

static void tell(struct line *l, enum side side, uint8_t flags, const void *bytes, size_t n)
{
	tell_cut(l, side, flags, bytes, n, n);
}

static void open_line(struct line *l)
{
	ring(l);
	tell(l, SIDE_CLIENT, TCP_SYN, NULL, 0);
	tell(l, SIDE_SERVER, TCP_SYN | TCP_ACK, NULL, 0);
}

static void say(struct line *l, enum side side, const char *text)
{
	tell(l, side, TCP_ACK | TCP_PSH, text, strlen(text));
}

static void hang_up(struct line *l)
{
	struct tracked t = tracked(l);

	dissect_over(l->dissect, &t);
	dissect_forget(l->dissect, &t);
	dissect_free(l->dissect);
	blocks_release(&l->rares);
}

static void assert_sni(const struct line *l, const char *name)
{
	assert_non_null(l->beside.said);
	assert_string_equal(names_text(dissect_names(l->dissect), l->beside.said->tls.sni), name);
}

static void a_hello_before_the_tunnel_opened_is_read_when_it_opens(void **state)
{
	uint8_t both[SAID_MOST];
	static const char connect[] = "CONNECT login.example:443 HTTP/1.1\r\n\r\n";
	size_t n = sizeof connect - 1;
	struct line l;

	(void)state;
	open_line(&l);
	memcpy(both, connect, n);
	memcpy(both + n, hello, sizeof hello);
	tell(&l, SIDE_CLIENT, TCP_ACK | TCP_PSH, both, n + sizeof hello);
	assert_false(l.beside.said->tls.hello);
	say(&l, SIDE_SERVER, "HTTP/1.1 200 Connection established\r\n\r\n");
	assert_true(l.beside.said->tls.hello_whole);
	assert_int_equal(l.story.protocol, TALK_TLS);
	assert_sni(&l, "login.example");
	hang_up(&l);
}

static void of_two_proxies_the_inner_one_counts(void **state)
{
	struct line l;

	(void)state;
	open_line(&l);
	say(&l, SIDE_CLIENT, "CONNECT inner.example:3128 HTTP/1.1\r\n\r\n");
	say(&l, SIDE_SERVER, "HTTP/1.1 200 OK\r\n\r\n");
	assert_true(l.beside.said->http.tunnel);
	say(&l, SIDE_CLIENT, "CONNECT login.example:443 HTTP/1.1\r\n\r\n");
	say(&l, SIDE_SERVER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	assert_false(l.beside.said->http.tunnel);
	assert_int_equal(l.beside.said->http.connect_status, 403);
	hang_up(&l);
}

static void answers_for_another_host_are_not_this_ones(void **state)
{
	struct line l;

	(void)state;
	open_line(&l);
	say(&l, SIDE_CLIENT, "GET http://one.example/ HTTP/1.1\r\nHost: one.example\r\n\r\n");
	say(&l, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	say(&l, SIDE_CLIENT, "GET http://two.example/ HTTP/1.1\r\nHost: two.example\r\n\r\n");
	say(&l, SIDE_SERVER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(l.beside.said->http.answers, 1);
	assert_int_equal(l.beside.said->http.refused, 1);
	hang_up(&l);
}

static void data_that_comes_with_the_syn_is_read(void **state)
{
	struct line l;

	(void)state;
	ring(&l);
	tell(&l, SIDE_CLIENT, TCP_SYN, hello, sizeof hello);
	assert_sni(&l, "login.example");
	hang_up(&l);
	ring(&l); /* not acknowledged, sent again */
	tell(&l, SIDE_CLIENT, TCP_SYN, hello, 20);
	l.next[SIDE_CLIENT] = 1;
	tell(&l, SIDE_SERVER, TCP_SYN | TCP_ACK, NULL, 0);
	tell(&l, SIDE_CLIENT, TCP_ACK | TCP_PSH, hello, sizeof hello);
	assert_sni(&l, "login.example");
	hang_up(&l);
}

static void a_hello_that_the_capture_cut_does_not_hide_what_follows(void **state)
{
	static const uint8_t refusal[] = {21, 3, 3, 0, 2, 2, 48};
	struct line l;

	(void)state;
	open_line(&l);
	tell_cut(&l, SIDE_CLIENT, TCP_ACK | TCP_PSH, hello, 60, sizeof hello);
	assert_true(l.story.truncated);
	assert_true(l.beside.said->tls.ech_unseen);
	tell(&l, SIDE_CLIENT, TCP_ACK | TCP_PSH, refusal, sizeof refusal);
	assert_true(l.beside.said->tls.fatal[SIDE_CLIENT]);
	hang_up(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_before_the_tunnel_opened_is_read_when_it_opens),
		cmocka_unit_test(of_two_proxies_the_inner_one_counts),
		cmocka_unit_test(answers_for_another_host_are_not_this_ones),
		cmocka_unit_test(data_that_comes_with_the_syn_is_read),
		cmocka_unit_test(a_hello_that_the_capture_cut_does_not_hide_what_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
