#include "learn.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/host.h"
#include "attribute/list_draft.h"
#include "base/text.h"
#include "decode/packet.h"
#include "record/db.h"

#define RANGES_MOST 64 /* per host and transport; more become one range, with a remark */

/* One host while its rows arrive, by transport and port. */
struct found {
	char host[HOST_TEXT]; /* "" before the first */
	struct port_range ports[2 * RANGES_MOST];
	size_t port_n;
	bool is_cut;
	int64_t attempts;
};

struct learning {
	struct draft draft;
	struct text comment;
	struct query *clients; /* per host */
	struct found found;
};

/* A line of the comment; the texts may contain anything. */
static void PRINTF_LIKE(2, 3) say(struct learning *l, const char *format, ...)
{
	char *line;
	va_list args;

	va_start(args, format);
	int n = vasprintf(&line, format, args);
	va_end(args);
	if (n < 0) {
		l->comment.failed = true;
		return;
	}
	text_add(&l->comment, "\n# ");
	text_add_escaped(&l->comment, line);
	free(line);
}

/* ---- ports */

/* Ports arrive in order, one transport after the other. */
static void port_put(struct found *f, uint16_t port, uint8_t proto)
{
	size_t first = f->port_n;

	while (first && f->ports[first - 1].proto == proto)
		first--;
	if (f->port_n > first && port <= f->ports[f->port_n - 1].high + 1) {
		f->ports[f->port_n - 1].high = port;
		return;
	}
	if (f->port_n - first == RANGES_MOST) {
		f->is_cut = true;
		f->ports[first].high = port;
		f->port_n = first + 1;
		return;
	}
	f->ports[f->port_n++] = (struct port_range){port, port, proto};
}

static void ports_text(struct text *t, const struct found *f, const char *separator)
{
	char port[PORT_TEXT];

	for (size_t i = 0; i < f->port_n; i++)
		text_addf(t, "%s%s", i ? separator : "", port_show(&f->ports[i], port));
}

static bool has_port(const struct found *f, uint16_t port)
{
	for (size_t i = 0; i < f->port_n; i++)
		if (f->ports[i].low <= port && f->ports[i].high >= port)
			return true;
	return false;
}

static enum role role_of(const struct found *f)
{
	if (has_port(f, 3478) || has_port(f, 5349) || has_port(f, 19302))
		return ROLE_STUN_TURN;
	return has_port(f, 443) || has_port(f, 80) ? ROLE_WEB : ROLE_OTHER;
}

/* ---- hosts */

/* Hosts with the same ports share a group; addresses have separate groups. */
static ptrdiff_t group_of(struct learning *l, const char *host, bool is_name)
{
	struct text label = {0};

	text_add(&label, is_name ? "ports-" : "addresses-");
	ports_text(&label, &l->found, "-");
	if (label.n > 60) {
		text_clear(&label);
		text_addf(&label, "host-%s", host);
	}
	ptrdiff_t group = label.failed ? -1 : draft_group(&l->draft, label.at);
	text_release(&label);
	return group;
}

static enum err group_fill(struct learning *l, size_t group)
{
	struct draft_group *g = &l->draft.groups[group];
	enum err e = ERR_OK;

	if (g->port_n)
		return ERR_OK;
	g->role = role_of(&l->found);
	g->ports_inferred = true;
	for (size_t i = 0; e == ERR_OK && i < l->found.port_n; i++)
		e = draft_port(&l->draft, group, &l->found.ports[i]);
	return e;
}

static enum err say_host(struct learning *l)
{
	struct found *f = &l->found;
	struct text ports = {0};

	query_text(l->clients, 1, f->host);
	enum err e = query_next(l->clients);
	int64_t clients = e == ERR_OK ? query_get_int(l->clients, 0) : 0;
	query_reset(l->clients);
	if (e != ERR_OK && e != ERR_END)
		return e;
	ports_text(&ports, f, ", ");
	say(l, "%s: %s; %lld client%s, %lld attempt%s%s", f->host, ports.at ? ports.at : "", (long long)clients,
	    clients == 1 ? "" : "s", (long long)f->attempts, f->attempts == 1 ? "" : "s",
	    f->is_cut ? "; too many ports to list: the range holds more than was seen" : "");
	l->comment.failed |= ports.failed;
	text_release(&ports);
	return ERR_OK;
}

static enum err host_end(struct learning *l)
{
	char text[HOST_TEXT], reason[HOST_REASON];
	struct host host;
	enum err e;

	if (l->found.port_n == 0)
		return ERR_OK;
	if (!host_parse(l->found.host, &host, text, reason)) {
		say(l, "not learned, %s: %s", l->found.host, reason);
		return ERR_OK;
	}
	ptrdiff_t group = group_of(l, text, host.kind == HOST_NAME);
	if (group < 0)
		return err_fail(ERR_MEMORY, "out of memory");
	if ((e = group_fill(l, (size_t)group)) == ERR_OK && (e = draft_host(&l->draft, (size_t)group, text)) == ERR_OK)
		e = say_host(l);
	return e;
}

static enum err row(struct learning *l, struct query *q)
{
	const char *host = query_get_text(q, 0), *transport = query_get_text(q, 1);
	int64_t port = query_get_int(q, 2), good = query_get_int(q, 3);
	enum err e = ERR_OK;

	if (strcmp(host, l->found.host) != 0) {
		e = host_end(l);
		l->found = (struct found){0};
		snprintf(l->found.host, sizeof l->found.host, "%s", host);
	}
	if (good == 0) {
		say(l, "not learned, never worked: %s %lld/%s", host, (long long)port, transport);
		return e;
	}
	l->found.attempts += good;
	port_put(&l->found, (uint16_t)port, strcmp(transport, "udp") == 0 ? PROTO_UDP : PROTO_TCP);
	return e;
}

/* ---- the database */

/* A service that answered and was reset later also worked. */
#define WORKED "(outcome = 'ok' OR answered)"
#define CALLED "CASE WHEN host = '' THEN address ELSE host END"

static enum err rows_read(struct learning *l, struct db *db)
{
	struct query *q = NULL;
	enum err e = db_prepare(db,
	                        "SELECT " CALLED ", transport, port, sum(" WORKED ") FROM attempt"
	                        " WHERE rule IS NOT NULL AND NOT by_lookup AND port BETWEEN 1 AND 65535"
	                        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
	                        &q);

	if (e == ERR_OK)
		e = db_prepare(db, "SELECT count(DISTINCT client) FROM attempt WHERE rule IS NOT NULL AND " CALLED
		               " = ? AND " WORKED,
		               &l->clients);
	while (e == ERR_OK && (e = query_next(q)) == ERR_OK)
		e = row(l, q);
	if (e == ERR_END)
		e = host_end(l);
	query_free(q);
	query_free(l->clients);
	return e;
}

static enum err aliases_read(struct learning *l, struct db *db)
{
	struct query *q = NULL;
	enum err e = db_prepare(
		db, "SELECT DISTINCT host, seen_as FROM unlisted WHERE seen_as LIKE 'cname of %' ORDER BY 1, 2", &q);

	while (e == ERR_OK && (e = query_next(q)) == ERR_OK)
		say(l, "not learned, an alias: %s is %s", query_get_text(q, 0), query_get_text(q, 1));
	query_free(q);
	return e == ERR_END ? ERR_OK : e;
}

/* A list must have a group: if nothing was learned, one to be filled in. */
static enum err group_wanted(struct learning *l)
{
	const struct port_range https = {443, 443, PROTO_TCP};

	if (l->draft.group_n)
		return ERR_OK;
	err_say("nothing was learned: in what was captured no name that was asked for worked");
	ptrdiff_t group = draft_group(&l->draft, "nothing-learned");
	return group < 0 ? err_fail(ERR_MEMORY, "out of memory") : draft_port(&l->draft, (size_t)group, &https);
}

enum err learn_write(const char *path, const char *name, const char *source, FILE *out)
{
	struct learning l = {0};
	struct db *db = NULL;
	enum err e = draft_open(&l.draft);

	text_add(&l.comment,
	         "A draft by rulegap learn: names are exact, as they were asked for, and ports are those that\n"
	         "# worked. What was not tried is not in it. Give the groups their ids and roles.\n#");
	if (e == ERR_OK)
		e = db_open_read(path, &db);
	if (e == ERR_OK)
		e = db_begin_read(db);
	if (e == ERR_OK)
		e = rows_read(&l, db);
	if (e == ERR_OK)
		e = aliases_read(&l, db);
	if (e == ERR_OK)
		e = group_wanted(&l);
	if (e == ERR_OK && l.comment.failed)
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e == ERR_OK) {
		l.draft.name = name;
		l.draft.version = "draft";
		l.draft.source = source;
		draft_write(&l.draft, l.comment.at, out);
	}
	db_close(db);
	draft_release(&l.draft);
	text_release(&l.comment);
	return e;
}
