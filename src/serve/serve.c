#include "serve/serve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base/text.h"
#include "report/html_data.h"

#define CONNECTIONS_MOST 64u   /* at the same time; more are refused */
#define CONNECTIONS_CLIENT 16u /* per address */
#define IDLE_S 20u             /* a connection on which nothing came for so long is closed */
#define REQUEST_BYTES 16384u   /* of one request's header; longer ones are refused */
#define COOKIE "rulegap"

struct server {
	struct serve_options options;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock; /* protects the next two */
	struct serve_snapshot *now;
	bool old; /* the last reading failed */
	char *page;
	size_t page_bytes;
	char *policy; /* the page's own policy, for the header */
};

static struct serve_snapshot *snapshot_take(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	struct serve_snapshot *now = s->now;
	now->users++;
	pthread_mutex_unlock(&s->lock);
	return now;
}

/* A snapshot is released by the thread of the connection, when that ends. */
struct use {
	struct server *server;
	struct serve_snapshot *snapshot;
};

static void snapshot_give_back(struct server *s, struct serve_snapshot *used)
{
	pthread_mutex_lock(&s->lock);
	bool last = --used->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		serve_snapshot_free(used);
}

static void use_end(void *context)
{
	struct use *u = context;

	snapshot_give_back(u->server, u->snapshot);
	free(u);
}

static void add_headers(struct MHD_Response *r, const char *type, const char *policy)
{
	static const char *const headers[][2] = {
		{"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"}, {"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"}, {"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cache-Control", "no-store"},
	};

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Content-Security-Policy", policy);
}

static enum MHD_Result send_with_policy(struct MHD_Connection *c, unsigned status, struct MHD_Response *r,
                                        const char *type, const char *policy)
{
	if (!r)
		return MHD_NO;
	add_headers(r, type, policy ? policy : "default-src 'none'; frame-ancestors 'none'");
	enum MHD_Result sent = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return sent;
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r,
                                     const char *type)
{
	return send_with_policy(c, status, r, type, NULL);
}

static enum MHD_Result send_line(struct MHD_Connection *c, unsigned status, const char *line)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(line), (void *)line, MHD_RESPMEM_MUST_COPY);

	if (r && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (r && status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	return send_response(c, status, r, "text/plain; charset=utf-8");
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static enum MHD_Result send_snapshot(struct server *s, struct MHD_Connection *c, enum serve_page page, const char *type)
{
	struct use *u = malloc(sizeof *u);
	const char *known = header(c, "If-None-Match");

	if (!u)
		return MHD_NO;
	*u = (struct use){.server = s, .snapshot = snapshot_take(s)};
	bool same = page == SERVE_DATA && known && strcmp(known, u->snapshot->tag) == 0;
	struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback_cls(
		same ? 0 : u->snapshot->bytes[page], u->snapshot->body[page], use_end, u);
	if (!r) {
		use_end(u);
		return MHD_NO;
	}
	if (page == SERVE_DATA)
		MHD_add_response_header(r, "ETag", u->snapshot->tag);
	return send_response(c, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r, type);
}

static enum MHD_Result send_page(struct server *s, struct MHD_Connection *c)
{
	return send_with_policy(c, MHD_HTTP_OK,
	                        MHD_create_response_from_buffer(s->page_bytes, s->page, MHD_RESPMEM_PERSISTENT),
	                        "text/html; charset=utf-8", s->policy);
}

/* A link containing the token is followed once: after that a cookie holds it, so it stays in no history. */
static enum MHD_Result send_cookie(struct server *s, struct MHD_Connection *c)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	char cookie[400];

	snprintf(cookie, sizeof cookie, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict", s->options.token);
	if (r) {
		MHD_add_response_header(r, "Location", "/");
		MHD_add_response_header(r, "Set-Cookie", cookie);
	}
	return send_response(c, MHD_HTTP_SEE_OTHER, r, "text/plain; charset=utf-8");
}

static bool is_token(const struct server *s, const char *said)
{
	return said && s->options.token && serve_token_equal(said, s->options.token, strlen(s->options.token));
}

static bool has_access(const struct server *s, struct MHD_Connection *c)
{
	const char *bearer = header(c, "Authorization");

	if (!s->options.token)
		return true;
	if (bearer && strncmp(bearer, "Bearer ", 7) == 0)
		return is_token(s, bearer + 7);
	return is_token(s, MHD_lookup_connection_value(c, MHD_COOKIE_KIND, COOKIE));
}

static enum MHD_Result send_health(struct server *s, struct MHD_Connection *c)
{
	pthread_mutex_lock(&s->lock);
	bool old = s->old;
	pthread_mutex_unlock(&s->lock);
	if (old)
		return send_line(c, MHD_HTTP_SERVICE_UNAVAILABLE, "the database cannot be read; this is old\n");
	return send_line(c, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result send_path(struct server *s, struct MHD_Connection *c, const char *path)
{
	if (strcmp(path, "/") == 0)
		return send_page(s, c);
	if (strcmp(path, "/page.json") == 0)
		return send_snapshot(s, c, SERVE_DATA, "application/json");
	if (strcmp(path, "/report.json") == 0)
		return send_snapshot(s, c, SERVE_REPORT, "application/json");
	if (strcmp(path, "/metrics") == 0)
		return send_snapshot(s, c, SERVE_METRICS, "text/plain; version=0.0.4; charset=utf-8");
	return send_line(c, MHD_HTTP_NOT_FOUND, "There is / and /report.json, /metrics, /healthz.\n");
}

static enum MHD_Result answer(void *context, struct MHD_Connection *c, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **state)
{
	static char seen; /* libmicrohttpd calls twice: with the header, then for the answer */
	struct server *s = context;

	(void)version, (void)upload;
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*upload_bytes) {
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (!serve_host_is_ours(&s->options, header(c, "Host")))
		return send_line(c, MHD_HTTP_MISDIRECTED_REQUEST,
		                 "This is not the server of that name (see rulegap serve --name).\n");
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return send_line(c, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
	if (strcmp(path, "/healthz") == 0)
		return send_health(s, c);
	if (strcmp(path, "/") == 0 && is_token(s, MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "token")))
		return send_cookie(s, c);
	if (!has_access(s, c))
		return send_line(c, MHD_HTTP_UNAUTHORIZED,
		                 "A token is needed: /?token=TOKEN, or Authorization: Bearer TOKEN.\n");
	return send_path(s, c, path);
}

/* The policy in the page, plus what only a header can state. NULL: out of memory. */
static char *policy_of(const char *page)
{
	static const char before[] = "http-equiv=\"Content-Security-Policy\" content=\"";
	const char *at = strstr(page, before);
	char *policy = NULL;

	at = at ? at + sizeof before - 1 : "default-src 'none'";
	if (asprintf(&policy, "%.*s; frame-ancestors 'none'", (int)strcspn(at, "\""), at) < 0)
		return NULL;
	return policy;
}

/* The page that fetches its data. */
static enum err page_make(struct server *s)
{
	struct text t = {0};

	text_add(&t, html_page_start);
	text_add(&t, HTML_CONNECT);
	text_add(&t, html_page_middle);
	text_add(&t, HTML_NO_DATA);
	text_add(&t, html_page_end);
	if (!t.failed)
		s->policy = policy_of(t.at);
	s->page = t.at;
	s->page_bytes = t.n;
	return s->policy ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

/* NULL: out of memory. Free it with freeaddrinfo. */
static struct addrinfo *socket_address(const struct serve_options *o)
{
	const struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	char host[ADDR_TEXT], port[8];
	struct addrinfo *found = NULL;

	snprintf(port, sizeof port, "%u", o->port);
	const char *text = addr_is_none(&o->address) ? "::" : addr_format(&o->address, host);
	return getaddrinfo(text, port, &wanted, &found) == 0 ? found : NULL;
}

static enum err daemon_start(struct server *s)
{
	struct addrinfo *a = socket_address(&s->options);
	char text[ADDR_TEXT];
	unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | (addr_is_v4(&s->options.address) ? 0 : MHD_USE_IPv6);

	if (!a)
		return err_fail(ERR_MEMORY, "out of memory");
	errno = 0;
	s->daemon = MHD_start_daemon(flags, s->options.port, NULL, NULL, answer, s, MHD_OPTION_SOCK_ADDR, a->ai_addr,
	                             MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MOST, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	                             CONNECTIONS_CLIENT, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
	                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES, MHD_OPTION_END);
	int reason = errno;
	freeaddrinfo(a);
	if (s->daemon)
		return ERR_OK;
	return err_fail(reason == EACCES ? ERR_PERMISSION : ERR_USAGE,
	                "cannot listen on %s port %u: %s; choose another with --listen",
	                addr_format(&s->options.address, text), s->options.port,
	                reason ? strerror(reason) : "the web server does not start");
}

enum err server_start(const struct serve_options *options, struct serve_snapshot *first, struct server **ret_server)
{
	struct server *s = calloc(1, sizeof *s);

	if (!s)
		return err_fail(ERR_MEMORY, "out of memory");
	*s = (struct server){.options = *options};
	pthread_mutex_init(&s->lock, NULL);
	enum err e = page_make(s);
	if (e == ERR_OK) {
		s->now = first;
		e = daemon_start(s);
	}
	if (e == ERR_OK) {
		*ret_server = s;
		return ERR_OK;
	}
	s->now = NULL; /* stays the caller's */
	server_stop(s);
	return e;
}

uint16_t server_port(const struct server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : s->options.port;
}

void server_renew(struct server *s, struct serve_snapshot *fresh)
{
	pthread_mutex_lock(&s->lock);
	struct serve_snapshot *before = fresh ? s->now : NULL;
	s->old = !fresh;
	if (fresh)
		s->now = fresh;
	pthread_mutex_unlock(&s->lock);
	if (before)
		snapshot_give_back(s, before);
}

void server_stop(struct server *s)
{
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (s->now)
		snapshot_give_back(s, s->now);
	pthread_mutex_destroy(&s->lock);
	free(s->page);
	free(s->policy);
	free(s);
}
