#include "base/word.h"

#include <stdint.h>
#include <string.h>

#define WORD_MOST 31u    /* longer words match none */
#define PREFIX_LEAST 3u  /* letters: fewer begin too many words */

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance in which swapping two neighbours is one step. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), d[WORD_MOST + 1][WORD_MOST + 1];

	if (n > WORD_MOST || m > WORD_MOST)
		return SIZE_MAX;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = least_of(best, least_of(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least_of(best, d[i - 2][j - 2] + 1);
			d[i][j] = best;
		}
	}
	return d[n][m];
}

const char *word_near(const char *typed, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t length = strlen(typed), least = length < PREFIX_LEAST ? length / 2 : length / 3 + 1;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(typed, words[i]);
		if (length >= PREFIX_LEAST && strncmp(words[i], typed, length) == 0)
			d = 0;
		if (d < least || (d == least && !best)) {
			best = words[i];
			least = d;
		}
	}
	return best;
}
