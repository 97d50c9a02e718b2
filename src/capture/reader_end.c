/* Why the reading of a file ends. */
#include "capture/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum err reader_damage(struct reader *r, enum err e, const char *format, ...)
{
	va_list args;

	r->damage = e;
	va_start(args, format);
	vsnprintf(r->damage_text, sizeof r->damage_text, format, args);
	va_end(args);
	return ERR_END;
}

enum err reader_cut(struct reader *r, const char *what)
{
	const struct stream *s = &r->stream;

	if (s->err != ERR_OK)
		return reader_damage(r, s->err, "%s, behind packet %" PRIu64, s->why, r->records);
	if (stream_has(s) == 0 && r->unfit)
		return reader_damage(r, ERR_UNSUPPORTED,
		                     "the filter does not fit link type %s: the packets of such interfaces are left "
		                     "out",
		                     r->unfit);
	if (stream_has(s) == 0)
		return ERR_END;
	return reader_damage(r, ERR_TRUNCATED, "cut in the middle of %s at byte %" PRIu64, what,
	                     s->offset + stream_has(s));
}
