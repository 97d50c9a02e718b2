/* Captures from files: ordered by their first frame, merged where they overlap. */
#include "capture/files.h"

#include <stdlib.h>
#include <string.h>

#define MANY_OPEN 32      /* files at once; beyond, their blocks are small */
#define NEVER INT64_MAX

void source_describe(struct source *s, const struct reader *r)
{
	s->dropped = r->dropped;
	s->link_type = r->link_type;
	s->snaplen = r->snaplen;
	if (r->damage != ERR_OK && !s->damage_text)
		source_damage(s, r->damage, r->damage_text);
}

void files_close_reader(struct reader **r)
{
	if (!*r)
		return;
	reader_close(*r);
	free(*r);
	*r = NULL;
}

enum err files_open(struct files *fs, struct file *f, const char *name, size_t ask)
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

/* Open a file that was examined before. By now its name may stand for another one: its frames would be taken at times
 * that are not theirs, and two readers would read two files. */
static enum err open_examined(struct files *fs, struct file *f, const char *name)
{
	enum err e = files_open(fs, f, name, fs->active_n < MANY_OPEN ? STREAM_BLOCK_BYTES : STREAM_BLOCK_LEAST);

	if (e != ERR_OK || (f->reader->stream.inode == f->inode && f->reader->stream.device == f->device))
		return e;
	files_close_reader(&f->reader);
	return name_fail(ERR_IO, name, "another file has taken its place since it was first looked at; audit it again");
}

/* Begin to read the next file in order. */
static enum err activate(struct capture *c)
{
	struct files *fs = c->files;
	struct file *f = &fs->at[fs->next];
	struct source *s = &c->sources[fs->next];
	enum err e = ERR_OK;

	if (!f->reader && !f->bad) {
		e = open_examined(fs, f, s->name);
		if (e == ERR_MEMORY || (e != ERR_OK && fs->second))
			return e;
		if (e != ERR_OK)
			source_damage(s, e, name_fault());
	}
	if (f->reader) {
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

	source_describe(&c->sources[r->source], r);
	fs->read_bytes += r->stream.file_read;
	files_close_reader(&fs->at[r->source].reader);
	fs->active[i] = fs->active[--fs->active_n];
}

void files_stamp(struct reader *r, struct frame *frames, unsigned n, int64_t *keys)
{
	for (unsigned i = 0; i < n; i++)
		frames[i].source = r->source;
	for (unsigned i = 0; keys && i < n; i++)
		keys[i] = clock_sane(&r->clock, frames[i].time_us) + r->clock.shift_us;
}

/* The only file that is left: frames go directly into the batch. */
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
	files_stamp(r, batch->frames, batch->n, NULL);
	if (e != ERR_END)
		return e;
	retire(c, 0);
	return ERR_OK;
}

/* Make sure that a reader's queue holds a frame.
 * errors  ERR_MORE: only after the batch was delivered; ERR_END */
static enum err want_head(struct reader *r)
{
	if (r->queue_at < r->queue_n)
		return ERR_OK;
	r->queue_at = 0;
	enum err e = reader_fill(r, !r->lent, r->queue, FRAME_BATCH, &r->queue_n);
	if (e == ERR_OK)
		files_stamp(r, r->queue, r->queue_n, r->keys);
	return e == ERR_END && r->lent ? ERR_MORE : e;
}

static int64_t head_key(const struct reader *r)
{
	return r->keys[r->queue_at];
}

/* Heads for all active readers; those at their end are closed. */
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

/* The reader with the earliest head, and the key up to which it stays the earliest. */
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

/* Frames of several files by time, until one of them needs more input. */
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
		source_describe(&c->sources[c->files->active[i]->source], c->files->active[i]);
}

void files_free(struct files *fs)
{
	progress_end(&fs->progress);
	for (size_t i = 0; i < fs->n; i++) {
		files_close_reader(&fs->at[i].reader);
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

const struct capture_kind files_kind = {files_next, files_refresh, files_close};
