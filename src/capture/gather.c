/* Captures from files: finding them and ordering them. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "capture/files.h"
#include "capture/folder.h"

/* Open a listed file and look at its first frame. ERR_UNSUPPORTED: no capture. */
static enum err examine(struct files *fs, struct file *f, bool only)
{
	const char *name = f->source.name;
	enum err e = files_open(fs, f, name, only ? STREAM_BLOCK_BYTES : STREAM_BLOCK_LEAST);

	if (e != ERR_OK)
		return e;
	struct reader *r = f->reader;
	e = reader_peek(r);
	if (e != ERR_OK && e != ERR_END) {
		files_close_reader(&f->reader);
		return e;
	}
	files_stamp(r, r->queue, r->queue_n, r->keys);
	f->first_us = r->records ? r->first_us : INT64_MIN;
	fs->progress.total_bytes += r->stream.file_bytes;
	fs->unsized = fs->unsized || r->stream.file_bytes == 0;
	f->regular = r->stream.regular;
	f->device = r->stream.device;
	f->inode = r->stream.inode;
	source_describe(&f->source, r);
	if (!only && f->regular)
		files_close_reader(&f->reader);
	return ERR_OK;
}

/* Take a listed path into the files, or record what is wrong with it.
 * errors  only those that end everything: ERR_MEMORY, ERR_INTERRUPTED, or an invalid filter */
static enum err take(struct files *fs, const struct listed *l, bool only)
{
	struct file *f = &fs->at[fs->n];

	*f = (struct file){.given = fs->n, .first_us = INT64_MIN};
	f->source.name = strdup(l->path);
	if (!f->source.name)
		return err_fail(ERR_MEMORY, "out of memory for a file name");
	f->source.kind = strcmp(l->path, "-") == 0 ? SOURCE_STDIN : SOURCE_FILE;
	fs->n++;
	enum err e = l->fault ? name_fail(l->fault, l->path, "%s", l->why) : examine(fs, f, only);
	if (e == ERR_INTERRUPTED)
		return name_fail(e, l->path, "interrupted while waiting for its first packets");
	if (e == ERR_MEMORY || (e != ERR_OK && filter_failed(fs->filter)))
		return e;
	if (e == ERR_UNSUPPORTED && l->folder) {
		free((char *)f->source.name);
		fs->n--;
		return ERR_OK;
	}
	if (e != ERR_OK) {
		f->bad = true;
		source_damage(&f->source, e == ERR_UNSUPPORTED ? ERR_USAGE : e, name_fault());
	}
	return ERR_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first_us != y->first_us)
		return x->first_us < y->first_us ? -1 : 1;
	return x->given < y->given ? -1 : x->given > y->given;
}

/* Report the bad files. If all are bad, the last one is left to the caller.
 * errors  what is wrong with that */
static enum err judge(const struct files *fs)
{
	size_t bad = 0, said = 0;

	for (size_t i = 0; i < fs->n; i++)
		bad += fs->at[i].bad;
	for (size_t i = 0; i < fs->n; i++) {
		const struct source *s = &fs->at[i].source;
		if (!fs->at[i].bad)
			continue;
		enum err e = name_fail(s->damage, s->name, "%s",
		                       s->damage_text ? s->damage_text : err_text(ERR_MEMORY));
		if (++said == fs->n && bad == fs->n)
			return e;
		err_say("%s", err_detail());
	}
	return ERR_OK;
}

/* As many as the system allows: all files that overlap are open at once, for each thread. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The paths, folders opened up. */
static enum err list_paths(const char *const *paths, size_t n, struct listing *l)
{
	enum err e = ERR_OK;
	size_t inputs = 0;

	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		inputs += strcmp(paths[i], "-") == 0;
		if (inputs > 1)
			return err_fail(ERR_USAGE, "standard input (-) can be read only once; give files");
		e = listing_add(l, paths[i]);
	}
	return e;
}

/* A folder in which nothing was a capture, as one of the files: as bad as a file that is none. */
static enum err take_folder(struct files *fs, const char *folder, size_t files_n)
{
	struct file *f = &fs->at[fs->n];

	*f = (struct file){.given = fs->n, .first_us = INT64_MIN, .bad = true};
	f->source.name = strdup(folder);
	if (!f->source.name)
		return err_fail(ERR_MEMORY, "out of memory for a file name");
	fs->n++;
	enum err e = name_fail(ERR_USAGE, folder, "no capture file (pcap, pcapng) among the %zu file%s of this folder",
	                       files_n, files_n == 1 ? "" : "s");
	source_damage(&f->source, e, name_fault());
	return ERR_OK;
}

/* One given path's entries of the listing, from *i on, which moves behind them. */
static enum err take_given(struct files *fs, const struct listing *l, size_t *i)
{
	const char *folder = l->at[*i].folder;
	size_t first = *i, before = fs->n;
	enum err e;

	do
		e = take(fs, &l->at[(*i)++], l->n == 1);
	while (e == ERR_OK && folder && *i < l->n && l->at[*i].folder == folder);
	return e == ERR_OK && folder && fs->n == before ? take_folder(fs, folder, *i - first) : e;
}

static enum err examine_all(struct files *fs, const struct listing *l)
{
	enum err e = ERR_OK;

	fs->at = calloc(l->n + 1, sizeof *fs->at);
	fs->active = calloc(l->n + 1, sizeof(struct reader *));
	if (!fs->at || !fs->active)
		return err_fail(ERR_MEMORY, "out of memory for %zu files", l->n);
	for (size_t i = 0; i < l->n && e == ERR_OK;)
		e = take_given(fs, l, &i);
	return e == ERR_OK ? judge(fs) : e;
}

/* Hand the sources over: their strings then belong to the capture. */
static enum err hand_over(struct files *fs, struct capture **ret_capture)
{
	struct capture *c = capture_new(&files_kind, fs->n);

	if (!c)
		return err_fail(ERR_MEMORY, "out of memory for %zu sources", fs->n);
	qsort(fs->at, fs->n, sizeof *fs->at, by_time);
	for (size_t i = 0; i < fs->n; i++) {
		c->sources[i] = fs->at[i].source;
		fs->at[i].source = (struct source){0};
		if (fs->at[i].reader)
			fs->at[i].reader->name = c->sources[i].name;
	}
	c->files = fs;
	*ret_capture = c;
	return ERR_OK;
}

enum err capture_open_files(const char *const *paths, size_t n, const struct capture_options *options,
                            struct capture **ret_capture)
{
	struct listing l = {0};
	struct files *fs = calloc(1, sizeof *fs);
	enum err e = fs ? list_paths(paths, n, &l) : err_fail(ERR_MEMORY, "out of memory for captures");

	if (e == ERR_OK && options->filter && options->filter[0]) {
		fs->filter = filter_new(options->filter);
		if (!fs->filter)
			e = err_fail(ERR_MEMORY, "out of memory for a filter");
	}
	if (e != ERR_OK)
		goto done;
	raise_descriptors();
	e = examine_all(fs, &l);
	if (e == ERR_OK)
		e = hand_over(fs, ret_capture);
	if (e == ERR_OK)
		progress_start(&fs->progress, options->progress, fs->unsized ? 0 : fs->progress.total_bytes);
done:
	listing_release(&l);
	if (e != ERR_OK && fs)
		files_free(fs);
	return e;
}

/* ---- again */

/* The same file for another reader, which opens it when its turn comes. */
static enum err again(struct capture *c, const struct capture *original, size_t i)
{
	const struct file *f = &original->files->at[i];

	if (!f->regular && !f->bad)
		return err_fail(ERR_UNSUPPORTED, "what is no plain file can be read only once");
	c->files->at[i] = (struct file){.first_us = f->first_us, .given = f->given, .bad = f->bad,
	                                .regular = f->regular, .device = f->device, .inode = f->inode};
	c->sources[i] = (struct source){.name = strdup(original->sources[i].name), .kind = SOURCE_FILE};
	c->files->n++;
	return c->sources[i].name ? ERR_OK : err_fail(ERR_MEMORY, "out of memory for a file name");
}

static enum err again_all(struct capture *c, const struct capture *original)
{
	struct files *fs = c->files;
	enum err e = ERR_OK;

	fs->second = true;
	fs->at = calloc(c->sources_n + 1, sizeof *fs->at);
	fs->active = calloc(c->sources_n + 1, sizeof(struct reader *));
	if (original->files->filter)
		fs->filter = filter_again(original->files->filter);
	if (!fs->at || !fs->active || (original->files->filter && !fs->filter))
		return err_fail(ERR_MEMORY, "out of memory for %zu files", c->sources_n);
	for (size_t i = 0; i < c->sources_n && e == ERR_OK; i++)
		e = again(c, original, i);
	return e;
}

enum err capture_open_again(const struct capture *original, struct capture **ret_capture)
{
	if (!original->files)
		return err_fail(ERR_UNSUPPORTED, "an interface is no file");
	struct capture *c = capture_new(&files_kind, original->sources_n);
	if (c)
		c->files = calloc(1, sizeof *c->files);
	if (!c || !c->files) {
		free(c ? c->sources : NULL);
		free(c);
		return err_fail(ERR_MEMORY, "out of memory for captures");
	}
	enum err e = again_all(c, original);
	if (e == ERR_OK)
		*ret_capture = c;
	else
		capture_close(c);
	return e;
}
