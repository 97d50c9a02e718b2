/* Every way in which a function can fail, one row each.
 *
 * Two families. "Bytes": what was read is cut, wrong or strange; it is counted
 * and the program goes on. "World": the machine or the user is at fault; it is
 * said once, where it happened, and then only passed up. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define ERR_TABLE(row)                                                         \
	row(OK, "no error", BYTES)                                             \
	row(MORE, "more bytes are needed", BYTES)                              \
	row(TRUNCATED, "cut by the capture", BYTES)                            \
	row(MALFORMED, "malformed by its sender", BYTES)                       \
	row(UNSUPPORTED, "not supported", BYTES)                               \
	row(LIMIT, "beyond a limit", BYTES)                                    \
	row(END, "end of input", BYTES)                                        \
	row(MEMORY, "out of memory", WORLD)                                    \
	row(IO, "input or output failed", WORLD)                               \
	row(PERMISSION, "no permission", WORLD)                                \
	row(DATABASE, "database failed", WORLD)                                \
	row(USAGE, "wrong usage or input", WORLD)                              \
	row(INTERRUPTED, "interrupted by a signal", WORLD)

enum err {
#define ERR_ENUM(code, text, family) ERR_##code,
	ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
	ERR_COUNT
};

#define MUSTCHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* The sentence for a code; never NULL. */
const char *err_text(enum err e);

/* Say one line on standard error: "rulegap: " and the formatted text. Text
 * from packets and file names must have gone through text_add_escaped() first.
 * For the commands, the monitor and capture/; the other stages never print. */
void err_say(const char *format, ...) PRINTF_LIKE(1, 2);

/* What a failed world call leaves for the code that reports it: a formatted detail ("FILE: what is
 * wrong"), kept per thread. err_fail returns its first argument, so: return err_fail(ERR_IO,
 * "..."); it is a macro so that static analysers see that. err_note leaves errno alone. err_detail
 * returns "" when nothing was noted. */
#define err_fail(e, ...) (err_note(__VA_ARGS__), (enum err)(e))
void err_note(const char *format, ...) PRINTF_LIKE(1, 2);
const char *err_detail(void);

/* What a failed system call means for whoever named the file, and what to do: "No such file or directory; check its
 * name". The thread's own text, until the next call. */
const char *err_reason(int error);

/* Exit status of the contract (section 2). */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_MISSING = 1,
	EXIT_WRONG = 2,
	EXIT_INCOMPLETE = 3,
	EXIT_SYSTEM = 4,
};

/* The exit status that a failed call means: ERR_USAGE is EXIT_WRONG, any other
 * world error EXIT_SYSTEM, bytes' errors EXIT_INCOMPLETE, ERR_OK EXIT_DONE. */
enum exit_status err_exit_status(enum err e);

#endif
