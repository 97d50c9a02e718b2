#include "capture/link.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

/* Let libpcap open a capture in memory that consists of a file header only. */
enum err link_find(uint32_t linktype, struct link *ret_link)
{
	struct pcap_file_header header = {
	    .magic = 0xa1b2c3d4, .version_major = 2, .version_minor = 4, .linktype = linktype};
	char why[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(&header, sizeof header, "rb");

	if (!file)
		return err_fail(ERR_MEMORY, "out of memory for a link type");
	pcap_t *p = pcap_fopen_offline(file, why);
	if (!p) {
		fclose(file);
		return ERR_UNSUPPORTED;
	}
	*ret_link = (struct link){
	    .dlt = link_short(pcap_datalink(p)),
	    .snaplen_most = (uint32_t)pcap_snapshot(p), /* a snaplen of 0 stands for the most */
	};
	pcap_close(p);
	return ERR_OK;
}

const char *link_name(uint16_t dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name ? name : "unknown";
}
