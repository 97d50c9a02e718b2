#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "decode/packet.h"
#include "flow/story.h"
#include "judge/finding.h"

static size_t packed_bytes(unsigned room)
{
	return room ? offsetof(struct argument, proofs) + (room - 1) * sizeof(struct proof)
	            : offsetof(struct argument, detail);
}

void argument_store_init(struct argument_store *s)
{
	for (unsigned i = 0; i <= PROOFS_MOST + 1; i++)
		blocks_init(&s->by_room[i], packed_bytes(i));
}

void argument_store_release(struct argument_store *s)
{
	for (unsigned i = 0; i <= PROOFS_MOST + 1; i++)
		blocks_release(&s->by_room[i]);
}

bool argument_has_words(const struct argument *a)
{
	return !a->store || a->room;
}

static struct argument *argument_copy(struct argument_store *s, const struct argument *a, uint8_t room)
{
	struct argument *copy = blocks_take(&s->by_room[room]);

	if (!copy)
		return NULL;
	memcpy(copy, a, packed_bytes(room && argument_has_words(a) ? a->proof_n + 1u : 0));
	copy->room = room;
	copy->store = s;
	return copy;
}

struct argument *argument_pack(struct argument_store *s, const struct argument *a)
{
	bool worded = argument_has_words(a) && (a->proof_n || *a->detail || *a->blocker);

	return argument_copy(s, a, worded ? (uint8_t)(a->proof_n + 1) : 0);
}

void argument_free(struct argument *a)
{
	if (a)
		blocks_give(&a->store->by_room[a->room], a);
}

/* Room for words, and for so many proofs. */
static bool argument_grow(struct finding *f, unsigned proofs)
{
	struct argument *a = f->argument;

	if (proofs > PROOFS_MOST)
		return false;
	if (!a->store || proofs < a->room)
		return true;
	struct argument *larger = argument_copy(a->store, a, (uint8_t)(proofs + 1));
	if (!larger)
		return false;
	argument_free(a);
	f->argument = larger;
	return true;
}

void finding_proof(struct finding *f, const char *name, const char *format, ...)
{
	va_list args;

	if (!f->argument || !argument_grow(f, f->argument->proof_n + 1u))
		return;
	struct proof *p = &f->argument->proofs[f->argument->proof_n++];
	p->name = name;
	va_start(args, format);
	vsnprintf(p->text, sizeof p->text, format, args);
	va_end(args);
}

void finding_detail(struct finding *f, const char *format, ...)
{
	va_list args;

	if (!f->argument || !argument_grow(f, f->argument->proof_n))
		return;
	va_start(args, format);
	vsnprintf(f->argument->detail, sizeof f->argument->detail, format, args);
	va_end(args);
}

void finding_remark(struct finding *f, struct remark remark)
{
	if (f->argument)
		f->argument->remark = remark;
}

void finding_doubt(struct finding *f, const char *why_not)
{
	f->outcome = OUTCOME_INCONCLUSIVE;
	f->signature = SIG_NONE;
	f->silent = false;
	f->why_not = why_not;
	if (!f->argument || !argument_has_words(f->argument))
		return;
	f->argument->proof_n = 0;
	f->argument->blocker[0] = '\0';
}

uint32_t ms_between(moment from, moment to)
{
	return to > from ? to - from : 0;
}

double seconds_between(moment from, moment to)
{
	return ms_between(from, to) / 1000.0;
}

bool waited(const struct exhibit *e, moment from, moment to, int64_t wait_us)
{
	if (to > from && (int64_t)(to - from) * 1000 >= wait_us)
		return true;
	return e->end_us - flow_time(e->flow, to) >= wait_us;
}

bool reset_came_first(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	bool took = c->acks && (s->first_data ? seq_before(s->begin, c->acked) : f->synack > s->rst);

	if (!s->rst || !f->reset.data_after || !f->synack || (s->first_data && s->first_data <= s->rst))
		return false;
	return !took && c->last_data <= s->rst && c->fin <= s->rst;
}

bool reset_was_ignored(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	return f->reset.data_after && !c->rst && c->progress > s->rst && s->progress > s->rst;
}

bool server_spoke(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];

	if (reset_came_first(f))
		return false;
	return s->first_data || (f->synack && c->acks && seq_before(s->next, c->acked));
}

static bool try_rows(const struct signature_row *rows, const struct exhibit *e, struct finding *f)
{
	for (; rows->signature != SIG_NONE; rows++) {
		struct finding found = {.outcome = signature_outcome(rows->signature), .signature = rows->signature,
		                        .confidence = CONFIDENCE_MEDIUM, .argument = e->scratch};
		/* The room is large and rows are many: only what is looked at is emptied. */
		e->scratch->detail[0] = e->scratch->blocker[0] = '\0';
		e->scratch->proof_n = 0;
		e->scratch->remark.kind = REMARK_NONE;
		e->scratch->store = NULL;
		if (!rows->shows(e, &found))
			continue;
		*f = found;
		return true;
	}
	return false;
}

/* Why a connection that opened was none that worked; NULL: nothing speaks against it. */
static const char *tcp_doubt(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	const struct said *said = flow->said;

	if (flow->midstream)
		return s->first_data && c->packets ? NULL : "midstream";
	if (!flow->synack)
		return "window";
	if (!c->acks && !c->rst && flow->syn_last > flow->synack)
		return "unopened"; /* its answers do not reach the client */
	if (s->shut && !s->first_data && !c->first_data)
		return "shut"; /* who answered takes no data: a SYN proxy that reaches nobody behind it */
	if (s->hole && s->first_data && c->acks && c->acked == s->begin)
		return "undelivered"; /* the first bytes were lost on the way, and so all: path MTU, RFC 2923 2.1 */
	if (said && said->http.connect_kind && !said->http.tunnel && !said->http.connect_status)
		return "proxy-silent";
	if (c->first_data && !s->first_data && c->waiting)
		return c->fin || c->rst ? "client-gave-up" : "window";
	return NULL;
}

/* Nothing wrong was found: did the service answer? */
static void plain(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	const char *doubt = flow->proto == PROTO_TCP ? tcp_doubt(flow) : NULL;

	*f = (struct finding){.outcome = OUTCOME_OK, .answered = true};
	if (flow->evicted) {
		finding_doubt(f, "table-full");
	} else if (doubt) {
		finding_doubt(f, doubt);
	} else if (flow->proto == PROTO_UDP && s->packets == 0) {
		finding_doubt(f, "unanswered");
	} else if (flow->proto == PROTO_UDP && c->packets == 0) {
		finding_doubt(f, "midstream");
	}
	if (f->outcome == OUTCOME_INCONCLUSIVE)
		f->answered = false;
}

struct finding judge_flow(const struct exhibit *e)
{
	struct finding f;

	if (try_rows(signature_rows_proxy, e, &f) || try_rows(signature_rows_icmp, e, &f))
		return f;
	if (try_rows(signature_rows_stun, e, &f))
		return f;
	if (e->flow->proto == PROTO_TCP) {
		if (try_rows(signature_rows_tls, e, &f) || try_rows(signature_rows_tcp, e, &f))
			return f;
	} else if (try_rows(signature_rows_udp, e, &f)) {
		return f;
	}
	plain(e, &f);
	return f;
}
