#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "alert.h"
#include "base/limits.h"
#include "capture/privilege.h"

static struct alert *started(const char *command)
{
	struct privilege_user user;
	struct alert *a = NULL;

	assert_int_equal(privilege_find(NULL, &user), ERR_OK);
	assert_int_equal(alert_start(command, &user, &a), ERR_OK);
	return a;
}

/* The file's content once it has n bytes, or after five seconds. */
static void await(const char *path, char *out, size_t room, size_t n)
{
	const struct timespec step = {.tv_nsec = 20000000};
	size_t got = 0;

	for (int i = 0; i < 250 && got < n; i++) {
		FILE *f = fopen(path, "r");
		got = f ? fread(out, 1, room - 1, f) : 0;
		if (f)
			fclose(f);
		nanosleep(&step, NULL);
	}
	out[got] = '\0';
}

static void the_command_reads_each_alert_on_its_input(void **state)
{
	char folder[] = "/tmp/rulegap-alert-XXXXXX", command[200], path[100], text[200];

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0777), 0);
	snprintf(path, sizeof path, "%s/out", folder);
	snprintf(command, sizeof command, "cat >> %s", path);
	struct alert *a = started(command);
	assert_true(alert_send(a, "one\n", 4));
	assert_true(alert_send(a, "two\n", 4));
	alert_stop(a); /* what it was given is still delivered */
	await(path, text, sizeof text, 8);
	assert_string_equal(text, "one\ntwo\n");
	unlink(path);
	rmdir(folder);
}

static void a_command_that_fails_is_told_of(void **state)
{
	char path[] = "/tmp/rulegap-alert-XXXXXX", text[200];
	int said = mkstemp(path), before = dup(STDERR_FILENO);

	(void)state;
	assert_true(said >= 0 && before >= 0);
	fflush(stderr);
	dup2(said, STDERR_FILENO);
	struct alert *a = started("exit 7");
	dup2(before, STDERR_FILENO);
	close(before);
	close(said);
	assert_true(alert_send(a, "one\n", 4));
	alert_stop(a);
	await(path, text, sizeof text, 50);
	assert_string_equal(text, "rulegap: --alert: its command failed with status 7\n");
	unlink(path);
}

static void a_burst_is_told_and_then_one_at_a_time(void **state)
{
	struct alert *a = started("true");
	int64_t now = 1000 * SECOND_US;

	(void)state;
	for (int i = 0; i < ALERTS_BURST; i++)
		assert_true(alert_may(a, now));
	assert_false(alert_may(a, now));
	assert_false(alert_may(a, now + (ALERT_EVERY_S - 1) * SECOND_US));
	assert_true(alert_may(a, now + ALERT_EVERY_S * SECOND_US));
	assert_false(alert_may(a, now + ALERT_EVERY_S * SECOND_US));
	assert_true(alert_may(a, now + 3600 * SECOND_US));
	alert_stop(a);
}

static void a_busy_helper_is_not_waited_for(void **state)
{
	struct alert *a = started("sleep 3");
	char *text = calloc(1, ALERT_BYTES_MOST);
	bool refused = false;

	(void)state;
	for (int i = 0; i < 1000 && !refused; i++)
		refused = !alert_send(a, text, ALERT_BYTES_MOST);
	assert_true(refused);
	assert_false(alert_send(a, text, ALERT_BYTES_MOST + 1));
	free(text);
	alert_stop(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_command_reads_each_alert_on_its_input),
		cmocka_unit_test(a_command_that_fails_is_told_of),
		cmocka_unit_test(a_burst_is_told_and_then_one_at_a_time),
		cmocka_unit_test(a_busy_helper_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
