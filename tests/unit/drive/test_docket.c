#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drive/docket.h"
#include "failing.h"

#define FRAMES 40u
#define SHARDS 5u

/* ---- the judge: records what it receives, one line each */

struct court {
	struct docket dockets[SHARDS];
	struct slots slots[SHARDS];
	struct evidence_ring *ring;
	struct watch watch;
	struct frame frames[FRAMES];
	struct sighting seen[FRAMES];
	char heard[4096];
	size_t heard_n;
};

static struct court *court;

static void hear_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void hear_line(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	court->heard_n += (size_t)vsnprintf(court->heard + court->heard_n, sizeof court->heard - court->heard_n, format,
	                                    values);
	va_end(values);
}

/* How many frames the watch had been shown by then. */
static unsigned watched(void)
{
	return court->watch.n ? (unsigned)(court->watch.stretches[0].to_us / 1000) : 0;
}

void judge_over(struct judge *j, const struct flow *f, const struct names *names, const struct evidence_chain *packets)
{
	struct kept kept[8];
	size_t n = evidence_read(packets, kept, 8);

	(void)j;
	hear_line("flow %u after %u", (unsigned)f->id, watched());
	if (f->said)
		hear_line(" to %s", names_text(names, f->said->tls.sni));
	for (size_t i = n; i > 0; i--)
		hear_line(" %c%u", kept[i - 1].bytes[0], (unsigned)kept[i - 1].number);
	hear_line("\n");
}

void judge_dns(struct judge *j, const struct dns_message *m)
{
	(void)j;
	hear_line("dns after %u", watched());
	for (unsigned i = 0; i < m->facts->n; i++) {
		assert_non_null(facts_find(m->facts, m->facts->list[i].kind));
		hear_line(" %s/%s", m->facts->list[i].name, m->facts->list[i].other);
	}
	if (m->frame)
		hear_line(" %c%u", m->frame->bytes[0], (unsigned)m->frame->number);
	hear_line("\n");
}

void judge_lookup_unreachable(struct judge *j, const struct addr *client, uint16_t client_port,
                              const struct addr *resolver, const struct addr *sender)
{
	(void)j;
	hear_line("unreachable %u %u %u %u\n", client->b[15], client_port, resolver->b[15], sender->b[15]);
}

/* ---- scenes */

static const uint8_t letters[FRAMES + 1] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";

static int set_up(void **state)
{
	court = test_calloc(1, sizeof *court);
	court->ring = evidence_ring_new(1 << 20);
	for (unsigned i = 0; i < FRAMES; i++) {
		court->frames[i] = (struct frame){.number = i + 1, .bytes = letters + i, .captured = 1, .length = 1};
		court->seen[i] = (struct sighting){.now_us = (i + 1) * 1000};
	}
	*state = court;
	return court->ring ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SHARDS; i++) {
		docket_release(&court->dockets[i]);
		slots_release(&court->slots[i]);
	}
	evidence_ring_free(court->ring);
	test_free(court);
	return 0;
}

static void hear(unsigned shards, const struct frame *frames)
{
	struct hearing_of to = {.watch = &court->watch, .ring = court->ring, .slots = court->slots};

	dockets_hear(court->dockets, shards, frames, court->seen, FRAMES, &to);
}

static void over(struct docket *d, uint64_t id, uint32_t slot)
{
	struct flow f = {.id = id};

	docket_flow(d, &f, NULL, slot, true);
}

static void assert_heard(const char *lines)
{
	assert_string_equal(court->heard, lines);
	court->heard_n = 0;
	court->heard[0] = '\0';
}

/* Cases of two shards, merged by frame; within a frame first those ended by age, by their number, then those of the
 * frame itself. */
static void cases_of_several_dockets_are_heard_in_the_order_of_one(void **state)
{
	struct docket *a = &court->dockets[0], *b = &court->dockets[1], *c = &court->dockets[3];

	(void)state;
	docket_begin(a, 3, true);
	over(a, 11, 0);
	over(a, 15, 0);
	docket_begin(a, 3, false);
	over(a, 90, 0);
	over(a, 20, 0);
	docket_begin(a, 8, false);
	over(a, 30, 0);
	docket_begin(b, 2, false);
	over(b, 40, 0);
	docket_begin(b, 3, true);
	over(b, 9, 0);
	over(b, 12, 0);
	over(b, 16, 0);
	docket_begin(c, 3, true);
	over(c, 13, 0);
	hear(SHARDS, court->frames);
	assert_heard("flow 40 after 3\n"
	             "flow 9 after 4\nflow 11 after 4\nflow 12 after 4\nflow 13 after 4\nflow 15 after 4\nflow 16 after 4\n"
	             "flow 90 after 4\nflow 20 after 4\n"
	             "flow 30 after 9\n");
	assert_int_equal(watched(), FRAMES); /* although the last ones brought no case */
	hear(SHARDS, court->frames);
	assert_heard(""); /* the dockets are empty now */
}

static void nothing_heard_is_seen_nevertheless(void **state)
{
	(void)state;
	hear(1, NULL);
	assert_heard("");
	assert_int_equal(watched(), FRAMES);
}

static void what_was_written_down_does_not_change_with_its_source(void **state)
{
	struct docket *d = &court->dockets[0];
	struct names *names = names_new(1 << 16);
	struct said said = {.tls.sni = names_intern(names, "a.example", 9)};
	struct flow f = {.id = 1, .said = &said};
	static struct facts facts;
	struct frame frame = court->frames[6];
	struct dns_message m = {.frame = &frame, .facts = &facts};
	uint8_t byte = 'x';
	struct packet p = {.src = {{[15] = 3}}, .quoted = {.src = {{[15] = 1}}, .dst = {{[15] = 2}}, .sport = 53000}};

	(void)state;
	docket_begin(d, 0, false);
	docket_flow(d, &f, names, 0, true);
	said.tls.sni = 0;
	f.id = 2;
	facts_add(&facts, FACT_DNS_QUESTION)->name = facts_name(&facts, (const uint8_t *)"q.example", 9);
	facts_add(&facts, FACT_DNS_ALIAS)->other = "constant";
	frame.bytes = &byte;
	docket_dns(d, &m);
	memset(facts.text, 'z', sizeof facts.text);
	facts_clear(&facts);
	frame.number = 0;
	byte = 'y';
	m.frame = NULL;
	docket_dns(d, &m);
	docket_unreachable(d, &p);
	p.src.b[15] = p.quoted.src.b[15] = 0;
	docket_drop_names(d, names); /* heard last: then there is no request for them */
	hear(1, NULL);
	assert_heard("flow 1 after 1 to a.example\ndns after 1 q.example/ /constant x7\ndns after 1\n"
	             "unreachable 1 53000 2 3\n");
}

static void packets_kept_go_to_the_flow_that_had_the_slot_then(void **state)
{
	struct docket *a = &court->dockets[0], *b = &court->dockets[1];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		docket_begin(a, i, false);
		docket_keep(a, 1, NULL);
		docket_begin(b, i + 10, false);
		docket_keep(b, 1, NULL); /* slot 1 of another shard is a different one */
	}
	docket_begin(a, 12, false);
	over(a, 1, 1);
	docket_keep(a, 1, NULL); /* the slot's next flow */
	docket_begin(b, 13, false);
	over(b, 2, 1);
	docket_begin(b, 14, false);
	docket_keep(b, 1, NULL);
	docket_forget(b, 1);
	docket_begin(b, 15, false);
	docket_keep(b, 1, NULL);
	docket_flow(b, &(struct flow){.id = 3}, NULL, 1, false); /* continues, and keeps its slot */
	docket_begin(b, 16, false);
	docket_keep(b, 1, NULL);
	over(b, 3, 1);
	docket_begin(a, 17, false);
	over(a, 4, 1);
	hear(2, court->frames);
	assert_heard("flow 1 after 13 a1 b2 c3\nflow 2 after 14 k11 l12 m13\nflow 3 after 16 p16\nflow 3 after 17 p16 q17\n"
	             "flow 4 after 18 m13\n");
}

static void frames_that_are_gone_when_they_are_heard_are_copied(void **state)
{
	struct docket *d = &court->dockets[0];
	uint8_t large[EVIDENCE_PACKET_BYTES * 4] = "L";
	struct frame frame = {.number = 77, .bytes = large, .captured = sizeof large, .length = sizeof large};

	(void)state;
	docket_begin(d, 0, false);
	docket_keep(d, 9, &frame);
	assert_true(d->n < EVIDENCE_PACKET_BYTES * 2); /* no more than the limit */
	large[0] = 'X';
	docket_keep(d, 9, &court->frames[2]);
	over(d, 5, 9);
	hear(1, NULL);
	assert_heard("flow 5 after 1 L77 c3\n");
}

/* A case is there completely or not at all; earlier ones stay. */
static void a_case_without_memory_is_lost_and_counted(void **state)
{
	struct docket *d = &court->dockets[0];
	static struct facts facts = {.text_n = FACTS_TEXT};
	unsigned before = 0;

	(void)state;
	memory_fails = true;
	over(d, 1, 0);
	assert_int_equal(d->lost, 1);
	assert_int_equal(d->n, 0);
	memory_fails = false;
	over(d, 2, 0);
	memory_fails = true;
	for (; d->lost == 1; before++)
		docket_dns(d, &(struct dns_message){.facts = &facts});
	assert_true(before > 1); /* into the existing room */
	docket_unreachable(d, &(struct packet){.src = {{[15] = 9}}}); /* fits where the larger one did not */
	memory_fails = false;
	over(d, 3, 0);
	assert_int_equal(d->lost, 2);
	hear(1, NULL);
	unsigned dns = 0;
	for (const char *at = court->heard; (at = strstr(at, "dns")); at++)
		dns++;
	assert_int_equal(dns, before - 1);
	assert_ptr_equal(strstr(court->heard, "flow 2"), court->heard);
	assert_non_null(strstr(court->heard, "unreachable 0 0 0 9\nflow 3"));
	assert_null(strstr(court->heard, "flow 1"));
}

#define DOCKET_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DOCKET_TEST(cases_of_several_dockets_are_heard_in_the_order_of_one),
	    DOCKET_TEST(nothing_heard_is_seen_nevertheless),
	    DOCKET_TEST(what_was_written_down_does_not_change_with_its_source),
	    DOCKET_TEST(packets_kept_go_to_the_flow_that_had_the_slot_then),
	    DOCKET_TEST(frames_that_are_gone_when_they_are_heard_are_copied),
	    DOCKET_TEST(a_case_without_memory_is_lost_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
