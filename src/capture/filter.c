#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/link.h"

struct filter_program {
	struct filter_program *next;
	uint16_t dlt;
	struct bpf_program code;
};

struct filter {
	char *expression;
	struct filter_program *programs;
	bool failed;
};

struct filter *filter_new(const char *expression)
{
	struct filter *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->expression = strdup(expression);
	if (f->expression)
		return f;
	free(f);
	return NULL;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	while (f->programs) {
		struct filter_program *p = f->programs;
		f->programs = p->next;
		pcap_freecode(&p->code);
		free(p);
	}
	free(f->expression);
	free(f);
}

static enum err compile(const char *expression, uint16_t dlt, struct bpf_program *ret_code)
{
	pcap_t *dead = pcap_open_dead(dlt, 262144);
	enum err e = ERR_OK;

	if (!dead)
		return err_fail(ERR_MEMORY, "out of memory for a filter");
	if (pcap_compile(dead, ret_code, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		e = err_fail(ERR_USAGE, "filter \"%s\": %s (link type %s); see pcap-filter(7)", expression,
		             pcap_geterr(dead), link_name(dlt));
	pcap_close(dead);
	return e;
}

enum err filter_for(struct filter *f, uint16_t dlt, const struct filter_program **ret_program)
{
	for (struct filter_program *p = f->programs; p; p = p->next)
		if (p->dlt == dlt) {
			*ret_program = p;
			return ERR_OK;
		}
	struct filter_program *p = calloc(1, sizeof *p);
	if (!p)
		return err_fail(ERR_MEMORY, "out of memory for a filter");
	enum err e = compile(f->expression, dlt, &p->code);
	if (e != ERR_OK) {
		f->failed = true;
		free(p);
		return e;
	}
	p->dlt = dlt;
	p->next = f->programs;
	f->programs = p;
	*ret_program = p;
	return ERR_OK;
}

bool filter_failed(const struct filter *f)
{
	return f && f->failed;
}

bool filter_passes(const struct filter_program *p, const struct frame *frame)
{
	struct pcap_pkthdr header = {.caplen = frame->captured, .len = frame->length};

	return pcap_offline_filter(&p->code, &header, frame->bytes) != 0;
}
