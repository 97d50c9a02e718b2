/* What changed between two reports, per rule and client: what a firewall change fixed, broke and left. */
#ifndef REPORT_CHANGES_H
#define REPORT_CHANGES_H

#include <stdio.h>

#include "report/exporters.h"

enum change_kind {
	CHANGE_NEWLY_BLOCKED, /* blocked now, not before */
	CHANGE_STILL_BLOCKED,
	CHANGE_FIXED,         /* blocked before, works now */
	CHANGE_NOT_EXERCISED, /* blocked before, not tried (or undecided) since: unknown */
	CHANGE_NO_LONGER_SEEN, /* worked before, not tried since */
	CHANGE_NONE,          /* works as before, or is new and works */
	CHANGE_COUNT,
};

struct change {
	enum change_kind kind;
	const char *rule, *client;             /* from one of the two reports */
	const struct gap_client *before, *after; /* NULL: it did not try the rule */
	enum signature signature;              /* of the missing rule, after or otherwise before; SIG_NONE */
	const char *why;                       /* likewise; NULL */
};

struct changes {
	const struct gap *before, *after;
	struct change *at; /* by kind, then in list order; CHANGE_NONE entries are only counted */
	size_t n;
	uint64_t by_kind[CHANGE_COUNT];
};

const char *change_text(enum change_kind kind); /* "newly-blocked" */

/* Compare; both reports must outlive the result. ERR_MEMORY. */
MUSTCHECK enum err changes_find(const struct gap *before, const struct gap *after, struct changes *ret_changes);
void changes_release(struct changes *c);

typedef enum err changes_function(const struct changes *c, const struct style *style, FILE *out);
changes_function changes_print_text, changes_print_json, changes_print_markdown;

#endif
