/* Shared by the files of capture/ and private to it. */
#ifndef CAPTURE_INSIDE_H
#define CAPTURE_INSIDE_H

#include "base/err.h"
#include "capture/capture.h"

/* err_fail with "NAME: " in front, NAME escaped for the terminal. Returns e. */
enum err name_fail(enum err e, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

/* What the last name_fail() of this thread said, without the name. */
const char *name_fault(void);

struct capture;

/* What differs between captures from files and from interfaces. */
struct capture_kind {
	enum err (*next)(struct capture *c, struct frame_batch *batch);
	void (*refresh)(struct capture *c);
	void (*close)(struct capture *c);
};

struct capture {
	const struct capture_kind *kind;
	struct source *sources; /* strings in them are the capture's own */
	size_t sources_n;
	uint64_t frames_n;      /* delivered, over all sources */
	struct files *files;    /* offline */
	struct live *live;
};

/* A capture with n sources, zeroed. NULL: out of memory. */
struct capture *capture_new(const struct capture_kind *kind, size_t sources_n);

/* Record, once, why reading of a source stopped; text is copied. */
void source_damage(struct source *s, enum err e, const char *text);

#endif
