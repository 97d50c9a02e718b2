#include <stdio.h>

#include "decode/packet.h"
#include "judge/candidate.h"

static void result(const struct said_stun *s, const struct finding *f, char out[static 64])
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

void judge_call_step(struct judge *j, const struct candidate *c, const struct flow *f, const struct names *names)
{
	const struct said_stun *s = &f->said->stun;
	struct evidence_of_name called = c->called;
	struct claim claims[CLAIMS_MOST];

	if (s->ice || (s->requests == 0 && s->success == 0))
		return;
	claims_of(&j->claims, &called, claims);
	struct judged_call row = {
	    .client = f->client,
	    .server = f->server,
	    .host = names_text(j->names, claims[0].host),
	    .rule = claims[0].rule,
	    .port = f->server_port,
	    .proto = f->proto,
	    .started_us = f->first_us + f->shift_us,
	    .ended_us = flow_time(f, flow_last(f)) + f->shift_us,
	    .software = names_text(names, s->software),
	    .realm = names_text(names, s->realm),
	    .relayed = s->relayed,
	    .media_out = s->media[SIDE_CLIENT],
	    .media_in = s->media[SIDE_SERVER],
	};
	result(s, &c->finding, row.result);
	j->hooks.call(j->hooks.context, &row);
}
