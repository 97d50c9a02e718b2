#include "attribute/resolve.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attribute/host.h"
#include "base/cursor.h"
#include "base/clock.h"
#include "base/text.h"

#define ADDRESSES_MOST 64 /* per answer */
#define ALIASES_MOST 16   /* per chain; resolvers follow fewer */
#define EDNS_BYTES 1232 /* fits every path without fragmentation */

struct resolver;

struct question {
	struct resolver *resolver;
	size_t answer; /* index in the snapshot */
};

/* One server, or the machine's own set of them. */
struct resolver {
	struct resolving *all;
	ares_channel channel;
	const char *server;
	size_t place, next, under_way; /* place: index among the servers; next: next question to ask */
	size_t silent;                 /* questions that timed out */
	bool heard;                    /* it answered something */
};

struct resolving {
	const struct resolve_options *o;
	struct snapshot *s;
	const char *const *names;
	size_t name_n, done;
	struct resolver resolvers[RESOLVE_SERVERS_MOST];
	size_t resolver_n;
	struct question *questions; /* as answers */
};

static enum answer_status status_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return ANSWER_OK;
	case ARES_ENOTFOUND:
		return ANSWER_NXDOMAIN;
	case ARES_ENODATA:
		return ANSWER_NODATA;
	case ARES_ESERVFAIL:
		return ANSWER_SERVFAIL;
	case ARES_EREFUSED:
		return ANSWER_REFUSED;
	case ARES_ETIMEOUT:
		return ANSWER_TIMEOUT;
	default:
		return ANSWER_FAILED;
	}
}

/* A message being parsed. Not with ares_parse_a_reply: c-ares 1.18 returns the first alias of a chain as the last
 * one. */
struct message {
	const unsigned char *bytes;
	int n;
	struct cursor c;
	char owner[HOST_TEXT], target[HOST_TEXT];
};

/* The name at the cursor; an overlong one fails the cursor. */
static void take_name(struct message *m, char name[static HOST_TEXT])
{
	char *text = NULL;
	long n = 0;

	name[0] = '\0';
	if (!cursor_has(&m->c, 1) || ares_expand_name(m->c.at, m->bytes, m->n, &text, &n) != ARES_SUCCESS) {
		cursor_skip(&m->c, m->c.left + 1);
		return;
	}
	cursor_skip(&m->c, (size_t)n);
	text_presentation((const uint8_t *)text, strlen(text), name, HOST_TEXT);
	text_normal_name(name);
	ares_free_string(text);
}

static void add_alias(struct snapshot *s, struct answer *a, const char *name)
{
	if (a->alias_n == ALIASES_MOST)
		return;
	a->aliases = arena_grow(&s->arena, a->aliases, a->alias_n, &a->alias_size, sizeof *a->aliases);
	if (a->aliases)
		a->aliases[a->alias_n++] = arena_text(&s->arena, name, strlen(name));
}

static void add_address(struct snapshot *s, struct answer *a, struct cursor data, uint32_t ttl_s)
{
	uint8_t bytes[16];

	cursor_copy(&data, bytes, a->six ? 16 : 4);
	if (data.err != ERR_OK || a->address_n == ADDRESSES_MOST)
		return;
	a->addresses = arena_grow(&s->arena, a->addresses, a->address_n, &a->address_size, sizeof *a->addresses);
	if (a->addresses)
		a->addresses[a->address_n++] =
		    (struct answer_address){a->six ? addr_of_v6(bytes) : addr_of_v4(bytes), ttl_s};
}

/* One record of the answer section: an alias of the name reached so far, or an address of it. Servers send the chain
 * in order. */
static void take_record(struct snapshot *s, struct answer *a, struct message *m)
{
	take_name(m, m->owner);
	uint16_t type = cursor_u16(&m->c);
	cursor_skip(&m->c, 2);
	uint32_t ttl_s = cursor_u32(&m->c);
	struct cursor data = cursor_take(&m->c, cursor_u16(&m->c));
	const char *reached = a->alias_n ? a->aliases[a->alias_n - 1] : a->name;

	if (m->c.err != ERR_OK || !reached || strcmp(m->owner, reached) != 0)
		return;
	if (type == (a->six ? ns_t_aaaa : ns_t_a))
		add_address(s, a, data, ttl_s);
	if (type != ns_t_cname)
		return;
	struct message inner = *m;
	inner.c = data;
	take_name(&inner, m->target);
	if (inner.c.err == ERR_OK && m->target[0])
		add_alias(s, a, m->target);
}

/* source RFC 1035 4.1 */
static int take_message(struct snapshot *s, struct answer *a, const unsigned char *bytes, int length)
{
	struct message m = {.bytes = bytes, .n = length, .c = cursor_of(bytes, (size_t)length, (size_t)length)};

	cursor_skip(&m.c, 4);
	uint16_t questions = cursor_u16(&m.c), answers = cursor_u16(&m.c);
	cursor_skip(&m.c, 4);
	for (unsigned i = 0; i < questions && m.c.err == ERR_OK; i++) {
		take_name(&m, m.owner);
		cursor_skip(&m.c, 4);
	}
	for (unsigned i = 0; i < answers && m.c.err == ERR_OK; i++)
		take_record(s, a, &m);
	return a->address_n ? ARES_SUCCESS : m.c.err == ERR_OK ? ARES_ENODATA : ARES_EBADRESP;
}

static void ask_more(struct resolver *r);

static void answered(void *context, int status, int timeouts, unsigned char *message, int length)
{
	struct question *q = context;
	struct resolver *r = q->resolver;
	struct answer *a = &r->all->s->answers[q->answer];

	(void)timeouts;
	if (status == ARES_EDESTRUCTION)
		return;
	if (status == ARES_SUCCESS)
		status = take_message(r->all->s, a, message, length);
	a->status = status_of(status);
	r->heard |= a->status != ANSWER_TIMEOUT;
	r->silent += a->status == ANSWER_TIMEOUT;
	r->under_way--;
	r->all->done++;
	if (r->all->o->progress)
		r->all->o->progress(r->all->o->context, r->all->done, r->all->s->answer_n);
}

/* Whether the server seems dead: otherwise a long list would take hours of time-outs. */
static bool is_dead(const struct resolver *r)
{
	return !r->heard && r->silent >= RESOLVE_TOGETHER;
}

/* Questions are in the snapshot's order: name, server, A before AAAA. */
static void ask_more(struct resolver *r)
{
	struct resolving *all = r->all;

	while (r->under_way < RESOLVE_TOGETHER && r->next < all->name_n * 2) {
		size_t at = (r->next / 2 * all->resolver_n + r->place) * 2 + r->next % 2;
		struct question *q = &all->questions[at];
		*q = (struct question){r, at};
		r->next++;
		if (is_dead(r)) {
			all->s->answers[at].status = ANSWER_TIMEOUT;
			all->done++;
			continue;
		}
		r->under_way++;
		ares_query(r->channel, all->s->answers[at].name, ns_c_in, all->s->answers[at].six ? ns_t_aaaa : ns_t_a,
		           answered, q);
	}
}

/* "ADDR", "ADDR:PORT" or "[ADDR]:PORT", in the forms that c-ares needs and that is shown. */
static enum err server_text(struct snapshot *s, const char *given, const char **ret_text)
{
	const char *port = strrchr(given, ':');
	char host[ADDR_TEXT], shown[ADDR_TEXT];
	struct addr a;
	unsigned long number = 53;
	struct text text = {0};
	bool has_port = port && !addr_parse(given, &a);

	size_t n = has_port ? (size_t)(port - given) : strlen(given);
	snprintf(host, sizeof host, "%.*s", (int)(n < sizeof host ? n : 0), given);
	if (has_port) {
		char *end;
		number = strtoul(port + 1, &end, 10);
		if (port[1] < '0' || port[1] > '9' || *end || number == 0 || number > 65535)
			return err_fail(ERR_USAGE, "--server %s: no port from 1 to 65535", given);
	}
	if (!addr_parse(host, &a))
		return err_fail(
		    ERR_USAGE, "--server %s: no address (like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::1]:53)", given);
	addr_format(&a, shown);
	text_addf(&text, addr_is_v4(&a) ? "%s:%lu" : "[%s]:%lu", shown, number);
	*ret_text = text.failed ? NULL : arena_text(&s->arena, text.at, text.n);
	text_release(&text);
	return *ret_text ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

static enum err resolver_open(struct resolving *all, const char *server)
{
	struct resolver *r = &all->resolvers[all->resolver_n];
	int64_t timeout_us = all->o->timeout_us ? all->o->timeout_us : 2000000;
	struct ares_options options = {
	    /* Take every answer as it is: which names a resolver refuses is the very question. */
	    .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
	    .timeout = (int)(timeout_us / 1000 > 600000 ? 600000 : timeout_us / 1000),
	    .tries = all->o->tries ? (int)all->o->tries : 2,
	    .ednspsz = EDNS_BYTES,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ;
	*r = (struct resolver){.all = all, .server = "system", .place = all->resolver_n};
	if (server) {
		enum err e = server_text(all->s, server, &r->server);
		if (e != ERR_OK)
			return e;
	}
	int status = ares_init_options(&r->channel, &options, mask);
	if (status != ARES_SUCCESS)
		return err_fail(status == ARES_ENOMEM ? ERR_MEMORY : ERR_IO, "c-ares: %s", ares_strerror(status));
	all->resolver_n++;
	if (server)
		status = ares_set_servers_ports_csv(r->channel, r->server);
	return status == ARES_SUCCESS ? ERR_OK : err_fail(ERR_IO, "%s: c-ares: %s", r->server, ares_strerror(status));
}

static enum err questions_make(struct resolving *all)
{
	struct snapshot *s = all->s;

	s->answer_n = s->answer_size = all->name_n * all->resolver_n * 2;
	s->answers = arena_take(&s->arena, s->answer_n, sizeof *s->answers);
	all->questions = calloc(s->answer_n + 1, sizeof *all->questions);
	if (!s->answers || !all->questions)
		return err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < s->answer_n; i++) {
		const char *name = all->names[i / 2 / all->resolver_n];
		s->answers[i] = (struct answer){
		    .name = arena_text(&s->arena, name, strlen(name)),
		    .server = all->resolvers[i / 2 % all->resolver_n].server,
		    .six = i % 2,
		    .status = ANSWER_FAILED,
		};
	}
	return s->arena.failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}

static int wait_ms(const struct resolving *all)
{
	int least = 1000;

	for (size_t i = 0; i < all->resolver_n; i++) {
		struct timeval most = {1, 0}, left;
		const struct timeval *t = ares_timeout(all->resolvers[i].channel, &most, &left);
		int ms = (int)(t->tv_sec * 1000 + t->tv_usec / 1000) + 1;
		least = ms < least ? ms : least;
	}
	return least;
}

/* The sockets of all resolvers, each with its owner. */
static size_t sockets_of(struct resolving *all, struct pollfd *fds, struct resolver **owners)
{
	size_t n = 0;

	for (size_t i = 0; i < all->resolver_n; i++) {
		ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
		/* Not with c-ares' macros: they shift into the sign bit at the last socket. */
		unsigned mask = (unsigned)ares_getsock(all->resolvers[i].channel, sockets, ARES_GETSOCK_MAXNUM);
		for (int k = 0; k < ARES_GETSOCK_MAXNUM; k++) {
			short events = (short)((mask >> k & 1 ? POLLIN : 0) |
			                       (mask >> (k + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));
			if (!events)
				continue;
			fds[n] = (struct pollfd){.fd = sockets[k], .events = events};
			owners[n++] = &all->resolvers[i];
		}
	}
	return n;
}

static enum err run(struct resolving *all)
{
	struct pollfd fds[RESOLVE_SERVERS_MOST * ARES_GETSOCK_MAXNUM];
	struct resolver *owners[RESOLVE_SERVERS_MOST * ARES_GETSOCK_MAXNUM];

	for (;;) {
		for (size_t i = 0; i < all->resolver_n; i++)
			ask_more(&all->resolvers[i]);
		if (all->done == all->s->answer_n)
			break;
		size_t n = sockets_of(all, fds, owners);
		if (poll(fds, n, wait_ms(all)) < 0 && errno != EINTR)
			return err_fail(ERR_IO, "poll: %s", strerror(errno));
		for (size_t i = 0; i < n; i++) {
			bool in = fds[i].revents & (POLLIN | POLLERR | POLLHUP), out = fds[i].revents & POLLOUT;
			if (in || out)
				ares_process_fd(owners[i]->channel, in ? fds[i].fd : ARES_SOCKET_BAD,
				                out ? fds[i].fd : ARES_SOCKET_BAD);
		}
		for (size_t i = 0; i < all->resolver_n; i++)
			ares_process_fd(all->resolvers[i].channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
	}
	return ERR_OK;
}

static enum err resolve(struct resolving *all)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < all->o->server_n; i++)
		e = resolver_open(all, all->o->servers[i]);
	if (e == ERR_OK && all->o->server_n == 0)
		e = resolver_open(all, NULL);
	if (e == ERR_OK)
		e = questions_make(all);
	if (e == ERR_OK)
		e = run(all);
	for (size_t i = 0; i < all->resolver_n; i++)
		ares_destroy(all->resolvers[i].channel);
	free(all->questions);
	return e;
}

enum err resolve_names(const char *const *names, size_t n, const struct resolve_options *o,
                       struct snapshot *ret_snapshot)
{
	struct snapshot s = {0};
	struct resolving all = {.o = o, .s = &s, .names = names, .name_n = n};

	if (o->server_n > RESOLVE_SERVERS_MOST)
		return err_fail(ERR_USAGE, "--server: more than %d servers", RESOLVE_SERVERS_MOST);
	int status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status != ARES_SUCCESS)
		return err_fail(ERR_IO, "c-ares: %s", ares_strerror(status));
	s.taken_us = wall_clock_us();
	enum err e = resolve(&all);
	ares_library_cleanup();
	if (e == ERR_OK && s.arena.failed)
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e == ERR_OK)
		*ret_snapshot = s;
	else
		snapshot_release(&s);
	return e;
}
