/* JSON, written member by member: a report may hold incidents by the ten thousand,
 * and none of them has to be in memory twice. */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

/* Set `text` to zeros. A failed allocation shows when it ends. */
struct json_writer {
	FILE *out;        /* takes what is done; NULL: all stays in text */
	bool pretty;      /* a line a member, two spaces a level; else no space at all */
	unsigned depth;
	bool fresh;       /* nothing stands before in what is open */
	struct text text; /* not handed on yet */
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

/* The document is whole: hand on what is left, and a line's end.
 * errors  ERR_MEMORY; failures to write stay in the FILE */
MUSTCHECK enum err json_end(struct json_writer *w);

#endif
