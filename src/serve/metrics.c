#include "serve/metrics.h"

#include <string.h>

#include "base/text.h"

/* A label's value: backslash, quote and line feed are escaped. */
static void add_label(struct text *t, const char *name, const char *value)
{
	struct text safe = {0};

	text_add_escaped(&safe, value ? value : "");
	text_addf(t, "%s=\"", name);
	for (const char *c = safe.at ? safe.at : ""; *c; c++) {
		if (*c == '\\' || *c == '"')
			text_add(t, "\\");
		text_add_n(t, c, 1);
	}
	text_add(t, "\"");
	t->failed |= safe.failed;
	text_release(&safe);
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

static bool same_series(const struct gap_rule *a, const struct gap_rule *b)
{
	return strcmp(a->group, b->group) == 0 && strcmp(a->transport, b->transport) == 0;
}

/* A group's rules are adjacent except where other groups overlay: a series is written at its first rule, including
 * all later ones. */
static void add_attempts_of(struct text *t, const struct gap *g, size_t first)
{
	struct gap_counts sum = {{0}};

	for (size_t i = 0; i < first; i++)
		if (same_series(&g->rules[i], &g->rules[first]))
			return;
	for (size_t i = first; i < g->rule_n; i++)
		for (int o = 0; o < OUTCOME_COUNT && same_series(&g->rules[i], &g->rules[first]); o++)
			sum.by_outcome[o] += g->rules[i].attempts.by_outcome[o];
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		text_add(t, "rulegap_attempts_total{");
		add_list(t, g);
		text_add(t, ",");
		add_label(t, "group", g->rules[first].group);
		text_add(t, ",");
		add_label(t, "transport", g->rules[first].transport);
		text_addf(t, ",verdict=\"%s\"} %llu\n", outcome_text((enum outcome)o),
		          (unsigned long long)sum.by_outcome[o]);
	}
}

static void add_attempts(struct text *t, const struct gap *g)
{
	add_metric(t, "rulegap_attempts_total", "counter",
	           "Attempts on rules in the database, by how they ended; falls when old ones are deleted.");
	for (size_t i = 0; i < g->rule_n; i++)
		add_attempts_of(t, g, i);
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
