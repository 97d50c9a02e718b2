/* Captures from files, opened: what reading them (files.c) and finding them (gather.c) share. */
#ifndef CAPTURE_FILES_H
#define CAPTURE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/filter.h"
#include "capture/inside.h"
#include "capture/progress.h"
#include "capture/reader.h"

/* One source, in the order of reading. */
struct file {
	int64_t first_us;      /* of its first frame; INT64_MIN: it has none */
	size_t given;          /* its place on the command line, which settles ties */
	struct reader *reader; /* NULL: not open (yet, or any more) */
	struct source source;  /* until it moves to the capture */
	bool bad;
	bool regular;          /* can be opened again */
};

struct files {
	struct file *at;
	size_t n, next;        /* next: the first that is not being read yet */
	struct reader **active;
	size_t active_n;
	struct filter *filter;
	uint64_t read_bytes;   /* of files that are done */
	bool unsized;          /* one is a pipe: nobody knows how much there is */
	struct progress_bar progress;
};

extern const struct capture_kind files_kind;

/* Open one of the files; its reader is the file's then. ask: bytes to read at once.
 * errors  as reader_open() */
MUSTCHECK enum err files_open(struct files *fs, struct file *f, const char *name, size_t ask);

/* Give every frame its source, and the merge key that stands for its time: a
 * lone frame from another year keeps its place. keys: NULL when nothing is merged. */
void files_stamp(struct reader *r, struct frame *frames, unsigned n, int64_t *keys);

/* What the source tells of its file, as far as it was read. */
void source_describe(struct source *s, const struct reader *r);

/* *r is NULL then; it may have been before. */
void files_close_reader(struct reader **r);
void files_free(struct files *fs);

#endif
