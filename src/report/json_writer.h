/* JSON, written member by member: a report may hold tens of thousands of incidents, and none of them should be in
 * memory twice. */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

/* Zero-initialise `text`. A failed allocation shows at the end. */
struct json_writer {
	FILE *out;        /* receives finished output; NULL: everything stays in text */
	bool pretty;      /* one member per line, indented by two spaces per level; otherwise no whitespace */
	unsigned depth;
	bool fresh;       /* the open object or array is still empty */
	struct text text; /* not passed on yet */
};

/* key: of the member; NULL for an item of an array and for the document itself. */
void json_open(struct json_writer *w, const char *key);       /* an object */
void json_close(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
void json_put_text(struct json_writer *w, const char *key, const char *text); /* NULL: null */
void json_put_number(struct json_writer *w, const char *key, uint64_t n);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_time(struct json_writer *w, const char *key, int64_t us); /* 0: null */
void json_put_texts(struct json_writer *w, const char *key, const char *const *texts, size_t n);

/* The document is complete: pass on the rest and a newline.
 * errors  ERR_MEMORY; write errors stay in the FILE */
MUSTCHECK enum err json_end(struct json_writer *w);

#endif
