/* Vendors' own formats, turned into endpoint lists. */
#ifndef ATTRIBUTE_IMPORT_H
#define ATTRIBUTE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "attribute/list.h"
#include "attribute/list_draft.h"

enum import_format { IMPORT_M365, IMPORT_AWS, IMPORT_AZURE, IMPORT_CSV, IMPORT_TEXT };

/* Words of which one must match; if none are given everything matches. Case is ignored. */
struct word_filter {
	const char *const *words;
	size_t n;
};

struct import_options {
	enum import_format format;
	const struct port_range *ports; /* for formats that do not name any */
	size_t port_n;
	const char *group;              /* text: the id of the only group; csv: of rows without a group */
	struct word_filter services;    /* m365 serviceArea, aws service, azure systemService */
	struct word_filter tags;        /* azure name */
	struct word_filter categories;  /* m365 category */
	struct word_filter regions;     /* aws, azure */
	/* What could not be converted exactly; NULL: not reported. */
	void (*warn)(void *context, const char *text);
	void *context;
};

/* Read path ("-": standard input) in a vendor's format into an open draft.
 * errors  ERR_USAGE with "FILE:LINE:COLUMN: …" or what the filters left out; ERR_IO, ERR_MEMORY
 * source  JSON as published at endpoints.office.com, ip-ranges.amazonaws.com and in Azure's ServiceTags files */
MUSTCHECK enum err import_read(const char *path, const struct import_options *o, struct draft *d);

/* "443/tcp,3478/udp" into ranges (to be freed). ERR_USAGE. */
MUSTCHECK enum err import_ports(const char *text, struct port_range **ret_ports, size_t *ret_n);

#endif
