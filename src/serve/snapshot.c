/* The database as the web server shows it: the page's data, the report, the numbers for Prometheus. One short read
 * transaction yields all three. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "report/exporters.h"
#include "report/html_data.h"
#include "serve/serve.h"
#include "serve/metrics.h"

static enum err into_memory(const struct gap *g, enum serve_page page, struct serve_snapshot *s)
{
	static const struct style plain;
	FILE *out = open_memstream(&s->body[page], &s->bytes[page]);

	if (!out)
		return err_fail(ERR_MEMORY, "out of memory");
	enum err e = page == SERVE_METRICS ? serve_metrics_write(g, out) : report_json(g, &plain, out);
	if (fclose(out) != 0 && e == ERR_OK)
		e = err_fail(ERR_MEMORY, "out of memory");
	return e;
}

static enum err fill(const struct gap *g, struct serve_snapshot *s)
{
	struct text data = {0};
	enum err e = html_data_write(g, &data);

	s->body[SERVE_DATA] = data.at;
	s->bytes[SERVE_DATA] = data.n;
	if (e == ERR_OK)
		e = into_memory(g, SERVE_REPORT, s);
	if (e == ERR_OK)
		e = into_memory(g, SERVE_METRICS, s);
	if (e == ERR_OK)
		snprintf(s->tag, sizeof s->tag, "\"%016llx\"", (unsigned long long)hash_bytes(data.at, data.n));
	return e;
}

enum err serve_snapshot_read(const char *database, struct serve_snapshot **ret_snapshot)
{
	struct gap_filter filter = {.details = true};
	struct serve_snapshot *s = calloc(1, sizeof *s);
	struct gap *g = NULL;
	enum err e = s ? gap_read(database, &filter, &g) : err_fail(ERR_MEMORY, "out of memory");

	if (e == ERR_OK)
		e = fill(g, s);
	gap_free(g);
	if (e != ERR_OK) {
		serve_snapshot_free(s);
		return e;
	}
	s->users = 1;
	*ret_snapshot = s;
	return ERR_OK;
}

void serve_snapshot_free(struct serve_snapshot *s)
{
	if (!s)
		return;
	for (int i = 0; i < SERVE_PAGE_COUNT; i++)
		free(s->body[i]);
	free(s);
}
