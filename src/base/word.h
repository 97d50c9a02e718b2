/* The word that was probably meant by a mistyped one. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stddef.h>

/* The nearest of n words, by how many letters have to be changed, added, dropped, or
 * swapped with their neighbour; a third of the letters may be wrong. A word that begins
 * with what was typed (three letters or more) is the nearest. NULL: none is near. */
const char *word_near(const char *typed, const char *const *words, size_t n);

#endif
