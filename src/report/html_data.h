/* The data of the page, and the page around it (sources in report/page). */
#ifndef REPORT_HTML_DATA_H
#define REPORT_HTML_DATA_H

#include "base/err.h"
#include "base/text.h"
#include "report/gap.h"

/* The page as built by cmake/page.cmake: start, then nothing or HTML_CONNECT (it may contact its own server),
 * middle, the data, end. */
extern const char html_page_start[], html_page_middle[], html_page_end[];
#define HTML_CONNECT "connect-src 'self'; "
#define HTML_NO_DATA "null" /* instead of the data: the page fetches page.json */

/* The report as one JSON value that is safe in a script element. Tables of rows; texts are indexes into the list of
 * texts. Each table ends at its budget and gives the number of remaining rows, so that a page stays below 5 MB.
 * errors  ERR_MEMORY */
MUSTCHECK enum err html_data_write(const struct gap *g, struct text *out);

/* What html_data_write builds on (html_writer.c). */
struct html_writer {
	struct text rows;     /* the tables */
	struct text texts;    /* each text once, escaped */
	struct names *names;  /* text → its index + 1 */
	bool fresh;           /* this array is still empty */
};

MUSTCHECK enum err html_writer_open(struct html_writer *w);
void html_writer_close(struct html_writer *w);
/* Bytes of the page so far. */
size_t html_writer_bytes(const struct html_writer *w);

/* One item of the open array. */
void html_number(struct html_writer *w, uint64_t n);
void html_time(struct html_writer *w, int64_t us); /* microseconds since 1970 */
void html_text(struct html_writer *w, const char *text); /* NULL: null */
/* The first `most` of n texts as an array, then n. */
void html_texts(struct html_writer *w, const char *const *texts, size_t n, size_t most);
void html_open(struct html_writer *w); /* a nested array */
void html_close(struct html_writer *w);

/* Text as a JSON string that cannot end a script element. */
void html_add_string(struct text *t, const char *text);

#endif
