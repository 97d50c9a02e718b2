#include "dissect/said.h"

#include <string.h>

#include "decode/packet.h"

/* Requests sent closer together are one flight (RFC 8489 6.2.1: RTO ≥ 500 ms;
 * WebRTC stacks go down to 250 ms; RFC 9002 6.2: PTO from 2 × RTT). */
#define FLIGHT_MS 200u

static name_id keep(struct hearing *h, const char *text)
{
	return names_intern(h->names, text, strlen(text));
}

/* Saturates: a count that wrapped would describe a flow that was hardly used. */
static void count(uint16_t *n)
{
	*n = *n < UINT16_MAX ? (uint16_t)(*n + 1) : *n;
}

static moment earlier(moment kept, moment now)
{
	return kept ? kept : now;
}

/* ---- TLS */

static void client_hello(struct hearing *h, struct said_tls *tls, const struct fact *fact)
{
	/* A second ClientHello answers a HelloRetryRequest: the first is the one asked about. */
	if (!tls->hello_whole) {
		tls->sni = keep(h, fact->name);
		tls->alpn = keep(h, fact->other);
		tls->offered = (uint16_t)fact->number;
		tls->ech = fact->flag;
		tls->ech_unseen = fact->n;
	}
	tls->hello = earlier(tls->hello, h->now);
	tls->hello_whole = true;
}

static void alert(struct hearing *h, struct said_tls *tls, const struct fact *fact)
{
	if (fact->flag) {
		tls->encrypted_alert[h->side] = true;
		return;
	}
	/* TLS 1.3 treats all but close_notify and user_canceled as fatal: RFC 8446 6.2. */
	bool fatal = fact->number == 2 || (tls->chosen >= 0x0304 && fact->code != 0 && fact->code != 90);
	if (fatal && !tls->fatal[h->side]) {
		tls->fatal[h->side] = true;
		tls->alert[h->side] = (uint8_t)fact->code;
	} else if (!fatal) {
		tls->warned[h->side] = true;
	}
}

static void said_tls(struct hearing *h, const struct fact *fact)
{
	struct said_tls *tls = &h->said->tls;

	h->story->protocol = TALK_TLS;
	switch (fact->kind) {
	case FACT_TLS_CLIENT_HELLO:
		client_hello(h, tls, fact);
		break;
	case FACT_TLS_SERVER_HELLO:
		tls->server_hello = earlier(tls->server_hello, h->now);
		tls->chosen = (uint16_t)fact->number;
		tls->retry |= fact->flag;
		break;
	case FACT_TLS_CERTIFICATE:
		if (h->side == SIDE_SERVER) {
			tls->issuer = keep(h, fact->other);
			tls->subject = keep(h, fact->name);
		}
		break;
	case FACT_TLS_ALERT:
		alert(h, tls, fact);
		break;
	case FACT_TLS_APPLICATION:
	case FACT_TLS_FINISHED:
		tls->finished[h->side] = true;
		break;
	default:
		break;
	}
}

/* ---- HTTP, SOCKS */

static bool is_refusal(unsigned status)
{
	return status == 403 || status == 407 || status == 451 || status == 511;
}

static void http_status(struct hearing *h, struct said_http *http, const struct fact *fact)
{
	http->via |= fact->n & 1;
	if (fact->flag) {
		http->connect_status = fact->code;
		http->reason = keep(h, fact->other);
		if (fact->code == 407)
			count(&http->challenged);
		return;
	}
	if (fact->code < 200)
		return; /* interim: RFC 9110 15.2 */
	count(&http->answers);
	http->status = fact->code;
	if (is_refusal(fact->code)) {
		count(&http->refused);
		http->reason = keep(h, fact->other);
	}
}

/* A connection to a proxy may serve one host after another: answers for another host say nothing
 * about this one. */
static void another_host(struct said_http *http, name_id host)
{
	if (http->host && http->host != host)
		http->answers = http->refused = http->status = 0;
	http->host = host;
}

static void said_http(struct hearing *h, const struct fact *fact)
{
	struct said_http *http = &h->said->http;

	switch (fact->kind) {
	case FACT_HTTP_REQUEST:
		h->story->protocol = TALK_HTTP;
		count(&http->requests);
		http->complete = false;
		another_host(http, keep(h, fact->name));
		http->port = (uint16_t)fact->number;
		http->absolute = fact->flag;
		break;
	case FACT_HTTP_CONNECT:
		h->story->protocol = fact->code == 1 ? TALK_HTTP : TALK_SOCKS;
		http->connect_host = keep(h, fact->name);
		http->connect_port = (uint16_t)fact->number;
		http->connect_kind = (uint8_t)fact->code;
		http->connect_address = fact->address;
		http->connect_status = 0;
		http->tunnel = false; /* nested: the inner one counts */
		break;
	case FACT_HTTP_STATUS:
		http_status(h, http, fact);
		break;
	case FACT_HTTP_COMPLETE:
		http->complete = true;
		break;
	case FACT_SOCKS_REPLY:
		http->connect_status = fact->flag ? 0 : fact->code;
		http->reason = keep(h, fact->other);
		if (!fact->flag && http->connect_status == 0)
			http->connect_status = 1;
		break;
	case FACT_TUNNEL_OPEN:
		http->tunnel = true;
		h->inner_opens = true;
		break;
	default:
		break;
	}
}

/* ---- STUN, TURN, media */

enum { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };
enum {
	METHOD_BINDING = 1,
	METHOD_ALLOCATE = 3,
	METHOD_REFRESH = 4,
	METHOD_SEND = 6,
	METHOD_DATA = 7,
	METHOD_PERMISSION = 8,
	METHOD_BIND = 9,
};

static int stun_open(const struct said_stun *stun, uint64_t id)
{
	for (int i = 0; i < STUN_OPEN; i++)
		if (stun->open[i] == id && stun->sent[i])
			return i;
	return -1;
}

/* Sent only by the holder of an allocation: RFC 8656 7.1, 9.1, 11.1, 12.1, 12.4 */
static void stun_allocated(const struct hearing *h, struct said_stun *stun)
{
	stun->resumed |= h->side == SIDE_CLIENT && !stun->allocate;
}

static void stun_request(struct hearing *h, struct said_stun *stun, const struct fact *fact)
{
	int i = stun_open(stun, fact->id);

	count(&stun->requests);
	if (!stun->flights || h->now - stun->last_request >= FLIGHT_MS)
		count(&stun->flights);
	stun->first_request = earlier(stun->first_request, h->now);
	stun->last_request = h->now;
	stun->allocate |= fact->code == METHOD_ALLOCATE;
	if (fact->code == METHOD_REFRESH || fact->code == METHOD_PERMISSION || fact->code == METHOD_BIND)
		stun_allocated(h, stun);
	if (i < 0) {
		i = 0;
		for (int k = 1; k < STUN_OPEN; k++)
			if (stun->sent[k] < stun->sent[i])
				i = k;
	}
	stun->open[i] = fact->id;
	stun->sent[i] = h->now;
}

static void stun_answer(struct hearing *h, struct said_stun *stun, const struct fact *fact)
{
	int i = stun_open(stun, fact->id);
	if (i >= 0)
		stun->sent[i] = 0;
	stun->last_answer = h->now;
	if (fact->number == STUN_ERROR) {
		count(&stun->errors);
		return;
	}
	count(&stun->success);
	stun->allocated |= fact->code == METHOD_ALLOCATE;
	stun->bound |= fact->code == METHOD_BINDING;
}

/* A server sends no requests: a peer's check. source RFC 8445 7 */
static void stun_check(struct said_stun *stun)
{
	stun->ice = true;
	count(&stun->checks);
}

static void stun_message(struct hearing *h, struct said_stun *stun, const struct fact *fact)
{
	if (fact->number == STUN_REQUEST && h->side == SIDE_CLIENT)
		stun_request(h, stun, fact);
	else if (fact->number >= STUN_SUCCESS && h->side == SIDE_SERVER)
		stun_answer(h, stun, fact);
	else if (fact->number == STUN_REQUEST)
		stun_check(stun);
	if (fact->number == STUN_INDICATION && (fact->code == METHOD_SEND || fact->code == METHOD_DATA)) {
		stun->media[h->side]++;
		stun_allocated(h, stun);
	}
}

/* Ordinary protocol steps, not failures: RFC 8489 9.2, 10; RFC 8445 7.3.1.1. */
static bool is_ordinary(unsigned code)
{
	return code == 401 || code == 438 || code == 300 || code == 487;
}

static void stun_attribute(struct hearing *h, struct said_stun *stun, const struct fact *fact)
{
	switch (fact->code) {
	case 0x8022: /* SOFTWARE */
		if (h->side == SIDE_SERVER)
			stun->software = keep(h, fact->other);
		break;
	case 0x0014: /* REALM */
		if (h->side == SIDE_SERVER)
			stun->realm = keep(h, fact->other);
		break;
	case 0x0016: /* XOR-RELAYED-ADDRESS */
		stun->relayed = fact->address;
		break;
	case 0x8023: /* ALTERNATE-SERVER */
		stun->alternate = fact->address;
		stun->alternate_port = (uint16_t)fact->number;
		break;
	case 0x0024: /* PRIORITY */
	case 0x0025: /* USE-CANDIDATE */
	case 0x8029: /* ICE-CONTROLLED */
	case 0x802a: /* ICE-CONTROLLING */
		stun->ice = true;
		break;
	default:
		break;
	}
}

static void said_stun(struct hearing *h, const struct fact *fact)
{
	struct said_stun *stun = &h->said->stun;

	if (h->story->protocol != TALK_STUN && h->story->protocol != TALK_QUIC)
		h->story->protocol = TALK_STUN;
	if (h->story->protocol != TALK_STUN)
		return;
	switch (fact->kind) {
	case FACT_STUN_MESSAGE:
		stun_message(h, stun, fact);
		break;
	case FACT_STUN_ERROR:
		if (!is_ordinary(fact->code)) {
			stun->error = fact->code;
			stun->error_allocate = stun->allocate;
			stun->reason = keep(h, fact->other);
		}
		break;
	case FACT_STUN_ATTRIBUTE:
		stun_attribute(h, stun, fact);
		break;
	case FACT_TURN_CHANNEL:
		stun->media[h->side]++;
		stun_allocated(h, stun);
		break;
	default:
		break;
	}
}

static void said_media_fact(struct hearing *h, const struct fact *fact)
{
	said_media(h->story, h->said, h->side);
	h->story->midstream |= h->story->protocol == TALK_UNKNOWN && fact->kind == FACT_DTLS_RECORD; /* RFC 6347 4.2 */
	if (h->story->protocol == TALK_UNKNOWN)
		h->story->protocol = fact->kind == FACT_RTP ? TALK_RTP : TALK_DTLS;
	if (fact->kind == FACT_DTLS_HELLO && !fact->flag && !h->said->tls.sni)
		h->said->tls.sni = keep(h, fact->name);
}

/* ---- QUIC */

static void said_quic(struct hearing *h, const struct fact *fact)
{
	struct said_quic *quic = &h->said->quic;

	if (h->story->protocol == TALK_UNKNOWN)
		h->story->protocol = TALK_QUIC;
	if (h->story->protocol != TALK_QUIC)
		return;
	if (h->side == SIDE_SERVER)
		quic->answered = true;
	switch (fact->kind) {
	case FACT_QUIC_INITIAL:
		if (!quic->flights || h->now - quic->last_initial >= FLIGHT_MS)
			count(&quic->flights);
		count(&quic->initials);
		quic->first_initial = earlier(quic->first_initial, h->now);
		quic->last_initial = h->now;
		quic->version = fact->number;
		if (quic->initials == 1)
			quic->dcid = fact->id;
		break;
	case FACT_QUIC_HELLO:
		quic->sni = keep(h, fact->name);
		quic->alpn = keep(h, fact->other);
		quic->ech = fact->flag;
		break;
	case FACT_QUIC_SERVER:
		quic->retry |= fact->code == 3;
		quic->negotiated |= fact->code == 4;
		if (fact->id && fact->id != quic->told[0]) {
			quic->told[1] = quic->told[0];
			quic->told[0] = fact->id;
		}
		break;
	case FACT_QUIC_CLOSE:
		quic->closed = h->side == SIDE_SERVER;
		quic->error = fact->number;
		quic->reason = keep(h, fact->other);
		break;
	case FACT_QUIC_SHORT:
		*(h->side == SIDE_CLIENT ? &quic->short_client : &quic->short_server) = true;
		break;
	default:
		break;
	}
}

void said_fact(struct hearing *h, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TLS_CLIENT_HELLO: case FACT_TLS_SERVER_HELLO: case FACT_TLS_CERTIFICATE: case FACT_TLS_ALERT:
	case FACT_TLS_CCS: case FACT_TLS_APPLICATION: case FACT_TLS_FINISHED:
		said_tls(h, fact);
		break;
	case FACT_TLS_OPAQUE:
		h->opaque = true;
		break;
	case FACT_HTTP_REQUEST: case FACT_HTTP_CONNECT: case FACT_HTTP_STATUS: case FACT_HTTP_COMPLETE:
	case FACT_SOCKS_REPLY: case FACT_TUNNEL_OPEN:
		said_http(h, fact);
		break;
	case FACT_STUN_MESSAGE: case FACT_STUN_ERROR: case FACT_STUN_ATTRIBUTE: case FACT_TURN_CHANNEL:
		said_stun(h, fact);
		break;
	case FACT_DTLS_HELLO: case FACT_DTLS_RECORD: case FACT_RTP:
		said_media_fact(h, fact);
		break;
	case FACT_QUIC_INITIAL: case FACT_QUIC_HELLO: case FACT_QUIC_SERVER: case FACT_QUIC_CLOSE: case FACT_QUIC_SHORT:
		said_quic(h, fact);
		break;
	case FACT_NTP:
		h->story->protocol = TALK_NTP;
		break;
	case FACT_DNS_HEADER: case FACT_DNS_QUESTION: case FACT_DNS_ADDRESS: case FACT_DNS_ALIAS: case FACT_DNS_ECH:
	case FACT_DNS_SOA: case FACT_DNS_STEP: case FACT_DNS_EDE: case FACT_DNS_EDNS:
		h->story->protocol = TALK_DNS; /* the message itself is handed on whole */
		break;
	case FACT_KIND_COUNT:
		break;
	}
}

void said_rename(struct said *s, uint8_t protocol, const struct names *from, struct names *to)
{
	name_id *all[] = {&s->tls.sni,           &s->tls.alpn,    &s->tls.issuer, &s->tls.subject, &s->http.host,
	                  &s->http.connect_host, &s->http.reason, &s->ndpi_name,  &s->ndpi_host,   NULL, NULL, NULL};
	size_t n = 9;

	if (protocol == TALK_STUN) {
		all[n++] = &s->stun.reason;
		all[n++] = &s->stun.software;
		all[n++] = &s->stun.realm;
	} else if (protocol == TALK_QUIC) {
		all[n++] = &s->quic.sni;
		all[n++] = &s->quic.alpn;
		all[n++] = &s->quic.reason;
	}
	for (size_t i = 0; i < n; i++)
		*all[i] = names_carry(to, from, *all[i]);
}

bool said_enough(const struct story *story, const struct said *s)
{
	switch ((enum protocol)story->protocol) {
	case TALK_TLS:
		return s->tls.finished[SIDE_CLIENT] && s->tls.finished[SIDE_SERVER];
	case TALK_HTTP:
		return s->http.requests >= 64;
	case TALK_QUIC:
		return s->quic.answered && s->quic.sni && s->quic.short_client && s->quic.short_server;
	case TALK_NTP:
		return story->way[SIDE_SERVER].packets > 0;
	case TALK_UNKNOWN: case TALK_SOCKS: case TALK_DNS: case TALK_STUN: case TALK_DTLS: case TALK_RTP:
	case TALK_OTHER:
		break;
	}
	return false;
}
