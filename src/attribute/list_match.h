/* The matcher of lists. */
#ifndef ATTRIBUTE_LIST_MATCH_H
#define ATTRIBUTE_LIST_MATCH_H

#include "attribute/list.h"
#include "attribute/list_arena.h"

/* Index the active groups of finished lists; l->matcher points to it, in the arena. */
MUSTCHECK enum err matcher_build(struct lists *l, struct arena *a);

#endif
