/* A shard of the monitor's packet side, and what it reports: cases in its docket of the bulletin
 * being written. Sentries write at one desk at the same time; everything else at the desk belongs
 * to the scout, while none of them works. */
#ifndef LIVE_SENTRY_H
#define LIVE_SENTRY_H

#include <stdbool.h>

#include "live/bulletin.h"
#include "judge/judge.h"
#include "drive/shard.h"

struct desk {
	struct postbox *box;
	struct bulletin *b;        /* being written; NULL: nobody hears any more */
	struct watch watch;
	const struct judge_options *judge;
	size_t docket_bytes;       /* a docket with more is handed over before the bulletin is done */
};

/* Hand over what was written, and begin a new bulletin. */
void desk_post(struct desk *d);
/* A frame is reached: silence counts up to it. Returns its number in the bulletin, which must have
 * room for it. */
uint32_t desk_see(struct desk *d, const struct sighting *seen);
/* Whether the bulletin has room for this many more frames. */
bool desk_has_room(const struct desk *d, size_t frames);
/* Whether there is anything in the bulletin. */
bool desk_is_used(const struct desk *d);

struct sentry {
	struct desk *desk;
	unsigned number;
	struct shard *shard;
	struct slot_pool slots;
};

/* evidence: packets are kept. ERR_MEMORY. */
MUSTCHECK enum err sentry_init(struct sentry *s, unsigned number, struct desk *desk,
                               const struct shard_options *options, bool evidence);
void sentry_release(struct sentry *s);

/* What follows belongs to this frame of the bulletin. */
void sentry_begin(struct sentry *s, uint32_t frame, bool ageing);
/* Its docket; NULL: nobody hears any more. */
struct docket *sentry_docket(struct sentry *s);

#endif
