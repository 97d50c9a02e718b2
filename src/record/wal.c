#include "record/wal.h"

#include "base/clock.h"
#include "base/limits.h"

#define LOOK_US SECOND_US
#define REPORT_US (10 * SECOND_US) /* enough for a report to read what it needs */

void wal_init(struct wal *w, uint64_t most_bytes)
{
	*w = (struct wal){.told_bytes = most_bytes < WAL_TOLD_BYTES ? most_bytes : WAL_TOLD_BYTES,
	                  .most_bytes = most_bytes};
}

enum err wal_look(struct wal *w, struct db *db, bool now)
{
	int64_t now_us = monotonic_us();
	uint64_t bytes = db_wal_bytes(db);
	bool held = false;

	if (bytes <= w->told_bytes) {
		w->bytes = 0;
		w->held_us = 0;
		return ERR_OK;
	}
	if (!now && now_us < w->look_us)
		return ERR_OK;
	w->look_us = now_us + LOOK_US;
	enum err e = db_wal_empty(db, &held);
	if (e)
		return e;
	w->bytes = held ? bytes : 0;
	if (!held)
		w->held_us = 0;
	else if (!w->held_us)
		w->held_us = now_us;
	return ERR_OK;
}

enum err wal_admit(const struct wal *w, const struct db *db)
{
	if (w->bytes < w->most_bytes)
		return ERR_OK;
	return err_fail(ERR_IO, "%s: another program keeps a transaction open in it, so its write-ahead log cannot be"
	                        " emptied and has grown to %llu MB: end that program",
	                db_path(db), (unsigned long long)(w->bytes >> 20));
}

uint64_t wal_held_bytes(const struct wal *w)
{
	return w->held_us && monotonic_us() - w->held_us >= REPORT_US ? w->bytes : 0;
}
