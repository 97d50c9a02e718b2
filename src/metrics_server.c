/* Metrics over HTTP. The server has no thread of its own: the monitor's loop serves it, ten times a second. */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics.h"

#include "base/addr.h"
#include "base/text.h"

#define CONNECTIONS_MOST 16u
#define CONNECTION_S 5u
#define CONNECTION_BYTES ((size_t)16384)

struct metrics_server {
	struct MHD_Daemon *daemon;
	const struct monitor *monitor;
};

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
	                                                         MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = r ? MHD_queue_response(c, status, r) : MHD_NO;

	if (r)
		MHD_destroy_response(r);
	return result;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version,
                              const char *upload, size_t *upload_bytes, void **state)
{
	const struct metrics_server *s = context;
	struct text t = {0};

	(void)version, (void)upload, (void)state;
	if (*upload_bytes)
		return MHD_NO;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
	if (strcmp(url, "/metrics") != 0)
		return refuse(c, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	metrics_text(s->monitor, &t);
	struct MHD_Response *r = t.failed ? NULL : MHD_create_response_from_buffer(t.n, t.at, MHD_RESPMEM_MUST_COPY);
	text_release(&t);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
	enum MHD_Result result = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return result;
}

/* "192.0.2.1:9100", "[2001:db8::1]:9100". */
static enum err address_parse(const char *text, struct sockaddr_storage *ret_address, socklen_t *ret_n)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_TEXT + 2], *end;
	struct addr a;

	if (!colon || (size_t)(colon - text) >= sizeof host || colon[1] < '0' || colon[1] > '9')
		return err_fail(ERR_USAGE, "--metrics-listen %s: ADDR:PORT is needed (like 127.0.0.1:9100)", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end || port > UINT16_MAX || !addr_parse(host, &a))
		return err_fail(ERR_USAGE, "--metrics-listen %s: ADDR:PORT is needed (like 127.0.0.1:9100)", text);
	memset(ret_address, 0, sizeof *ret_address);
	if (addr_is_v4(&a)) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, a.b + 12, 4);
		*ret_n = sizeof *v4;
	} else {
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		memcpy(&v6->sin6_addr, a.b, 16);
		*ret_n = sizeof *v6;
	}
	return ERR_OK;
}

static enum err socket_listen(const char *text, int *ret_fd)
{
	struct sockaddr_storage address;
	socklen_t n = 0;
	const int yes = 1;
	enum err e = address_parse(text, &address, &n);

	if (e != ERR_OK)
		return e;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, n) != 0 || listen(fd, 16) != 0) {
		e = err_fail(errno == EACCES ? ERR_PERMISSION : ERR_USAGE, "--metrics-listen %s: %s", text,
		             strerror(errno));
		if (fd >= 0)
			close(fd);
		return e;
	}
	*ret_fd = fd;
	return ERR_OK;
}

enum err metrics_listen(const struct monitor *m, const char *address, struct metrics_server **ret_server)
{
	struct metrics_server *s = calloc(1, sizeof *s);
	int fd = -1;
	enum err e = s ? socket_listen(address, &fd) : err_fail(ERR_MEMORY, "out of memory");

	if (e != ERR_OK) {
		free(s);
		return e;
	}
	s->monitor = m;
	s->daemon = MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET, fd,
	                             MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
	                             CONNECTION_S,
	                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, MHD_OPTION_END);
	if (!s->daemon) {
		close(fd);
		free(s);
		return err_fail(ERR_IO, "--metrics-listen %s: the server cannot be started", address);
	}
	*ret_server = s;
	return ERR_OK;
}

void metrics_serve(struct metrics_server *s)
{
	if (s)
		MHD_run(s->daemon);
}

void metrics_close(struct metrics_server *s)
{
	if (!s)
		return;
	MHD_stop_daemon(s->daemon);
	free(s);
}
