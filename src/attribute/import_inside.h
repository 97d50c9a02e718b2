/* What the formats of import.c share: import_parts.c. */
#ifndef ATTRIBUTE_IMPORT_INSIDE_H
#define ATTRIBUTE_IMPORT_INSIDE_H

#include <jansson.h>

#include "attribute/host.h"
#include "attribute/import.h"
#include "attribute/list_yaml.h"
#include "base/text.h"

struct importing {
	const struct import_options *o;
	struct draft *d;
	const char *path;
	const char *bytes; /* the whole input, NUL-terminated */
	size_t n;
};

enum err import_m365(struct importing *im);
enum err import_aws(struct importing *im);
enum err import_azure(struct importing *im);
enum err import_csv(struct importing *im);
enum err import_text(struct importing *im);

/* The input as JSON, released with json_decref; NULL: err_detail() says where it is wrong. */
json_t *import_json(const struct importing *im);
/* A member of an object as text; "" if it is absent or not a string. */
const char *import_member(const json_t *object, const char *key);

/* Whether a word is among those requested, or none were. */
bool filter_fits(const struct word_filter *f, const char *word);
/* No record matched: report the filter words that do not occur in the input. */
enum err import_nothing(const struct importing *im);

/* Note what was left out, and why. */
void import_warn(const struct importing *im, const char *format, ...) PRINTF_LIKE(2, 3);

/* Add a host, network or range "a - b" (which becomes networks).
 * errors  ERR_USAGE: reason says why it is invalid; ERR_MEMORY */
MUSTCHECK enum err import_host(struct importing *im, size_t group, const char *text, char reason[static HOST_REASON]);
/* Add ports such as "80,443" or "50000-50059" of a transport (6, 17). False: invalid. */
bool import_port_numbers(struct importing *im, size_t group, const char *text, uint8_t proto);
/* --ports, or 443/tcp as a guess. */
MUSTCHECK enum err import_default_ports(struct importing *im, size_t group);
/* A group by its label, or -1 with err_detail(). */
ptrdiff_t import_group(struct importing *im, const char *label);
/* A copy that lives as long as the draft. */
const char *import_keep(struct importing *im, const char *text);

#endif
