/* The cost of the hot functions, in nanoseconds per operation: decode, flow look-up, matching against lists, DNS
 * messages, names, recording, and a report. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attribute/list.h"
#include "base/limits.h"
#include "base/names.h"
#include "capture/link.h"
#include "decode/decode.h"
#include "dissectors/dissector.h"
#include "flow/table.h"
#include "record/record.h"
#include "report/gap.h"

#define PACKETS 4096u
#define ETHERNET 1 /* DLT_EN10MB */

static uint64_t sink; /* so that nothing is optimised away */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void tell(const char *what, double since_ns, size_t n)
{
	printf("%-44s %10.1f ns\n", what, (now_ns() - since_ns) / (double)n);
}

/* ---- packets */

static uint8_t bytes[PACKETS][64];
static struct frame frames[PACKETS];

static void make_frames(uint8_t proto)
{
	static const uint8_t ip[] = {0x45, 0, 0, 46, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 0, 192, 0, 2, 1};

	for (uint32_t i = 0; i < PACKETS; i++) {
		uint8_t *b = bytes[i];
		memset(b, 0, sizeof bytes[i]);
		b[12] = 8;
		memcpy(b + 14, ip, sizeof ip);
		b[19] = (uint8_t)i, b[18] = (uint8_t)(i >> 8);
		b[23] = proto;
		b[28] = (uint8_t)(i >> 8), b[29] = (uint8_t)i;
		b[34] = 0x80, b[36] = 1, b[37] = 0xbb;
		b[39] = proto == PROTO_UDP ? 26 : 0;
		b[46] = 0x50, b[47] = 0x10;
		frames[i] = (struct frame){.time_us = 1000000 + i, .number = i + 1, .bytes = b, .captured = 60, .length = 60,
		                           .link = ETHERNET};
	}
}

static void bench_decode(const char *what, uint8_t proto)
{
	struct decoder *d = decoder_new(1 << 20);
	struct packet p;
	const size_t rounds = 500;

	make_frames(proto);
	double since = now_ns();
	for (size_t r = 0; r < rounds; r++)
		for (uint32_t i = 0; i < PACKETS; i++) {
			frames[i].time_us += 1000000; /* not a duplicate of the previous round */
			if (decode_frame(d, &frames[i], &p) == ERR_OK)
				sink += p.hash;
		}
	tell(what, since, rounds * PACKETS);
	decoder_free(d);
}

static void nobody(void *context, const struct tracked *t, bool evicted)
{
	(void)context, (void)evicted;
	sink += t->beside->id;
}

static bool unwanted(void *context, uint16_t port, uint8_t proto)
{
	(void)context;
	return port == proto;
}

static void bench_flows(void)
{
	const struct flow_hooks hooks = {.over = nobody, .wanted = unwanted};
	struct flow_table *t = flow_table_new(FLOWS_MOST_DEFAULT, &hooks);
	struct decoder *d = decoder_new(1 << 20);
	static struct packet packets[PACKETS];
	const size_t rounds = 500;
	enum side side;
	struct tracked tracked;

	make_frames(PROTO_TCP);
	for (uint32_t i = 0; i < PACKETS; i++)
		if (decode_frame(d, &frames[i], &packets[i]) != ERR_OK)
			return;
	double since = now_ns();
	for (size_t r = 0; r < rounds; r++)
		for (uint32_t i = 0; i < PACKETS; i++)
			sink += flow_table_track(t, &packets[i], FLOW_UNKNOWN, 1000000, 0, &tracked, &side);
	tell("flow look-up, 4 096 flows", since, rounds * PACKETS);
	flow_table_free(t);
	decoder_free(d);
}

/* ---- lists */

static void bench_list(size_t hosts)
{
	char path[] = "/tmp/rulegap-bench-XXXXXX", what[64], name[64];
	struct host_hit hits[HOST_HITS];
	struct lists *lists = NULL;
	FILE *f = fdopen(mkstemp(path), "w");
	const size_t n = 1000000;

	if (!f)
		return;
	fprintf(f, "name: bench\nversion: \"1\"\ngroups:\n  - id: g\n    role: web\n    ports: [443/tcp]\n    hosts:\n");
	for (size_t i = 0; i < hosts; i++)
		fprintf(f, "      - \"%sh%zu.z%zu.example\"\n", i % 4 ? "" : "*.", i, i % 31);
	fclose(f);
	const char *paths[] = {path};
	double since = now_ns();
	enum err e = lists_read(paths, 1, NULL, &lists);
	unlink(path);
	if (e != ERR_OK)
		return;
	snprintf(what, sizeof what, "list of %zu hosts: load, a host", hosts);
	tell(what, since, hosts);
	since = now_ns();
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "a.h%zu.z%zu.example", i % (hosts * 2), i % 31);
		sink += lists_match_name(lists, name, hits);
	}
	snprintf(what, sizeof what, "list of %zu hosts: match a name", hosts);
	tell(what, since, n);
	lists_free(lists);
}

/* ---- names and messages */

static void bench_dns(void)
{
	static const uint8_t message[] = {
		0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c',
		'o', 'm', 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 1,
		44, 0, 4, 192, 0, 2, 2};
	static struct facts facts;
	const struct dissector *x = dissector_find("dns", OVER_UDP);
	const size_t n = 2000000;
	double since = now_ns();

	for (size_t i = 0; i < n; i++) {
		struct cursor c = cursor_of(message, sizeof message, sizeof message);
		uint64_t state[DISSECTOR_STATE / 8] = {0};
		facts_clear(&facts);
		if (x->parse(state, &c, SIDE_SERVER, &facts) == ERR_OK)
			sink += facts.n;
	}
	tell("DNS answer with two addresses: parse", since, n);
}

static void bench_names(void)
{
	static char texts[20000][32];
	struct names *names = names_new(NAMES_MOST_BYTES);
	const size_t rounds = 100, n = sizeof texts / sizeof texts[0];

	for (size_t i = 0; i < n; i++)
		snprintf(texts[i], sizeof texts[i], "host%zu.zone%zu.example", i * 7919, i % 31);
	double since = now_ns();
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n; i++)
			sink += names_intern(names, texts[i], strlen(texts[i]));
	tell("names: intern, 20 000 different", since, rounds * n);
	names_free(names);
}

/* ---- the database */

static void bench_record(struct lists *lists, size_t attempts)
{
	char path[] = "/tmp/rulegap-bench-XXXXXX";
	int file = mkstemp(path);
	struct record_options options = {.path = path, .evidence = false};
	struct record *r = NULL;
	struct progress progress = {.packets = attempts};
	struct gap_filter filter = {0};
	struct gap *g = NULL;

	if (file < 0)
		return;
	close(file);
	unlink(path);
	if (record_open(&options, &r) != ERR_OK || record_begin(r, "bench", lists) != ERR_OK)
		return;
	double since = now_ns();
	for (size_t i = 0; i < attempts; i++) {
		static struct attempt a;
		memset(&a, 0, sizeof a);
		a.id = i + 1;
		a.rule = (int32_t)(i % lists->rule_n);
		a.client = (struct addr){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, (uint8_t)(i % 7), (uint8_t)(i % 101), 1}};
		a.address = (struct addr){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, (uint8_t)(i % 10)}};
		snprintf(a.host, sizeof a.host, "h%zu.z%zu.example", i % lists->rule_n, i % 31);
		a.port = 443;
		a.proto = PROTO_TCP;
		a.started_us = INT64_C(1700000000000000) + (int64_t)i * 1000;
		a.ended_us = a.started_us + 500000;
		a.outcome = i % 20 ? OUTCOME_OK : OUTCOME_BLOCKED;
		a.signature = i % 20 ? SIG_NONE : SIG_TCP_SYN_TIMEOUT;
		memcpy(a.conn_state, i % 20 ? "SF" : "S0", 3);
		if (record_attempt(r, &a, NULL, 0) != ERR_OK)
			return;
	}
	if (record_end(r, &progress, true) != ERR_OK)
		return;
	tell("record an attempt", since, attempts);
	since = now_ns();
	if (gap_read(path, &filter, &g) == ERR_OK)
		tell("report over 10^6 attempts, an attempt", since, attempts);
	gap_free(g);
	record_close(r);
	unlink(path);
}

int main(void)
{
	const char *shipped[] = {"remotespark"};
	struct lists *lists = NULL;

	bench_decode("decode Ethernet/IPv4/TCP", PROTO_TCP);
	bench_decode("decode Ethernet/IPv4/UDP", PROTO_UDP);
	bench_flows();
	bench_dns();
	bench_names();
	bench_list(10);
	bench_list(1000);
	bench_list(100000);
	if (lists_read(shipped, 1, NULL, &lists) == ERR_OK)
		bench_record(lists, 1000000);
	lists_free(lists);
	return sink == 42;
}
