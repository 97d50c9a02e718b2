/* A remark in words. */
#include <stdio.h>

#include "base/text.h"
#include "judge/verdict.h"

void remark_say(const struct remark *r, char ret_text[static DETAIL_TEXT])
{
	char after[TENTHS_TEXT];
	double seconds = r->after_ms / 1000.0;

	ret_text[0] = '\0';
	if (r->kind == REMARK_RESET)
		snprintf(ret_text, DETAIL_TEXT,
		         "reset %s s after the connection opened, %llu bytes out, %llu in, TTL %u",
		         tenths_format(seconds, after), (unsigned long long)r->bytes_out,
		         (unsigned long long)r->bytes_in, r->ttl);
	else if (r->kind == REMARK_HELLO_RESET)
		snprintf(ret_text, DETAIL_TEXT, "RST %s ms after ClientHello, TTL %u",
		         tenths_format(seconds * 1000, after), r->ttl);
}
