/* Notices, at the end of the capture, about what it could not show. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "decode/packet.h"
#include "judge/candidate.h"

/* Conditions noticed for each client separately. */
enum trait { ONE_SIDED, ONE_SIDED_LISTED, DNS_HIDDEN, SNI_HIDDEN, CUT, TRAITS };

struct clients {
	size_t n;
	uint32_t named[NAMED_MOST]; /* the first few */
};

static void add_client(struct clients *c, uint32_t client, bool has)
{
	if (!has)
		return;
	if (c->n < NAMED_MOST)
		c->named[c->n] = client;
	c->n++;
}

static void gather(const struct judge *j, struct clients ret_clients[static TRAITS])
{
	memset(ret_clients, 0, TRAITS * sizeof *ret_clients);
	for (uint32_t i = 1; i <= memory_client_count(j->memory) && i < j->audience_room; i++) {
		const struct audience *a = &j->audiences[i];
		bool seen = a->sent + a->received + a->sent_before + a->received_before;
		bool one_sided = seen && client_is_one_sided(j, i);
		add_client(&ret_clients[ONE_SIDED], i, one_sided);
		add_client(&ret_clients[ONE_SIDED_LISTED], i, one_sided && a->listed);
		add_client(&ret_clients[DNS_HIDDEN], i, a->encrypted_dns);
		add_client(&ret_clients[SNI_HIDDEN], i, a->ech);
		add_client(&ret_clients[CUT], i, a->truncated);
	}
}

/* "10.0.0.5, 10.0.0.6 and 17 more: TEXT" */
static void notice_clients(struct judge *j, const struct clients *c, const char *level, const char *code,
                           const char *about)
{
	struct text t = {0};
	char address[ADDR_TEXT];

	if (c->n == 0)
		return;
	for (size_t i = 0; i < c->n && i < NAMED_MOST; i++)
		text_addf(&t, "%s%s", i ? ", " : "",
		          addr_format(memory_client_address(j->memory, c->named[i]), address));
	if (c->n > NAMED_MOST)
		text_addf(&t, " and %zu more", c->n - NAMED_MOST);
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
		text_addf(&t, "group %s names no hosts%s: it cannot be audited. Put its hosts into a second list with "
		          "\"id: %s\" and give that with -e as well",
		          g->id, g->hosts_status == HOSTS_ASK_VENDOR ? " (ask the vendor)" : "", g->id);
		if (!t.failed)
			j->hooks.notice(j->hooks.context, "warning", "empty-group", t.at);
		text_release(&t);
	}
}

/* Whether active look-ups of this look-up's name gave addresses, but not its answer. */
static bool differs(const struct judge *j, const struct lookup *l, const struct addr **ret_known)
{
	const char *name = names_text(j->names, l->name);
	bool known = false;

	for (size_t i = 0; i < j->o.resolved_n; i++) {
		const struct snapshot_row *row = &j->o.resolved[i];
		if (strcmp(row->name, name) != 0 || addr_is_v4(&row->address) != addr_is_v4(&l->answer))
			continue;
		if (addr_equal(&row->address, &l->answer))
			return false;
		known = true;
		*ret_known = &row->address;
	}
	return known;
}

static void notice_differences(struct judge *j)
{
	char client[ADDR_TEXT], told[ADDR_TEXT], known[ADDR_TEXT], text[HOST_TEXT + 256];
	const struct addr *address = NULL;

	for (size_t i = 0; j->o.resolved_n && i < lookups_count(j->lookups); i++) {
		const struct lookup *l = lookups_at(j->lookups, i);
		if (!l->answered_us || !l->answer_hash || !differs(j, l, &address))
			continue;
		snprintf(text, sizeof text,
		         "%s was told %s for %s, the look-up says %s: split horizon, another edge of a CDN, or a lie",
		         addr_format(memory_client_address(j->memory, l->client), client),
		         addr_format(&l->answer, told),
		         names_text(j->names, l->name), addr_format(address, known));
		j->hooks.notice(j->hooks.context, "info", "dns-differs", text);
	}
}

const char *judge_period(const struct judge *j, char ret_text[static PERIOD_TEXT])
{
	char from[TIME_TEXT], to[TIME_TEXT];

	ret_text[0] = '\0';
	if (j->o.live && j->turned_us)
		snprintf(ret_text, PERIOD_TEXT, " (between %s and %s)", time_format(j->turned_us + j->shift_us, from),
		         time_format(j->now_us + j->shift_us, to));
	return ret_text;
}

static void notice_full(struct judge *j)
{
	char text[120 + PERIOD_TEXT], period[PERIOD_TEXT];
	const struct judge_counters c = judge_counters(j);

	judge_period(j, period);
	if (c.full) {
		snprintf(text, sizeof text, "a table of the audit was full: some names or attempts were not kept%s",
		         period);
		j->hooks.notice(j->hooks.context, "warning", "table-full", text);
	}
	if (c.many_groups) {
		snprintf(text, sizeof text, "a host that was tried is in more than %u groups: only rules of the first "
		         "%u count it%s", CLAIMS_MOST, CLAIMS_MOST, period);
		j->hooks.notice(j->hooks.context, "warning", "table-full", text);
	}
}

void judge_notices(struct judge *j)
{
	size_t all = memory_client_count(j->memory);
	struct clients of[TRAITS];

	gather(j, of);
	bool nobody_hears = all && of[ONE_SIDED].n == all;
	notice_clients(j, &of[nobody_hears ? ONE_SIDED : ONE_SIDED_LISTED], "warning", "one-sided",
	               "no packet of the other side was captured, so silence proves nothing "
	               "(--two-way asserts that both directions are)");
	notice_clients(j, &of[DNS_HIDDEN], "info", "encrypted-dns",
	               "asks an encrypted resolver: connections without a visible server name cannot be attributed "
	               "by DNS");
	notice_clients(j, &of[SNI_HIDDEN], "info", "encrypted-sni",
	               "sends Encrypted ClientHello: the visible server name may be the provider's; DNS names those "
	               "connections");
	notice_clients(j, &of[CUT], "warning", "truncated-packets",
	               "packets were captured only in part (snaplen): names and answers behind the cut could not be "
	               "read");
	notice_groups(j);
	notice_differences(j);
	if (all == 0 && !j->o.live)
		j->hooks.notice(j->hooks.context, "warning", "no-clients",
		                "nothing to audit: no client's traffic is in the capture, or --clients or the filter "
		                "left none");
	flood_notices(j);
	notice_full(j);
}
