/* A small writer of pcapng files (IETF draft-ietf-opsawg-pcapng): libpcap cannot write comments, and the explanation
 * is in the comments. */
#ifndef REPORT_PCAPNG_H
#define REPORT_PCAPNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Each writes one block. Comments are UTF-8, may have several lines, NULL: none; they are cut at 65,535 bytes. */
void pcapng_section(FILE *out, const char *comment);
/* Interfaces are numbered from 0 as they are written. link: a DLT. */
void pcapng_interface(FILE *out, uint16_t link, const char *name);
/* length: on the wire; n: bytes kept. */
void pcapng_packet(FILE *out, uint32_t interface, int64_t time_us, uint32_t length, const void *bytes, uint32_t n,
                   const char *comment);

#endif
