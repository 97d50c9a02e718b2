#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[] = {
#define ERR_TEXT(code, text, family) text,
	ERR_TABLE(ERR_TEXT)
#undef ERR_TEXT
};

enum family { BYTES, WORLD };

static const enum family families[] = {
#define ERR_FAMILY(code, text, family) family,
	ERR_TABLE(ERR_FAMILY)
#undef ERR_FAMILY
};

static _Thread_local char detail[1024];

const char *err_text(enum err e)
{
	return (unsigned)e < ERR_COUNT ? texts[e] : "unknown error";
}

/* True when the fault is the machine's or the user's, not the bytes'. */
static bool is_world(enum err e)
{
	return (unsigned)e < ERR_COUNT && families[e] == WORLD;
}

void err_say(const char *format, ...)
{
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	fprintf(stderr, "rulegap: %s\n", line);
}

void err_note(const char *format, ...)
{
	int before = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	errno = before;
}

const char *err_detail(void)
{
	return detail;
}

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "; check its name";
	case EACCES:
	case EPERM:
		return "; ask its owner, or run as a user who may";
	case EISDIR:
		return "; name a file";
	case ENOSPC:
	case EDQUOT:
		return "; make room, or write elsewhere";
	case EROFS:
		return "; write elsewhere";
	case EBADF:
		return "; is it closed?";
	default:
		return "";
	}
}

const char *err_reason(int error)
{
	static _Thread_local char reason[160];

	snprintf(reason, sizeof reason, "%s%s", strerror(error), remedy(error));
	return reason;
}

enum exit_status err_exit_status(enum err e)
{
	if (e == ERR_OK || e == ERR_END)
		return EXIT_DONE;
	if (e == ERR_USAGE)
		return EXIT_WRONG;
	return is_world(e) ? EXIT_SYSTEM : EXIT_INCOMPLETE;
}
