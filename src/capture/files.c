/* Captures from files: ordered by their first frame, merged where they overlap. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "capture/capture.h"
#include "capture/folder.h"
#include "capture/inside.h"
#include "capture/progress.h"
#include "capture/reader.h"

#define MANY_OPEN 32      /* files at once; beyond, their blocks are small */
#define DESCRIPTORS 256   /* files given; beyond, the limit of open files is raised to what is allowed */
#define NEVER INT64_MAX

/* One source, in the order of reading. */
struct file {
	int64_t first_us;      /* of its first frame; INT64_MIN: it has none */
	size_t given;          /* its place on the command line, which settles ties */
	struct reader *reader; /* NULL: not open (yet, or any more) */
	struct source source;  /* until it moves to the capture */
	bool bad;
};

struct files {
	struct file *at;
	size_t n, next;        /* next: the first that is not being read yet */
	struct reader **active;
	size_t active_n;
	struct filter *filter;
	uint64_t read_bytes;   /* of files that are done */
	bool unsized;          /* one is a pipe: nobody knows how much there is */
	struct progress progress;
};

/* What the source tells of its file, as far as it was read. */
static void describe(struct source *s, const struct reader *r)
{
	s->dropped = r->dropped;
	s->link_type = r->link_type;
	s->snaplen = r->snaplen;
	if (r->damage != ERR_OK && !s->damage_text)
		source_damage(s, r->damage, r->damage_text);
}

static void close_reader(struct reader **r)
{
	if (!*r)
		return;
	reader_close(*r);
	free(*r);
	*r = NULL;
}

static enum err open_reader(struct files *fs, struct file *f, const char *name, size_t ask)
{
	struct reader *r = malloc(sizeof *r);

	if (!r)
		return err_fail(ERR_MEMORY, "out of memory for a capture file");
	enum err e = reader_open(r, name, fs->filter, ask);
	if (e != ERR_OK) {
		free(r);
		return e;
	}
	f->reader = r;
	return ERR_OK;
}

/* Begin to read the next file in order. */
static enum err activate(struct capture *c)
{
	struct files *fs = c->files;
	struct file *f = &fs->at[fs->next];
	struct source *s = &c->sources[fs->next];
	enum err e = ERR_OK;

	if (!f->reader && !f->bad) {
		e = open_reader(fs, f, s->name, fs->active_n < MANY_OPEN ? STREAM_BLOCK_BYTES : STREAM_BLOCK_LEAST);
		if (e == ERR_MEMORY)
			return e;
		if (e != ERR_OK)
			source_damage(s, e, name_fault());
	}
	if (f->reader) {
		if (c->holds)
			stream_hold(&f->reader->stream, &c->keeper);
		f->reader->source = (uint16_t)fs->next;
		fs->active[fs->active_n++] = f->reader;
	}
	fs->next++;
	return ERR_OK;
}

static void retire(struct capture *c, size_t i)
{
	struct files *fs = c->files;
	struct reader *r = fs->active[i];

	describe(&c->sources[r->source], r);
	fs->read_bytes += r->stream.file_read;
	close_reader(&fs->at[r->source].reader);
	fs->active[i] = fs->active[--fs->active_n];
}

/* Give every frame its source, and the merge key that stands for its time: a
 * lone frame from another year keeps its place. */
static void stamp(struct reader *r, struct frame *frames, unsigned n, int64_t *keys)
{
	for (unsigned i = 0; i < n; i++)
		frames[i].source = r->source;
	for (unsigned i = 0; keys && i < n; i++)
		keys[i] = clock_sane(&r->clock, frames[i].time_us) + r->clock.shift_us;
}

/* The only file that is left: straight into the batch. */
static enum err next_alone(struct capture *c, struct frame_batch *batch)
{
	struct reader *r = c->files->active[0];
	enum err e = ERR_OK;

	if (r->queue_at < r->queue_n) {
		batch->n = r->queue_n - r->queue_at;
		memcpy(batch->frames, r->queue + r->queue_at, batch->n * sizeof batch->frames[0]);
		r->queue_at = r->queue_n = 0;
	} else {
		e = reader_fill(r, true, batch->frames, FRAME_BATCH, &batch->n);
	}
	stamp(r, batch->frames, batch->n, NULL);
	if (e != ERR_END)
		return e;
	retire(c, 0);
	return ERR_OK;
}

/* Have a frame at the head of a reader's queue.
 * errors  ERR_MORE: only after the batch was delivered; ERR_END */
static enum err want_head(struct reader *r)
{
	if (r->queue_at < r->queue_n)
		return ERR_OK;
	r->queue_at = 0;
	enum err e = reader_fill(r, !r->lent, r->queue, FRAME_BATCH, &r->queue_n);
	if (e == ERR_OK)
		stamp(r, r->queue, r->queue_n, r->keys);
	return e == ERR_END && r->lent ? ERR_MORE : e;
}

static int64_t head_key(const struct reader *r)
{
	return r->keys[r->queue_at];
}

/* Heads for all that are being read; those at their end go. */
static enum err want_heads(struct capture *c)
{
	struct files *fs = c->files;

	for (size_t i = 0; i < fs->active_n;) {
		enum err e = want_head(fs->active[i]);
		if (e == ERR_END)
			retire(c, i);
		else if (e != ERR_OK)
			return e;
		else
			i++;
	}
	return ERR_OK;
}

/* The reader with the earliest head, and the key up to which it stays that. */
static struct reader *earliest(const struct files *fs, int64_t *ret_until)
{
	struct reader *best = NULL;

	*ret_until = fs->next < fs->n ? fs->at[fs->next].first_us : NEVER;
	for (size_t i = 0; i < fs->active_n; i++) {
		struct reader *r = fs->active[i];
		int64_t key = head_key(r);
		if (best && key >= head_key(best)) {
			*ret_until = key < *ret_until ? key : *ret_until;
			continue;
		}
		if (best && head_key(best) < *ret_until)
			*ret_until = head_key(best);
		best = r;
	}
	return best;
}

/* Frames of several files by time, until one of them has to read on. */
static enum err next_merged(struct capture *c, struct frame_batch *batch)
{
	struct files *fs = c->files;
	int64_t until;

	while (batch->n < FRAME_BATCH) {
		enum err e = want_heads(c);
		if (e != ERR_OK)
			return e;
		struct reader *r = earliest(fs, &until);
		if (fs->next < fs->n && (!r || head_key(r) >= fs->at[fs->next].first_us)) {
			e = activate(c);
			if (e != ERR_OK)
				return e;
			continue;
		}
		if (!r)
			return ERR_OK;
		r->lent = true;
		do
			batch->frames[batch->n++] = r->queue[r->queue_at++];
		while (batch->n < FRAME_BATCH && r->queue_at < r->queue_n && head_key(r) <= until);
	}
	return ERR_OK;
}

static uint64_t read_so_far(const struct files *fs)
{
	uint64_t bytes = fs->read_bytes;

	for (size_t i = 0; i < fs->active_n; i++)
		bytes += fs->active[i]->stream.file_read;
	return bytes;
}

static enum err files_next(struct capture *c, struct frame_batch *batch)
{
	struct files *fs = c->files;
	enum err e = ERR_OK;

	for (size_t i = 0; i < fs->active_n; i++)
		fs->active[i]->lent = false;
	if (fs->progress.on)
		progress_tick(&fs->progress, read_so_far(fs), c->frames_n);
	while (batch->n == 0 && e == ERR_OK) {
		if (fs->active_n == 0 && fs->next == fs->n) {
			progress_end(&fs->progress);
			return ERR_END;
		}
		if (fs->active_n == 0)
			e = activate(c);
		else if (fs->active_n == 1 && fs->next == fs->n)
			e = next_alone(c, batch);
		else
			e = next_merged(c, batch);
	}
	return e == ERR_MORE || e == ERR_INTERRUPTED || batch->n > 0 ? ERR_OK : e;
}

static void files_refresh(struct capture *c)
{
	for (size_t i = 0; i < c->files->active_n; i++)
		describe(&c->sources[c->files->active[i]->source], c->files->active[i]);
}

static void files_free(struct files *fs)
{
	progress_end(&fs->progress);
	for (size_t i = 0; i < fs->n; i++) {
		close_reader(&fs->at[i].reader);
		free((char *)fs->at[i].source.name);
		free((char *)fs->at[i].source.damage_text);
	}
	filter_free(fs->filter);
	free(fs->active);
	free(fs->at);
	free(fs);
}

static void files_close(struct capture *c)
{
	files_free(c->files);
}

static const struct capture_kind files_kind = {files_next, files_refresh, files_close};

/* Open a listed file and look at its first frame. ERR_UNSUPPORTED: no capture. */
static enum err examine(struct files *fs, struct file *f, bool only)
{
	const char *name = f->source.name;
	enum err e = open_reader(fs, f, name, only ? STREAM_BLOCK_BYTES : STREAM_BLOCK_LEAST);

	if (e != ERR_OK)
		return e;
	struct reader *r = f->reader;
	e = reader_peek(r);
	if (e != ERR_OK && e != ERR_END) {
		close_reader(&f->reader);
		return e;
	}
	stamp(r, r->queue, r->queue_n, r->keys);
	f->first_us = r->records ? r->first_us : INT64_MIN;
	fs->progress.total_bytes += r->stream.file_bytes;
	fs->unsized = fs->unsized || r->stream.file_bytes == 0;
	describe(&f->source, r);
	if (!only && r->stream.regular)
		close_reader(&f->reader);
	return ERR_OK;
}

/* Take a listed path into the files, or note what is wrong with it.
 * errors  what ends everything: ERR_MEMORY, ERR_INTERRUPTED, or a filter that cannot be */
static enum err take(struct files *fs, const struct listed *l, bool only)
{
	struct file *f = &fs->at[fs->n];

	*f = (struct file){.given = fs->n, .first_us = INT64_MIN};
	f->source.name = strdup(l->path);
	if (!f->source.name)
		return err_fail(ERR_MEMORY, "out of memory for a file name");
	f->source.kind = strcmp(l->path, "-") == 0 ? SOURCE_STDIN : SOURCE_FILE;
	fs->n++;
	enum err e = examine(fs, f, only);
	if (e == ERR_INTERRUPTED)
		return name_fail(e, l->path, "interrupted while waiting for its first packets");
	if (e == ERR_MEMORY || (e != ERR_OK && filter_failed(fs->filter)))
		return e;
	if (e == ERR_UNSUPPORTED && l->inside) {
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

/* Say which files are bad. When all are, the last is left to the caller.
 * errors  what is wrong with it */
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

static void raise_descriptors(size_t files_n)
{
	struct rlimit limit;

	if (files_n < DESCRIPTORS || getrlimit(RLIMIT_NOFILE, &limit) != 0)
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
			return err_fail(ERR_USAGE, "standard input (-) can be read only once");
		e = listing_add(l, paths[i]);
	}
	return e;
}

static enum err examine_all(struct files *fs, const struct listing *l, const char *const *paths)
{
	enum err e = ERR_OK;

	fs->at = calloc(l->n + 1, sizeof *fs->at);
	fs->active = calloc(l->n + 1, sizeof(struct reader *));
	if (!fs->at || !fs->active)
		return err_fail(ERR_MEMORY, "out of memory for %zu files", l->n);
	for (size_t i = 0; i < l->n && e == ERR_OK; i++)
		e = take(fs, &l->at[i], l->n == 1);
	if (e == ERR_OK && fs->n == 0)
		return name_fail(ERR_USAGE, paths[0],
		                 "no capture file (pcap, pcapng) among the %zu files of this folder", l->n);
	return e == ERR_OK ? judge(fs) : e;
}

/* The sources' strings become the capture's. */
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
	raise_descriptors(l.n);
	e = examine_all(fs, &l, paths);
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
