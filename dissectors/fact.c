#include "dissectors/fact.h"

#include <string.h>

#include "base/text.h"

void facts_clear(struct facts *f)
{
	f->n = 0;
	f->kinds = 0;
	f->overflow = false;
	f->text_n = 0;
}

struct fact *facts_add(struct facts *f, enum fact_kind kind)
{
	static _Thread_local struct fact scratch;
	struct fact *fact = &scratch;

	if (f->n < FACTS_MOST) {
		fact = &f->list[f->n++];
		f->kinds |= UINT64_C(1) << kind;
	} else {
		f->overflow = true;
	}
	*fact = (struct fact){.kind = kind, .name = "", .other = ""};
	return fact;
}

typedef size_t writer(const uint8_t *bytes, size_t n, char *out, size_t size);

static const char *keep(struct facts *f, const uint8_t *bytes, size_t n, writer *write)
{
	char *at = f->text + f->text_n;
	size_t room = FACTS_TEXT - f->text_n;

	if (n == 0 || room < 2)
		return "";
	size_t written = write(bytes, n, at, room);
	if (written + 4 >= room)
		f->overflow = true;
	f->text_n += written + 1;
	return at;
}

const char *facts_text(struct facts *f, const uint8_t *bytes, size_t n)
{
	return keep(f, bytes, n, text_sentence);
}

const char *facts_name(struct facts *f, const uint8_t *bytes, size_t n)
{
	size_t before = f->text_n;
	const char *name = keep(f, bytes, n, text_presentation);

	if (f->text_n > before)
		text_normal_name(f->text + before);
	return name;
}

const struct fact *facts_find(const struct facts *f, enum fact_kind kind)
{
	for (unsigned i = 0; facts_have(f, kind) && i < f->n; i++)
		if (f->list[i].kind == kind)
			return &f->list[i];
	return NULL;
}
