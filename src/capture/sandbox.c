#include "capture/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Two filters are loaded; the kernel applies the stricter verdict. The first kills the process for
 * what must never happen and passes the rest. The second lists what is allowed. */

static const int needed[] = {
    /* files */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(flock), SCMP_SYS(fsync),
    SCMP_SYS(fdatasync), SCMP_SYS(sync_file_range), SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fadvise64),
    SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown),
    SCMP_SYS(umask), SCMP_SYS(utimensat), SCMP_SYS(dup), SCMP_SYS(dup3), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
    /* memory and threads */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mincore), SCMP_SYS(msync),
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier),
    SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity),
    SCMP_SYS(getcpu), SCMP_SYS(arch_prctl), SCMP_SYS(sysinfo), SCMP_SYS(getrandom),
    SCMP_SYS(exit), SCMP_SYS(exit_group),
    /* time, waiting, signals */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getrusage), SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime), SCMP_SYS(setitimer), SCMP_SYS(alarm), SCMP_SYS(pause),
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(signalfd4), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigsuspend), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(tgkill), SCMP_SYS(wait4),
    /* who and what */
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getgroups), SCMP_SYS(uname), SCMP_SYS(getrlimit),
    /* the packet socket, and sockets that were open before */
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(shutdown),
};

/* Needed to answer and to resolve names over sockets of its own. */
static const int talking[] = {
    SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(connect), SCMP_SYS(getpeername),
};

static const int fatal[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(io_uring_setup), SCMP_SYS(bpf), SCMP_SYS(splice), SCMP_SYS(tee), SCMP_SYS(vmsplice), SCMP_SYS(sendfile),
    SCMP_SYS(pidfd_getfd),
};

/* Calls that write to the packet socket in the first argument, or duplicate it. */
static const int fatal_on_packets[] = {
    SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(pwritev2), SCMP_SYS(sendto),
    SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
};

/* The first failure of several libseccomp calls: negative errno. */
static void note(int *first, int result)
{
	if (*first == 0 && result < 0)
		*first = result;
}

static int forbid(scmp_filter_ctx f, const struct sandbox_options *o)
{
	static const int families[] = {AF_PACKET, AF_NETLINK, AF_BLUETOOTH, AF_VSOCK, AF_XDP};
	const uint32_t kill = SCMP_ACT_KILL_PROCESS;
	int r = 0;

	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		note(&r, seccomp_rule_add(f, kill, fatal[i], 0));
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		note(&r, seccomp_rule_add(f, kill, SCMP_SYS(socket), 1,
		                          SCMP_A0_32(SCMP_CMP_EQ, (unsigned)families[i])));
	note(&r, seccomp_rule_add(f, kill, SCMP_SYS(socket), 1, SCMP_A1_32(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW)));
	for (size_t k = 0; k < o->packet_fds_n; k++) {
		unsigned fd = (unsigned)o->packet_fds[k];
		for (size_t i = 0; i < sizeof fatal_on_packets / sizeof fatal_on_packets[0]; i++)
			note(&r, seccomp_rule_add(f, kill, fatal_on_packets[i], 1, SCMP_A0_32(SCMP_CMP_EQ, fd)));
		note(&r, seccomp_rule_add(f, kill, SCMP_SYS(fcntl), 2, SCMP_A0_32(SCMP_CMP_EQ, fd),
		                          SCMP_A1_32(SCMP_CMP_EQ, F_DUPFD)));
		note(&r, seccomp_rule_add(f, kill, SCMP_SYS(fcntl), 2, SCMP_A0_32(SCMP_CMP_EQ, fd),
		                          SCMP_A1_32(SCMP_CMP_EQ, F_DUPFD_CLOEXEC)));
	}
	return r;
}

static int allow_all(scmp_filter_ctx f, const int *calls, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n; i++)
		note(&r, seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0));
	return r;
}

/* Calls that are harmless with some arguments only. */
static int allow_some(scmp_filter_ctx f)
{
	static const unsigned controls[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK,
	                                    F_OFD_SETLK, F_OFD_SETLKW, F_DUPFD_CLOEXEC};
	static const unsigned requests[] = {SIOCGIFINDEX, SIOCGIFFLAGS, TIOCGWINSZ, TCGETS, FIONREAD, FIONBIO};
	const uint32_t allow = SCMP_ACT_ALLOW;
	int r = 0;

	for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(fcntl), 1, SCMP_A1_32(SCMP_CMP_EQ, controls[i])));
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(ioctl), 1, SCMP_A1_32(SCMP_CMP_EQ, requests[i])));
	/* memory is never writable and executable, nor becomes executable */
	note(&r, seccomp_rule_add(f, allow, SCMP_SYS(mmap), 1, SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
	note(&r, seccomp_rule_add(f, allow, SCMP_SYS(mprotect), 1, SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
	/* threads, no processes; clone3 hides its flags, and glibc falls back from ENOSYS */
	note(&r, seccomp_rule_add(f, allow, SCMP_SYS(clone), 1,
	                          SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)));
	note(&r, seccomp_rule_add(f, allow, SCMP_SYS(prctl), 1, SCMP_A0_32(SCMP_CMP_EQ, PR_SET_NAME)));
	/* reading limits, not setting them */
	note(&r, seccomp_rule_add(f, allow, SCMP_SYS(prlimit64), 1, SCMP_A2_64(SCMP_CMP_EQ, 0)));
	return r;
}

static int allow_sockets(scmp_filter_ctx f, const struct sandbox_options *o)
{
	const uint32_t allow = SCMP_ACT_ALLOW;
	int r = 0;

	if (o->local_sockets)
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(socket), 1, SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX)));
	if (o->resolve) {
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(socket), 1, SCMP_A0_32(SCMP_CMP_EQ, AF_INET)));
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(socket), 1, SCMP_A0_32(SCMP_CMP_EQ, AF_INET6)));
	}
	if (o->listen)
		note(&r, seccomp_rule_add(f, allow, SCMP_SYS(accept4), 0));
	if (o->local_sockets || o->resolve || o->listen)
		note(&r, allow_all(f, talking, sizeof talking / sizeof talking[0]));
	return r;
}

static int load(uint32_t action, int (*add)(scmp_filter_ctx, const struct sandbox_options *),
                const struct sandbox_options *o)
{
	scmp_filter_ctx f = seccomp_init(action);
	int r = 0;

	if (!f)
		return -ENOMEM;
	note(&r, seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1));
	note(&r, seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
	note(&r, add(f, o));
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

static int list_needed(scmp_filter_ctx f, const struct sandbox_options *o)
{
	int r = 0;

	note(&r, allow_all(f, needed, sizeof needed / sizeof needed[0]));
	note(&r, allow_some(f));
	note(&r, allow_sockets(f, o));
	return r;
}

enum err sandbox_enter(const struct sandbox_options *options)
{
	int r = load(SCMP_ACT_ALLOW, forbid, options);

	if (r == 0)
		r = load(SCMP_ACT_ERRNO(ENOSYS), list_needed, options);
	if (r != 0)
		return err_fail(ERR_PERMISSION, "the system-call filter cannot be set: %s", strerror(-r));
	return ERR_OK;
}
