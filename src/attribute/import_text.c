/* Plain text: one host, network or range per line; # starts a comment. */
#include <stdio.h>
#include <string.h>

#include "attribute/import_inside.h"

static size_t trim(char *line)
{
	size_t lead = strspn(line, " \t");
	char *comment = strchr(line, '#');

	if (comment)
		*comment = '\0';
	size_t n = strlen(line);
	while (n > lead && strchr(" \t\r", line[n - 1]))
		line[--n] = '\0';
	return lead;
}

enum err import_text(struct importing *im)
{
	char line[512], reason[HOST_REASON];
	struct place at = {im->path, 1, 1};
	const char *next = im->bytes;

	if (!im->o->port_n)
		return err_fail(
		    ERR_USAGE, "%s: plain text names no ports (give --ports, like --ports 443/tcp,3478/udp)", im->path);
	ptrdiff_t g = import_group(im, im->o->group ? im->o->group : "imported");
	if (g < 0)
		return ERR_MEMORY;
	enum err e = import_default_ports(im, (size_t)g);
	if (strncmp(next, "\xef\xbb\xbf", 3) == 0)
		next += 3;
	for (; e == ERR_OK && *next; at.line++) {
		size_t n = strcspn(next, "\n");
		if (n >= sizeof line)
			return place_fail(&at, "a line of %zu characters is no host", n);
		memcpy(line, next, n);
		line[n] = '\0';
		next += n + (next[n] != '\0');
		size_t lead = trim(line);
		at.column = (uint32_t)lead + 1;
		if (!line[lead])
			continue;
		e = import_host(im, (size_t)g, line + lead, reason);
		if (e == ERR_USAGE)
			e = place_fail(&at, "%s", reason);
	}
	if (e == ERR_OK && im->d->groups[g].host_n == 0)
		e = err_fail(ERR_USAGE, "%s: no hosts in it", im->path);
	return e;
}
