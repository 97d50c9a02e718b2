/* STUN, relayed data, RTP and DTLS on one flow (RFC 7983), as passed to the flow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dissect/dissect.h"
#include "flow/story.h"

struct call {
	struct dissect *dissect;
	struct story story;
	struct beside beside;
	int64_t now_us;
};

static const uint8_t binding[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint8_t bound[20] = {1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint8_t channel_data[] = {0x40, 0x01, 0, 4, 0x80, 0, 0, 1};
static const uint8_t rtp[12] = {0x80, 0x60, 0, 1};
static const uint8_t rtcp[8] = {0x80, 200, 0, 1};

static bool unwanted(void *context, uint16_t port, uint8_t proto)
{
	(void)context, (void)port, (void)proto;
	return false;
}

static void begin(struct call *c, uint16_t port)
{
	struct dissect_hooks hooks = {.wanted = unwanted};

	*c = (struct call){.dissect = dissect_new(&hooks, 0, 1), .now_us = 1000000};
	assert_non_null(c->dissect);
	c->story = (struct story){.proto = PROTO_UDP, .first_us = c->now_us, .ports = 40000 | (uint32_t)port << 16};
}

static void send(struct call *c, enum side side, const uint8_t *bytes, size_t n)
{
	struct packet p = {.proto = PROTO_UDP, .ttl = 64, .payload = cursor_of(bytes, n, n), .payload_length = (uint32_t)n};
	struct tracked t = {.story = &c->story, .beside = &c->beside};

	c->now_us += 20000;
	udp_story(&c->story, &p, side, c->now_us);
	if (!c->story.understood)
		dissect_packet(c->dissect, &t, &p, side, c->now_us, 0);
}

static void end(struct call *c)
{
	struct tracked t = {.story = &c->story, .beside = &c->beside};

	dissect_over(c->dissect, &t);
	dissect_forget(c->dissect, &t);
	dissect_free(c->dissect);
}

static void media_beside_stun_is_counted_by_its_way(void **state)
{
	struct call c;

	(void)state;
	begin(&c, 3478);
	send(&c, SIDE_CLIENT, binding, sizeof binding);
	send(&c, SIDE_SERVER, bound, sizeof bound);
	for (unsigned i = 0; i < 5; i++)
		send(&c, SIDE_CLIENT, channel_data, sizeof channel_data);
	send(&c, SIDE_SERVER, rtp, sizeof rtp);
	send(&c, SIDE_SERVER, rtcp, sizeof rtcp);
	assert_int_equal(c.story.protocol, TALK_STUN);
	assert_int_equal(c.beside.said->stun.media[SIDE_CLIENT], 5);
	assert_int_equal(c.beside.said->stun.media[SIDE_SERVER], 2);
	end(&c);
}

/* Checks and consent continue between the media packets: RFC 7675 5.1. */
static void stun_between_media_is_read(void **state)
{
	struct call c;

	(void)state;
	begin(&c, 3478);
	send(&c, SIDE_CLIENT, binding, sizeof binding);
	send(&c, SIDE_CLIENT, rtp, sizeof rtp);
	send(&c, SIDE_SERVER, bound, sizeof bound);
	send(&c, SIDE_SERVER, rtp, sizeof rtp);
	send(&c, SIDE_SERVER, binding, sizeof binding);
	assert_int_equal(c.beside.said->stun.success, 1);
	assert_int_equal(c.beside.said->stun.checks, 1);
	end(&c);
}

/* Media came first: the flow counts as STUN as soon as there is some, and relayed data makes it STUN too. */
static void stun_behind_media_is_read(void **state)
{
	struct call c;

	(void)state;
	begin(&c, 3478);
	send(&c, SIDE_CLIENT, rtp, sizeof rtp);
	send(&c, SIDE_SERVER, rtp, sizeof rtp);
	assert_int_equal(c.story.protocol, TALK_RTP);
	send(&c, SIDE_CLIENT, channel_data, sizeof channel_data);
	assert_int_equal(c.story.protocol, TALK_STUN);
	send(&c, SIDE_CLIENT, binding, sizeof binding);
	send(&c, SIDE_SERVER, bound, sizeof bound);
	assert_int_equal(c.beside.said->stun.success, 1);
	assert_int_equal(c.beside.said->stun.media[SIDE_CLIENT], 1);
	end(&c);
}

/* What looks like media on a flow of unknown origin is not media. */
static void a_flow_of_its_own_is_not_shared(void **state)
{
	static const uint8_t other[24] = {0x80, 1, 2, 3, 4, 5};
	struct call c;

	(void)state;
	begin(&c, 7000);
	for (unsigned i = 0; i < 4; i++)
		send(&c, SIDE_CLIENT, other, sizeof other);
	assert_int_equal(c.story.protocol, TALK_UNKNOWN);
	assert_true(c.story.understood);
	end(&c);
}

/* Records that nothing but a handshake can come before tell that the capture has not the beginning. */
static void records_without_a_hello_are_older_than_the_capture(void **state)
{
	static const uint8_t data[14] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1};
	static const uint8_t hello[67] = {22, 0xfe, 0xfd, [12] = 54, 1, [16] = 42, [24] = 42, 0xfe, 0xfd,
	                                  [62] = 2, 0xc0, 0x2b, 1};
	struct call c;

	(void)state;
	for (unsigned older = 0; older < 2; older++) {
		begin(&c, 7000);
		if (!older)
			send(&c, SIDE_CLIENT, hello, sizeof hello);
		send(&c, SIDE_CLIENT, data, sizeof data);
		assert_int_equal(c.story.protocol, TALK_DTLS);
		assert_int_equal(c.story.midstream, older);
		end(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(media_beside_stun_is_counted_by_its_way),
	    cmocka_unit_test(stun_between_media_is_read),
	    cmocka_unit_test(stun_behind_media_is_read),
	    cmocka_unit_test(a_flow_of_its_own_is_not_shared),
	    cmocka_unit_test(records_without_a_hello_are_older_than_the_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
