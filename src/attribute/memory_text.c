/* What DNS said, as text passed from one run to the next: one line
 * "TIME TAINT CLIENT SERVER ASKED [ALIAS…]" per address. */
#include <stdlib.h>
#include <string.h>

#include "attribute/memory.h"

void memory_save(const struct memory *m, int64_t since_us, size_t most, struct text *out)
{
	size_t all = memory_lines(m);
	char client[ADDR_TEXT], server[ADDR_TEXT];

	for (size_t k = all < most ? 0 : all - most; k < all; k++) {
		const struct binding *b = memory_line(m, k);
		const name_id *chain = NULL;
		size_t aliases = memory_chain(m, b, &chain);
		struct addr at = memory_server(m, b);
		if (b->time_us < since_us || b->unread || addr_is_none(&at))
			continue;
		text_addf(out, "%lld %u %s %s %s", (long long)b->time_us, b->taint,
		          addr_format(memory_client_address(m, b->client), client),
		          addr_format(&at, server), names_text(memory_names(m), memory_asked(m, b)));
		for (size_t i = 0; i < aliases; i++)
			text_addf(out, " %s", names_text(memory_names(m), chain[i]));
		text_add(out, "\n");
	}
}

static void load_line(struct memory *m, char *line)
{
	static _Thread_local struct facts facts;
	name_id chain[CHAIN_MOST];
	struct lesson lesson = {.chain = chain};
	struct addr client;
	char *word[5 + CHAIN_MOST], *rest = line;
	size_t n = 0;

	while (n < 5 + CHAIN_MOST && (word[n] = strsep(&rest, " ")) != NULL)
		n++;
	facts_clear(&facts);
	struct fact *f = facts_add(&facts, FACT_DNS_ADDRESS);
	if (n < 5 || !addr_parse(word[2], &client) || !addr_parse(word[3], &f->address))
		return;
	struct dns_message message = {.time_us = strtoll(word[0], NULL, 10), .response = true, .facts = &facts};
	lesson.taint = (enum taint)(word[1][0] - '0');
	lesson.client = memory_client(m, &client);
	lesson.asked = names_intern(memory_names(m), word[4], strlen(word[4]));
	for (size_t i = 5; i < n; i++)
		chain[lesson.chain_n++] = names_intern(memory_names(m), word[i], strlen(word[i]));
	if (lesson.client && lesson.asked && lesson.taint <= TAINT_FORGED)
		memory_learn(m, &message, &lesson);
}

void memory_load(struct memory *m, const char *text, size_t n)
{
	char line[2048];

	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t length = end ? (size_t)(end - text) : n;
		if (length < sizeof line) {
			memcpy(line, text, length);
			line[length] = '\0';
			load_line(m, line);
		}
		text += length + (end != NULL);
		n -= length + (end != NULL);
	}
}
