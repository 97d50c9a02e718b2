/* How many attempts per second the record takes: record_rate [DB [N]]. Every tenth is blocked, from 200 clients to
 * 50 rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "record/record.h"

#define RULES 50u
#define CLIENTS 200u

static struct lists *lists_make(void)
{
	static struct group group = {.id = "cdn", .active = true, .required = true};
	static struct host hosts[RULES];
	static struct rule rules[RULES];
	static char texts[RULES][2][64];
	static struct lists lists;

	for (uint32_t i = 0; i < RULES; i++) {
		snprintf(texts[i][0], sizeof texts[i][0], "host%u.example.net", i);
		snprintf(texts[i][1], sizeof texts[i][1], "cdn/host%u.example.net:443/tcp", i);
		hosts[i] = (struct host){.kind = HOST_NAME, .text = texts[i][0]};
		rules[i] = (struct rule){.id = texts[i][1], .host = i, .port = {443, 443, 6}};
	}
	group.hosts = hosts;
	group.host_n = RULES;
	lists = (struct lists){.groups = &group, .group_n = 1, .rules = rules, .rule_n = RULES};
	return &lists;
}

static struct attempt attempt_make(const struct lists *lists, uint64_t number)
{
	uint8_t client[4] = {10, 0, 0, (uint8_t)(number % CLIENTS + 1)}, server[4] = {203, 0, 113, (uint8_t)(number % 7)};
	struct attempt a = {
	    .id = number,
	    .rule = (int32_t)(number % RULES),
	    .client = addr_of_v4(client),
	    .address = addr_of_v4(server),
	    .attributed_by = BY_SNI,
	    .port = 443,
	    .proto = 6,
	    .started_us = 1700000000 * SECOND_US + (int64_t)number * 1000,
	    .ended_us = 1700000000 * SECOND_US + (int64_t)number * 1000 + 63200000,
	    .conn_state = "SF",
	    .community_id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
	    .bytes_out = 1234,
	    .bytes_in = 56789,
	};

	snprintf(a.host, sizeof a.host, "%s", lists->groups->hosts[number % RULES].text);
	if (number % 10)
		return a;
	a.outcome = OUTCOME_BLOCKED;
	a.signature = SIG_TCP_SYN_TIMEOUT;
	a.confidence = CONFIDENCE_MEDIUM;
	snprintf(a.detail, sizeof a.detail, "7 SYN over 63.2 s");
	snprintf(a.conn_state, sizeof a.conn_state, "S0");
	a.proofs[0].name = "repeated";
	snprintf(a.proofs[0].text, sizeof a.proofs[0].text, "7 SYN over 63.2 s");
	a.proof_n = 1;
	return a;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int failed(void)
{
	fprintf(stderr, "record_rate: %s\n", err_detail());
	return 1;
}

int main(int argc, char **argv)
{
	struct record_options options = {.path = argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : NULL, .evidence = true};
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	struct lists *lists = lists_make();
	struct progress progress = {.packets = n};
	struct record *r;
	double start = seconds();

	if (record_open(&options, &r) || record_begin(r, "audit", lists))
		return failed();
	printf("open and begin: %.2f ms\n", (seconds() - start) * 1e3);
	double begun = seconds();
	for (uint64_t i = 1; i <= n; i++) {
		struct attempt a = attempt_make(lists, i);
		if (record_attempt(r, &a, NULL, 0))
			return failed();
	}
	if (record_end(r, &progress, true))
		return failed();
	double spent = seconds() - begun;
	printf("%llu attempts in %.2f s: %.0f a second\n", (unsigned long long)n, spent, (double)n / spent);
	record_close(r);
	printf("closed after %.2f s\n", seconds() - begun);
	return 0;
}
