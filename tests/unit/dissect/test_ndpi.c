#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/ndpi.h"

static struct packet packet_of(bool v6, uint8_t proto, uint16_t dport, const void *payload, size_t n)
{
	struct packet p = {.proto = proto, .sport = 40000, .dport = dport, .ttl = 64, .seq = 1000, .ack = 1};

	addr_parse(v6 ? "2001:db8::5" : "10.0.0.5", &p.src);
	addr_parse(v6 ? "2001:db8::7" : "203.0.113.7", &p.dst);
	p.tcp_flags = TCP_ACK | TCP_PSH;
	p.payload = cursor_of(payload, n, n);
	p.payload_length = (uint32_t)n;
	return p;
}

static enum ndpi_answer show(struct ndpi_door *d, struct ndpi_talk **talk, const char *text, bool v6, uint16_t dport,
			     struct ndpi_found *found)
{
	struct packet p = packet_of(v6, PROTO_TCP, dport, text, strlen(text));

	return ndpi_door_show(d, talk, &p, 1000000, found);
}

static void packet_without_payload_costs_no_flow(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk *talk = NULL;
	struct ndpi_found found;

	(void)unused;
	assert_int_equal(show(d, &talk, "", false, 22, &found), NDPI_MORE);
	assert_null(talk);
	assert_int_equal(ndpi_door_counters(d).flows, 0);
	ndpi_door_free(d);
}

static void ssh_is_found_over_both_families_and_its_memory_freed(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_found found;

	(void)unused;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct ndpi_talk *talk = NULL;
		enum ndpi_answer a = NDPI_MORE;
		for (unsigned i = 0; i < 2 && a == NDPI_MORE; i++) {
			struct packet p = packet_of(v6, PROTO_TCP, 2222, "SSH-2.0-OpenSSH_9.2\r\n", 21);
			if (i) { /* the answer */
				p.src = packet_of(v6, PROTO_TCP, 0, "", 0).dst;
				p.dst = packet_of(v6, PROTO_TCP, 0, "", 0).src;
				p.sport = 2222;
				p.dport = 40000;
			}
			a = ndpi_door_show(d, &talk, &p, 1000000 + i, &found);
		}
		assert_int_equal(a, NDPI_FOUND);
		assert_string_equal(found.protocol, "SSH");
		assert_string_equal(found.host, "");
		assert_null(talk);
	}
	assert_int_equal(ndpi_door_counters(d).open, 0);
	assert_int_equal(ndpi_door_counters(d).found, 2);
	ndpi_door_free(d);
}

#define REQUEST(host) "GET / HTTP/1.1\r\nHost: " host "\r\nUser-Agent: x\r\n\r\n"

static void host_of_a_request_is_told_in_presentation_form(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk *talk = NULL;
	struct ndpi_found found;

	(void)unused;
	assert_int_equal(show(d, &talk, REQUEST("App.Example.net"), false, 8080, &found), NDPI_FOUND);
	assert_string_equal(found.host, "app.example.net");
	assert_int_equal(show(d, &talk, REQUEST("a\x1b[2Jb.example.net"), false, 8080, &found), NDPI_FOUND);
	assert_null(strchr(found.host, '\x1b'));
	ndpi_door_free(d);
}

static void host_that_fills_the_librarys_field_is_not_believed(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk *talk = NULL;
	struct ndpi_found found;
	char request[256], label[101];

	(void)unused;
	memset(label, 'a', sizeof label);
	label[100] = '\0';
	snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s.example.net\r\nUser-Agent: x\r\n\r\n", label);
	assert_int_equal(show(d, &talk, request, false, 8080, &found), NDPI_FOUND);
	assert_string_equal(found.host, "");
	ndpi_door_free(d);
}

static void noise_on_a_known_port_is_given_up_not_guessed(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk *talk = NULL;
	struct ndpi_found found;
	uint8_t noise[200];
	enum ndpi_answer a = NDPI_MORE;
	unsigned shown = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(0xa5 ^ i * 73 ^ i >> 3);
	while (a == NDPI_MORE && shown < 2 * NDPI_PACKETS_MOST) {
		struct packet p = packet_of(false, PROTO_TCP, 22, noise, sizeof noise);
		p.seq += shown++ * (uint32_t)sizeof noise;
		a = ndpi_door_show(d, &talk, &p, 1000000, &found);
	}
	assert_int_equal(a, NDPI_UNKNOWN);
	assert_int_equal(shown, NDPI_PACKETS_MOST);
	assert_null(talk);
	ndpi_door_free(d);
}

static void flows_at_once_are_bounded(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk **talks = calloc(NDPI_FLOWS_MOST + 1, sizeof *talks);
	struct ndpi_found found;

	(void)unused;
	for (unsigned i = 0; i <= NDPI_FLOWS_MOST; i++)
		assert_int_equal(show(d, &talks[i], "\x01\x02\x03", false, 7777, &found),
				 i < NDPI_FLOWS_MOST ? NDPI_MORE : NDPI_UNKNOWN);
	assert_int_equal(ndpi_door_counters(d).refused, 1);
	for (unsigned i = 0; i <= NDPI_FLOWS_MOST; i++)
		ndpi_door_forget(d, &talks[i]);
	assert_int_equal(ndpi_door_counters(d).open, 0);
	free(talks);
	ndpi_door_free(d);
}

static void long_payload_is_shown_in_part(void **unused)
{
	struct ndpi_door *d = ndpi_door_new();
	struct ndpi_talk *talk = NULL;
	struct ndpi_found found;
	uint8_t *big = calloc(1, 60000);

	(void)unused;
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct packet p = packet_of(v6, PROTO_UDP, 9999, big, 60000);
		ndpi_door_show(d, &talk, &p, 1000000, &found);
		ndpi_door_forget(d, &talk);
	}
	free(big);
	ndpi_door_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(packet_without_payload_costs_no_flow),
	    cmocka_unit_test(ssh_is_found_over_both_families_and_its_memory_freed),
	    cmocka_unit_test(host_of_a_request_is_told_in_presentation_form),
	    cmocka_unit_test(host_that_fills_the_librarys_field_is_not_believed),
	    cmocka_unit_test(noise_on_a_known_port_is_given_up_not_guessed),
	    cmocka_unit_test(flows_at_once_are_bounded),
	    cmocka_unit_test(long_payload_is_shown_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
