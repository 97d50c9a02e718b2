/* Clocks set back during an audit: attempts are compared by when they were made, not by the displayed time. A
 * monitor's rows are written as flows end, not in that order, so their times stay as they are. */
#include "record/ledger.h"
#include "report/reading.h"
#include "report/rows.h"

#define JUMPED \
	"SELECT DISTINCT run FROM notice WHERE code = 'clock-jump' AND run IN" \
	" (SELECT id FROM run WHERE command = 'audit')"

static void turned_note(struct reading *r, int64_t run, int64_t id, int64_t started_us)
{
	uint8_t before = r->turns.n, turn = turns_next(&r->turns, started_us);

	if (r->turns.n != before)
		r->turned[before] = (struct turned){run, id, turn};
}

enum err read_turns(struct reading *r, struct db *db)
{
	struct rows rows;
	int64_t last_run = 0;

	static const char by_row[] = "SELECT run, id, started FROM attempt WHERE run IN (" JUMPED ") ORDER BY run, id";
	enum err e = rows_open(&rows, db, NULL, r->ledger ? JUMPED : by_row);
	while (e == ERR_OK && rows_next(&rows)) {
		if (r->ledger) {
			r->turns = r->ledger->turns; /* the ledger holds only this run */
			continue;
		}
		int64_t run = rows_number(&rows, 0);
		if (run != last_run)
			turns_begin(&r->turns);
		last_run = run;
		turned_note(r, run, rows_number(&rows, 1), rows_number(&rows, 2));
	}
	return e == ERR_OK ? rows_close(&rows) : e;
}

uint8_t turn_of(const struct reading *r, int64_t run, int64_t id)
{
	uint8_t turn = 0;

	for (uint8_t i = 0; i < r->turns.n; i++)
		if (r->turned[i].run == run && r->turned[i].id <= id)
			turn = r->turned[i].turn;
	return turn;
}

static void turn_all(struct reading *r, int64_t sign)
{
	for (size_t i = 0; r->turns.n && i < r->tried_n; i++) {
		int64_t by_us = sign * r->turns.back_us[r->tried[i].turn];
		r->tried[i].started_us += by_us;
		r->tried[i].ended_us += by_us;
	}
}

enum err read_verdicts(struct reading *r)
{
	turn_all(r, 1);
	enum err e = verdicts_settle(r->tried, r->tried_n, r->rule_n, &r->answered, &r->verdicts);
	turn_all(r, -1);
	if (e == ERR_OK && r->turns.n)
		verdicts_tell_times(&r->verdicts, r->tried);
	return e;
}
