/* The destination of a command's result. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

/* Reports contain the hosts that people visit: not readable for all local users. */
#define OUTPUT_MODE 0640

bool output_is_colourful(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && !(term && strcmp(term, "dumb") == 0) && isatty(fileno(f)) == 1;
}

enum err output_flush(FILE *f, const char *name)
{
	errno = 0;
	if (fflush(f) == 0 && !ferror(f))
		return ERR_OK;
	/* An earlier write failed, and why is forgotten; but whether it is closed can still be found out. */
	if (!errno && write(fileno(f), "", 0) < 0 && errno != EBADF)
		errno = 0;
	return err_fail(ERR_IO, "%s: %s", name,
	                errno ? err_reason(errno)
	                      : "not everything could be written; is the disk full, or a limit (ulimit -f) reached?");
}

static void output_discard(struct output *out)
{
	if (out->file && out->file != stdout)
		fclose(out->file);
	if (out->temporary && *out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->target);
	*out = (struct output){0};
}

static enum err cannot(const char *path)
{
	enum err e = errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO;

	if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR)
		e = ERR_USAGE;
	return err_fail(e, "%s: %s", path, err_reason(errno));
}

/* A link is kept and the file it points to is replaced; but not if another user put the link into a world-writable
 * folder: resolving it ourselves would bypass the kernel's own rule (protected_symlinks) and could overwrite any
 * file. A link that may be followed cannot be changed by others. */
static enum err follow(struct output *out, const struct stat *link)
{
	const char *slash = strrchr(out->path, '/');
	struct stat folder;
	char *name = slash ? strndup(out->path, (size_t)(slash - out->path) + 1) : strdup(".");

	if (!name)
		return err_fail(ERR_MEMORY, "out of memory");
	bool known = stat(name, &folder) == 0;
	free(name);
	if (!known)
		return cannot(out->path);
	bool everybodys = (folder.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
	if (everybodys && link->st_uid != geteuid() && link->st_uid != folder.st_uid)
		return err_fail(ERR_PERMISSION, "%s: a symbolic link of another user; name the file that it means",
		                out->path);
	out->target = realpath(out->path, NULL);
	out->linked = true;
	return ERR_OK;
}

/* A device or a pipe is written directly: nothing can be renamed over it. */
static enum err open_in_place(struct output *out)
{
	int fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | (out->linked ? 0 : O_NOFOLLOW));

	if (fd >= 0)
		out->file = fdopen(fd, "w");
	if (out->file)
		return ERR_OK;
	enum err e = cannot(out->path);
	if (fd >= 0)
		close(fd);
	return e;
}

static enum err open_beside(struct output *out)
{
	mode_t mask = umask(077);
	int fd = -1;

	umask(mask);
	if (asprintf(&out->temporary, "%s.XXXXXX", out->target ? out->target : out->path) >= 0)
		fd = mkostemp(out->temporary, O_CLOEXEC);
	if (fd < 0) {
		enum err e = cannot(out->path);
		free(out->temporary);
		out->temporary = NULL;
		return e;
	}
	if (fchmod(fd, OUTPUT_MODE & ~mask) == 0)
		out->file = fdopen(fd, "w");
	if (out->file)
		return ERR_OK;
	enum err e = cannot(out->path);
	close(fd);
	output_discard(out);
	return e;
}

/* Whether two names mean one file, or would after its creation. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;
	bool there = stat(a, &of_a) == 0;

	if (there != (stat(b, &of_b) == 0))
		return false;
	if (!there)
		return strcmp(a, b) == 0;
	return S_ISREG(of_a.st_mode) && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static bool is_result(const struct option_row *r)
{
	return strcmp(r->name, "output") == 0 || strcmp(r->name, "write") == 0 || strcmp(r->name, "metrics") == 0;
}

static enum err spares(const char *path, const char *const *inputs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_same_file(path, inputs[i]))
			return err_fail(ERR_USAGE, "%s: would be overwritten, and is read; write to another file",
			                path);
	return ERR_OK;
}

enum err output_spares_inputs(const struct options *o)
{
	enum err e = ERR_OK;

	for (const struct option_row *r = o->command->rows; r->name; r++) {
		const char *path = is_result(r) ? options_last(o, r->name, NULL) : NULL;
		if (!path || strcmp(path, "-") == 0)
			continue;
		e = spares(path, o->words, o->word_n);
		for (const struct option_row *i = o->command->rows; e == ERR_OK && i->name; i++) {
			size_t n;
			const char *const *inputs = options_all(o, i->name, &n);
			if ((i->kind == ARG_FILE || i->kind == ARG_LIST) && !is_result(i))
				e = spares(path, inputs, n);
		}
		if (e != ERR_OK)
			break;
	}
	return e;
}

enum err output_check(const char *path)
{
	struct output out = {0};
	struct stat st;

	if (!path || strcmp(path, "-") == 0)
		return ERR_OK;
	/* opening a pipe may block, and a device may object to a second open */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return ERR_OK;
	enum err e = output_open(path, &out);
	output_discard(&out);
	return e;
}

enum err output_open(const char *path, struct output *ret_output)
{
	struct output out = {.path = path};
	struct stat st;

	if (!path || strcmp(path, "-") == 0) {
		*ret_output = (struct output){.file = stdout, .path = "standard output"};
		return ERR_OK;
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_fail(ERR_USAGE, "%s: is a folder; name a file in it", path);
	enum err e = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? follow(&out, &st) : ERR_OK;
	if (e == ERR_OK) {
		bool in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
		e = in_place ? open_in_place(&out) : open_beside(&out);
	}
	if (e == ERR_OK)
		*ret_output = out;
	else
		free(out.target);
	return e;
}

enum err output_close(struct output *out)
{
	enum err e = output_flush(out->file, out->path);

	if (out->file == stdout || e != ERR_OK) {
		output_discard(out);
		return e;
	}
	if (fclose(out->file) != 0)
		e = cannot(out->path);
	out->file = NULL;
	if (e == ERR_OK && out->temporary) {
		if (rename(out->temporary, out->target ? out->target : out->path) != 0)
			e = cannot(out->path);
		else
			*out->temporary = '\0';
	}
	output_discard(out);
	return e;
}

enum err output_finish(struct output *out, enum err e)
{
	if (e == ERR_OK)
		return output_close(out);
	output_discard(out);
	return e;
}
