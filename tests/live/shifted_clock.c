/* For LD_PRELOAD: shifts the wall clock of a single program by the number of seconds in a file. The program sees
 * what it would see had somebody set the clock: the time of day, and the kernel's packet time stamps.
 * CLOCK_MONOTONIC is unchanged, as in the kernel. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift; /* of the file, mapped before the program sandboxes itself */

__attribute__((constructor)) static void map_file(void)
{
	const char *path = getenv("SHIFTED_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (at != MAP_FAILED)
		shift = at;
	if (fd >= 0)
		close(fd);
}

static int64_t shift_s(void)
{
	return shift ? *shift : 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, t);
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		t->tv_sec += shift_s();
	return r;
}

int gettimeofday(struct timeval *t, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

struct delivery {
	pcap_handler to;
	u_char *context;
};

static void deliver(u_char *context, const struct pcap_pkthdr *h, const u_char *bytes)
{
	const struct delivery *d = (const struct delivery *)(void *)context;
	struct pcap_pkthdr shifted = *h;

	shifted.ts.tv_sec += shift_s();
	d->to(d->context, &shifted, bytes);
}

int pcap_dispatch(pcap_t *p, int n, pcap_handler to, u_char *context)
{
	static int (*real)(pcap_t *, int, pcap_handler, u_char *);
	struct delivery d = {to, context};

	if (!real)
		real = (int (*)(pcap_t *, int, pcap_handler, u_char *))dlsym(RTLD_NEXT, "pcap_dispatch");
	return real(p, n, deliver, (u_char *)&d);
}
