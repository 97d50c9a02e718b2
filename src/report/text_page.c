#include "report/text_page.h"

#include "report/sentences.h"

#define PLAIN "\033[0m"

void page_add(struct page *p, const char *colour, const char *text, size_t width)
{
	size_t from = p->text.n, seen = 0;

	if (p->colour && *colour)
		text_add(&p->text, colour);
	size_t start = p->text.n;
	text_add_escaped(&p->text, text);
	for (size_t i = start; i < p->text.n; i++)
		seen += (p->text.at[i] & 0xc0) != 0x80;
	if (p->colour && *colour && p->text.n > from)
		text_add(&p->text, PLAIN);
	for (; seen < width; seen++)
		text_add(&p->text, " ");
}

void page_take(struct page *p, const char *colour, struct text *t)
{
	p->text.failed |= t->failed;
	page_add(p, colour, t->failed || !t->at ? "" : t->at, 0);
	text_release(t);
}

void page_heading(struct page *p, const char *text)
{
	text_add(&p->text, "\n");
	page_add(p, BOLD, text, 0);
	text_add(&p->text, "\n");
}

void page_field(struct page *p, const char *label, const char *value)
{
	text_add(&p->text, "     ");
	page_add(p, DIM, label, 11);
	page_add(p, "", value, 0);
	text_add(&p->text, "\n");
}

void page_field_taken(struct page *p, const char *label, struct text *t)
{
	p->text.failed |= t->failed;
	page_field(p, label, t->failed || !t->at ? "" : t->at);
	text_release(t);
}

void page_field_names(struct page *p, const char *label, const char *const *names, size_t n, size_t most)
{
	struct text t = {0};

	if (n == 0)
		return;
	sentence_names(&t, names, n, most);
	page_field_taken(p, label, &t);
}

void page_more(struct page *p, size_t left, const char *what, const char *format)
{
	struct text t = {0};

	if (left == 0)
		return;
	sentence_more(&t, left, what, format);
	text_add(&p->text, "  ");
	page_take(p, DIM, &t);
	text_add(&p->text, "\n");
}

enum err page_close(struct page *p, FILE *out)
{
	bool failed = p->text.failed;

	if (!failed && p->text.n)
		fwrite(p->text.at, 1, p->text.n, out);
	text_release(&p->text);
	return failed ? err_fail(ERR_MEMORY, "out of memory") : ERR_OK;
}
