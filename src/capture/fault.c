/* Errors that begin with the name of a file or an interface. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "capture/inside.h"

static _Thread_local char fault[512];

const char *name_fault(void)
{
	return fault;
}

enum err name_fail(enum err e, const char *name, const char *format, ...)
{
	struct text shown = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(fault, sizeof fault, format, args);
	va_end(args);
	text_add_escaped(&shown, strcmp(name, "-") == 0 ? "standard input" : *name ? name : "\"\"");
	err_note("%s: %s", shown.failed ? "?" : shown.at, fault);
	text_release(&shown);
	return e;
}
