/* Signatures of TCP, whatever it carries. */
#include "base/text.h"
#include "decode/packet.h"
#include "judge/signature.h"

/* SYN, repeated, and nothing came back. source RFC 9293 3.8.3 (R2 of SYN) */
static bool syn_timeout(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *s = &flow->half[SIDE_SERVER];

	if (flow->syn_n == 0 || s->packets > 0 || flow->midstream)
		return false;
	f->silent = true;
	if (flow->syn_n < 2) {
		bool long_enough = waited(e, 1, flow->syn_last, e->waits->tcp_us);
		finding_doubt(f, long_enough ? "not-repeated" : "window");
		f->single = long_enough;
		return true;
	}
	if (flow->evicted || !waited(e, 1, flow->syn_last, e->waits->tcp_us)) {
		finding_doubt(f, flow->evicted ? "table-full" : "window");
		return true;
	}
	finding_detail(f, "%u SYN over %.1f s", flow->syn_n, seconds_between(1, flow->syn_last));
	finding_proof(f, "repeated", "%u SYN over %.1f s, no answer", flow->syn_n, seconds_between(1, flow->syn_last));
	return true;
}

/* SYN answered by RST. source RFC 9293 3.5.2 */
static bool syn_reset(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	char after[TENTHS_TEXT];

	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	bool before = flow->synack > s->rst && !c->acks && !c->first_data; /* the SYN-ACK followed the reset */

	if (flow->syn_n == 0 || !s->rst || (flow->synack && !before))
		return false;
	if (c->acks)
		return false; /* it acknowledged an answer that the capture missed */
	finding_detail(f, "RST %s ms after SYN, TTL %u%s",
	               tenths_format(seconds_between(flow->syn_last, flow->half[SIDE_SERVER].rst) * 1000, after),
	               flow->reset.ttl, flow->reset.n > 1 ? ", repeated" : "");
	f->confidence = CONFIDENCE_LOW;
	return true;
}

/* A hop count that no path of the server's other packets explains. A difference of two hops or less may be a changed
 * route. */
static void reset_forensics(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	int usual = flow->half[SIDE_SERVER].ttl, reset = flow->reset.ttl;
	int off = usual && reset ? reset - usual : 0;

	if (off >= 3 || off <= -3) {
		finding_proof(f, "foreign-ttl", "the reset has TTL %d, the server's packets %d", reset, usual);
		f->confidence = CONFIDENCE_HIGH;
	}
	if (flow->reset.data_after) {
		finding_proof(f, "data-after-reset", "the server went on sending after its reset");
		f->confidence = CONFIDENCE_HIGH;
	}
}

/* Nothing was outstanding on either side, and both were idle: the server closes an idle connection. The caller
 * handles idle times of minutes. */
#define REST_MS 1500u

static bool rested(const struct half *c, const struct half *s)
{
	return s->last_data && s->last_data >= c->last_data && !c->waiting && s->rst >= s->last_data + REST_MS;
}

/* Whether the reset only ends a finished exchange. source RFC 9293 3.6; RFC 8446 6.1 */
static bool finished(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	if (c->fin && c->fin <= s->rst)
		return true; /* the client had finished */
	if (c->rst && c->rst <= s->rst)
		return true;
	if (s->fin && s->fin <= s->rst)
		return true;
	if (reset_came_first(flow))
		return false;
	/* Everything that was requested had arrived. */
	if (flow->protocol == TALK_HTTP && flow->said && flow->said->http.complete && !c->waiting)
		return true;
	/* Either side sent a close_notify, or the client's last data was one. */
	return (c->closing && c->first_data) || (s->closing && s->first_data);
}

/* Whether the service itself said something: behind a proxy, inside the tunnel that it granted. */
static bool service_spoke(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	return server_spoke(flow) && !(flow->said && flow->said->http.tunnel && c->last_data <= s->first_data);
}

/* Connected, then reset from the far side, not as the end of an exchange. */
static bool reset(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	if (!s->rst || (!flow->synack && !flow->midstream) || finished(flow) || reset_was_ignored(flow))
		return false;
	f->answered = service_spoke(flow);
	if (flow->midstream && !f->answered) {
		finding_doubt(f, "midstream");
		return true;
	}
	moment last = c->last_data > s->last_data ? c->last_data : s->last_data;
	moment quiet = s->rst > last && last ? s->rst - last : 0;
	/* The reset may have been provoked by the client's next data after a long idle time. */
	if (quiet < flow->idle_ms && c->last_data >= s->last_data)
		quiet = flow->idle_ms;
	if (rested(c, s) && (int64_t)quiet * 1000 < e->waits->idle_us)
		return false;
	finding_remark(f, (struct remark){REMARK_RESET, ms_between(flow->synack ? flow->synack : 1, s->rst), c->bytes,
	                                  s->bytes, flow->reset.ttl});
	if (f->answered && (int64_t)quiet * 1000 >= e->waits->idle_us)
		f->hint = HINT_STATE_TIMEOUT;
	f->confidence = CONFIDENCE_LOW;
	reset_forensics(e, f);
	return true;
}

/* Path MTU: the retransmitted data is larger than anything that ever arrived. RFC 2923 2.1 */
static bool too_large(const struct half *c)
{
	return c->stuck >= 1000 && c->largest < c->stuck;
}

/* Connected, then the client's data is repeated and nothing comes back. */
static bool stall(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	if ((!flow->synack && !flow->midstream) || !c->waiting || !c->repeats || s->rst)
		return false;
	/* What was on its way crosses the client's data; what comes after a repetition is a sign of life. */
	moment since = s->progress > c->waiting ? s->progress : c->waiting;
	if (since > c->waiting && since >= c->repeated)
		return false;
	f->answered = server_spoke(flow);
	/* The service answered and closed: what the client says after that, most often close_notify, finds no socket
	 * any more, and on the path no state. RFC 9293 3.6 */
	if (f->answered && s->fin && s->fin <= c->waiting)
		return false;
	f->silent = true;
	moment last = c->fin > c->repeated ? c->last : c->repeated;
	bool gave_up = c->rst && c->rst - c->waiting < e->waits->tcp_us / 1000;
	if (gave_up || flow->evicted || !waited(e, since, last, e->waits->tcp_us)) {
		if (f->answered)
			return false; /* the service answered: the attempt is ok however it ended */
		finding_doubt(f, gave_up ? "client-gave-up" : flow->evicted ? "table-full" : "window");
		return true;
	}
	finding_detail(f, "%u bytes sent %u times over %.1f s, no answer", c->stuck, c->repeats + 1,
	               seconds_between(c->waiting, last));
	finding_proof(f, "repeated", "the same data %u times over %.1f s", c->repeats + 1,
	              seconds_between(c->waiting, last));
	if (f->answered && (int64_t)flow->idle_ms * 1000 >= e->waits->idle_us)
		f->hint = HINT_STATE_TIMEOUT;
	else if (too_large(c))
		f->hint = HINT_PATH_MTU;
	return true;
}

const struct signature_row signature_rows_tcp[] = {
	{SIG_TCP_SYN_RESET, syn_reset, "RFC 9293 3.5.2"},
	{SIG_TCP_SYN_TIMEOUT, syn_timeout, "RFC 9293 3.8.3; RFC 6298 2"},
	{SIG_TCP_RESET, reset, "RFC 9293 3.5.2, 3.6; RFC 3360"},
	{SIG_TCP_STALL, stall, "RFC 9293 3.8.1; RFC 6298 5"},
	{SIG_NONE, NULL, NULL},
};
