/* What the monitor's packet side tells the judge's, and the box that delivers it: a bounded queue
 * between two threads, and the hearer's wishes to the writer. */
#ifndef LIVE_BULLETIN_H
#define LIVE_BULLETIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "drive/docket.h"
#include "drive/intake.h"

#define BULLETIN_FRAMES 8192u
#define BULLETIN_EVENTS_MOST 8u

struct bulletin {
	struct docket *dockets;        /* one a shard */
	size_t docket_n;
	struct sighting *seen;         /* what the watch has to be shown, frame by frame */
	size_t seen_n;
	bool watched;                  /* the watch is set: believe it before the dockets are heard */
	struct watch watch;
	bool ticked;                   /* time went on at its beginning: what follows is set */
	int64_t now_us;                /* sane; 0: nothing was seen yet */
	struct pipeline_counters counters;
	struct source *sources;        /* one an interface; strings are the capture's */
	struct capture_event events[BULLETIN_EVENTS_MOST];
	size_t event_n;
	bool over;                     /* the last one: all flows have ended */
	enum err end;                  /* then: why; ERR_OK: because it was wished */
	char why[256];
	struct bulletin *next;         /* the postbox's */
};

struct postbox; /* opaque */

/* sources: interfaces reported in a bulletin; dockets: in each; bytes_most: of bulletins that wait
 * to be heard. NULL: out of memory. */
struct postbox *postbox_new(size_t sources, size_t dockets, size_t bytes_most);
void postbox_free(struct postbox *p);

/* ---- the writer's side */

/* A bulletin to be written, empty. NULL: out of memory. */
struct bulletin *postbox_begin(struct postbox *p);
/* Hand it over, and begin another. This waits while the queue is over its bound, or while there is
 * no memory. NULL: it was the last, or nobody hears. */
struct bulletin *postbox_post(struct postbox *p, struct bulletin *b);
/* Hand over one more (of postbox_begin()), ahead of the one being written: from any thread; it
 * waits in the same way. */
void postbox_add(struct postbox *p, struct bulletin *b);

enum wish { WISH_GO_ON, WISH_PAUSE, WISH_END };
/* What is wished; WISH_END also when nobody hears any more. */
enum wish postbox_wish(struct postbox *p);
/* Do nothing while WISH_PAUSE is wished. */
void postbox_park(struct postbox *p);

/* ---- the hearer's side */

/* The next bulletin; NULL: none came for that long, or the writer parked. */
struct bulletin *postbox_next(struct postbox *p, int64_t wait_us);
/* It was heard: reuse it. */
void postbox_return(struct postbox *p, struct bulletin *b);
void postbox_make_wish(struct postbox *p, enum wish wish);
/* Whether the writer is parked, and nothing from it waits to be heard. */
bool postbox_is_parked(struct postbox *p);
/* Nobody hears any more: the writer never waits again. */
void postbox_abandon(struct postbox *p);

#endif
