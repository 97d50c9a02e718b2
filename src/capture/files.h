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
	uint64_t device, inode; /* which file was examined */
};

struct files {
	struct file *at;
	size_t n, next;        /* next: the first that is not being read yet */
	struct reader **active;
	size_t active_n;
	struct filter *filter;
	uint64_t read_bytes;   /* of files that are done */
	bool unsized;          /* one is a pipe: the total size is unknown */
	bool second;           /* another reader has them too: what it could read, this one must */
	struct progress_bar progress;
};

extern const struct capture_kind files_kind;

/* Open one of the files, which then owns the reader. ask: bytes to read at once.
 * errors  as reader_open() */
MUSTCHECK enum err files_open(struct files *fs, struct file *f, const char *name, size_t ask);

/* Set every frame's source and its merge key, which replaces its time in the merge: a lone frame
 * from another year keeps its place. keys: NULL when nothing is merged. */
void files_stamp(struct reader *r, struct frame *frames, unsigned n, int64_t *keys);

/* Describe the file as far as it was read. */
void source_describe(struct source *s, const struct reader *r);

/* Sets *r to NULL; it may be NULL already. */
void files_close_reader(struct reader **r);
void files_free(struct files *fs);

#endif
