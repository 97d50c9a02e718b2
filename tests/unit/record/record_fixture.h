/* A folder of its own, lists with two rules, and attempts on them. */
#ifndef RECORD_FIXTURE_H
#define RECORD_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/db.h"
#include "record/record.h"

#define T0 INT64_C(1700000000000000)
#define SECOND INT64_C(1000000)
#define UNUSED __attribute__((unused))

static char folder[] = "/tmp/rulegap-test-XXXXXX";

UNUSED static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

UNUSED static void folder_empty(void)
{
	DIR *d = opendir(folder);
	char path[PATH_MAX];

	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (d)
		closedir(d);
}

UNUSED static int folder_drop(void **state)
{
	(void)state;
	folder_empty();
	return rmdir(folder);
}

UNUSED static int folder_clean(void **state)
{
	(void)state;
	folder_empty();
	return 0;
}

/* A path in the folder; valid until the fourth call after this. */
UNUSED static const char *in_folder(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	return path;
}

UNUSED static const struct lists *two_rules(void)
{
	static struct host hosts[] = {{.kind = HOST_NAME, .text = "cdn.example.net"},
				      {.kind = HOST_NAME, .text = "turn.example.net"}};
	static struct port_range works[] = {{3478, 3478, 17}, {3478, 3480, 6}};
	static const char *fallback[] = {"turn"};
	static struct group groups[] = {
	    {.id = "cdn", .role = ROLE_CDN, .hosts = &hosts[0], .host_n = 1, .active = true, .required = true,
	     .description = "content \"delivery\""},
	    {.id = "turn", .role = ROLE_STUN_TURN, .hosts = &hosts[1], .host_n = 1, .active = true, .works_if_any = works,
	     .works_n = 2, .fallback_for = fallback, .fallback_n = 1},
	};
	static struct rule rules[] = {
	    {.id = "cdn/cdn.example.net:443/tcp", .port = {443, 443, 6}},
	    {.id = "turn/turn.example.net:3478-3480/udp", .group = 1, .port = {3478, 3480, 17}},
	};
	static struct list_source source = {.name = "Example", .version = "1", .sha256 = "00ff"};
	static struct lists lists = {.sources = &source, .source_n = 1, .groups = groups, .group_n = 2, .rules = rules,
				     .rule_n = 2};

	return &lists;
}

UNUSED static struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

UNUSED static struct attempt an_attempt(uint64_t id, enum outcome outcome)
{
	struct attempt a = {
	    .id = id,
	    .client = address("10.0.0.5"),
	    .host = "cdn.example.net",
	    .attributed_by = BY_SNI,
	    .address = address("203.0.113.7"),
	    .port = 443,
	    .proto = 6,
	    .started_us = T0 + (int64_t)id * SECOND,
	    .ended_us = T0 + (int64_t)id * SECOND + 500,
	    .outcome = outcome,
	    .conn_state = "SF",
	};

	if (outcome == OUTCOME_BLOCKED || outcome == OUTCOME_RESET) {
		a.signature = outcome == OUTCOME_BLOCKED ? SIG_TCP_SYN_TIMEOUT : SIG_TCP_RESET;
		a.confidence = CONFIDENCE_MEDIUM;
		snprintf(a.detail, sizeof a.detail, "detail of %u", (unsigned)id);
		a.proofs[0] = (struct proof){.name = "repeated", .text = "sent \"7\" times \\ \x01"};
		a.proof_n = 1;
	}
	return a;
}

UNUSED static struct record *open_record(const char *path, bool threaded)
{
	struct record_options options = {.path = path, .threaded = threaded, .evidence = true};
	struct record *r = NULL;

	if (record_open(&options, &r))
		fail_msg("%s", err_detail());
	return r;
}

UNUSED static struct record *begin_record(const char *path, bool threaded)
{
	struct record *r = open_record(path, threaded);

	if (record_begin(r, "audit", two_rules()))
		fail_msg("%s", err_detail());
	return r;
}

UNUSED static void end_record(struct record *r)
{
	struct progress p = {.packets = 9, .bytes = 900, .first_us = T0, .last_us = T0 + SECOND};

	if (record_end(r, &p, true))
		fail_msg("%s", err_detail());
}

UNUSED static void add(struct record *r, const struct attempt *a)
{
	if (record_attempt(r, a, NULL, 0))
		fail_msg("%s", err_detail());
}

/* What a reader sees: the first column as a number, or as a text. */
UNUSED static int64_t number(const char *path, const char *sql)
{
	struct db *db;
	int64_t n = -1;

	if (db_open_read(path, &db))
		fail_msg("%s", err_detail());
	if (db_number(db, sql, &n))
		fail_msg("%s: %s", sql, err_detail());
	db_close(db);
	return n;
}

UNUSED static const char *text(const char *path, const char *sql)
{
	static char found[16384];
	struct db *db;
	struct query *q = NULL;

	if (db_open_read(path, &db) || db_prepare(db, sql, &q))
		fail_msg("%s: %s", sql, err_detail());
	found[0] = '\0';
	if (query_next(q) == ERR_OK)
		snprintf(found, sizeof found, "%s", query_get_text(q, 0));
	query_free(q);
	db_close(db);
	return found;
}

/* Invariants of every database, however it was made. */
UNUSED static void assert_sound(const char *path)
{
	assert_string_equal(text(path, "PRAGMA integrity_check"), "ok");
	assert_string_equal(text(path, "PRAGMA foreign_key_check"), "");
	assert_int_equal(number(path, "SELECT count(*) FROM incident AS i WHERE attempts !="
				      " (SELECT count(*) FROM attempt WHERE incident = i.id)"), 0);
	assert_int_equal(number(path, "SELECT count(*) FROM attempt WHERE (incident IS NOT NULL) !="
				      " (signature IS NOT NULL AND outcome IN ('blocked', 'reset'))"), 0);
}

#endif
