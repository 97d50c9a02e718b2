#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "judge/finding.h"

static size_t packed_bytes(unsigned room)
{
	return room ? offsetof(struct argument, proofs) + (room - 1) * sizeof(struct proof)
	            : offsetof(struct argument, detail);
}

void argument_store_init(struct argument_store *s)
{
	for (unsigned i = 0; i <= PROOFS_MOST + 1; i++)
		blocks_init(&s->by_room[i], packed_bytes(i));
}

void argument_store_release(struct argument_store *s)
{
	for (unsigned i = 0; i <= PROOFS_MOST + 1; i++)
		blocks_release(&s->by_room[i]);
}

bool argument_has_words(const struct argument *a)
{
	return !a->store || a->room;
}

static struct argument *argument_copy(struct argument_store *s, const struct argument *a, uint8_t room)
{
	struct argument *copy = blocks_take(&s->by_room[room]);

	if (!copy)
		return NULL;
	memcpy(copy, a, packed_bytes(room && argument_has_words(a) ? a->proof_n + 1u : 0));
	copy->room = room;
	copy->store = s;
	return copy;
}

struct argument *argument_pack(struct argument_store *s, const struct argument *a)
{
	bool worded = argument_has_words(a) && (a->proof_n || *a->detail || *a->blocker);

	return argument_copy(s, a, worded ? (uint8_t)(a->proof_n + 1) : 0);
}

void argument_free(struct argument *a)
{
	if (a)
		blocks_give(&a->store->by_room[a->room], a);
}

/* Make room for the words and for this many proofs. */
static bool argument_grow(struct finding *f, unsigned proofs)
{
	struct argument *a = f->argument;

	if (proofs > PROOFS_MOST)
		return false;
	if (!a->store || proofs < a->room)
		return true;
	struct argument *larger = argument_copy(a->store, a, (uint8_t)(proofs + 1));
	if (!larger)
		return false;
	argument_free(a);
	f->argument = larger;
	return true;
}

void finding_proof(struct finding *f, const char *name, const char *format, ...)
{
	va_list args;

	if (!f->argument || !argument_grow(f, f->argument->proof_n + 1u))
		return;
	struct proof *p = &f->argument->proofs[f->argument->proof_n++];
	p->name = name;
	va_start(args, format);
	vsnprintf(p->text, sizeof p->text, format, args);
	va_end(args);
}

void finding_detail(struct finding *f, const char *format, ...)
{
	va_list args;

	if (!f->argument || !argument_grow(f, f->argument->proof_n))
		return;
	va_start(args, format);
	vsnprintf(f->argument->detail, sizeof f->argument->detail, format, args);
	va_end(args);
}

void finding_remark(struct finding *f, struct remark remark)
{
	if (f->argument)
		f->argument->remark = remark;
}

void finding_doubt(struct finding *f, const char *why_not)
{
	f->outcome = OUTCOME_INCONCLUSIVE;
	f->signature = SIG_NONE;
	f->silent = false;
	f->why_not = why_not;
	if (!f->argument || !argument_has_words(f->argument))
		return;
	f->argument->proof_n = 0;
	f->argument->blocker[0] = '\0';
}
