#include "report/calls.h"

#include <stdlib.h>
#include <string.h>

static int text_order(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* A call with media of one direction only is another matter than one with both, or none. */
static int media_kind(const struct gap_call *c)
{
	return (c->media_out > 0) + 2 * (c->media_in > 0);
}

/* 0: they are alike. */
static int kind_order(const struct gap_call *a, const struct gap_call *b)
{
	const char *const of_a[] = {a->rule, a->client, a->host, a->server, a->transport, a->result, a->relayed,
	                            a->software};
	const char *const of_b[] = {b->rule, b->client, b->host, b->server, b->transport, b->result, b->relayed,
	                            b->software};
	int order = (int)a->port - (int)b->port;

	for (size_t i = 0; order == 0 && i < sizeof of_a / sizeof of_a[0]; i++)
		order = text_order(of_a[i], of_b[i]);
	return order ? order : media_kind(a) - media_kind(b);
}

static int by_kind(const void *left, const void *right)
{
	const struct gap_call *const *a = left, *const *b = right;
	int order = kind_order(*a, *b);

	return order ? order : (*a > *b) - (*a < *b); /* the report has them by time */
}

static int by_rule_and_time(const void *left, const void *right)
{
	const struct calls_alike *a = left, *b = right;

	if (!a->first->rule != !b->first->rule)
		return a->first->rule ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

enum err calls_fold(const struct gap *g, struct calls_alike **ret_alike, size_t *ret_n)
{
	const struct gap_call **order = calloc(g->call_n + 1, sizeof *order);
	struct calls_alike *alike = calloc(g->call_n + 1, sizeof *alike);
	size_t n = 0;

	if (!order || !alike) {
		free(order);
		free(alike);
		return err_fail(ERR_MEMORY, "out of memory");
	}
	for (size_t i = 0; i < g->call_n; i++)
		order[i] = &g->calls[i];
	qsort(order, g->call_n, sizeof(struct gap_call *), by_kind);
	for (size_t i = 0; i < g->call_n; i++) {
		if (i == 0 || kind_order(order[i - 1], order[i]) != 0)
			alike[n++].first = order[i];
		struct calls_alike *a = &alike[n - 1];
		a->times++;
		a->media_out += order[i]->media_out;
		a->media_in += order[i]->media_in;
		a->last_us = order[i]->started_us;
	}
	free(order);
	qsort(alike, n, sizeof *alike, by_rule_and_time);
	*ret_alike = alike;
	*ret_n = n;
	return ERR_OK;
}
