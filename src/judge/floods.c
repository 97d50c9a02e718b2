/* Floods and scans: what is only counted, so that it does not push out what may belong to a rule. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "decode/packet.h"
#include "judge/candidate.h"

/* A single packet from the client and nothing else: a flood or a scan makes millions, each perhaps from another
 * address. The first of each server are kept like any attempt; the rest are only counted. */
bool flood_folds(struct judge *j, const struct flow *f)
{
	struct target target;

	if (f->half[SIDE_CLIENT].packets != 1 || f->half[SIDE_SERVER].packets || f->unreachable.at)
		return false;
	memset(&target, 0, sizeof target);
	target.server = f->server;
	target.port = f->server_port;
	target.proto = f->proto;
	uint32_t *n = map_put(&j->lone, &target, NULL);
	if (!n)
		return true;
	*n += *n < UINT32_MAX;
	return *n > LONE_MOST;
}

bool name_is_strange(const struct judge *j, const struct evidence_of_name *e)
{
	struct host_hit hits[HOST_HITS];

	if (!e->sni || e->ech || e->ech_unseen || e->connect || j->has_prefixes)
		return false;
	return !lists_match_name(j->o.lists, names_text(j->names, e->sni), hits) && !lookups_leads(j->lookups, e->sni);
}

bool flow_is_strange(const struct judge *j, const struct evidence_of_name *e)
{
	return !lists_wants_port(j->o.lists, e->port, e->proto) || name_is_strange(j, e);
}

/* Whether all but a share of the candidates' table is taken, and this flow belongs to no rule as far as is known. A
 * monitor can already ask DNS what the server is called. */
static bool is_crowded_out(const struct judge *j, const struct evidence_of_name *e)
{
	struct claim claims[CLAIMS_MOST];
	size_t most = j->o.live ? CANDIDATES_LIVE_MOST : CANDIDATES_MOST;

	if (j->n < most - most / CANDIDATES_SPARE)
		return false;
	return j->o.live ? claims_of(&j->claims, e, claims) > 0 && claims[0].rule < 0 : flow_is_strange(j, e);
}

/* One more failed connection of no rule, by a client or in a capture of which as many are kept as are reported. The
 * first failures are kept without asking whose they are. */
static bool is_surplus(struct judge *j, struct audience *a, const struct evidence_of_name *e, const struct finding *f)
{
	if (j->o.live || e->proto != PROTO_TCP || !finding_is_bad(f))
		return false;
	if (a->failures < UNLISTED_CLIENT_MOST && j->failures < UNLISTED_MOST) {
		a->failures++;
		j->failures++;
		return false;
	}
	if (!flow_is_strange(j, e))
		return false;
	if (a->strangers < UNLISTED_CLIENT_MOST && j->strangers < UNLISTED_MOST) {
		a->strangers++;
		j->strangers++;
		return false;
	}
	a->surplus += a->surplus < UINT32_MAX;
	return true;
}

bool flood_crowds_out(struct judge *j, struct audience *a, const struct evidence_of_name *e, const struct finding *f)
{
	if (is_surplus(j, a, e, f))
		return true; /* flood_sum() counts them */
	if (!is_crowded_out(j, e))
		return false;
	j->scanned += finding_is_bad(f);
	return true;
}

bool flood_reports(struct judge *j, uint32_t client)
{
	uint32_t *n = j->reported < UNLISTED_MOST ? map_put(&j->unlisted, &client, NULL) : NULL;

	if (!n || *n >= UNLISTED_CLIENT_MOST) {
		j->scanned++;
		return false;
	}
	++*n;
	j->reported++;
	return true;
}

/* Where as many were reported as may be, those that were not even kept are part of the scan. Elsewhere the others were
 * doubted, and so would these have been. */
void flood_sum(struct judge *j)
{
	for (uint32_t i = 1; i <= memory_client_count(j->memory) && i < j->audience_room; i++) {
		const struct audience *a = &j->audiences[i];
		if (!a->surplus)
			continue;
		const uint32_t *n = map_find(&j->unlisted, &i);
		if (j->reported >= UNLISTED_MOST || (n && *n >= UNLISTED_CLIENT_MOST))
			j->scanned += a->surplus;
	}
}

/* ---- notices */

struct floods {
	struct text named;
	uint64_t folded;
	size_t targets;
};

static bool add_flood(void *context, const void *key, void *value)
{
	struct floods *f = context;
	const struct target *t = key;
	uint32_t n = *(const uint32_t *)value;
	char server[ADDR_TEXT];

	if (n <= LONE_MOST)
		return true;
	f->folded += n - LONE_MOST;
	if (f->targets++ < NAMED_MOST)
		text_addf(&f->named, "%s%s port %u/%s", f->targets > 1 ? ", " : "", addr_format(&t->server, server),
		          t->port, t->proto == PROTO_TCP ? "tcp" : "udp");
	return true;
}

static void notice_folded(struct judge *j, const char *period)
{
	struct floods f = {0};

	map_each(&j->lone, add_flood, &f);
	if (f.targets > NAMED_MOST)
		text_addf(&f.named, " and %zu more", f.targets - NAMED_MOST);
	if (f.targets) {
		text_addf(&f.named,
		          ": %llu more conversations were one packet and no answer; they are only counted (a flood or "
		          "a scan)%s",
		          (unsigned long long)f.folded, period);
		if (!f.named.failed)
			j->hooks.notice(j->hooks.context, "info", "flood", f.named.at);
	}
	text_release(&f.named);
}

static void notice_count(struct judge *j, uint64_t n, const char *what, const char *period)
{
	char text[160 + PERIOD_TEXT];

	if (n == 0)
		return;
	snprintf(text, sizeof text, "%llu %s (a scan or a flood)%s", (unsigned long long)n, what, period);
	j->hooks.notice(j->hooks.context, "info", "flood", text);
}

void flood_notices(struct judge *j)
{
	char period[PERIOD_TEXT];

	judge_period(j, period);
	notice_count(j, j->scanned, "more failed connections that match no rule are only counted", period);
	notice_count(j, j->unproved, "failed connections have no packets as evidence", period);
	notice_count(j, j->calls_counted, "more calls (STUN, TURN) are only counted", period);
	notice_folded(j, period);
}

void flood_turn(struct judge *j)
{
	map_clear(&j->unlisted);
	map_clear(&j->lone);
	j->reported = 0;
	j->calls = j->calls_unlisted = 0;
	j->scanned = j->unproved = j->calls_counted = 0;
}
