#include "capture/filter.h"

#include <ctype.h>
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

struct filter *filter_again(const struct filter *f)
{
	return filter_new(f->expression);
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

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || strchr(".-_:/", c);
}

/* Whether libpcap would look the word up in the DNS. Letters without a colon: it is no address; and
 * it has a dot, or stands where only an address or a name can. */
static bool is_name(const char *word, size_t n, bool after_host)
{
	bool dot = memchr(word, '.', n), colon = memchr(word, ':', n), letter = false;

	for (size_t i = 0; i < n; i++)
		letter = letter || isalpha((unsigned char)word[i]);
	return !colon && letter && (dot || (after_host && !isdigit((unsigned char)word[0])));
}

/* The first name in the filter that would have to be looked up, and its length; NULL: none. Such
 * filters are refused: a filter must never send a packet. */
static const char *find_name(const char *expression, size_t *ret_n)
{
	bool after_host = false;

	for (const char *at = expression; *at;) {
		size_t n = 0;
		while (at[n] && is_word(at[n]))
			n++;
		if (n == 0) {
			at++;
			continue;
		}
		if (is_name(at, n, after_host)) {
			*ret_n = n;
			return at;
		}
		after_host = (n == 4 && memcmp(at, "host", 4) == 0) || (n == 7 && memcmp(at, "gateway", 7) == 0);
		at += n;
	}
	return NULL;
}

enum err filter_compile(void *handle, const char *expression, uint16_t dlt, struct bpf_program *ret_code)
{
	size_t n;
	const char *name = find_name(expression, &n);

	if (name)
		return err_fail(ERR_USAGE, "filter \"%s\": the name %.*s would have to be looked up, "
		                "and rulegap sends no packets; write its address", expression, (int)n, name);
	if (pcap_compile(handle, ret_code, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return err_fail(ERR_USAGE, "filter \"%s\": %s (link type %s); see pcap-filter(7)", expression,
		                pcap_geterr(handle), link_name(dlt));
	return ERR_OK;
}

static enum err compile(const char *expression, uint16_t dlt, struct bpf_program *ret_code)
{
	pcap_t *dead = pcap_open_dead(dlt, 262144);

	if (!dead)
		return err_fail(ERR_MEMORY, "out of memory for a filter");
	enum err e = filter_compile(dead, expression, dlt, ret_code);
	/* An expression that cannot match this link type may suit others ("arp" on raw IP); one
	 * that contradicts itself fails on Ethernet too. Only the optimiser reports it as an error,
	 * so compile without it. */
	if (e != ERR_OK && dlt != DLT_EN10MB && strstr(pcap_geterr(dead), "rejects all packets") &&
	    pcap_compile(dead, ret_code, expression, 0, PCAP_NETMASK_UNKNOWN) == 0)
		e = ERR_OK;
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
