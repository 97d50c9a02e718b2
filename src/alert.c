#include "alert.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/privilege.h"

struct alert {
	int fd;
	pid_t helper;
	int64_t free_us; /* monotonic: when the token bucket of alerts is full again */
};

/* ---- the helper */

static void signals_as_usual(void)
{
	static const int changed[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGXFSZ, SIGCHLD};

	for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++)
		signal(changed[i], SIG_DFL);
}

static void be_command(const char *command, int input)
{
	signals_as_usual();
	setsid(); /* its own process group, so that all of it can be killed */
	if (dup2(input, STDIN_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Wait until it ends, or kill it and its descendants. An alert that reached nobody is not kept silent. */
static void await(pid_t child)
{
	const struct timespec step = {.tv_nsec = 20000000};
	int status = 0;

	for (int i = 0; i < ALERT_TIME_MOST_S * 50; i++) {
		pid_t ended = waitpid(child, &status, WNOHANG);
		if (ended == child && WIFEXITED(status) && WEXITSTATUS(status))
			err_say("--alert: its command failed with status %d", WEXITSTATUS(status));
		if (ended == child && WIFSIGNALED(status))
			err_say("--alert: its command was killed by signal %d", WTERMSIG(status));
		if (ended != 0)
			return;
		nanosleep(&step, NULL);
	}
	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	err_say("--alert: its command took more than %d s and was killed", ALERT_TIME_MOST_S);
}

static void run(const char *command, const char *text, size_t n)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	fcntl(ends[0], F_SETFL, 0); /* the command's end of the pipe blocks as usual */
	pid_t child = fork();
	if (child == 0)
		be_command(command, ends[0]);
	close(ends[0]);
	if (child > 0 && write(ends[1], text, n) != (ssize_t)n)
		err_say("--alert: its command was not given all of its text");
	close(ends[1]);
	if (child > 0)
		await(child);
}

static void helper(const char *command, const struct privilege_user *user, int fd)
{
	char *text = malloc(ALERT_BYTES_MOST);

	if (privilege_drop(user) != ERR_OK) {
		err_say("--alert: %s", err_detail());
		_exit(1);
	}
	prctl(PR_SET_NAME, "rulegap-alert");
	signals_as_usual();
	/* it ends together with its monitor and not earlier: the last alerts are still sent */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (ssize_t n; text && (n = recv(fd, text, ALERT_BYTES_MOST, 0)) != 0;)
		if (n > 0)
			run(command, text, (size_t)n);
		else if (errno != EINTR)
			break;
	free(text);
	_exit(0);
}

/* ---- the monitor's side */

enum err alert_start(const char *command, const struct privilege_user *user, struct alert **ret_alert)
{
	struct alert *a = calloc(1, sizeof *a);
	int ends[2];

	if (!a)
		return err_fail(ERR_MEMORY, "out of memory");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		free(a);
		return err_fail(ERR_IO, "--alert: %s", strerror(errno));
	}
	a->helper = fork();
	if (a->helper == 0) {
		close(ends[0]);
		helper(command, user, ends[1]);
	}
	close(ends[1]);
	if (a->helper < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
		enum err e = err_fail(ERR_IO, "--alert: its helper cannot be started: %s", strerror(errno));
		close(ends[0]);
		free(a);
		return e;
	}
	a->fd = ends[0];
	*ret_alert = a;
	return ERR_OK;
}

bool alert_may(struct alert *a, int64_t monotonic_us)
{
	if (a->free_us < monotonic_us)
		a->free_us = monotonic_us;
	if (a->free_us - monotonic_us > (ALERTS_BURST - 1) * ALERT_EVERY_S * SECOND_US)
		return false;
	a->free_us += ALERT_EVERY_S * SECOND_US;
	return true;
}

bool alert_send(struct alert *a, const char *text, size_t n)
{
	return n <= ALERT_BYTES_MOST && write(a->fd, text, n) == (ssize_t)n;
}

void alert_stop(struct alert *a)
{
	if (!a)
		return;
	close(a->fd);
	waitpid(a->helper, NULL, WNOHANG);
	free(a);
}
