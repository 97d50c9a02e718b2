/* Any bytes as a file to import or as a snapshot of look-ups: [format: u8][bytes]. What is imported and written is a list
 * that can be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute/import.h"
#include "attribute/snapshot.h"
#include "base/limits.h"
#include "memory_file.h"
#include "target.h"

enum { SNAPSHOT = IMPORT_TEXT + 1, FORMATS };

static void warn(void *context, const char *text)
{
	(void)context;
	assert(text[0]);
}

static void read_written(const struct draft *d)
{
	char *text = NULL, path[64];
	const char *paths[] = {path};
	size_t n = 0;
	struct lists *lists = NULL;
	FILE *f = open_memstream(&text, &n);

	assert(f);
	draft_write(d, "fuzzed", f);
	fclose(f);
	int fd = memory_file((const uint8_t *)text, n, path);
	enum err e = lists_read(paths, 1, NULL, &lists);
	assert(e == ERR_OK || strstr(err_detail(), " rules in all, more than "));
	lists_free(lists);
	close(fd);
	free(text);
}

static bool take(void *context, const char *name, const struct addr *address, uint32_t ttl_s)
{
	(void)context, (void)ttl_s;
	assert(name[0] && !addr_is_none(address));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct port_range port = {443, 443, 6};
	struct import_options o = {.format = size ? data[0] % FORMATS : 0, .ports = &port, .port_n = 1, .group = "g", .warn = warn};
	struct draft d;
	char path[64];
	int fd = memory_file(data + (size > 0), size ? size - 1 : 0, path);

	if ((int)o.format == SNAPSHOT) {
		enum err e = snapshot_read(path, take, NULL);
		assert(e == ERR_OK || err_detail()[0]);
	} else if (draft_open(&d) == ERR_OK) {
		if (import_read(path, &o, &d) == ERR_OK)
			read_written(&d);
		else
			assert(err_detail()[0]);
		draft_release(&d);
	}
	close(fd);
	return 0;
}
