#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/packet_summary.h"

/* Ethernet, IPv4 10.0.0.5 to 192.0.2.7, TCP 50000 to 443, SYN. */
static const uint8_t syn[] = {
	2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 0x08, 0x00,
	0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 5, 192, 0, 2, 7,
	0xc3, 0x50, 0x01, 0xbb, 0, 0, 0x10, 0, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0,
};

/* Likewise with `n` bytes of payload, other flags and, for UDP, that header. */
static size_t with_payload(uint8_t *out, bool udp, uint16_t to_port, const void *payload, size_t n)
{
	memcpy(out, syn, sizeof syn);
	size_t head = udp ? 14 + 20 + 8 : sizeof syn, total = head - 14 + n;
	out[16] = (uint8_t)(total >> 8);
	out[17] = (uint8_t)total;
	out[23] = udp ? 17 : 6;
	out[36] = (uint8_t)(to_port >> 8);
	out[37] = (uint8_t)to_port;
	if (!udp)
		out[47] = 0x18;
	memcpy(out + head, payload, n);
	return head + n;
}

static const char *text_of(uint16_t link, const void *bytes, size_t n, size_t length)
{
	static struct packet_summary s;

	/* An exact copy, so that a sanitizer catches reads past the end. */
	void *copy = malloc(n + (n == 0));
	memcpy(copy, bytes, n);
	packet_summary_read(link, copy, n, length, &s);
	free(copy);
	return s.text;
}

static const char *payload_text(bool udp, uint16_t port, const void *payload, size_t n)
{
	uint8_t frame[400];
	size_t length = with_payload(frame, udp, port, payload, n);

	return text_of(1, frame, length, length);
}

static void syn_is_read_with_its_ends_and_numbers(void **state)
{
	struct packet_summary s;
	char text[ADDR_TEXT];

	(void)state;
	packet_summary_read(1, syn, sizeof syn, sizeof syn, &s);
	assert_string_equal(s.text, "SYN");
	assert_string_equal(addr_format(&s.from, text), "10.0.0.5");
	assert_string_equal(addr_format(&s.to, text), "192.0.2.7");
	assert_int_equal(s.from_port, 50000);
	assert_int_equal(s.to_port, 443);
	assert_true(s.is_tcp);
	assert_false(s.has_ack);
	assert_int_equal(s.seq, 0x1000);
	assert_int_equal(s.payload_bytes, 0);
}

static void every_link_layer_leads_to_the_same_packet(void **state)
{
	static const uint8_t tags[] = {2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x08, 0};
	static const uint8_t sll[] = {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0};
	static const uint8_t sll2[] = {0x08, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0};
	static const uint8_t null[] = {2, 0, 0, 0};
	static const struct { uint16_t link; const uint8_t *head; size_t n; } kinds[] = {
		{1, tags, sizeof tags}, {113, sll, sizeof sll}, {276, sll2, sizeof sll2}, {0, null, 4}, {108, null, 4},
		{101, null, 0}, {12, null, 0}, {228, null, 0},
	};
	uint8_t frame[100];

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		memcpy(frame, kinds[i].head, kinds[i].n);
		memcpy(frame + kinds[i].n, syn + 14, sizeof syn - 14);
		size_t n = kinds[i].n + sizeof syn - 14;
		assert_string_equal(text_of(kinds[i].link, frame, n, n), "SYN");
	}
	assert_string_equal(text_of(147, syn, sizeof syn, sizeof syn), "54 bytes");
}

static void icmp_says_what_it_means(void **state)
{
	uint8_t frame[60];

	(void)state;
	memcpy(frame, syn, sizeof syn);
	frame[23] = 1;
	frame[34] = 3;
	frame[35] = 13;
	assert_string_equal(text_of(1, frame, sizeof syn, sizeof syn), "ICMP communication prohibited (3/13)");
	frame[35] = 200;
	assert_string_equal(text_of(1, frame, sizeof syn, sizeof syn), "ICMP message (3/200)");
}

static void ipv6_is_read_behind_its_extension_headers(void **state)
{
	uint8_t frame[14 + 40 + 8 + 20] = {[12] = 0x86, 0xdd, 0x60, 0, 0, 0, 0, 28, 60, 64};

	(void)state;
	frame[14 + 8 + 15] = 1;
	frame[14 + 24 + 15] = 2;
	frame[54] = 6;
	memcpy(frame + 62, syn + 34, 20);
	assert_string_equal(text_of(1, frame, sizeof frame, sizeof frame), "SYN");
	frame[20] = 44; /* only the first fragment has a transport header */
	frame[57] = 8;
	assert_string_equal(text_of(1, frame, sizeof frame, sizeof frame), "82 bytes");
}

static void dns_is_named_by_its_question(void **state)
{
	static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03" "cdn\x07" "exa\x1b<le\x00\x00\x1c\x00\x01";
	uint8_t answer[sizeof query];

	(void)state;
	assert_string_equal(payload_text(true, 53, query, sizeof query - 1), "DNS query AAAA cdn.exa\\x1b<le");
	memcpy(answer, query, sizeof query);
	answer[2] = 0x81;
	answer[3] = 0x83;
	assert_string_equal(payload_text(true, 53, answer, sizeof query - 1), "DNS NXDOMAIN AAAA cdn.exa\\x1b<le (0 records)");
}

static void tls_stun_quic_and_http_are_named(void **state)
{
	static const uint8_t hello[] = {22, 3, 1, 0, 50, 1, 0, 0, 46}, alert[] = {21, 3, 3, 0, 2, 2, 40};
	static const uint8_t binding[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
	static const uint8_t allocate_error[20] = {1, 0x13, 0, 0, 0x21, 0x12, 0xa4, 0x42};
	static const uint8_t initial[] = {0xc3, 0, 0, 0, 1, 8}, retry2[] = {0xc0, 0x6b, 0x33, 0x43, 0xcf, 8};

	(void)state;
	assert_string_equal(payload_text(false, 443, hello, sizeof hello), "PSH ACK, TLS ClientHello");
	assert_string_equal(payload_text(false, 443, alert, sizeof alert), "PSH ACK, TLS fatal alert 40");
	assert_string_equal(payload_text(true, 3478, binding, sizeof binding), "STUN Binding request");
	assert_string_equal(payload_text(true, 3478, allocate_error, sizeof allocate_error), "STUN Allocate error");
	assert_string_equal(payload_text(true, 443, initial, sizeof initial), "QUIC Initial");
	assert_string_equal(payload_text(true, 443, retry2, sizeof retry2), "QUIC Retry");
	assert_string_equal(payload_text(false, 80, "CONNECT a:443 \x1bHTTP/1.1\r\nX: y", 28),
	                    "PSH ACK, CONNECT a:443 \\x1bHTTP/1.1");
	assert_string_equal(payload_text(true, 9999, "hello", 5), "UDP");
}

static void a_frame_cut_anywhere_is_still_something(void **state)
{
	static const uint8_t hello[] = {22, 3, 1, 0, 50, 1, 0, 0, 46};
	uint8_t frame[400];

	(void)state;
	size_t n = with_payload(frame, false, 443, hello, sizeof hello);
	for (size_t cut = 0; cut <= n; cut++)
		assert_true(strlen(text_of(1, frame, cut, n)) > 0);
	assert_string_equal(text_of(1, frame, 40, n), "63 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_is_read_with_its_ends_and_numbers),
		cmocka_unit_test(every_link_layer_leads_to_the_same_packet),
		cmocka_unit_test(icmp_says_what_it_means),
		cmocka_unit_test(ipv6_is_read_behind_its_extension_headers),
		cmocka_unit_test(dns_is_named_by_its_question),
		cmocka_unit_test(tls_stun_quic_and_http_are_named),
		cmocka_unit_test(a_frame_cut_anywhere_is_still_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
