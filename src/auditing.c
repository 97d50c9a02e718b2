#include "auditing.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "drive/parallel.h"

#define LINES_INHERITED 100000u  /* of what DNS said, taken over by the next judge: packets wait meanwhile */

/* ---- options */

/* The number of words in a comma-separated list. */
static size_t words_in(const char *list)
{
	size_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static enum err network(const char *name, const char *value, const char *word, size_t n, struct prefix *ret_prefix)
{
	char text[PREFIX_TEXT] = "";

	if (n < sizeof text)
		memcpy(text, word, n);
	if (prefix_parse(text, ret_prefix) == ERR_OK)
		return ERR_OK;
	return err_fail(ERR_USAGE, "--%s %s: \"%.*s\" is no address or network (such as 10.1.0.0/16)", name, value,
	                (int)n,
	                word);
}

enum err auditing_networks(const struct options *o, const char *name, struct prefix **ret_list, size_t *ret_n)
{
	size_t n = 0, made = 0, room = 1;
	const char *const *values = options_all(o, name, &n);
	enum err e = ERR_OK;

	for (size_t i = 0; i < n; i++)
		room += words_in(values[i]);
	struct prefix *list = calloc(room, sizeof *list);
	if (!list)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		const char *at = values[i];
		for (size_t words = words_in(at); words > 0 && e == ERR_OK; words--) {
			size_t length = strcspn(at, ",");
			e = network(name, values[i], at, length, &list[made++]);
			at += length + (at[length] == ',');
		}
	}
	if (e != ERR_OK) {
		free(list);
		return e;
	}
	*ret_list = list;
	*ret_n = made;
	return ERR_OK;
}

static enum err waits_read(const struct options *o, struct waits *w)
{
	const struct {
		const char *name;
		int64_t *at;
	} rows[] = {{"wait-tcp", &w->tcp_us}, {"wait-tls", &w->tls_us},   {"wait-hello", &w->hello_us},
	            {"wait-dns", &w->dns_us}, {"wait-quic", &w->quic_us}, {"wait-stun", &w->stun_us},
	            {"wait-udp", &w->udp_us}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum err e = options_duration(o, rows[i].name, rows[i].at);
		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

/* Without -j there is one thread, also for commands that have no -j. */
static enum err jobs_read(struct auditing *a, const struct options *o)
{
	uint64_t jobs = 1;
	enum err e = options_count(o, "jobs", 0, PARALLEL_JOBS_MOST, &jobs);
	cpu_set_t cores;

	if (jobs == 0)
		jobs = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (uint64_t)CPU_COUNT(&cores) : 1;
	a->jobs = (unsigned)(jobs < PARALLEL_JOBS_MOST ? jobs : PARALLEL_JOBS_MOST);
	return e;
}

static enum err sizes_read(struct auditing *a, const struct options *o)
{
	/* With several threads an ended flow waits for the judge as a copy. */
	uint64_t flows = FLOWS_MOST_DEFAULT, bytes = 0, flow_bytes = a->jobs > 1 ? 2 * FLOW_BYTES : FLOW_BYTES;
	enum err e = options_count(o, "max-flows", 64, UINT32_MAX / 2, &flows);

	if (e == ERR_OK)
		e = options_size(o, "memory", &bytes);
	if (e == ERR_OK && bytes && bytes < 16u << 20)
		e = err_fail(ERR_USAGE, "--memory: at least 16M are needed");
	if (bytes)
		flows = (bytes - (bytes / 20 * 12 < BESIDE_BYTES ? bytes / 20 * 12 : BESIDE_BYTES)) / flow_bytes;
	a->memory_bytes = a->judge_options.memory_bytes = bytes;
	a->flows_most = flows > UINT32_MAX / 2 ? UINT32_MAX / 2 : flows;
	return e;
}

enum err auditing_prepare(struct auditing *a, const struct options *o)
{
	size_t list_n;
	const char *const *lists = options_all(o, "endpoints", &list_n);
	struct judge_options *j = &a->judge_options;
	enum err e;

	if (list_n == 0)
		return err_fail(ERR_USAGE,
		                "no endpoint list given: -e LIST (a YAML file, or a shipped one such as remotespark)");
	j->waits = (struct waits)WAITS_DEFAULT;
	j->two_way = options_has(o, "two-way");
	j->evidence = !options_has(o, "no-evidence");
	j->interceptors = options_all(o, "interceptor", &j->interceptor_n);
	if ((e = auditing_networks(o, "clients", &a->clients, &j->client_n)) != ERR_OK ||
	    (e = auditing_networks(o, "sinkhole", &a->sinkholes, &j->sinkhole_n)) != ERR_OK ||
	    (e = waits_read(o, &j->waits)) != ERR_OK || (e = jobs_read(a, o)) != ERR_OK ||
	    (e = sizes_read(a, o)) != ERR_OK ||
	    (e = lists_read(lists, list_n, options_last(o, "profile", NULL), &a->lists)) != ERR_OK ||
	    (e = auditing_look_up(a, o)) != ERR_OK)
		return e;
	j->clients = a->clients;
	j->sinkholes = a->sinkholes;
	j->lists = a->lists;
	j->watch = &a->watch;
	return ERR_OK;
}

/* A word of a filter that is a file: behind "-r *.pcap" stand all but the first. Addresses and words such as tcp may
 * be the names of files, too. */
static bool is_stray_file(const char *word)
{
	struct prefix address;

	return strpbrk(word, "./") && access(word, F_OK) == 0 && prefix_parse(word, &address) != ERR_OK;
}

enum err auditing_filter(const struct options *o, char **ret_filter)
{
	bool live = strcmp(o->command->name, "monitor") == 0;
	struct text t = {0};

	for (size_t i = 0; i < o->word_n; i++)
		if (is_stray_file(o->words[i]))
			return err_fail(ERR_USAGE, "%s: a file, where a filter may stand; %s", o->words[i],
			                live ? "rulegap audit reads captures"
			                     : "give -r before each capture, or their folder");
	for (size_t i = 0; i < o->word_n; i++) {
		if (i)
			text_add(&t, " ");
		text_add(&t, o->words[i]);
	}
	if (t.failed) { /* a partial filter would be a different filter */
		text_release(&t);
		return err_fail(ERR_MEMORY, "out of memory");
	}
	*ret_filter = t.at;
	return ERR_OK;
}

/* ---- storing the judge's results */

/* Keep the first error with its detail, which belongs to its own thread. */
static void keep_first(struct auditing *a, enum err e)
{
	if (a->failed != ERR_OK || e == ERR_OK)
		return;
	a->failed = e;
	snprintf(a->why, sizeof a->why, "%s", err_detail());
}

static void attempt(void *context, const struct attempt *at, const struct kept *packets, size_t n)
{
	struct auditing *a = context;
	struct evidence rows[EVIDENCE_FLOW_PACKETS];

	if (n > sizeof rows / sizeof rows[0])
		n = sizeof rows / sizeof rows[0];
	for (size_t i = 0; packets && i < n; i++)
		rows[i] = (struct evidence){.time_us = packets[i].time_us,
		                            .captured = packets[i].stored,
		                            .length = packets[i].length,
		                            .link = packets[i].link,
		                            .source = packets[i].source,
		                            .bytes = packets[i].bytes};
	keep_first(a, record_attempt(a->record, at, packets ? rows : NULL, n));
	if (a->listener.attempt)
		a->listener.attempt(a->listener.context, at);
}

static void soon(void *context, const struct addr *client, const struct addr *address)
{
	record_expect(((struct auditing *)context)->record, client, address);
}

static void lookup(void *context, const struct judged_lookup *l)
{
	struct auditing *a = context;
	struct lookup_row row = {.asked_us = l->asked_us,
	                         .answered_us = l->answered_us,
	                         .client = l->client,
	                         .resolver = l->resolver,
	                         .name = l->name,
	                         .qtype = l->qtype,
	                         .rcode = l->rcode,
	                         .ede = l->ede,
	                         .answer = l->answer,
	                         .listed = true};

	keep_first(a, record_lookup(a->record, &row));
}

static void call(void *context, const struct judged_call *c)
{
	struct auditing *a = context;
	struct call_row row = {.client = c->client,
	                       .server = c->server,
	                       .host = c->host,
	                       .rule = c->rule,
	                       .port = c->port,
	                       .proto = c->proto,
	                       .tls = c->tls,
	                       .started_us = c->started_us,
	                       .ended_us = c->ended_us,
	                       .result = c->result,
	                       .software = c->software,
	                       .realm = c->realm,
	                       .relayed = c->relayed,
	                       .media_out = c->media_out,
	                       .media_in = c->media_in};

	keep_first(a, record_call(a->record, &row));
}

static void neighbour(void *context, const struct judged_neighbour *n)
{
	struct auditing *a = context;
	struct unlisted_row row = {.host = n->name,
	                           .seen_as = n->seen_as,
	                           .port = n->port,
	                           .proto = n->proto,
	                           .clients = n->clients,
	                           .verdict = n->verdict};

	keep_first(a, record_unlisted(a->record, &row));
}

static void notice(void *context, const char *level, const char *code, const char *text)
{
	auditing_notice(context, level, code, text);
}

void auditing_notice(struct auditing *a, const char *level, const char *code, const char *text)
{
	keep_first(a, record_notice(a->record, level, code, text));
	if (a->listener.notice)
		a->listener.notice(a->listener.context, level, code, text);
}

static struct judge *new_judge(struct auditing *a, const struct judge_options *options)
{
	struct judge_hooks hooks = {.context = a,
	                            .attempt = attempt,
	                            .soon = soon,
	                            .lookup = lookup,
	                            .call = call,
	                            .neighbour = neighbour,
	                            .notice = notice};

	return judge_new(options, &hooks);
}

enum err auditing_open(struct auditing *a, const struct record_options *options)
{
	return record_open(options, &a->record);
}

enum err auditing_start(struct auditing *a, const char *command)
{
	enum err e = record_begin(a->record, command, a->lists);

	if (e != ERR_OK)
		return e;
	a->judge = new_judge(a, &a->judge_options);
	return a->judge ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

enum err auditing_begin(struct auditing *a, const char *command, const struct record_options *options,
                        struct capture *c)
{
	struct pipeline_options po = {.flows_most = a->flows_most, .memory_bytes = a->memory_bytes,
	                              .evidence = a->judge_options.evidence, .counted = a->judge_options.counted,
	                              .lists = a->lists, .jobs = a->jobs};
	enum err e = auditing_open(a, options);

	if (e == ERR_OK)
		e = auditing_start(a, command);
	return e == ERR_OK ? pipeline_new(&po, c, &a->watch, a->judge, &a->pipeline) : e;
}

enum err auditing_renew(struct auditing *a, const char *command, struct lists *lists, int64_t since_us,
                        const struct progress *p)
{
	struct judge_options options = a->judge_options;
	struct text said = {0};

	if (lists)
		options.lists = lists;
	struct judge *next = new_judge(a, &options);
	if (!next) {
		lists_free(lists);
		return err_fail(ERR_MEMORY, "out of memory");
	}
	judge_save(a->judge, since_us, LINES_INHERITED, &said);
	if (said.n && !said.failed)
		judge_load(next, said.at, said.n);
	text_release(&said);
	judge_finish(a->judge);
	enum err e = record_turn(a->record, p, command, options.lists);
	judge_free(a->judge);
	a->judge = next;
	a->judge_options = options;
	if (lists) {
		lists_free(a->lists);
		a->lists = lists;
	}
	return e;
}

struct progress auditing_progress(const struct pipeline_counters *k, const struct source *sources, size_t n,
                                  struct source_row *rows)
{
	static const char *const kinds[] = {"file", "stdin", "interface"};
	struct progress p = {.packets = k->frames, .bytes = k->bytes, .truncated = k->truncated,
	                     .first_us = k->first_us, .last_us = k->last_us, .sources = rows, .source_n = n};

	for (size_t i = 0; i < p.source_n; i++) {
		const struct source *s = &sources[i];
		rows[i] = (struct source_row){.name = s->name,
		                              .kind = kinds[s->kind],
		                              .link_type = s->link_type,
		                              .packets = s->packets,
		                              .bytes = s->bytes,
		                              .dropped = s->dropped,
		                              .truncated = s->truncated,
		                              .damage = s->damage == ERR_OK ? NULL
		                                        : s->damage_text    ? s->damage_text
		                                                            : err_text(s->damage)};
		p.dropped += s->dropped;
	}
	return p;
}

void auditing_disband(struct auditing *a)
{
	judge_free(a->judge);
	pipeline_free(a->pipeline);
	a->judge = NULL;
	a->pipeline = NULL;
}

void auditing_release(struct auditing *a)
{
	auditing_disband(a);
	record_close(a->record);
	lists_free(a->lists);
	auditing_forget_names(a);
	free(a->clients);
	free(a->sinkholes);
}
