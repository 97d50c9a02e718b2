#include "dissect/ndpi.h"

#include <ndpi_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PAYLOAD_MOST 2048 /* of one packet shown: names and handshakes lie at its beginning */
#define IP4_BYTES 20
#define IP6_BYTES 40
#define TCP_BYTES 20
#define UDP_BYTES 8
#define SLACK_BYTES 64 /* zeroed after the packet: the library is known to read slightly past its end */

struct ndpi_talk {
	struct ndpi_flow_struct *flow;
	unsigned packets;
};

struct ndpi_door {
	struct ndpi_detection_module_struct *module; /* NULL: not started yet */
	bool failed;                                 /* it could not be started */
	struct ndpi_counters counters;
	uint8_t scratch[IP6_BYTES + TCP_BYTES + PAYLOAD_MOST + SLACK_BYTES];
};

/* nDPI's start touches variables of the whole program. */
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

/* A module takes ten milliseconds to start and a few to end: one that its door no longer needs is kept for the
 * next door, the last ones until the program ends. */
#define SPARES_MOST 64u
static struct ndpi_detection_module_struct *spares[SPARES_MOST];
static unsigned spare_n;

struct ndpi_door *ndpi_door_new(void)
{
	return calloc(1, sizeof(struct ndpi_door));
}

void ndpi_door_free(struct ndpi_door *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&start_lock);
	if (d->module && spare_n < SPARES_MOST)
		spares[spare_n++] = d->module;
	else if (d->module)
		ndpi_exit_detection_module(d->module);
	pthread_mutex_unlock(&start_lock);
	free(d);
}

struct ndpi_counters ndpi_door_counters(const struct ndpi_door *d)
{
	return d->counters;
}

/* Only those whose answer is used: each protocol costs time per flow. */
static const uint16_t asked[] = {NDPI_PROTOCOL_TLS,       NDPI_PROTOCOL_HTTP,       NDPI_PROTOCOL_HTTP_CONNECT,
				 NDPI_PROTOCOL_HTTP_PROXY, NDPI_PROTOCOL_MAIL_SMTP, NDPI_PROTOCOL_MAIL_SMTPS,
				 NDPI_PROTOCOL_MAIL_IMAP, NDPI_PROTOCOL_MAIL_IMAPS, NDPI_PROTOCOL_MAIL_POP,
				 NDPI_PROTOCOL_MAIL_POPS, NDPI_PROTOCOL_SSH};

static void choose_protocols(struct ndpi_detection_module_struct *module)
{
	NDPI_PROTOCOL_BITMASK wanted;

	NDPI_BITMASK_RESET(wanted);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
		NDPI_BITMASK_ADD(wanted, asked[i]);
	ndpi_set_protocol_detection_bitmask2(module, &wanted);
}

/* libgcrypt would be needed for QUIC only, and the list of Tor's relays for guesses. nDPI's memory
 * comes from where the program's own does, so that it is watched too (base/heap.h). */
static struct ndpi_detection_module_struct *module_new(void)
{
	set_ndpi_malloc(malloc);
	set_ndpi_flow_malloc(malloc);
	struct ndpi_detection_module_struct *module =
	    ndpi_init_detection_module((ndpi_init_prefs)(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt));

	if (!module)
		return NULL;
	choose_protocols(module);
	ndpi_finalize_initialization(module);
	return module;
}

static bool start(struct ndpi_door *d)
{
	if (d->module || d->failed)
		return d->module != NULL;
	pthread_mutex_lock(&start_lock);
	d->module = spare_n ? spares[--spare_n] : module_new();
	pthread_mutex_unlock(&start_lock);
	d->failed = d->module == NULL;
	return d->module != NULL;
}

void ndpi_door_forget(struct ndpi_door *d, struct ndpi_talk **talk)
{
	if (!*talk)
		return;
	ndpi_free_flow((*talk)->flow);
	free(*talk);
	*talk = NULL;
	d->counters.open--;
}

static struct ndpi_talk *talk_new(struct ndpi_door *d)
{
	if (d->counters.open >= NDPI_FLOWS_MOST || !start(d)) {
		d->counters.refused++;
		return NULL;
	}
	struct ndpi_talk *talk = calloc(1, sizeof *talk);
	if (!talk)
		return NULL;
	talk->flow = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT);
	if (!talk->flow) {
		free(talk);
		return NULL;
	}
	memset(talk->flow, 0, SIZEOF_FLOW_STRUCT);
	d->counters.open++;
	d->counters.flows++;
	return talk;
}

/* ---- the packet that nDPI wants: decode/ removed the headers, so they are rebuilt here, as if
 * what was captured were the whole. Checksums are ignored. */

static uint8_t *put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
	return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t v)
{
	return put16(put16(at, v >> 16), v & 0xffff);
}

/* Source: RFC 791 3.1, RFC 8200 3 */
static uint8_t *put_ip(uint8_t *at, const struct packet *p, size_t inner_n)
{
	if (!addr_is_v4(&p->src) || !addr_is_v4(&p->dst)) {
		at = put16(put32(at, 0x60000000), (unsigned)inner_n);
		*at++ = p->proto;
		*at++ = p->ttl;
		memcpy(at, p->src.b, 16);
		memcpy(at + 16, p->dst.b, 16);
		return at + 32;
	}
	at = put16(put16(at, 0x4500), (unsigned)(IP4_BYTES + inner_n));
	at = put32(at, (uint32_t)p->ip_id << 16 | 0x4000);
	*at++ = p->ttl;
	*at++ = p->proto;
	at = put16(at, 0);
	memcpy(at, p->src.b + 12, 4);
	memcpy(at + 4, p->dst.b + 12, 4);
	return at + 8;
}

/* Source: RFC 9293 3.1, RFC 768 */
static uint8_t *put_transport(uint8_t *at, const struct packet *p, size_t payload_n)
{
	at = put16(put16(at, p->sport), p->dport);
	if (p->proto == PROTO_UDP)
		return put16(put16(at, (unsigned)(UDP_BYTES + payload_n)), 0);
	at = put32(put32(at, p->seq), p->ack);
	at = put16(put16(at, 0x5000u | p->tcp_flags), p->window);
	return put32(at, 0);
}

static size_t make_packet(struct ndpi_door *d, const struct packet *p)
{
	struct cursor payload = p->payload;
	size_t n = payload.left < PAYLOAD_MOST ? payload.left : PAYLOAD_MOST;
	uint8_t *at = put_ip(d->scratch, p, (p->proto == PROTO_UDP ? UDP_BYTES : TCP_BYTES) + n);

	at = put_transport(at, p, n);
	cursor_copy(&payload, at, n);
	memset(at + n, 0, SLACK_BYTES);
	return (size_t)(at - d->scratch) + n;
}

/* ---- its answer */

static bool is_any(ndpi_protocol found, const uint16_t *protocols, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ndpi_is_proto(found, protocols[i]))
			return true;
	return false;
}

/* The server's name: in other protocols the field is a query, a realm or the
 * client's own name. One that fills the field may be cut: a wrong name. */
static void copy_host(const struct ndpi_flow_struct *flow, ndpi_protocol found, char ret_host[static NDPI_HOST])
{
	static const uint16_t tell[] = {NDPI_PROTOCOL_TLS,          NDPI_PROTOCOL_HTTP,
					NDPI_PROTOCOL_HTTP_CONNECT, NDPI_PROTOCOL_HTTP_PROXY,
					NDPI_PROTOCOL_MAIL_SMTPS,   NDPI_PROTOCOL_MAIL_IMAPS,
					NDPI_PROTOCOL_MAIL_POPS};
	size_t n = strnlen(flow->host_server_name, sizeof flow->host_server_name);

	ret_host[0] = '\0';
	if (n == 0 || n >= sizeof flow->host_server_name - 1 || !is_any(found, tell, sizeof tell / sizeof *tell))
		return;
	text_presentation((const uint8_t *)flow->host_server_name, n, ret_host, NDPI_HOST);
	text_normal_name(ret_host);
}

/* Answers that nDPI derived from ports, addresses or other flows are guesses. */
static bool is_found(const struct ndpi_flow_struct *flow, ndpi_protocol found)
{
	return (found.app_protocol != NDPI_PROTOCOL_UNKNOWN || found.master_protocol != NDPI_PROTOCOL_UNKNOWN) &&
	       flow->confidence == NDPI_CONFIDENCE_DPI;
}

static enum ndpi_answer answer(struct ndpi_door *d, struct ndpi_talk **talk, enum ndpi_answer a)
{
	d->counters.found += a == NDPI_FOUND;
	d->counters.unknown += a == NDPI_UNKNOWN;
	ndpi_door_forget(d, talk);
	return a;
}

enum ndpi_answer ndpi_door_show(struct ndpi_door *d, struct ndpi_talk **talk, const struct packet *p, int64_t now_us,
				struct ndpi_found *ret_found)
{
	if (p->payload.left == 0)
		return NDPI_MORE;
	if ((p->proto != PROTO_TCP && p->proto != PROTO_UDP) || (!*talk && !(*talk = talk_new(d))))
		return answer(d, talk, NDPI_UNKNOWN);
	struct ndpi_flow_struct *flow = (*talk)->flow;
	size_t n = make_packet(d, p);
	ndpi_protocol found =
	    ndpi_detection_process_packet(d->module, flow, d->scratch, (unsigned short)n, (uint64_t)now_us / 1000);
	d->counters.packets++;
	if (is_found(flow, found)) {
		ndpi_protocol2name(d->module, found, ret_found->protocol, sizeof ret_found->protocol);
		copy_host(flow, found, ret_found->host);
		return answer(d, talk, NDPI_FOUND);
	}
	return ++(*talk)->packets < NDPI_PACKETS_MOST ? NDPI_MORE : answer(d, talk, NDPI_UNKNOWN);
}
