/* What to learn from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribute/host.h"
#include "attribute/list_draft.h"
#include "decode/packet.h"
#include "learn.h"

static enum err every_port(struct draft *d, size_t group)
{
	const struct port_range tcp = {1, 65535, PROTO_TCP}, udp = {1, 65535, PROTO_UDP};
	enum err e = draft_port(d, group, &tcp);

	return e == ERR_OK ? draft_port(d, group, &udp) : e;
}

static enum err add_domain(struct draft *d, size_t group, const char *domain)
{
	char host[HOST_TEXT], reason[HOST_REASON], wildcard[HOST_TEXT + 2];
	const char *bare = domain;

	if (strncmp(bare, "*.", 2) == 0)
		bare += 2;
	else if (bare[0] == '.')
		bare++;
	if (!host_name_parse(bare, host, reason))
		return err_fail(ERR_USAGE, "--domain %s: %s", domain, reason);
	snprintf(wildcard, sizeof wildcard, "*.%s", host);
	enum err e = draft_host(d, group, host);
	return e == ERR_OK ? draft_host(d, group, wildcard) : e;
}

/* Lists can only be read from a file: here one that is in no folder. */
static enum err lists_of(const struct draft *d, struct lists **ret_lists)
{
	char path[48];
	const char *paths[] = {path};
	int fd = memfd_create("rulegap-learn", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	enum err e;

	if (!f) {
		e = err_fail(ERR_IO, "no place for the list of what to learn: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return e;
	}
	draft_write(d, NULL, f);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fflush(f) != 0 || ferror(f))
		e = err_fail(ERR_IO, "the list of what to learn: %s", strerror(errno));
	else
		e = lists_read(paths, 1, NULL, ret_lists);
	fclose(f);
	return e;
}

static enum err everything(struct draft *d, size_t group)
{
	enum err e = draft_host(d, group, "0.0.0.0/0");

	return e == ERR_OK ? draft_host(d, group, "::/0") : e;
}

enum err learn_lists(const char *const *domains, size_t n, struct lists **ret_lists)
{
	struct draft d;
	enum err e = draft_open(&d);

	if (e != ERR_OK)
		return e;
	d.name = "learn";
	ptrdiff_t group = draft_group(&d, "learn");
	if (group < 0)
		e = err_fail(ERR_MEMORY, "out of memory");
	for (size_t i = 0; e == ERR_OK && i < n; i++)
		e = add_domain(&d, (size_t)group, domains[i]);
	if (e == ERR_OK && n == 0)
		e = everything(&d, (size_t)group);
	if (e == ERR_OK)
		e = every_port(&d, (size_t)group);
	if (e == ERR_OK)
		e = lists_of(&d, ret_lists);
	draft_release(&d);
	return e;
}
