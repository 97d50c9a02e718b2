/* The minimum cost of reading a capture: libpcap's loop with a callback that counts. */
#include <pcap/pcap.h>
#include <stdio.h>

static unsigned long packets;

static void count(u_char *context, const struct pcap_pkthdr *head, const u_char *bytes)
{
	(void)context, (void)head, (void)bytes;
	packets++;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;

	if (!p || pcap_loop(p, -1, count, NULL) < 0)
		return 2;
	pcap_close(p);
	printf("%lu\n", packets);
	return 0;
}
