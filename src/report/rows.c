#include "report/rows.h"

enum err rows_open(struct rows *ret_rows, struct db *db, const struct gap_filter *filter, const char *sql)
{
	struct rows r = {0};
	enum err e = db_prepare(db, sql, &r.query);

	if (e != ERR_OK)
		return e;
	if (filter) {
		query_int(r.query, 1, filter->from_us ? filter->from_us : INT64_MIN);
		query_int(r.query, 2, filter->to_us ? filter->to_us : INT64_MAX);
		query_int(r.query, 3, filter->run);
	}
	*ret_rows = r;
	return ERR_OK;
}

bool rows_next(struct rows *r)
{
	if (r->err == ERR_OK)
		r->err = query_next(r->query);
	return r->err == ERR_OK;
}

enum err rows_close(struct rows *r)
{
	enum err e = r->err == ERR_END ? ERR_OK : r->err;

	query_free(r->query);
	r->query = NULL;
	return e;
}

enum err rows_abandon(struct rows *r, enum err e)
{
	query_free(r->query);
	r->query = NULL;
	return e;
}

int64_t rows_number(struct rows *r, int column)
{
	return query_get_int(r->query, column);
}

const char *rows_text(struct rows *r, int column)
{
	return query_get_text(r->query, column);
}

const char *rows_copy(struct rows *r, int column, struct pool *pool)
{
	return pool_text(pool, rows_text(r, column));
}

const char *rows_copy_or_null(struct rows *r, int column, struct pool *pool)
{
	const char *text = rows_text(r, column);

	return *text ? pool_text(pool, text) : NULL;
}
