/* What our own readers leave to libpcap: its odd variants of classic pcap (patched headers, old
 * versions, link types whose bytes it rewrites) and whatever a later libpcap learns to read. */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/inside.h"
#include "capture/reader.h"

#define FRAMES_BYTES (256u << 10) /* copied at once; one frame may be larger */

struct foreign {
	pcap_t *pcap;
	uint8_t *bytes;  /* copies of the frames of one fill */
	size_t size;
	const struct filter_program *program;
	uint16_t dlt;
	bool done;
	struct pcap_pkthdr *head; /* read, but there was no room yet; its bytes are libpcap's */
	const uint8_t *waiting;
};

/* libpcap decides in open(). */
static bool foreign_knows(struct cursor c)
{
	return c.left >= 4;
}

static ssize_t cookie_read(void *cookie, char *out, size_t n)
{
	return (ssize_t)stream_read(cookie, out, n);
}

static enum err foreign_open(struct reader *r)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct foreign *f = calloc(1, sizeof *f);
	cookie_io_functions_t io = {.read = cookie_read};
	FILE *file = f ? fopencookie(&r->stream, "rb", io) : NULL;

	if (!file) {
		free(f);
		return err_fail(ERR_MEMORY, "out of memory for a capture");
	}
	r->own = f;
	f->pcap = pcap_fopen_offline(file, why);
	if (!f->pcap) {
		fclose(file);
		if (strstr(why, "unknown file format"))
			return name_fail(ERR_UNSUPPORTED, r->name, READER_NO_CAPTURE);
		return name_fail(ERR_USAGE, r->name, "the head of this capture file is damaged: %s", why);
	}
	f->size = FRAMES_BYTES;
	f->bytes = malloc(f->size);
	if (!f->bytes)
		return err_fail(ERR_MEMORY, "out of memory for a capture");
	f->dlt = link_short(pcap_datalink(f->pcap));
	r->link_type = link_name(f->dlt);
	r->snaplen = (uint32_t)pcap_snapshot(f->pcap);
	return r->filter ? filter_for(r->filter, f->dlt, &f->program) : ERR_OK;
}

static enum err foreign_end(struct reader *r, struct foreign *f, int result)
{
	f->done = true;
	if (r->stream.err != ERR_OK)
		return reader_damage(r, r->stream.err, "%s, behind packet %" PRIu64, r->stream.why, r->records);
	if (result == PCAP_ERROR_BREAK)
		return ERR_END;
	return reader_damage(r, ERR_MALFORMED, "behind packet %" PRIu64 ", before byte %" PRIu64 ": %s", r->records,
	                     r->stream.offset, pcap_geterr(f->pcap));
}

/* The next packet of libpcap's into head and waiting. */
static enum err packet_next(struct reader *r, struct foreign *f)
{
	if (f->waiting)
		return ERR_OK;
	int result = f->done ? PCAP_ERROR_BREAK : pcap_next_ex(f->pcap, &f->head, &f->waiting);
	if (result != 1) {
		f->waiting = NULL;
		return foreign_end(r, f, result);
	}
	if (r->records++ == 0)
		r->first_us = reader_time_signed(f->head->ts.tv_sec, f->head->ts.tv_usec);
	return ERR_OK;
}

/* Make room for n bytes after the `used` bytes that frames point to. */
static enum err make_room(struct foreign *f, size_t used, size_t n)
{
	if (n <= f->size - used)
		return ERR_OK;
	if (used > 0)
		return ERR_MORE;
	size_t size = (n + FRAMES_BYTES - 1) / FRAMES_BYTES * FRAMES_BYTES;
	uint8_t *bytes = realloc(f->bytes, size);
	if (!bytes)
		return err_fail(ERR_MEMORY, "out of memory for a frame of %zu bytes", n);
	f->bytes = bytes;
	f->size = size;
	return ERR_OK;
}

static enum err foreign_fill(struct reader *r, struct frame *frames, unsigned room, unsigned *ret_n)
{
	struct foreign *f = r->own;
	size_t used = 0;
	enum err e = ERR_OK;
	unsigned n = 0;

	if (r->pinned)
		return ERR_MORE;
	while (n < room) {
		e = packet_next(r, f);
		if (e == ERR_OK)
			e = make_room(f, used, f->head->caplen);
		if (e != ERR_OK)
			break;
		uint8_t *bytes = f->bytes + used;
		memcpy(bytes, f->waiting, f->head->caplen);
		f->waiting = NULL;
		frames[n] = (struct frame){
		    .time_us = reader_time_signed(f->head->ts.tv_sec, f->head->ts.tv_usec),
		    .bytes = bytes,
		    .captured = f->head->caplen,
		    .length = f->head->len > f->head->caplen ? f->head->len : f->head->caplen,
		    .link = f->dlt,
		};
		if (f->program && !filter_passes(f->program, &frames[n]))
			continue;
		used += f->head->caplen;
		n++;
	}
	*ret_n = n;
	return e;
}

static void foreign_close(struct reader *r)
{
	struct foreign *f = r->own;

	if (f->pcap)
		pcap_close(f->pcap);
	free(f->bytes);
	free(f);
}

const struct reader_format reader_libpcap = {"libpcap", foreign_knows, foreign_open, foreign_fill, foreign_close};
