/* The report for people while it is written: text in lines and headed sections. For text*.c only. */
#ifndef REPORT_TEXT_PAGE_H
#define REPORT_TEXT_PAGE_H

#include "base/text.h"
#include "report/exporters.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"

struct page {
	struct text text;
	bool colour;
	const char *database; /* see struct style */
};

/* Raw text, escaped, coloured ("": not) and filled up with blanks to the width. */
void page_add(struct page *p, const char *colour, const char *text, size_t width);
/* A text that was put together for the page, and is released; if it could not be completed, it is left out and the
 * whole page counts as failed. */
void page_take(struct page *p, const char *colour, struct text *t);
/* An empty line and a heading. */
void page_heading(struct page *p, const char *text);
/* "     label      value"; of a list the first `most`, and how many more. */
void page_field(struct page *p, const char *label, const char *value);
void page_field_taken(struct page *p, const char *label, struct text *t);
void page_field_names(struct page *p, const char *label, const char *const *names, size_t n, size_t most);
/* "  and 17 more unseen rules: this command with -f csv has all"; nothing for 0. */
void page_more(struct page *p, size_t left, const char *what, const char *format);
/* Write it out and release it. ERR_MEMORY. */
MUSTCHECK enum err page_close(struct page *p, FILE *out);

/* text_sections.c: the sections behind the missing rules. ERR_MEMORY. */
MUSTCHECK enum err page_add_sections(struct page *p, const struct gap *g);
void page_add_notices(struct page *p, const struct gap *g);

#endif
