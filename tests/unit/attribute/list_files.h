/* Lists and other inputs as files in a folder of the test's own. */
#ifndef TESTS_LIST_FILES_H
#define TESTS_LIST_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute/list.h"

static char folder[64];

static inline int folder_make(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/rulegap-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static inline int folder_drop(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

/* The path of a file with these bytes; name distinguishes several files. */
static inline const char *file_of(const char *name, const void *bytes, size_t n)
{
	static char paths[8][128];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return path;
}

static inline const char *file_text(const char *name, const char *text)
{
	return file_of(name, text, strlen(text));
}

/* Up to three list texts, overlaid. */
static inline struct lists *lists_of(const char *a, const char *b, const char *profile)
{
	const char *paths[2] = {file_text("a.yaml", a), b ? file_text("b.yaml", b) : NULL};
	struct lists *l = NULL;
	enum err e = lists_read(paths, b ? 2 : 1, profile, &l);

	if (e != ERR_OK)
		print_error("%s\n", err_detail());
	assert_int_equal(e, ERR_OK);
	return l;
}

/* The ids of all rules, one per line. */
static inline const char *ids_of(const struct lists *l)
{
	static char text[8192];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->rule_n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s\n", l->rules[i].id);
	return text;
}

#endif
