/* A trace of office traffic for the benchmark, the same for the same arguments:
 * look-ups over UDP and TLS connections, some of them blocked by name.
 *
 *   trace -o FILE [-t TRUTH.csv] [-l LIST.yaml] [-v VISITS] [-b BULK] [-q LOOKUPS] [-c CLIENTS] [-s SECONDS] [-r SEED]
 *
 * A visit is LOOKUPS look-ups of other names, an A and an AAAA query for its own
 * name and a connection with BULK segments of data. The truth has a line a flow;
 * the list has the names most used. It writes headers of its own with correct IP
 * checksums; transport checksums are 0, as with offload. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES 4000u
#define LISTED 60u
#define START_US INT64_C(1700000000000000)
#define SNAP 1514u

enum fate { OK, SYN_SILENT, SYN_RESET, HELLO_SILENT, HELLO_RESET, PROHIBITED, NO_NAME, NO_ANSWER, FATES };
static const char *const fate_names[FATES] = {
	"ok", "syn_no_answer", "syn_rst", "silence_after_hello", "rst_after_hello", "icmp_prohibited", "dns_nxdomain",
	"dns_no_answer"};

enum what { QUERY, ANSWER, SYN, SYN_ACK, ACK, HELLO, SERVER_HELLO, DATA_CLIENT, DATA_SERVER, ACK_DATA, FIN, FIN_SERVER,
	    RST, ICMP };

struct flow {
	uint32_t client, server, name;
	uint32_t client_seq, server_seq;
	uint16_t client_port, qtype;
	uint8_t fate;
};

struct step {
	int64_t at_us;
	uint32_t flow;
	uint8_t what;
};

static struct flow *flows;
static struct step *steps;
static size_t flow_n, step_n, flow_room, step_room;
static uint64_t state;

static uint64_t any(void)
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(any() % n);
}

/* Few names account for most use. */
static uint32_t popular(void)
{
	return below(1 + below(1 + below(NAMES)));
}

static uint8_t fate_of(uint32_t name)
{
	return name % 6 == 5 ? (uint8_t)(1 + name / 6 % (FATES - 1)) : OK;
}

static void *grown(void *at, size_t n, size_t *room, size_t bytes)
{
	if (n < *room)
		return at;
	*room = *room ? *room * 2 : 4096;
	at = realloc(at, *room * bytes);
	if (!at)
		exit(2);
	return at;
}

static void add_step(int64_t at_us, enum what what)
{
	steps = grown(steps, step_n, &step_room, sizeof *steps);
	steps[step_n++] = (struct step){at_us, (uint32_t)flow_n - 1, (uint8_t)what};
}

static void add_flow(uint32_t client, uint32_t server, uint32_t name, uint16_t qtype, enum fate fate)
{
	flows = grown(flows, flow_n, &flow_room, sizeof *flows);
	flows[flow_n] = (struct flow){.client = client, .server = server, .name = name, .qtype = qtype, .fate = (uint8_t)fate,
	                              .client_port = (uint16_t)(20000 + flow_n % 40000), .client_seq = (uint32_t)any(),
	                              .server_seq = (uint32_t)any()};
	flow_n++;
}

static void plan_lookup(int64_t at_us, uint32_t client, uint32_t name, uint16_t qtype)
{
	uint8_t fate = fate_of(name);

	add_flow(client, 0x0a200035, name, qtype, fate >= NO_NAME ? fate : OK);
	add_step(at_us, QUERY);
	if (fate == NO_ANSWER) {
		add_step(at_us + 5000000, QUERY);
		add_step(at_us + 10000000, QUERY);
	} else {
		add_step(at_us + 2000 + below(9000), ANSWER);
	}
}

static void plan_tries(int64_t at_us, enum what what, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		add_step(at_us + (INT64_C(1000000) << i) - 1000000, what);
}

static void plan_data(int64_t at_us, unsigned bulk)
{
	int64_t at = at_us + 60000;

	add_step(at_us + 40000, SERVER_HELLO);
	add_step(at, DATA_CLIENT);
	for (unsigned i = 0; i < bulk; i++) {
		add_step(at += 500 + below(20000), DATA_SERVER);
		if (i % 2)
			add_step(at + 50, ACK_DATA);
	}
	add_step(at + 30000, FIN);
	add_step(at + 31000, FIN_SERVER);
}

static void plan_connection(int64_t at_us, uint32_t client, uint32_t name, unsigned bulk)
{
	enum fate fate = fate_of(name);

	add_flow(client, 0xc6120000 + name, name, 0, fate);
	plan_tries(at_us, SYN, fate == SYN_SILENT ? 4 : 1);
	if (fate == SYN_RESET)
		add_step(at_us + 8000, RST);
	if (fate == PROHIBITED)
		add_step(at_us + 8000, ICMP);
	if (fate == SYN_SILENT || fate == SYN_RESET || fate == PROHIBITED)
		return;
	add_step(at_us + 10000, SYN_ACK);
	add_step(at_us + 10100, ACK);
	plan_tries(at_us + 11000, HELLO, fate == HELLO_SILENT ? 5 : 1);
	if (fate == HELLO_RESET)
		add_step(at_us + 21000, RST);
	if (fate == OK)
		plan_data(at_us, bulk);
}

/* ---- bytes */

static uint8_t frame[SNAP];
static size_t frame_n;

static void put(uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		frame[frame_n++] = (uint8_t)(value >> bytes * 8);
}

static void put_at(size_t at, uint64_t value, unsigned bytes)
{
	size_t end = frame_n;

	frame_n = at;
	put(value, bytes);
	frame_n = end;
}

static void put_name(uint32_t name, bool wire)
{
	char text[64], *rest = text, *label;

	snprintf(text, sizeof text, "w%u.site%u.example", name, name % 97);
	if (!wire) {
		memcpy(frame + frame_n, text, strlen(text));
		frame_n += strlen(text);
		return;
	}
	while ((label = strsep(&rest, ".")) != NULL) {
		put(strlen(label), 1);
		memcpy(frame + frame_n, label, strlen(label));
		frame_n += strlen(label);
	}
	put(0, 1);
}

static void put_ip(uint32_t src, uint32_t dst, uint8_t proto)
{
	frame_n = 0;
	put(0x020000000001, 6), put(0x020000000002, 6), put(0x0800, 2);
	put(0x45000000, 4), put(any() & 0xffff, 2), put(0x4000, 2);
	put(62, 1), put(proto, 1), put(0, 2), put(src, 4), put(dst, 4);
}

/* Lengths and the checksum, once everything is in place. */
static void end_ip(void)
{
	uint32_t sum = 0;

	put_at(16, frame_n - 14, 2);
	for (size_t i = 14; i < 34; i += 2)
		sum += (uint32_t)frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put_at(24, ~(sum + (sum >> 16)) & 0xffff, 2);
	if (frame[23] == 17)
		put_at(38, frame_n - 34, 2);
}

static void put_dns(const struct flow *f, bool answer)
{
	bool gone = f->fate == NO_NAME, has = answer && !gone && f->qtype == 1;

	put_ip(answer ? f->server : f->client, answer ? f->client : f->server, 17);
	put(answer ? 53 : f->client_port, 2), put(answer ? f->client_port : 53, 2), put(0, 4);
	put(f->client_seq & 0xffff, 2), put(answer ? (gone ? 0x8183 : 0x8180) : 0x0100, 2);
	put(1, 2), put(has, 2), put(answer && !has, 2), put(0, 2);
	put_name(f->name, true);
	put(f->qtype, 2), put(1, 2);
	if (has)
		put(0xc00c, 2), put(1, 2), put(1, 2), put(300, 4), put(4, 2), put(0xc6120000 + f->name, 4);
	else if (answer) /* an SOA whose names are all the root */
		put(0xc00c, 2), put(6, 2), put(1, 2), put(300, 4), put(22, 2), put(0, 2), put(1, 4), put(2, 4), put(3, 4), put(4, 4),
		    put(300, 4);
	end_ip();
}

static void put_hello(uint32_t name, uint64_t seed)
{
	size_t record = frame_n;

	put(0x160301, 3), put(0, 2), put(1, 1), put(0, 3), put(0x0303, 2);
	for (unsigned i = 0; i < 4; i++)
		put(seed * (i + 3), 8);
	put(0, 1), put(2, 2), put(0x1301, 2), put(0x0100, 2);
	size_t extensions = frame_n;
	put(0, 2), put(0, 2);
	size_t sni = frame_n;
	put(0, 2), put(0, 2), put(0, 1), put(0, 2);
	put_name(name, false);
	put_at(sni, frame_n - sni - 2, 2), put_at(sni + 2, frame_n - sni - 4, 2), put_at(sni + 5, frame_n - sni - 7, 2);
	put(0x002b, 2), put(3, 2), put(2, 1), put(0x0304, 2);
	put_at(extensions, frame_n - extensions - 2, 2);
	put_at(record + 3, frame_n - record - 5, 2), put_at(record + 6, frame_n - record - 9, 3);
}

static void put_server_hello(uint64_t seed)
{
	put(0x1603030000 | 56, 5), put(2, 1), put(52, 3), put(0x0303, 2);
	for (unsigned i = 0; i < 4; i++)
		put(seed * (i + 5), 8);
	put(0, 1), put(0x1301, 2), put(0, 1), put(12, 2);
	put(0x002b, 2), put(2, 2), put(0x0304, 2), put(0, 2), put(2, 2), put(0, 2);
	put(0x1403030001, 5), put(1, 1);
}

static void put_record(uint16_t bytes)
{
	put(0x170303, 3), put(bytes, 2);
	memset(frame + frame_n, 0xa5, bytes);
	frame_n += bytes;
}

static void put_tcp(struct flow *f, bool server, uint8_t flags)
{
	put_ip(server ? f->server : f->client, server ? f->client : f->server, 6);
	put(server ? 443 : f->client_port, 2), put(server ? f->client_port : 443, 2);
	put(server ? f->server_seq : f->client_seq, 4);
	put(flags & 0x10 ? (server ? f->client_seq : f->server_seq) : 0, 4);
	put(0x5000 | flags, 2), put(64240, 2), put(0, 4);
}

/* Retransmissions take no new sequence numbers. */
static void put_segment(struct flow *f, enum what what)
{
	bool server = what == SYN_ACK || what == SERVER_HELLO || what == DATA_SERVER || what == FIN_SERVER || what == RST;
	static const uint8_t flags[] = {[SYN] = 0x02, [SYN_ACK] = 0x12, [ACK] = 0x10, [HELLO] = 0x18, [SERVER_HELLO] = 0x18,
	                                [DATA_CLIENT] = 0x18, [DATA_SERVER] = 0x10, [ACK_DATA] = 0x10, [FIN] = 0x11,
	                                [FIN_SERVER] = 0x11, [RST] = 0x14};

	put_tcp(f, server, flags[what]);
	size_t head = frame_n;
	if (what == HELLO)
		put_hello(f->name, f->client_port);
	else if (what == SERVER_HELLO)
		put_server_hello(f->client_port);
	else if (what == DATA_CLIENT)
		put_record(300);
	else if (what == DATA_SERVER)
		put_record(1200);
	uint32_t n = (uint32_t)(frame_n - head) + (what == SYN_ACK || what == ACK || what == FIN || what == FIN_SERVER);
	end_ip();
	if (what == ACK || (what == HELLO && f->fate == HELLO_SILENT))
		return;
	*(server ? &f->server_seq : &f->client_seq) += n;
	if (what == SYN && f->fate != SYN_SILENT)
		f->client_seq++;
}

static void put_icmp(struct flow *f)
{
	uint8_t quoted[28];

	put_tcp(f, false, 0x02);
	put_at(38, f->client_seq - 1, 4);
	end_ip();
	memcpy(quoted, frame + 14, sizeof quoted);
	put_ip(0x0a200001, f->client, 1);
	put(0x030d, 2), put(0, 2), put(0, 4);
	memcpy(frame + frame_n, quoted, sizeof quoted);
	frame_n += sizeof quoted;
	end_ip();
}

static void write_step(const struct step *s, FILE *out)
{
	struct flow *f = &flows[s->flow];

	if (s->what == QUERY || s->what == ANSWER)
		put_dns(f, s->what == ANSWER);
	else if (s->what == ICMP)
		put_icmp(f);
	else
		put_segment(f, (enum what)s->what);
	uint32_t head[4] = {(uint32_t)(s->at_us / 1000000), (uint32_t)(s->at_us % 1000000), (uint32_t)frame_n, (uint32_t)frame_n};
	fwrite(head, sizeof head, 1, out);
	fwrite(frame, frame_n, 1, out);
}

/* ---- files */

static int by_time(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->flow < y->flow ? -1 : x->flow > y->flow;
}

static FILE *opened(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		exit(2);
	return f;
}

static void write_trace(const char *path)
{
	const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
	FILE *out = opened(path);

	qsort(steps, step_n, sizeof *steps, by_time);
	fwrite(head, sizeof head, 1, out);
	for (size_t i = 0; i < step_n; i++)
		write_step(&steps[i], out);
	if (fclose(out) != 0)
		exit(2);
}

static void write_address(FILE *out, uint32_t a)
{
	fprintf(out, ",%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void write_truth(const char *path)
{
	int64_t *first = calloc(flow_n, sizeof *first);
	FILE *out = opened(path);

	if (!first)
		exit(2);
	for (size_t i = step_n; i-- > 0;)
		first[steps[i].flow] = steps[i].at_us;
	fprintf(out, "flow,start,kind,verdict,client,cport,server,sport,name,qtype\n");
	for (size_t i = 0; i < flow_n; i++) {
		const struct flow *f = &flows[i];
		fprintf(out, "%zu,%" PRId64 ".%06" PRId64 ",%s,%s", i, first[i] / 1000000, first[i] % 1000000, f->qtype ? "dns" : "tls",
		        f->qtype == 28 && f->fate == OK ? "dns_nodata" : fate_names[f->fate]);
		write_address(out, f->client);
		fprintf(out, ",%u", f->client_port);
		write_address(out, f->server);
		fprintf(out, ",%u,w%u.site%u.example,%u\n", f->qtype ? 53 : 443, f->name, f->name % 97, f->qtype);
	}
	free(first);
	fclose(out);
}

static void write_list(const char *path)
{
	FILE *out = opened(path);

	fprintf(out, "name: benchmark\nversion: \"1\"\ngroups:\n  - id: g\n    role: web\n    ports: [443/tcp]\n    hosts:\n");
	for (uint32_t i = 0; i < LISTED; i++)
		fprintf(out, "      - w%u.site%u.example\n", i, i % 97);
	fclose(out);
}

int main(int argc, char **argv)
{
	uint32_t visits = 1500, bulk = 40, lookups = 1, clients = 200, seconds = 120;
	const char *trace = NULL, *truth = NULL, *list = NULL;
	int option;

	while ((option = getopt(argc, argv, "o:t:l:v:b:q:c:s:r:")) != -1) {
		uint32_t number = optarg ? (uint32_t)strtoul(optarg, NULL, 10) : 0;
		switch (option) {
		case 'o': trace = optarg; break;
		case 't': truth = optarg; break;
		case 'l': list = optarg; break;
		case 'v': visits = number; break;
		case 'b': bulk = number; break;
		case 'q': lookups = number; break;
		case 'c': clients = number; break;
		case 's': seconds = number; break;
		case 'r': state = number; break;
		default: return 2;
		}
	}
	if (!trace || !visits || !clients || !seconds)
		return 2;
	for (uint32_t v = 0; v < visits; v++) {
		int64_t at = START_US + (int64_t)v * seconds * 1000000 / visits;
		uint32_t client = 0x0a220000 + below(clients), name = popular();
		for (uint32_t i = 0; i < lookups; i++)
			plan_lookup(at + below(1000), client, below(NAMES), 1);
		plan_lookup(at + 1000, client, name, 1);
		plan_lookup(at + 1000, client, name, 28);
		if (fate_of(name) < NO_NAME)
			plan_connection(at + 30000, client, name, bulk);
	}
	write_trace(trace);
	if (truth)
		write_truth(truth);
	if (list)
		write_list(list);
	return 0;
}
