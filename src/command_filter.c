#include "command_filter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/word.h"

static enum err time_option(const struct options *o, const char *name, int64_t *ret_us)
{
	const char *text = options_last(o, name, NULL);
	int64_t us;

	if (!text)
		return ERR_OK;
	if (time_parse(text, (int64_t)time(NULL) * 1000000, &us) != ERR_OK)
		return err_fail(ERR_USAGE, "--%s: %s is no time (like 2026-11-24T08:00 or 24h)", name, text);
	*ret_us = us ? us : 1; /* 0 means: not given */
	return ERR_OK;
}

/* NET[,NET…], repeatable: pointers into one block that also holds the text. */
static enum err split_clients(const struct options *o, struct gap_filter *filter, char **ret_room)
{
	size_t n, most = 0, bytes = 0;
	const char *const *given = options_all(o, "client", &n);

	for (size_t i = 0; i < n; i++) {
		bytes += strlen(given[i]) + 1;
		for (const char *c = given[i]; *c; c++)
			most += *c == ',';
	}
	if (n == 0)
		return ERR_OK;
	char *room = malloc((most + n) * sizeof(char *) + bytes);
	if (!room)
		return err_fail(ERR_MEMORY, "out of memory");
	const char **clients = (const char **)(void *)room;
	char *text = room + (most + n) * sizeof(char *), *rest;
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(given[i]) + 1;
		memcpy(text, given[i], length);
		for (rest = text; rest;)
			clients[filter->client_n++] = strsep(&rest, ",");
		text += length;
	}
	filter->clients = clients;
	*ret_room = room;
	return ERR_OK;
}

static enum err signature_unknown(const char *typed)
{
	const char *names[SIGNATURE_COUNT];
	size_t n = 0;

	for (int s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		names[n++] = signature_name((enum signature)s);
	const char *near = word_near(typed, names, n);
	return near ? err_fail(ERR_USAGE, "--signature: there is no signature %s (did you mean %s?)", typed, near)
	            : err_fail(ERR_USAGE, "--signature: there is no signature %s (see docs/signatures.md)", typed);
}

enum err filter_from_options(const struct options *o, struct gap_filter *ret_filter, char **ret_client_room)
{
	struct gap_filter f = {
		.group = options_last(o, "group", NULL),
		.host_glob = options_last(o, "host", NULL),
	};
	const char *signature = options_last(o, "signature", NULL);
	enum err e = time_option(o, "from", &f.from_us);

	*ret_client_room = NULL;
	if (e == ERR_OK)
		e = time_option(o, "to", &f.to_us);
	if (e == ERR_OK && f.from_us && f.to_us && f.from_us > f.to_us)
		e = err_fail(ERR_USAGE, "--from is later than --to");
	if (e == ERR_OK && signature && (f.signature = signature_find(signature)) == SIG_NONE)
		e = signature_unknown(signature);
	if (e == ERR_OK)
		e = split_clients(o, &f, ret_client_room);
	if (e == ERR_OK)
		*ret_filter = f;
	return e;
}

enum err filter_met(const struct options *o, const struct gap *g)
{
	const char *host = options_last(o, "host", NULL);

	if (!host || g->rule_n || g->incident_n || g->unlisted_n)
		return ERR_OK;
	return err_fail(ERR_USAGE, "--host: no rule of the lists and nothing that was tried has a host like %s", host);
}

enum err database_from_options(const struct options *o, const char **ret_path)
{
	const char *path = options_last(o, "database", NULL);

	if (!path)
		return err_fail(ERR_USAGE, "%s: option -d DB is needed", o->command->name);
	*ret_path = path;
	return ERR_OK;
}

int report_exit_status(const struct options *o, const struct gap *g)
{
	if (g->incomplete)
		return EXIT_INCOMPLETE;
	return options_has(o, "exit-code") && g->missing_n ? EXIT_MISSING : EXIT_DONE;
}
