/* Lists for people and programs: what they say, what is doubtful in them, and
 * what two of them differ in. */
#ifndef ATTRIBUTE_LIST_PRINT_H
#define ATTRIBUTE_LIST_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "attribute/list.h"

enum list_form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN };

/* Print every group with its hosts and ports. ERR_MEMORY; failures to write stay in f. */
MUSTCHECK enum err lists_print(const struct lists *l, enum list_form form, FILE *f);

/* Print a line a list and a line a warning: groups that cannot be audited yet,
 * patterns that are very wide, fallbacks that are not active. */
MUSTCHECK enum err lists_check_print(const struct lists *l, enum list_form form, FILE *f);

/* Print which rules a firewall needs for `after` and did not need for `before`,
 * no longer needs, or needs otherwise. Groups count whatever their profile; a
 * group without hosts counts by its ports.
 * out     ret_differ: whether there is any difference */
MUSTCHECK enum err lists_diff_print(const struct lists *before, const struct lists *after, enum list_form form, FILE *f,
                                    bool *ret_differ);

/* Text of a list for a terminal or a table of markdown. */
void list_text_write(FILE *f, const char *text, enum list_form form);

/* Name, vendor, version, path and hash of each list, as JSON (json_t *). */
struct json_t *lists_sources_json(const struct lists *l);

/* Write a document (json_t *), indented and in ASCII, and release it. ERR_MEMORY, also for NULL: it
 * could not be made. Failures to write stay in f. */
MUSTCHECK enum err list_json_write(struct json_t *document, FILE *f);

#endif
