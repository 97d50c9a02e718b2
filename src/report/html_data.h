/* The data of the page, and the page around it (sources in report/page). */
#ifndef REPORT_HTML_DATA_H
#define REPORT_HTML_DATA_H

#include "base/err.h"
#include "base/text.h"
#include "report/gap.h"

/* The page, as cmake/page.cmake made it: start, then nothing or HTML_CONNECT
 * (may it ask its own server?), middle, the data, end. */
extern const char html_page_start[], html_page_middle[], html_page_end[];
#define HTML_CONNECT "connect-src 'self'; "
#define HTML_NO_DATA "null" /* in the place of the data: the page asks for page.json */

/* The report as one JSON value that may stand in a script element. Tables of
 * rows; texts are numbers in the list of texts. Each table ends at its budget and
 * says how many rows there are more, so that a page is below 5 MB.
 * errors  ERR_MEMORY */
MUSTCHECK enum err html_data_write(const struct gap *g, struct text *out);

/* What html_data_write is made of (html_writer.c). */
struct html_writer {
	struct text rows;     /* the tables */
	struct text texts;    /* each text once, escaped */
	struct names *names;  /* text → its number + 1 */
	bool fresh;           /* nothing stands before in this array */
};

MUSTCHECK enum err html_writer_open(struct html_writer *w);
void html_writer_close(struct html_writer *w);
/* How many bytes the page has so far. */
size_t html_writer_bytes(const struct html_writer *w);

/* One item of the array that is open. */
void html_number(struct html_writer *w, uint64_t n);
void html_time(struct html_writer *w, int64_t us); /* microseconds since 1970 */
void html_text(struct html_writer *w, const char *text); /* NULL: null */
/* The first `most` of n texts as an array, then n. */
void html_texts(struct html_writer *w, const char *const *texts, size_t n, size_t most);
void html_open(struct html_writer *w); /* an array inside */
void html_close(struct html_writer *w);

/* Text as a JSON string that cannot end a script element. */
void html_add_string(struct text *t, const char *text);

#endif
