/* Preloaded: makes allocations or a database's system calls fail, or writes down
 * what the latter do. Set by the environment:
 *	FAIL_ALLOCATION=N [FAIL_ALLOCATIONS=1]  the Nth allocation (and all after it)
 *	FAIL_FILE=N FAIL_LAST=M FAIL_ERRNO=E    the calls N to M on a database or its log
 *	LOG_FILE=PATH                           each such call, as struct call and its bytes */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { CALL_WRITE, CALL_SYNC, CALL_CUT };

struct call {
	uint32_t what, log; /* log: of the write-ahead log, not of the database */
	uint64_t at, n;
};

static bool ready, starting, go_on;
static long fail_at, allocations;
static long file_first, file_last, file_calls;
static int file_errno, log_fd = -1;
static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t), *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static char early[1 << 16]; /* dlsym() allocates */
static size_t early_n;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long number(const char *name)
{
	const char *value = getenv(name);

	return value ? atol(value) : 0;
}

static void start(void)
{
	if (ready || starting)
		return;
	starting = true;
	*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&real_free = dlsym(RTLD_NEXT, "free");
	fail_at = number("FAIL_ALLOCATION");
	go_on = number("FAIL_ALLOCATIONS");
	file_first = number("FAIL_FILE");
	file_last = number("FAIL_LAST");
	file_errno = (int)number("FAIL_ERRNO");
	if (getenv("LOG_FILE"))
		log_fd = open(getenv("LOG_FILE"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ready = true;
}

static void *early_take(size_t n)
{
	void *bytes = early + early_n;

	early_n += (n + 15) & ~(size_t)15;
	return early_n <= sizeof early ? bytes : NULL;
}

static bool allocation_fails(void)
{
	long n = __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);

	if (!fail_at || (n != fail_at && (!go_on || n < fail_at)))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	start();
	return !ready ? early_take(n) : allocation_fails() ? NULL : real_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	start();
	return !ready ? early_take(n * size) : allocation_fails() ? NULL : real_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
	start();
	return allocation_fails() ? NULL : real_realloc(old, n);
}

void free(void *bytes)
{
	if ((char *)bytes < early || (char *)bytes >= early + sizeof early)
		real_free(bytes);
}

/* 0: a database; 1: its log; -1: another file. */
static int file_kind(int fd)
{
	char link[64], path[512];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	if (n < 4)
		return -1;
	path[n] = 0;
	return strcmp(path + n - 4, "-wal") == 0 ? 1 : strcmp(path + n - 3, ".db") == 0 ? 0 : -1;
}

static bool file_fails(int kind)
{
	start();
	if (kind < 0 || !file_first)
		return false;
	long n = ++file_calls;
	if (n < file_first || n > file_last)
		return false;
	errno = file_errno;
	return true;
}

static void log_call(uint32_t what, int kind, uint64_t at, const void *bytes, uint64_t n)
{
	struct call c = {what, (uint32_t)kind, at, n};
	int before = errno;

	if (kind >= 0 && log_fd >= 0)
		if (write(log_fd, &c, sizeof c) < 0 || (bytes && write(log_fd, bytes, n) < 0))
			abort();
	errno = before;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off64_t);
	int kind = file_kind(fd);
	ssize_t done = -1;

	pthread_mutex_lock(&lock);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	if (!file_fails(kind))
		done = real(fd, bytes, n, at);
	if (done > 0)
		log_call(CALL_WRITE, kind, (uint64_t)at, bytes, (uint64_t)done);
	pthread_mutex_unlock(&lock);
	return done;
}

static int sync_with(const char *name, int fd)
{
	int (*real)(int);
	int kind = file_kind(fd), failed = -1;

	pthread_mutex_lock(&lock);
	*(void **)&real = dlsym(RTLD_NEXT, name);
	if (!file_fails(kind))
		failed = real(fd);
	if (!failed)
		log_call(CALL_SYNC, kind, 0, NULL, 0);
	pthread_mutex_unlock(&lock);
	return failed;
}

int fsync(int fd)
{
	return sync_with("fsync", fd);
}

int fdatasync(int fd)
{
	return sync_with("fdatasync", fd);
}

int ftruncate64(int fd, off64_t n)
{
	static int (*real)(int, off64_t);
	int kind = file_kind(fd), failed = -1;

	pthread_mutex_lock(&lock);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "ftruncate64");
	if (!file_fails(kind))
		failed = real(fd, n);
	if (!failed)
		log_call(CALL_CUT, kind, (uint64_t)n, NULL, 0);
	pthread_mutex_unlock(&lock);
	return failed;
}
