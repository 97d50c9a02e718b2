#include "metrics.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "monitor.h"

/* One family of metrics. source  Prometheus text exposition format 0.0.4 */
static void family(struct text *t, const char *name, const char *type, const char *help)
{
	text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value, in quotes: its escapes are those of JSON. */
static void add_value(struct text *t, const char *value)
{
	text_add_json(t, value ? value : "");
}

static const char *list_of(const struct lists *l, const struct group *g)
{
	return g->list < l->source_n && l->sources[g->list].name ? l->sources[g->list].name : "";
}

static void add_attempts(const struct monitor *m, struct text *t, const struct group *g, uint8_t proto,
                         const uint64_t n[OUTCOME_COUNT])
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		text_add(t, "rulegap_attempts_total{list=");
		add_value(t, list_of(m->a.lists, g));
		text_add(t, ",group=");
		add_value(t, g->id);
		text_addf(t, ",transport=\"%s\",verdict=\"%s\"} %" PRIu64 "\n", proto == PROTO_TCP ? "tcp" : "udp",
		          outcome_text((enum outcome)o), n[o]);
	}
}

/* Rules are ordered by group, so those of one group are adjacent. */
static void attempts(const struct monitor *m, struct text *t)
{
	const struct lists *l = m->a.lists;
	static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP};

	family(t, "rulegap_attempts_total", "counter",
	       "Attempts on listed rules that were settled; one settled otherwise later counts again.");
	for (size_t i = 0, end; i < l->rule_n; i = end) {
		uint64_t n[2][OUTCOME_COUNT] = {0};
		bool has[2] = {0};
		for (end = i; end < l->rule_n && l->rules[end].group == l->rules[i].group; end++) {
			size_t p = l->rules[end].port.proto == PROTO_UDP;
			has[p] = true;
			for (int o = 0; o < OUTCOME_COUNT; o++)
				n[p][o] += m->outcomes[end * OUTCOME_COUNT + (size_t)o];
		}
		for (size_t p = 0; p < 2; p++)
			if (has[p])
				add_attempts(m, t, &l->groups[l->rules[i].group], protos[p], n[p]);
	}
}

static void interface_lines(const struct monitor *m, struct text *t, bool dropped)
{
	for (size_t i = 0; i < m->seen.source_n; i++) {
		const struct source *s = &m->seen.sources[i];
		text_addf(t, "rulegap_capture_%s_total{interface=", dropped ? "dropped_packets" : "packets");
		add_value(t, s->name);
		text_addf(t, "} %" PRIu64 "\n", dropped ? s->dropped : s->packets);
	}
}

static void interfaces(const struct monitor *m, struct text *t)
{
	family(t, "rulegap_capture_packets_total", "counter", "Packets that were captured.");
	interface_lines(m, t, false);
	family(t, "rulegap_capture_dropped_packets_total", "counter",
	       "Packets dropped by the kernel or the interface before they were read.");
	interface_lines(m, t, true);
}

static void number(struct text *t, const char *name, const char *type, const char *help, uint64_t value)
{
	family(t, name, type, help);
	text_addf(t, "%s %" PRIu64 "\n", name, value);
}

static void rest(const struct monitor *m, struct text *t)
{
	const struct pipeline_counters k = m->seen.counters;
	struct record_counters r = record_counters(m->a.record);

	family(t, "rulegap_last_packet_timestamp_seconds", "gauge", "When the newest packet was captured.");
	text_addf(t, "rulegap_last_packet_timestamp_seconds %.6f\n", (double)k.last_us / 1e6);
	number(t, "rulegap_flows_total", "counter", "Flows that began.", k.flow.flows);
	number(t, "rulegap_flows_evicted_total", "counter", "Flows given up because the table was full.",
	       k.flow.evicted);
	number(t, "rulegap_unlisted_failures_total", "counter", "Failed connections that match no rule.", m->unlisted);
	number(t, "rulegap_database_queue_rows", "gauge", "Rows that wait to be written.", r.queued);
	number(t, "rulegap_database_lost_rows_total", "counter", "Rows given up because the disk was slow or full.",
	       r.dropped);
	number(t, "rulegap_database_log_held_bytes", "gauge",
	       "Length of the write-ahead log while another program keeps it from being emptied.", r.wal_held_bytes);
	number(t, "rulegap_database_failing", "gauge", "1 while the database cannot be written.", r.failing);
	family(t, "rulegap_judging_longest_seconds", "gauge",
	       "The longest that judging took at a time since the start.");
	text_addf(t, "rulegap_judging_longest_seconds %.6f\n", (double)m->judged_longest_us / 1e6);
	number(t, "rulegap_runs_total", "counter", "Runs begun since the start: lists reloaded, tables renewed.",
	       m->renewals + 1);
}

void metrics_text(const struct monitor *m, struct text *out)
{
	attempts(m, out);
	family(out, "rulegap_missing_rules", "gauge",
	       "Rules blocked by the newest attempts, by what has to be changed.");
	for (int kind = KIND_FIREWALL; kind <= KIND_TLS_INSPECTION; kind++) {
		text_add(out, "rulegap_missing_rules{list=");
		add_value(out, m->a.lists->source_n ? m->a.lists->sources[0].name : "");
		text_addf(out, ",need=\"%s\"} %zu\n", kind_text((enum missing_kind)kind),
		          standing_blocked(&m->standing, (enum missing_kind)kind));
	}
	interfaces(m, out);
	rest(m, out);
	family(out, "rulegap_build_info", "gauge", "The version that runs.");
	text_add(out, "rulegap_build_info{version=\"" RULEGAP_VERSION "\"} 1\n");
}

enum err metrics_file(const struct monitor *m, const char *path)
{
	struct output out = {0};
	struct text t = {0};

	metrics_text(m, &t);
	enum err e = t.failed ? err_fail(ERR_MEMORY, "out of memory") : output_open(path, &out);
	if (e == ERR_OK) {
		fputs(t.at, out.file);
		e = output_close(&out);
	}
	text_release(&t);
	return e;
}
