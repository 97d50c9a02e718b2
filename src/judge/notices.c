#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge/candidate.h"

#define NAMED_MOST 8 /* clients named in one notice */

typedef bool (*client_test)(const struct judge *j, uint32_t client);

static bool is_one_sided(const struct judge *j, uint32_t client)
{
	const struct audience *a = &j->audiences[client];

	return a->sent + a->received + a->sent_before + a->received_before && client_is_one_sided(j, client);
}

static bool is_one_sided_and_listed(const struct judge *j, uint32_t client)
{
	return j->audiences[client].listed && is_one_sided(j, client);
}

static bool is_dns_hidden(const struct judge *j, uint32_t client)
{
	return j->audiences[client].encrypted_dns;
}

static bool is_sni_hidden(const struct judge *j, uint32_t client)
{
	return j->audiences[client].ech;
}

static bool is_cut(const struct judge *j, uint32_t client)
{
	return j->audiences[client].truncated;
}

static size_t clients_that(const struct judge *j, client_test test)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= memory_client_count(j->memory) && i < j->audience_room; i++)
		n += test(j, i);
	return n;
}

/* "10.0.0.5, 10.0.0.6 and 17 more: TEXT" */
static void notice_clients(struct judge *j, client_test test, const char *level, const char *code, const char *about)
{
	struct text t = {0};
	size_t all = clients_that(j, test), named = 0;
	char address[ADDR_TEXT];

	if (all == 0)
		return;
	for (uint32_t i = 1; i <= memory_client_count(j->memory) && i < j->audience_room && named < NAMED_MOST; i++) {
		if (!test(j, i))
			continue;
		text_addf(&t, "%s%s", named ? ", " : "", addr_format(memory_client_address(j->memory, i), address));
		named++;
	}
	if (all > named)
		text_addf(&t, " and %zu more", all - named);
	text_addf(&t, ": %s", about);
	if (!t.failed)
		j->hooks.notice(j->hooks.context, level, code, t.at);
	text_release(&t);
}

static void notice_groups(struct judge *j)
{
	const struct lists *l = j->o.lists;

	for (size_t i = 0; i < l->group_n; i++) {
		const struct group *g = &l->groups[i];
		struct text t = {0};
		if (!g->active || g->host_n || g->hosts_status == HOSTS_GIVEN)
			continue;
		text_addf(&t, "group %s names no hosts%s: it cannot be audited. Put its hosts into a second list with \"id: %s\" and give that with -e as well",
		          g->id, g->hosts_status == HOSTS_ASK_VENDOR ? " (ask the vendor)" : "", g->id);
		if (!t.failed)
			j->hooks.notice(j->hooks.context, "warning", "empty-group", t.at);
		text_release(&t);
	}
}

void judge_notices(struct judge *j)
{
	size_t all = memory_client_count(j->memory);
	bool nobody_hears = all && clients_that(j, is_one_sided) == all;

	notice_clients(j, nobody_hears ? is_one_sided : is_one_sided_and_listed, "warning", "one-sided",
	               "no packet of the other side was captured, so silence proves nothing (--two-way asserts that both directions are)");
	notice_clients(j, is_dns_hidden, "info", "encrypted-dns",
	               "asks an encrypted resolver: connections without a visible server name cannot be attributed by DNS");
	notice_clients(j, is_sni_hidden, "info", "encrypted-sni",
	               "sends Encrypted ClientHello: the visible server name may be the provider's; DNS names those connections");
	notice_clients(j, is_cut, "warning", "truncated-packets",
	               "packets were captured only in part (snaplen): names and answers behind the cut could not be read");
	notice_groups(j);
	if (all == 0 && !j->o.live)
		j->hooks.notice(j->hooks.context, "warning", "no-clients", "nothing to audit: no client's traffic is in the capture, or --clients or the filter left none");
	if (j->scanned) {
		char text[160];
		snprintf(text, sizeof text, "%llu more failed connections that match no rule are only counted (a scan or a flood)",
		         (unsigned long long)j->scanned);
		j->hooks.notice(j->hooks.context, "info", "flood", text);
	}
	if (judge_counters(j).full)
		j->hooks.notice(j->hooks.context, "warning", "table-full", "a table of the audit was full: some names or attempts were not kept");
}
