#include "eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Events contain the hosts that people visit: not readable for all local users. */
#define EVENTLOG_MODE 0640

static enum err open_file(const char *path, int *ret_fd)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, EVENTLOG_MODE);

	if (fd < 0) {
		bool denied = errno == EACCES || errno == EPERM || errno == EROFS;
		enum err e = denied ? ERR_PERMISSION : errno == ENOENT ? ERR_USAGE : ERR_IO;
		return err_fail(e, "%s: %s", path, err_reason(errno));
	}
	*ret_fd = fd;
	return ERR_OK;
}

enum err eventlog_open(struct eventlog *l, const char *path)
{
	*l = (struct eventlog){.path = path && strcmp(path, "-") != 0 ? path : NULL, .fd = STDOUT_FILENO};
	return l->path ? open_file(l->path, &l->fd) : ERR_OK;
}

enum err eventlog_reopen(struct eventlog *l)
{
	int fd = -1;

	if (!l->path || l->fd < 0)
		return ERR_OK;
	enum err e = open_file(l->path, &fd);
	if (e != ERR_OK)
		return e;
	close(l->fd);
	l->fd = fd;
	return ERR_OK;
}

void eventlog_add(struct eventlog *l, const char *line, size_t n)
{
	if (l->fd >= 0 && write(l->fd, line, n) != (ssize_t)n)
		l->lost++;
}

void eventlog_close(struct eventlog *l)
{
	if (l->path && l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
