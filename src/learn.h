/* From successful attempts to a draft of an endpoint list. */
#ifndef LEARN_H
#define LEARN_H

#include <stdio.h>

#include "attribute/list.h"
#include "base/err.h"

/* A list whose rules match everything to be learned from: the domains and all names below them, on any port; without
 * domains any server. ERR_USAGE (not a domain), ERR_MEMORY, ERR_IO. */
MUSTCHECK enum err learn_lists(const char *const *domains, size_t n, struct lists **ret_lists);

/* Write the draft from what a database holds. name, source: of the list. Hosts are exact, ports are those that
 * worked; what is not learned is a comment. Write errors stay in out. ERR_DATABASE, ERR_MEMORY. */
MUSTCHECK enum err learn_write(const char *path, const char *name, const char *source, FILE *out);

#endif
