/* Packets through one shard: the flow table, what flows tell, streams, whoever
 * reads them. [mode: u8] and then steps of
 *   [what: u8][time: u8] and, by the lowest two bits of what,
 *   TCP     [flags: u8][seq: u16][ack: u16][length: u16][bytes]
 *   UDP     [length: u16][bytes]
 *   ICMP    [type: u8][code: u8][seq: u16]
 *   age     -
 * The conversations are eight, told by their servers' ports. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "drive/shard.h"
#include "memory_file.h"
#include "target.h"

enum { TCP_STEP, UDP_STEP, ICMP_STEP, AGE_STEP, KINDS };
enum { FROM_SERVER = 4, TALK_SHIFT = 3, TALK_MASK = 7, CUT = 0x40, SIX = 0x80, LOST = 100 }; /* what */
enum { SMALL = 1, EVIDENCE = 2, LIVE = 4 };                                                  /* mode */
enum { FLOWS_LEAST = 64, FLOWS_MOST = 4096, STEPS_MOST = 4096 };

static const uint16_t ports[] = {443, 80, 3478, 53, 123, 1080, 8080, 50001};
static const char list[] = "name: Fuzz\nversion: '1'\ngroups:\n"
                           "  - {id: a, role: other, hosts: ['*.example', 192.0.2.0/24],"
                           " ports: [443/tcp, 443/udp, 80/tcp, 3478/udp, 50000-50999/udp, 50000-50999/tcp]}\n";

struct run {
	struct shard *shard;
	int64_t now_us;
	uint64_t frames, taken, told, asked, over;
	unsigned clients; /* a new one begins whenever a step says so */
};

static volatile size_t read_n;

static void read_name(const struct names *names, name_id id)
{
	read_n += strlen(names_text(names, id));
}

static void read_said(const struct flow *f, const struct names *names)
{
	const struct said *s = f->said;

	if (!s)
		return;
	const name_id always[] = {s->tls.sni, s->tls.alpn, s->tls.issuer, s->tls.subject, s->http.host, s->http.connect_host,
	                          s->http.reason, s->ndpi_name, s->ndpi_host};
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		read_name(names, always[i]);
	if (f->protocol == TALK_STUN) {
		read_name(names, s->stun.reason);
		read_name(names, s->stun.software);
		read_name(names, s->stun.realm);
	} else if (f->protocol == TALK_QUIC) {
		read_name(names, s->quic.sni);
		read_name(names, s->quic.alpn);
		read_name(names, s->quic.reason);
	}
}

static void check(const struct run *r, const struct flow *f, const struct names *names)
{
	char community[COMMUNITY_TEXT];

	assert(f->proto == PROTO_TCP || f->proto == PROTO_UDP);
	assert(f->id > 0 && f->id <= r->frames && f->first_us <= r->now_us && f->state <= TCP_OVER);
	assert(f->half[0].packets + f->half[1].packets > 0);
	for (unsigned side = 0; side < 2; side++) {
		const struct half *h = &f->half[side];
		const moment all[] = {h->first_data, h->last_data, h->waiting, h->repeated, h->rst, h->fin};
		assert(!h->packets == !h->last);
		for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
			assert(all[i] <= flow_last(f));
		assert(f->proto == PROTO_UDP || h->first_data <= h->last_data);
	}
	assert(flow_time(f, flow_last(f)) <= r->now_us);
	assert(flow_conn_state(f)[0]);
	community_id(&f->client, f->client_port, &f->server, f->server_port, f->proto, community);
	read_said(f, names);
}

static void over(void *context, const struct flow *f, const struct names *names, uint64_t evidence, bool to_tell)
{
	struct run *r = context;

	(void)to_tell, (void)evidence;
	check(r, f, names);
	r->over++;
	r->told += f->half[0].packets + f->half[1].packets;
}

static bool early(void *context, const struct flow *f, const struct names *names, uint64_t evidence)
{
	(void)evidence;
	check(context, f, names);
	return f->id & 1;
}

static void retire(void *context, struct names *names)
{
	(void)context;
	names_free(names);
}

static uint64_t keep(void *context, uint64_t evidence, const struct frame *f)
{
	(void)context;
	return evidence + f->number;
}

static void dns(void *context, const struct dns_message *m)
{
	struct run *r = context;

	for (unsigned i = 0; i < m->facts->n; i++)
		read_n += strlen(m->facts->list[i].name) + strlen(m->facts->list[i].other);
	assert(m->resolver_port == 53 || m->client_port == 53);
	r->asked += m->proto == PROTO_UDP;
}

static void unreachable(void *context, const struct packet *p)
{
	(void)context;
	assert(p->quoted.present);
}

static struct addr address(const struct run *r, bool server, unsigned talk, bool six)
{
	uint8_t v4[4] = {server ? 192 : 10, 0, 2, (uint8_t)(server ? talk : r->clients)};
	uint8_t v6[16] = {0x20, 1, 0x0d, 0xb8, [14] = server, [15] = (uint8_t)(server ? talk : r->clients)};

	return six ? addr_of_v6(v6) : addr_of_v4(v4);
}

static void turn_to_error(struct packet *p, struct cursor *c)
{
	uint8_t type = cursor_u8(c), code = cursor_u8(c);
	bool six = p->src.b[0] == 0x20;

	/* about what the other side sent */
	p->quoted = (struct quoted){.present = true, .proto = type & 0x80 ? PROTO_UDP : PROTO_TCP, .src = p->dst, .dst = p->src,
	                            .sport = p->dport, .dport = p->sport, .has_seq = true, .seq = cursor_u16(c)};
	p->hash = flow_hash(&p->src, p->sport, &p->dst, p->dport, p->quoted.proto);
	p->proto = six ? PROTO_ICMP6 : PROTO_ICMP;
	p->icmp_type = type & 0x7f;
	p->icmp_code = code;
	if (code & 0x80) /* a router's */
		p->src.b[15] ^= 0x55;
	p->sport = p->dport = 0;
}

static void take(struct run *r, uint8_t what, struct cursor *c)
{
	unsigned kind = what % KINDS, talk = what >> TALK_SHIFT & TALK_MASK;
	bool server = what & FROM_SERVER, six = what & SIX;
	uint16_t port = (uint16_t)(40000 + talk);
	struct packet p = {.ttl = 64, .window = 1000, .src = address(r, server, talk, six), .dst = address(r, !server, talk, six),
	                   .sport = server ? ports[talk] : port, .dport = server ? port : ports[talk],
	                   .proto = kind == UDP_STEP ? PROTO_UDP : PROTO_TCP};

	p.hash = flow_hash(&p.src, p.sport, &p.dst, p.dport, p.proto);
	if (kind == ICMP_STEP) {
		turn_to_error(&p, c);
	} else if (kind == TCP_STEP) {
		p.tcp_flags = cursor_u8(c);
		p.seq = cursor_u16(c) - 0x100u;
		p.ack = cursor_u16(c) - 0x100u;
		p.window = p.tcp_flags & 0x80 ? 0 : p.window;
		p.tcp_flags &= 0x3f;
	}
	size_t n = kind == ICMP_STEP ? 0 : cursor_u16(c);
	struct cursor bytes = cursor_take(c, n < c->left ? n : c->left);
	size_t length = bytes.left + (what & CUT && bytes.left ? LOST : 0);
	uint8_t *copy = malloc(bytes.left ? bytes.left : 1);
	n = bytes.left;
	cursor_copy(&bytes, copy, n);
	struct frame f = {.time_us = r->now_us, .number = ++r->frames, .bytes = copy, .captured = (uint32_t)n,
	                  .length = (uint32_t)length, .link = 12};
	p.frame = &f;
	p.time_us = r->now_us;
	p.payload = cursor_of(copy, n, length);
	p.payload_length = (uint32_t)length;
	r->taken += kind != ICMP_STEP;
	shard_take(r->shard, &p, r->frames & 1 ? FLOW_UNKNOWN : shard_prefetch_record(r->shard, p.hash), r->now_us, 0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	uint8_t mode = cursor_u8(&c);
	struct run r = {.now_us = 1700000000000000};
	static struct lists *lists;
	struct shard_hooks hooks = {.context = &r, .keep = mode & EVIDENCE ? keep : NULL, .over = over, .dns = dns,
	                            .unreachable = unreachable, .early = early, .retire = retire};
	struct shard_options options = {.flows_most = mode & SMALL ? FLOWS_LEAST : FLOWS_MOST, .part = 1,
	                                .memory_bytes = mode & SMALL ? 16 << 20 : 0};

	if (!lists) {
		char path[64];
		const char *paths[] = {path};
		int fd = memory_file((const uint8_t *)list, sizeof list - 1, path);
		enum err e = lists_read(paths, 1, NULL, &lists);
		assert(e == ERR_OK);
		close(fd);
	}
	options.lists = lists;
	r.shard = shard_new(&options, &hooks);
	for (unsigned n = 0; c.left >= 2 && n < STEPS_MOST; n++) {
		uint8_t what = cursor_u8(&c), time = cursor_u8(&c);
		r.now_us += ((int64_t)(time & 31) << (time >> 5) * 3) * 1000;
		if (what % KINDS != AGE_STEP) {
			take(&r, what, &c);
			continue;
		}
		shard_age(r.shard, r.now_us);
		if (mode & LIVE)
			shard_sweep(r.shard, r.now_us);
		r.clients += what >> TALK_SHIFT & TALK_MASK;
	}
	shard_finish(r.shard, r.frames / 2);
	shard_finish(r.shard, UINT64_MAX);
	struct dissect_counters dissect = {0};
	struct flow_counters flow = {0};
	shard_count(r.shard, &dissect, &flow);
	assert(flow.flows == r.over);
	assert(r.told + r.asked == r.taken); /* each packet is a flow's or a look-up */
	shard_free(r.shard);
	return 0;
}
