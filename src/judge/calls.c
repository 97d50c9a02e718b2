/* Steps of calls: what clients tried at STUN and TURN servers. A step is recorded when its flow is judged and
 * reported when the attempt is settled, under the name known by then. */
#include <stdio.h>

#include "base/limits.h"
#include "judge/candidate.h"

void judge_call_step(struct judge *j, struct candidate *c, const struct flow *f, const struct names *names)
{
	const struct said_stun *s = &f->said->stun;

	if (s->ice || (s->requests == 0 && s->success == 0))
		return;
	struct candidate_rest *rest = candidate_ensure_rest(j, c);
	struct call_step *step = rest ? blocks_take(&j->steps) : NULL;
	c->stepped = step != NULL;
	if (!step)
		return;
	rest->step = step;
	*step = (struct call_step){
	    .software = names_carry(j->names, names, s->software),
	    .realm = names_carry(j->names, names, s->realm),
	    .relayed = s->relayed,
	    .media = {s->media[SIDE_CLIENT], s->media[SIDE_SERVER]},
	    .error = s->error,
	    .allocated = s->allocated,
	    .success = s->success > 0,
	    .errors = s->errors > 0,
	};
}

bool judge_call_allocated(const struct candidate *c)
{
	return c->stepped && c->rest->step->allocated;
}

static void result(const struct call_step *s, const struct finding *f, char out[static 64])
{
	if (f->signature == SIG_STUN_TIMEOUT || f->outcome == OUTCOME_BLOCKED)
		snprintf(out, 64, "%s", signature_name(f->signature));
	else if (s->allocated)
		snprintf(out, 64, "allocated");
	else if (s->error)
		snprintf(out, 64, "error %u", s->error);
	else if (s->success)
		snprintf(out, 64, "answered");
	else if (s->errors)
		snprintf(out, 64, "challenged");
	else
		snprintf(out, 64, "no answer");
}

/* Whether there is room for one more. Those of no rule, of which one program can make any number, do not push out
 * the others. */
static bool is_kept(struct judge *j, const struct candidate *c)
{
	bool unlisted = c->rule < 0;

	if (j->calls >= CALLS_MOST || (unlisted && j->calls_unlisted >= CALLS_UNLISTED_MOST)) {
		j->calls_counted++;
		return false;
	}
	j->calls++;
	j->calls_unlisted += unlisted;
	return true;
}

void judge_give_call(struct judge *j, const struct candidate *c)
{
	const struct call_step *s = c->rest->step;
	struct judged_call row = {
	    .client = *memory_client_address(j->memory, c->client),
	    .server = c->called.server,
	    .host = names_text(j->names, c->host),
	    .rule = c->rule,
	    .port = c->port_seen,
	    .proto = c->called.proto,
	    .started_us = c->started_us + c->shift_us,
	    .ended_us = c->ended_us + c->shift_us,
	    .software = names_text(j->names, s->software),
	    .realm = names_text(j->names, s->realm),
	    .relayed = s->relayed,
	    .media_out = s->media[0],
	    .media_in = s->media[1],
	};

	if (!is_kept(j, c))
		return;
	result(s, &c->finding, row.result);
	j->hooks.call(j->hooks.context, &row);
}
