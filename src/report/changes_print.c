/* A comparison of two reports as text, JSON and markdown. */
#include <string.h>

#include "base/limits.h"
#include "report/changes.h"
#include "report/json_parts.h"
#include "report/sentences.h"

/* What each kind means, for a person. */
static const char *title(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_NEWLY_BLOCKED:
		return "NEWLY BLOCKED";
	case CHANGE_STILL_BLOCKED:
		return "STILL BLOCKED";
	case CHANGE_FIXED:
		return "FIXED";
	case CHANGE_NOT_EXERCISED:
		return "NOT EXERCISED (blocked before, not tried or not decided since)";
	case CHANGE_NO_LONGER_SEEN:
		return "NO LONGER SEEN (worked before, not tried or not decided since)";
	case CHANGE_NONE:
	case CHANGE_COUNT:
		break;
	}
	return "";
}

static const char *verdict_of(const struct gap_client *c)
{
	return verdict_text(c ? c->verdict : VERDICT_UNSEEN);
}

static void add_period(struct text *t, const char *label, const struct gap *g)
{
	text_addf(t, "%s ", label);
	if (!g->first_us) {
		text_add(t, "nothing was seen");
		return;
	}
	sentence_time(t, g->first_us);
	text_add(t, " to ");
	sentence_time(t, g->last_us);
}

static void add_summary(struct text *t, const struct changes *c)
{
	for (int k = 0; k < CHANGE_COUNT; k++)
		text_addf(t, "%s%llu %s", k ? ", " : "", (unsigned long long)c->by_kind[k],
			  change_text((enum change_kind)k));
}

/* A change and how many of its kind there are up to it. They come by kind. */
struct walk {
	const struct changes *changes;
	size_t next;
	uint64_t nth;
	const struct change *at;
};

static bool walk_next(struct walk *w)
{
	if (w->next == w->changes->n)
		return false;
	const struct change *before = w->at;
	w->at = &w->changes->at[w->next++];
	w->nth = before && before->kind == w->at->kind ? w->nth + 1 : 1;
	return true;
}

static bool walk_shows(const struct walk *w)
{
	return w->nth <= SHOWN_DIFFERENCES;
}

/* At the last of a kind: how many of it are not shown. */
static size_t walk_left(const struct walk *w)
{
	bool last = w->next == w->changes->n || w->changes->at[w->next].kind != w->at->kind;

	return last && w->nth > SHOWN_DIFFERENCES ? w->nth - SHOWN_DIFFERENCES : 0;
}

static enum err finish(struct text *t, FILE *out)
{
	bool failed = t->failed;

	if (!failed)
		fwrite(t->at, 1, t->n, out);
	text_release(t);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static void add_line(struct text *t, const struct change *change)
{
	text_add(t, "  ");
	text_add_escaped(t, change->rule);
	text_add(t, "  ");
	text_add_escaped(t, change->client);
	text_addf(t, "  %s -> %s", verdict_of(change->before), verdict_of(change->after));
	if (change->signature != SIG_NONE)
		text_addf(t, "  %s", signature_name(change->signature));
	text_add(t, "\n");
}

enum err changes_print_text(const struct changes *c, const struct style *style, FILE *out)
{
	static const char *const colours[] = {"\033[31m", "\033[33m", "\033[32m", "", "", ""};
	struct text t = {0};

	add_period(&t, "before:", c->before);
	text_add(&t, "\n");
	add_period(&t, "after: ", c->after);
	text_add(&t, "\n");
	add_summary(&t, c);
	text_add(&t, "\n");
	for (struct walk w = {.changes = c}; walk_next(&w);) {
		if (w.nth == 1)
			text_addf(&t, "\n%s%s%s\n", style->colour ? colours[w.at->kind] : "", title(w.at->kind),
			          style->colour ? "\033[0m" : "");
		if (walk_shows(&w))
			add_line(&t, w.at);
		if (!walk_left(&w))
			continue;
		text_add(&t, "  ");
		sentence_more(&t, walk_left(&w), change_text(w.at->kind), "json");
		text_add(&t, "\n");
	}
	return finish(&t, out);
}

static void add_markdown(struct text *t, const char *s)
{
	struct text safe = {0};

	text_add_escaped(&safe, s);
	for (const char *c = safe.at ? safe.at : ""; *c; c++)
		text_addf(t, strchr("\\`*_{}[]<>#!|~@$^&", *c) ? "\\%c" : "%c", *c);
	text_release(&safe);
}

enum err changes_print_markdown(const struct changes *c, const struct style *style, FILE *out)
{
	struct text t = {0};

	(void)style;
	text_add(&t, "# What the change did\n\n");
	add_period(&t, "Before:", c->before);
	add_period(&t, "  \nAfter:", c->after);
	text_add(&t, "\n\n");
	add_summary(&t, c);
	text_add(&t, ".\n\n| Change | Rule | Client | Before | After | Signature |\n|---|---|---|---|---|---|\n");
	for (struct walk w = {.changes = c}; walk_next(&w);) {
		const struct change *change = w.at;
		if (!walk_shows(&w))
			continue;
		text_addf(&t, "| %s | ", change_text(change->kind));
		add_markdown(&t, change->rule);
		text_add(&t, " | ");
		add_markdown(&t, change->client);
		text_addf(&t, " | %s | %s | %s |\n", verdict_of(change->before), verdict_of(change->after),
		          signature_name(change->signature));
	}
	for (struct walk w = {.changes = c}; walk_next(&w);) {
		if (!walk_left(&w))
			continue;
		text_add(&t, "\n");
		sentence_more(&t, walk_left(&w), change_text(w.at->kind), "json");
		text_add(&t, ".\n");
	}
	return finish(&t, out);
}

static void put_period(struct json_writer *w, const char *key, const struct gap *g)
{
	json_open(w, key);
	json_put_time(w, "first", g->first_us);
	json_put_time(w, "last", g->last_us);
	json_close(w);
}

static void put_side(struct json_writer *w, const char *key, const struct gap_client *c)
{
	struct gap_counts none = {{0}};

	json_open(w, key);
	json_put_text(w, "verdict", verdict_of(c));
	json_put_counts(w, "attempts", c ? &c->attempts : &none);
	json_close(w);
}

static void put_change(struct json_writer *w, const struct change *change)
{
	json_open(w, NULL);
	json_put_text(w, "change", change_text(change->kind));
	json_put_text(w, "rule", change->rule);
	json_put_text(w, "client", change->client);
	put_side(w, "before", change->before);
	put_side(w, "after", change->after);
	json_put_text(w, "signature", change->signature == SIG_NONE ? NULL : signature_name(change->signature));
	json_put_text(w, "why", change->why);
	json_close(w);
}

enum err changes_print_json(const struct changes *c, const struct style *style, FILE *out)
{
	struct json_writer w = {.out = out, .pretty = true};

	(void)style;
	json_open(&w, NULL);
	json_put_text(&w, "schema", "rulegap/diff/1");
	put_period(&w, "before", c->before);
	put_period(&w, "after", c->after);
	json_open(&w, "summary");
	for (int k = 0; k < CHANGE_COUNT; k++)
		json_put_number(&w, change_text((enum change_kind)k), c->by_kind[k]);
	json_close(&w);
	json_open_array(&w, "changes");
	for (size_t i = 0; i < c->n; i++)
		put_change(&w, &c->at[i]);
	json_close_array(&w);
	json_close(&w);
	return json_end(&w);
}
