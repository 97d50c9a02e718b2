/* Signatures of proxies and of block pages. */
#include "decode/packet.h"
#include "judge/signature.h"

/* The client went on after a refusal, and the capture misses part of what was said then. */
static bool goes_on_unread(const struct flow *flow)
{
	const struct half *c = &flow->half[SIDE_CLIENT], *s = &flow->half[SIDE_SERVER];

	return (c->hole || s->hole || flow->truncated) && c->last_data > s->first_data;
}

/* The proxy refused CONNECT or SOCKS. Whether a 407 was only a challenge is settled later. source RFC 9110 9.3.6,
 * 15.5.8; RFC 1928 6 */
static bool proxy_denied(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;

	if (flow->proto != PROTO_TCP || !flow->said || !flow->said->http.connect_kind || flow->said->http.tunnel)
		return false;
	const struct said_http *h = &flow->said->http;
	if (h->connect_status == 0 || (h->connect_kind == 1 && h->connect_status < 300))
		return false;
	if (h->connect_status == 407 && goes_on_unread(flow)) {
		finding_doubt(f, "capture-drops");
		return true;
	}
	const char *reason = names_text(e->names, h->reason);
	addr_format(&flow->server, f->argument->blocker);
	finding_detail(f, "%s %u%s%.90s", h->connect_kind == 1 ? "HTTP" : "SOCKS", h->connect_status,
	               *reason ? " " : "", reason);
	finding_proof(f, "proxy-status", "%s answered %u", f->argument->blocker, h->connect_status);
	f->confidence = CONFIDENCE_HIGH;
	return true;
}

/* Plain HTTP was refused, and nothing else was answered on this connection.
 * source RFC 9110 15.5.4, 15.5.8; RFC 7725; RFC 6585 6 */
static bool http_blocked(const struct exhibit *e, struct finding *f)
{
	const struct flow *flow = e->flow;

	if (flow->proto != PROTO_TCP || flow->protocol != TALK_HTTP || !flow->said)
		return false;
	const struct said_http *h = &flow->said->http;
	if (h->refused == 0 || h->refused < h->answers)
		return false;
	if (goes_on_unread(flow) && h->answers < h->requests) {
		finding_doubt(f, "capture-drops");
		return true;
	}
	const char *reason = names_text(e->names, h->reason);
	if (h->absolute)
		addr_format(&flow->server, f->argument->blocker);
	finding_detail(f, "HTTP %u%s%.100s", h->status, *reason ? " " : "", reason);
	if (h->via || h->absolute || h->status == 407 || h->status == 511) {
		finding_proof(f, "proxy-status", "a proxy answered %u", h->status);
		f->confidence = CONFIDENCE_HIGH;
	}
	return true;
}

const struct signature_row signature_rows_proxy[] = {
	{SIG_PROXY_DENIED, proxy_denied, "RFC 9110 9.3.6; RFC 1928 6"},
	{SIG_HTTP_BLOCKED, http_blocked, "RFC 9110 15.5; RFC 7725; RFC 6585 6"},
	{SIG_NONE, NULL, NULL},
};
