/* Send the frames of a capture over an interface repeatedly, as fast as it accepts them: send INTERFACE FILE
 * SECONDS. Prints packets, bytes and seconds. For a veth pair in the benchmark's own namespaces. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MOST 200000u
#define FRAME_BYTES 1514u
#define AT_ONCE 64u

static struct iovec frames[FRAMES_MOST];

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t load(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	size_t n = 0;
	pcap_t *p = pcap_open_offline(path, why);

	if (!p) {
		fprintf(stderr, "send: %s\n", why);
		return 0;
	}
	while (n < FRAMES_MOST && pcap_next_ex(p, &head, &bytes) == 1) {
		size_t length = head->caplen < FRAME_BYTES ? head->caplen : FRAME_BYTES;
		void *copy = malloc(length);
		if (!copy)
			break;
		frames[n++] = (struct iovec){memcpy(copy, bytes, length), length};
	}
	pcap_close(p);
	return n;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	                         .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
		fprintf(stderr, "send: %s: %s\n", name, strerror(errno));
		return -1;
	}
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
	return fd;
}

int main(int argc, char **argv)
{
	struct mmsghdr messages[AT_ONCE];
	uint64_t packets = 0, bytes = 0;
	size_t n = argc == 4 ? load(argv[2]) : 0, at = 0;
	int fd = n ? open_interface(argv[1]) : -1;

	if (fd < 0) {
		if (argc != 4)
			fputs("usage: send INTERFACE FILE SECONDS\n", stderr);
		return 2;
	}
	double begun = now_s(), until = begun + atof(argv[3]);
	while (now_s() < until) {
		memset(messages, 0, sizeof messages);
		for (unsigned i = 0; i < AT_ONCE; i++)
			messages[i].msg_hdr = (struct msghdr){.msg_iov = &frames[(at + i) % n], .msg_iovlen = 1};
		int sent = sendmmsg(fd, messages, AT_ONCE, 0);
		for (int i = 0; i < sent; i++)
			bytes += frames[(at + (size_t)i) % n].iov_len;
		packets += sent > 0 ? (uint64_t)sent : 0;
		at = (at + (size_t)(sent > 0 ? sent : 0)) % n;
	}
	printf("%llu %llu %.3f\n", (unsigned long long)packets, (unsigned long long)bytes, now_s() - begun);
	close(fd);
	return 0;
}
