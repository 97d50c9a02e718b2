#include "report/pcapng.h"

#include <string.h>

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_NAME = 2, OPTION_APPLICATION = 4 };

/* Fields are little-endian on every machine. */
static void put16(FILE *out, uint32_t v)
{
	fputc((int)(v & 0xff), out);
	fputc((int)(v >> 8 & 0xff), out);
}

static void put32(FILE *out, uint32_t v)
{
	put16(out, v & 0xffff);
	put16(out, v >> 16);
}

static uint32_t padded(size_t n)
{
	return (uint32_t)((n + 3) & ~(size_t)3);
}

static void put_padded(FILE *out, const void *bytes, size_t n)
{
	if (n)
		fwrite(bytes, 1, n, out);
	for (size_t i = n; i < padded(n); i++)
		fputc(0, out);
}

/* Cut after a complete UTF-8 character. */
static size_t option_bytes(const char *text)
{
	size_t n = strlen(text);

	if (n <= UINT16_MAX)
		return n;
	for (n = UINT16_MAX; n > 0 && (text[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static uint32_t option_size(const char *text)
{
	return text ? 4 + padded(option_bytes(text)) : 0;
}

static void put_option(FILE *out, uint16_t code, const char *text)
{
	if (!text)
		return;
	put16(out, code);
	put16(out, (uint32_t)option_bytes(text));
	put_padded(out, text, option_bytes(text));
}

static void put_option_end(FILE *out)
{
	put32(out, OPTION_END);
}

void pcapng_section(FILE *out, const char *comment)
{
	static const char application[] = "rulegap " RULEGAP_VERSION;
	uint32_t size = 28 + option_size(application) + option_size(comment) + 4;

	put32(out, BLOCK_SECTION);
	put32(out, size);
	put32(out, BYTE_ORDER_MAGIC);
	put16(out, 1); /* version 1.0 */
	put16(out, 0);
	put32(out, UINT32_MAX); /* section length: unknown */
	put32(out, UINT32_MAX);
	put_option(out, OPTION_COMMENT, comment);
	put_option(out, OPTION_APPLICATION, application);
	put_option_end(out);
	put32(out, size);
}

/* Files store link types; these differ from libpcap's DLTs where systems disagreed.
 * Source: https://www.tcpdump.org/linktypes.html */
static uint16_t link_type(uint16_t dlt)
{
	return dlt == 12 || dlt == 14 ? 101 : dlt; /* DLT_RAW */
}

void pcapng_interface(FILE *out, uint16_t link, const char *name)
{
	uint32_t size = 20 + option_size(name) + 4;

	put32(out, BLOCK_INTERFACE);
	put32(out, size);
	put16(out, link_type(link));
	put16(out, 0);
	put32(out, 0); /* no snaplen: packets are cut at different lengths */
	put_option(out, OPTION_NAME, name);
	put_option_end(out);
	put32(out, size);
}

void pcapng_packet(FILE *out, uint32_t interface, int64_t time_us, uint32_t length, const void *bytes, uint32_t n,
                   const char *comment)
{
	uint64_t time = time_us > 0 ? (uint64_t)time_us : 0;
	uint32_t size = 32 + padded(n) + (comment ? option_size(comment) + 4 : 0);

	put32(out, BLOCK_PACKET);
	put32(out, size);
	put32(out, interface);
	put32(out, (uint32_t)(time >> 32));
	put32(out, (uint32_t)time);
	put32(out, n);
	put32(out, length < n ? n : length);
	put_padded(out, bytes, n);
	if (comment) {
		put_option(out, OPTION_COMMENT, comment);
		put_option_end(out);
	}
	put32(out, size);
}
