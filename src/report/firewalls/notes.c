#include "report/firewalls/notes.h"

#include "report/firewalls/wording.h"
#include "report/sentences.h"

const char *plain_keep(struct pool *p, const char *text)
{
	struct text t = {0};

	plain_add(&t, text, SIZE_MAX / 2);
	const char *kept = t.failed ? NULL : pool_text(p, t.at ? t.at : "");
	p->failed |= t.failed;
	text_release(&t);
	return kept;
}

/* Takes over the text and leaves it empty. */
static void note(struct ruleset *s, struct text *t)
{
	const char *kept = t->failed ? NULL : plain_keep(&s->pool, t->at ? t->at : "");

	s->pool.failed |= t->failed;
	text_clear(t);
	s->notes = pool_grow(&s->pool, s->notes, s->note_n, sizeof *s->notes);
	if (s->notes && kept)
		s->notes[s->note_n++] = kept;
}

static void note_title(struct ruleset *s, const struct gap *g, struct text *t)
{
	text_addf(t, "rulegap: the missing rules for %s", s->firewall->title);
	text_add(t, g->list_n ? ", of " : "");
	sentence_lists(t, g);
	note(s, t);
	if (g->first_us) {
		text_add(t, "seen from ");
		sentence_time(t, g->first_us);
		text_add(t, " to ");
		sentence_time(t, g->last_us);
		text_add(t, " UTC");
		note(s, t);
	}
}

static void note_count(struct ruleset *s, struct text *t)
{
	if (s->opening_n == 0)
		text_add(t, s->unsaid ? "Nothing here can be loaded: see below." : "There is nothing to open.");
	else
		text_addf(t, "%zu rule%s for %zu missing entr%s. Sources are exactly the clients that were blocked.",
		          s->opening_n, s->opening_n == 1 ? "" : "s", s->item_n, s->item_n == 1 ? "y" : "ies");
	if (s->unsaid)
		text_addf(t, " %zu thing%s could not be said: look for NOT SAID.", s->unsaid,
		          s->unsaid == 1 ? "" : "s");
	note(s, t);
}

void notes_build(struct ruleset *s, const struct gap *g)
{
	struct text t = {0};

	note_title(s, g, &t);
	note_count(s, &t);
	for (size_t i = 0; i < g->missing_n && !s->pool.failed; i++) {
		const struct gap_missing *m = &g->missing[i];
		if (missing_is_opening(m))
			continue;
		text_addf(&t, "NOT HERE, at the %s: ", sentence_place(m->kind));
		sentence_action(&t, m);
		text_addf(&t, ". %s", m->why ? m->why : "");
		note(s, &t);
	}
	text_release(&t);
}

bool missing_is_opening(const struct gap_missing *m)
{
	/* The entry of a name that does not resolve has no rule. */
	return m->kind == KIND_FIREWALL ||
	       (m->kind == KIND_DNS && m->rule && m->port && m->signature == SIG_DNS_TIMEOUT);
}
