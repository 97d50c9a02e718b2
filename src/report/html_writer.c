/* Rows of JSON arrays; each text is written once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "report/html_data.h"

#define TEXTS_BYTES ((size_t)16 << 20) /* above the budgets of all tables together */
#define TEXT_MOST 2000 /* bytes of one text; only a forged database has longer ones */

enum err html_writer_open(struct html_writer *w)
{
	*w = (struct html_writer){.names = names_new(TEXTS_BYTES), .fresh = true};
	return w->names ? ERR_OK : err_fail(ERR_MEMORY, "out of memory");
}

void html_writer_close(struct html_writer *w)
{
	text_release(&w->rows);
	text_release(&w->texts);
	names_free(w->names);
}

size_t html_writer_bytes(const struct html_writer *w)
{
	return w->rows.n + w->texts.n;
}

/* "</script" ends a script element and "<!--" starts a comment, so every "<" is escaped.
 * Old engines end a line of JavaScript at U+2028 and U+2029. */
void html_add_string(struct text *t, const char *text)
{
	struct text safe = {0};

	text_add_escaped(&safe, text);
	text_add(t, "\"");
	for (const char *c = safe.at ? safe.at : ""; *c; c++) {
		if (strchr("<>&", *c) || (unsigned char)*c < 0x20)
			text_addf(t, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			text_addf(t, "\\%c", *c);
		else if (strncmp(c, "\xe2\x80\xa8", 3) == 0 || strncmp(c, "\xe2\x80\xa9", 3) == 0)
			text_addf(t, "\\u202%c", c[2] == '\xa8' ? '8' : '9'), c += 2;
		else
			text_add_n(t, c, 1);
	}
	text_add(t, "\"");
	t->failed |= safe.failed;
	text_release(&safe);
}

static void comma(struct html_writer *w)
{
	if (!w->fresh)
		text_add(&w->rows, ",");
	w->fresh = false;
}

void html_number(struct html_writer *w, uint64_t n)
{
	comma(w);
	text_addf(&w->rows, "%llu", (unsigned long long)n);
}

void html_time(struct html_writer *w, int64_t us)
{
	comma(w);
	text_addf(&w->rows, "%lld", (long long)us);
}

void html_text(struct html_writer *w, const char *text)
{
	size_t before = names_count(w->names);
	char cut[TEXT_MOST];

	if (!text || !*text) {
		comma(w);
		text_add(&w->rows, "null");
		return;
	}
	if (strlen(text) >= sizeof cut) {
		snprintf(cut, sizeof cut, "%.*s…", (int)sizeof cut - 4, text);
		text = cut;
	}
	name_id id = names_intern(w->names, text, strlen(text));
	w->rows.failed |= id == 0;
	if (names_count(w->names) > before) {
		text_add(&w->texts, before ? ",\n" : "");
		html_add_string(&w->texts, text);
	}
	html_number(w, id - 1);
}

void html_texts(struct html_writer *w, const char *const *texts, size_t n, size_t most)
{
	html_open(w);
	for (size_t i = 0; i < n && i < most; i++)
		html_text(w, texts[i]);
	html_close(w);
	html_number(w, n);
}

void html_open(struct html_writer *w)
{
	comma(w);
	text_add(&w->rows, "[");
	w->fresh = true;
}

void html_close(struct html_writer *w)
{
	text_add(&w->rows, "]");
	w->fresh = false;
}
