/* Signatures of TLS handshakes. */
#include <string.h>
#include <strings.h>

#include "decode/packet.h"
#include "judge/signature.h"

/* A ClientHello was sent to a server that is there. */
static const struct said_tls *hello(const struct exhibit *e)
{
	const struct flow *f = e->flow;

	if (f->proto != PROTO_TCP || f->protocol != TALK_TLS || !f->said || !f->half[SIDE_CLIENT].first_data)
		return NULL;
	/* In a connection begun before the capture, the ClientHello may be long past. */
	return f->said->tls.hello || !f->midstream ? &f->said->tls : NULL;
}

/* The server sent no byte after the ClientHello (behind a proxy: after the tunnel opened). */
static bool unanswered(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	const struct said_tls *tls = &f->said->tls;

	if (reset_came_first(f) && !f->said->http.tunnel)
		return true;
	if (tls->server_hello || tls->fatal[SIDE_SERVER] || tls->warned[SIDE_SERVER] || tls->finished[SIDE_SERVER])
		return false;
	if (!s->first_data)
		return !server_spoke(f);
	moment since = tls->hello ? tls->hello : c->first_data;
	return f->said->http.tunnel && s->last_data <= since;
}

#define TOLD_AT_ONCE_MS 1u /* simultaneous packets may fall on both sides of a millisecond boundary */

/* When the client ended the connection on its own; 0: it did not. A reset that acknowledges less than the client's
 * FIN is not a reply to it. */
static moment left_first(const struct flow *f)
{
	const struct half *c = &f->half[SIDE_CLIENT], *s = &f->half[SIDE_SERVER];
	moment left = c->fin && (!c->rst || c->fin < c->rst) ? c->fin : c->rst;
	moment ended = s->fin && (!s->rst || s->fin < s->rst) ? s->fin : s->rst;

	if (!left || (ended && (ended < left || (ended == left && f->server_ended_first))))
		return 0;
	if (ended && left == c->rst && ended - left <= TOLD_AT_ONCE_MS)
		return 0; /* a device between reset both ends at the same moment */
	return ended && ended == s->rst && f->reset.behind && c->fin ? 0 : left;
}

static bool hello_reset(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);
	const struct half *s = &e->flow->half[SIDE_SERVER];

	if (!tls || !s->rst || !unanswered(e->flow))
		return false;
	const struct half *c = &e->flow->half[SIDE_CLIENT];
	if ((s->fin && s->fin <= s->rst) || left_first(e->flow))
		return false;
	finding_remark(f, (struct remark){REMARK_HELLO_RESET, ms_between(c->last_data, s->rst),
	                                  .ttl = e->flow->reset.ttl});
	int off = s->ttl ? e->flow->reset.ttl - s->ttl : 0;
	if (off >= 3 || off <= -3) {
		finding_proof(f, "foreign-ttl", "the reset has TTL %u, the server's SYN-ACK %u", e->flow->reset.ttl,
		              s->ttl);
		f->confidence = CONFIDENCE_HIGH;
	}
	if (e->flow->reset.data_after) {
		finding_proof(f, "data-after-reset", "the server answered behind its reset");
		f->confidence = CONFIDENCE_HIGH;
	}
	return true;
}

static bool hello_close(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);
	const struct half *c = &e->flow->half[SIDE_CLIENT], *s = &e->flow->half[SIDE_SERVER];

	if (!tls || !s->fin || (s->rst && s->rst < s->fin) || !unanswered(e->flow) || left_first(e->flow))
		return false;
	if (s->hole) { /* its sequence number shows that bytes came before it */
		finding_doubt(f, "capture-drops");
		return true;
	}
	finding_detail(f, "FIN %.1f ms after ClientHello, without a byte",
	               seconds_between(c->last_data, s->fin) * 1000);
	return true;
}

static bool hello_timeout(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);
	const struct flow *flow = e->flow;
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];
	moment left = left_first(flow);

	if (!tls || !unanswered(flow) || (!flow->synack && !flow->midstream) || ((s->rst || s->fin) && !left))
		return false;
	f->silent = true;
	moment since = c->first_data;
	if (flow->said->http.tunnel && tls->hello)
		since = tls->hello;
	if (c->repeats && c->waiting) {
		moment last = c->fin ? c->last : c->repeated;
		bool gave_up = c->rst && (int64_t)(c->rst - c->waiting) * 1000 < e->waits->tls_us;
		if (gave_up || !waited(e, c->waiting, last, e->waits->tls_us)) {
			finding_doubt(f, gave_up ? "client-gave-up" : "window");
			return true;
		}
		finding_detail(f, "ClientHello sent %u times over %.1f s, no answer", c->repeats + 1,
		               seconds_between(c->waiting, last));
		finding_proof(f, "repeated", "ClientHello %u times over %.1f s", c->repeats + 1,
		              seconds_between(c->waiting, last));
		if (c->stuck >= 1000 && c->largest < c->stuck && c->largest > 0)
			f->hint = HINT_PATH_MTU;
		return true;
	}
	/* Acknowledged, then no byte for as long as the client stayed. A client that got no acknowledgment
	 * retransmits: without a retransmission the capture has lost something. */
	int64_t until = left ? flow_time(flow, left) : e->end_us;
	if (c->waiting) {
		finding_doubt(f, "not-repeated");
		return true;
	}
	if (until - flow_time(flow, since) < e->waits->hello_us || flow->evicted || !s->acks) {
		finding_doubt(f, left ? "client-gave-up" : flow->evicted ? "table-full" : "window");
		return true;
	}
	finding_detail(f, "ClientHello acknowledged, not a byte in %.1f s",
	               (double)(until - flow_time(flow, since)) / 1e6);
	finding_proof(f, "waited", "the client waited %.1f s", (double)(until - flow_time(flow, since)) / 1e6);
	if (s->hole)
		f->hint = HINT_PATH_MTU;
	return true;
}

/* source RFC 8446 6, B.2; RFC 6066 9 */
static const char *alert_name(unsigned code)
{
	static const struct {
		unsigned code;
		const char *name;
	} names[] = {
	    {0, "close_notify"}, {10, "unexpected_message"}, {20, "bad_record_mac"}, {21, "decryption_failed"},
	    {22, "record_overflow"}, {30, "decompression_failure"}, {40, "handshake_failure"}, {41, "no_certificate"},
	    {42, "bad_certificate"}, {43, "unsupported_certificate"}, {44, "certificate_revoked"},
	    {45, "certificate_expired"}, {46, "certificate_unknown"}, {47, "illegal_parameter"}, {48, "unknown_ca"},
	    {49, "access_denied"}, {50, "decode_error"}, {51, "decrypt_error"}, {60, "export_restriction"},
	    {70, "protocol_version"}, {71, "insufficient_security"}, {80, "internal_error"},
	    {86, "inappropriate_fallback"}, {90, "user_canceled"}, {100, "no_renegotiation"},
	    {109, "missing_extension"}, {110, "unsupported_extension"}, {111, "certificate_unobtainable"},
	    {112, "unrecognized_name"}, {113, "bad_certificate_status_response"}, {114, "bad_certificate_hash_value"},
	    {115, "unknown_psk_identity"}, {116, "certificate_required"}, {120, "no_application_protocol"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].code == code)
			return names[i].name;
	return "unknown";
}

static bool alert(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);

	if (!tls || !tls->fatal[SIDE_SERVER] || tls->alert[SIDE_SERVER] == 0)
		return false;
	if (tls->fatal[SIDE_CLIENT])
		return false; /* it only answers the client's own */
	moment left = left_first(e->flow);
	if (left && left < e->flow->half[SIDE_SERVER].last_data)
		return false; /* it complains of a client that left in the middle of the handshake */
	finding_detail(f, "%s (%u) from the far side", alert_name(tls->alert[SIDE_SERVER]), tls->alert[SIDE_SERVER]);
	return true;
}

static bool intercepted(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);

	if (!tls)
		return false;
	const char *issuer = names_text(e->names, tls->issuer);
	unsigned code = tls->fatal[SIDE_CLIENT] ? tls->alert[SIDE_CLIENT] : 0;
	for (size_t i = 0; *issuer && i < e->interceptor_n; i++)
		if (strcasecmp(issuer, e->interceptors[i]) == 0) {
			finding_detail(f, "certificate issued by %.100s", issuer);
			finding_proof(f, "known-interceptor", "issuer %.70s", issuer);
			f->confidence = CONFIDENCE_HIGH;
			return true;
		}
	if ((code < 42 || code > 46) && code != 48)
		return false;
	finding_detail(f, "the client refused the certificate: %s (%u)%s%.80s", alert_name(code), code,
	               *issuer ? ", issuer " : "", issuer);
	finding_proof(f, "client-alert", "%s (%u)", alert_name(code), code);
	return true;
}

/* In TLS 1.3 the refusal of a certificate is encrypted: all that shows is a record of an alert's size before the
 * client finished its handshake. That decides nothing. */
static bool hidden_refusal(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);

	if (!tls || !tls->server_hello || !tls->encrypted_alert[SIDE_CLIENT] || tls->finished[SIDE_CLIENT])
		return false;
	if (tls->chosen < 0x0304)
		return false;
	finding_doubt(f, "encrypted-alert");
	return true;
}

/* An alert that is not a refusal (a warning, a close_notify) and no ServerHello: the handshake got nowhere, and
 * neither side said why. */
static bool waved_off(const struct exhibit *e, struct finding *f)
{
	const struct said_tls *tls = hello(e);

	if (!tls || tls->server_hello || tls->finished[SIDE_SERVER] || e->flow->said->http.tunnel ||
	    e->flow->half[SIDE_SERVER].bytes >= SERVER_HELLO_LEAST)
		return false;
	if (!tls->warned[SIDE_SERVER] && !tls->fatal[SIDE_SERVER])
		return false;
	finding_doubt(f, "warned");
	return true;
}

const struct signature_row signature_rows_tls[] = {
	{SIG_TLS_INTERCEPTED, intercepted, "RFC 8446 6.2; RFC 5246 7.2.2"},
	{SIG_TLS_ALERT, alert, "RFC 8446 6.2"},
	{SIG_TLS_HELLO_RESET, hello_reset, "RFC 9293 3.5.2; RFC 8446 4.1.2"},
	{SIG_TLS_HELLO_CLOSE, hello_close, "RFC 9293 3.6; RFC 8446 4.1.2"},
	{SIG_TLS_HELLO_TIMEOUT, hello_timeout, "RFC 6298 5; RFC 8446 4.1.2"},
	{SIG_TLS_INTERCEPTED, hidden_refusal, "RFC 8446 4.4, 6.2"},
	{SIG_TLS_ALERT, waved_off, "RFC 8446 6.1, 6.2; RFC 5246 7.2"},
	{SIG_NONE, NULL, NULL},
};
