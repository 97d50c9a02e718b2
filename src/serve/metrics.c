#include "serve/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void add_label(struct text *t, const char *name, const char *value)
{
	text_addf(t, "%s=", name);
	text_add_json(t, value ? value : ""); /* its escapes are those of a label's value */
}

static void add_metric(struct text *t, const char *name, const char *type, const char *help)
{
	text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The lists overlay each other and are reported as one. */
static void add_list(struct text *t, const struct gap *g)
{
	struct text names = {0};

	for (size_t i = 0; i < g->list_n; i++) {
		text_add(&names, i ? "+" : "");
		text_add(&names, g->lists[i].name ? g->lists[i].name : "");
	}
	add_label(t, "list", names.at);
	text_release(&names);
}

/* Attempts of one group on one transport. */
struct series {
	const char *group, *transport;
	size_t first; /* its first rule */
	struct gap_counts sum;
};

static int by_name(const void *a, const void *b)
{
	const struct series *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	if (order == 0)
		order = strcmp(x->transport, y->transport);
	return order ? order : x->first < y->first ? -1 : x->first > y->first;
}

static int by_place(const void *a, const void *b)
{
	const struct series *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void add_counts(struct gap_counts *to, const struct gap_counts *more)
{
	for (int o = 0; o < OUTCOME_COUNT; o++)
		to->by_outcome[o] += more->by_outcome[o];
}

/* The series of all rules, in the order of their first ones; returns how many. A group's rules are adjacent except
 * where other groups overlay. all: room for as many as there are rules. */
static size_t collect(const struct gap *g, struct series *all)
{
	size_t n = 0;

	for (size_t i = 0; i < g->rule_n; i++)
		all[i] = (struct series){g->rules[i].group, g->rules[i].transport, i, g->rules[i].attempts};
	qsort(all, g->rule_n, sizeof *all, by_name);
	for (size_t i = 0; i < g->rule_n; i++) {
		struct series *last = n ? &all[n - 1] : NULL;
		if (last && strcmp(last->group, all[i].group) == 0 && strcmp(last->transport, all[i].transport) == 0)
			add_counts(&last->sum, &all[i].sum);
		else
			all[n++] = all[i];
	}
	qsort(all, n, sizeof *all, by_place);
	return n;
}

static void add_series(struct text *t, const struct gap *g, const struct series *s)
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		text_add(t, "rulegap_attempts_total{");
		add_list(t, g);
		text_add(t, ",");
		add_label(t, "group", s->group);
		text_add(t, ",");
		add_label(t, "transport", s->transport);
		text_addf(t, ",verdict=\"%s\"} %llu\n", outcome_text((enum outcome)o),
		          (unsigned long long)s->sum.by_outcome[o]);
	}
}

static void add_attempts(struct text *t, const struct gap *g)
{
	struct series *all = calloc(g->rule_n + 1, sizeof *all);
	size_t n = all ? collect(g, all) : 0;

	t->failed |= !all;
	add_metric(t, "rulegap_attempts_total", "counter",
	           "Attempts on rules in the database, by how they ended; falls when old ones are deleted.");
	for (size_t i = 0; i < n; i++)
		add_series(t, g, &all[i]);
	free(all);
}

static void add_missing(struct text *t, const struct gap *g)
{
	size_t n[2] = {0, 0};

	for (size_t i = 0; i < g->missing_n; i++)
		n[g->missing[i].critical]++;
	add_metric(t, "rulegap_missing_rules", "gauge", "Changes that are needed, by whether another way works.");
	for (int critical = 1; critical >= 0; critical--) {
		text_add(t, "rulegap_missing_rules{");
		add_list(t, g);
		text_addf(t, ",need=\"%s\"} %zu\n", critical ? "critical" : "degraded", n[critical]);
	}
	add_metric(t, "rulegap_rules", "gauge", "Rules of the endpoint list, by verdict.");
	for (int i = 0; i < VERDICT_COUNT; i++) {
		text_add(t, "rulegap_rules{");
		add_list(t, g);
		text_addf(t, ",verdict=\"%s\"} %llu\n", verdict_text((enum verdict)i),
		          (unsigned long long)g->by_verdict[i]);
	}
}

/* A file and an interface may have the same name. */
static void add_source(struct text *t, const struct gap_source *s)
{
	add_label(t, "interface", s->name);
	text_add(t, ",");
	add_label(t, "kind", s->kind);
}

static void add_capture(struct text *t, const struct gap *g)
{
	add_metric(t, "rulegap_capture_packets_total", "counter", "Packets captured.");
	for (size_t i = 0; i < g->source_n; i++) {
		text_add(t, "rulegap_capture_packets_total{");
		add_source(t, &g->sources[i]);
		text_addf(t, "} %llu\n", (unsigned long long)g->sources[i].packets);
	}
	add_metric(t, "rulegap_capture_dropped_packets_total", "counter", "Packets that the capture lost.");
	for (size_t i = 0; i < g->source_n; i++) {
		text_add(t, "rulegap_capture_dropped_packets_total{");
		add_source(t, &g->sources[i]);
		text_addf(t, ",where=\"capture\"} %llu\n", (unsigned long long)g->sources[i].dropped);
	}
	add_metric(t, "rulegap_last_packet_timestamp_seconds", "gauge", "When the newest packet was captured.");
	text_addf(t, "rulegap_last_packet_timestamp_seconds %.6f\n", (double)g->last_us / 1e6);
}

enum err serve_metrics_write(const struct gap *g, FILE *out)
{
	struct text t = {0};

	add_metric(&t, "rulegap_build_info", "gauge", "The version of rulegap.");
	text_add(&t, "rulegap_build_info{version=\"" RULEGAP_VERSION "\"} 1\n");
	add_attempts(&t, g);
	add_missing(&t, g);
	add_capture(&t, g);
	bool failed = t.failed;
	if (!failed)
		fwrite(t.at, 1, t.n, out);
	text_release(&t);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
