/* Lists for people and programs: their content, warnings about it, and how two of them differ. */
#ifndef ATTRIBUTE_LIST_PRINT_H
#define ATTRIBUTE_LIST_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "attribute/list.h"

enum list_form { FORM_TEXT, FORM_JSON, FORM_MARKDOWN };

/* Print every group with its hosts and ports. ERR_MEMORY; write errors stay in f. */
MUSTCHECK enum err lists_print(const struct lists *l, enum list_form form, FILE *f);

/* Print one line per list and one per warning: groups that cannot be audited yet, very wide patterns, fallbacks that
 * are not active. */
MUSTCHECK enum err lists_check_print(const struct lists *l, enum list_form form, FILE *f);

/* Print which rules a firewall newly needs for `after`, no longer needs, or needs differently than for `before`. Groups
 * count whatever their profile; a group without hosts counts by its ports.
 * out     ret_differ: whether there is any difference */
MUSTCHECK enum err lists_diff_print(const struct lists *before, const struct lists *after, enum list_form form, FILE *f,
                                    bool *ret_differ);

/* Text from a list, made safe for a terminal or a markdown table. */
void list_text_write(FILE *f, const char *text, enum list_form form);

/* Name, vendor, version, path and hash of each list, as JSON (json_t *). */
struct json_t *lists_sources_json(const struct lists *l);

/* Write a document (json_t *), indented and in ASCII, and release it. ERR_MEMORY, also if it is NULL (could not be
 * built). Write errors stay in f. */
MUSTCHECK enum err list_json_write(struct json_t *document, FILE *f);

#endif
