/* rulegap serve: the report of a database as a web page, live. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "command.h"
#include "command_filter.h"
#include "serve/serve.h"

#define LISTEN_DEFAULT "127.0.0.1:8321"
#define LOOK_S 1          /* how often to check whether the database has changed */
#define READING_SHARE 5   /* at most this share of the time is spent reading it */

static const struct option_row rows[] = {
	OPTION_DATABASE,
	{0, "listen", ARG_TEXT, "ADDR:PORT", false, "where to listen (default " LISTEN_DEFAULT "; port 0: any)"},
	{0, "token", ARG_FILE, "FILE", false, "ask for the token in this file; needed when others can reach it"},
	{0, "name", ARG_TEXT, "HOST", true, "a name that the server is called by, beside its address"},
	{'q', "quiet", ARG_NONE, NULL, false, "do not say where the page is"},
	{0},
};

static enum err listen_parse(const char *text, struct serve_options *o)
{
	const char *colon = strrchr(text, ':');
	char host[128], *end;
	size_t n = colon ? (size_t)(colon - text) : sizeof host;

	if (n >= sizeof host || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return err_fail(ERR_USAGE, "--listen %s: ADDR:PORT is wanted, such as " LISTEN_DEFAULT " or [::1]:8321",
		                text);
	memcpy(host, text, n);
	host[n] = '\0';
	unsigned long port = strtoul(colon + 1, &end, 10);
	bool has_brackets = host[0] == '[';
	if (!addr_parse(host, &o->address) || port > 65535 || (strchr(host, ':') && !has_brackets))
		return err_fail(ERR_USAGE, "--listen %s: an address and a port are wanted, such as " LISTEN_DEFAULT,
		                text);
	o->port = (uint16_t)port;
	return ERR_OK;
}

/* The first line of the file. */
static enum err token_read(const char *path, char *token, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "%s: %s", path, err_reason(errno));
	token[0] = '\0';
	if (fgets(token, (int)size, f))
		token[strcspn(token, "\r\n")] = '\0';
	fclose(f);
	if (serve_token_is_good(token))
		return ERR_OK;
	return err_fail(ERR_USAGE,
	                "%s: a token has 16 to 256 letters, digits and -._~ (openssl rand -hex 16 makes one)", path);
}

static enum err options_read(const struct options *o, struct serve_options *so, char *token, size_t token_size)
{
	const char *file = options_last(o, "token", NULL);
	enum err e = database_from_options(o, &so->database);

	if (e == ERR_OK && o->word_n)
		e = err_fail(ERR_USAGE, "serve: unexpected argument %s", o->words[0]);
	if (e == ERR_OK)
		e = listen_parse(options_last(o, "listen", LISTEN_DEFAULT), so);
	if (e == ERR_OK && file) {
		e = token_read(file, token, token_size);
		so->token = token;
	}
	if (e == ERR_OK && !file && !serve_address_is_loopback(&so->address))
		e = err_fail(ERR_USAGE, "--listen %s: others can reach that; give --token FILE, or listen on 127.0.0.1",
		             options_last(o, "listen", LISTEN_DEFAULT));
	so->names = options_all(o, "name", &so->name_n);
	return e;
}

/* What changes on a write: the file or its log. */
struct trace {
	struct timespec at[2];
	off_t bytes[2];
};

static struct trace trace_of(const char *database)
{
	struct trace t;
	struct stat st;
	char log[4096];

	memset(&t, 0, sizeof t);
	snprintf(log, sizeof log, "%s-wal", database);
	const char *const files[] = {database, log};
	for (int i = 0; i < 2; i++)
		if (stat(files[i], &st) == 0) {
			t.at[i] = st.st_mtim;
			t.bytes[i] = st.st_size;
		}
	return t;
}

/* Until a signal: check whether the database has changed, and if so read it. */
static void keep_fresh(struct server *s, const struct serve_options *o, const sigset_t *signals, struct trace known)
{
	const struct timespec wait = {.tv_sec = LOOK_S};
	int64_t next_us = 0;
	bool failed = false;

	while (sigtimedwait(signals, NULL, &wait) < 0) {
		struct trace now = trace_of(o->database);
		int64_t begun = monotonic_us();
		struct serve_snapshot *fresh = NULL;
		if (begun < next_us || (!failed && memcmp(&now, &known, sizeof now) == 0))
			continue;
		enum err e = serve_snapshot_read(o->database, &fresh);
		if (e != ERR_OK && !failed)
			err_say("%s", err_detail());
		failed = e != ERR_OK;
		known = now;
		server_renew(s, fresh);
		next_us = monotonic_us() + (monotonic_us() - begun) * READING_SHARE;
	}
}

static void say_where(const struct serve_options *o, const struct server *s)
{
	char address[ADDR_TEXT];
	bool v4 = addr_is_v4(&o->address);

	addr_format(&o->address, address);
	err_say("serving http://%s%s%s:%u/%s", v4 ? "" : "[", *address ? address : "::", v4 ? "" : "]",
	        server_port(s), o->token ? "?token=TOKEN" : "");
}

static enum err serve(const struct serve_options *o, bool quiet)
{
	struct serve_snapshot *first;
	struct server *s;
	sigset_t signals;

	/* Before the server creates its threads: they inherit the mask, and signals are left to this one. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	struct trace known = trace_of(o->database);
	enum err e = serve_snapshot_read(o->database, &first);
	if (e != ERR_OK)
		return e;
	e = server_start(o, first, &s);
	if (e != ERR_OK) {
		serve_snapshot_free(first);
		return e;
	}
	if (!quiet)
		say_where(o, s);
	keep_fresh(s, o, &signals, known);
	server_stop(s);
	return ERR_OK;
}

static int run(const struct options *o)
{
	struct serve_options so = {.port = 0};
	char token[512];
	enum err e = options_read(o, &so, token, sizeof token);

	if (e == ERR_OK)
		e = serve(&so, options_has(o, "quiet"));
	return command_fail(e);
}

const struct command command_serve = {
	.name = "serve",
	.summary = "show a database as a web page, live",
	.usage = "-d DB [--listen ADDR:PORT] [--token FILE]",
	.about = "Serves the report as a web page that renews itself while a monitor writes the database, and "
	         "beside it /report.json, /metrics (for Prometheus) and /healthz. It only reads, and only answers "
	         "GET and HEAD.\n\n"
	         "By default only this machine can reach it. For any other address a token is needed: open "
	         "/?token=TOKEN once in a browser, or send Authorization: Bearer TOKEN. The connection is not "
	         "encrypted: put a proxy with TLS in front of it, and tell its name with --name.",
	.rows = rows,
	.run = run,
};
