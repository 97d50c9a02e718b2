/* The system-call filter, each case in a child process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/sandbox.h"

static int packet_fd = -1;

static int in_sandbox(int (*f)(void))
{
	struct sandbox_options o = {.packet_fds = &packet_fd, .packet_fds_n = packet_fd >= 0, .local_sockets = true};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (sandbox_enter(&o) != ERR_OK)
			_exit(90);
		_exit(f());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define KILLED (1000 + SIGSYS)

static int run_program(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int new_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static int new_raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, 1) >= 0;
}

static int new_internet_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 1 : errno != ENOSYS;
}

static int write_packet(void)
{
	uint8_t frame[60] = {0};

	return write(packet_fd, frame, sizeof frame) > 0;
}

static int send_packet(void)
{
	uint8_t frame[60] = {0};

	return send(packet_fd, frame, sizeof frame, 0) > 0;
}

static int double_socket(void)
{
	return dup(packet_fd) >= 0;
}

static int double_socket_by_fcntl(void)
{
	return fcntl(packet_fd, F_DUPFD_CLOEXEC, 10) >= 0;
}

static int new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid >= 0;
}

static int executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static void *thread_body(void *context)
{
	*(int *)context = 7;
	return NULL;
}

static int files_and_threads(void)
{
	char path[] = "/tmp/rulegap-sandbox-XXXXXX", back[4];
	pthread_t thread;
	int fd = mkstemp(path), seen = 0;

	if (fd < 0 || write(fd, "abc", 3) != 3 || pwrite(fd, "x", 1, 0) != 1 || fdatasync(fd) != 0)
		return 1;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_SETLK, &lock) != 0 || pread(fd, back, 3, 0) != 3 || memcmp(back, "xbc", 3) != 0)
		return 2;
	if (close(fd) != 0 || unlink(path) != 0)
		return 3;
	if (pthread_create(&thread, NULL, thread_body, &seen) != 0 || pthread_join(thread, NULL) != 0 || seen != 7)
		return 4;
	return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 ? 0 : 5;
}

static int ask_packet_socket(void)
{
	struct tpacket_stats_v3 s;
	socklen_t n = sizeof s;
	struct ifreq request = {.ifr_name = "lo"};
	uint8_t frame[64];

	if (getsockopt(packet_fd, SOL_PACKET, PACKET_STATISTICS, &s, &n) != 0)
		return 1;
	if (ioctl(packet_fd, SIOCGIFINDEX, &request) != 0)
		return 2;
	return recv(packet_fd, frame, sizeof frame, MSG_DONTWAIT) < 0 && errno != EAGAIN && errno != ENETDOWN ? 3 : 0;
}

static void need_packet_socket(void)
{
	if (packet_fd >= 0)
		return;
	print_message("skipped: no permission for a packet socket\n");
	skip();
}

static void no_program_can_be_run(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(run_program), KILLED);
}

static void no_packet_or_raw_socket_can_be_made(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(new_packet_socket), KILLED);
	assert_int_equal(in_sandbox(new_raw_socket), KILLED);
	assert_int_equal(in_sandbox(new_internet_socket), 0);
}

static void nothing_leaves_through_the_packet_socket(void **state)
{
	(void)state;
	need_packet_socket();
	assert_int_equal(in_sandbox(write_packet), KILLED);
	assert_int_equal(in_sandbox(send_packet), KILLED);
	assert_int_equal(in_sandbox(double_socket), KILLED);
	assert_int_equal(in_sandbox(double_socket_by_fcntl), KILLED);
}

static void no_process_and_no_executable_memory_can_be_made(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(new_process), 0);
	assert_int_equal(in_sandbox(executable_memory), 0);
}

static void what_a_monitor_does_still_works(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(files_and_threads), 0);
}

static void the_packet_socket_can_still_be_read_and_asked(void **state)
{
	(void)state;
	need_packet_socket();
	assert_int_equal(in_sandbox(ask_packet_socket), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_program_can_be_run),
	    cmocka_unit_test(no_packet_or_raw_socket_can_be_made),
	    cmocka_unit_test(nothing_leaves_through_the_packet_socket),
	    cmocka_unit_test(no_process_and_no_executable_memory_can_be_made),
	    cmocka_unit_test(what_a_monitor_does_still_works),
	    cmocka_unit_test(the_packet_socket_can_still_be_read_and_asked),
	};
	/* in its own namespace, so that even a broken filter cannot send anything out */
	if (unshare(CLONE_NEWNET) == 0)
		packet_fd = socket(AF_PACKET, SOCK_RAW, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
