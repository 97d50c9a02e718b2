/* Dropping root privileges, each case in a child process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/privilege.h"

/* The exit value of the child's function, 0 to 99. */
static int in_child(int (*f)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root\n");
	skip();
}

static int drop_and_look(void)
{
	struct privilege_user user;
	struct privilege_state s;

	if (privilege_find("nobody", &user) != ERR_OK)
		return 1;
	if (privilege_drop(&user) != ERR_OK) {
		fprintf(stderr, "%s\n", err_detail());
		return 2;
	}
	if (privilege_read(&s) != ERR_OK)
		return 3;
	if (s.uid != user.uid || s.gid != user.gid || getuid() != user.uid || getgid() != user.gid)
		return 4;
	if (s.capabilities || s.bounding || s.groups_n != 0)
		return 5;
	return s.no_new_privileges ? 0 : 6;
}

static int drop_and_regain(void)
{
	struct privilege_user user;

	if (privilege_find("nobody", &user) != ERR_OK || privilege_drop(&user) != ERR_OK)
		return 1;
	if (setuid(0) == 0 || seteuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0)
		return 2;
	return access("/root/.", R_OK) == 0 ? 3 : 0;
}

static void nothing_is_left_after_the_drop(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(in_child(drop_and_look), 0);
}

static void root_cannot_be_regained(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(in_child(drop_and_regain), 0);
}

static void an_unknown_user_is_named(void **state)
{
	struct privilege_user user;

	(void)state;
	assert_int_equal(privilege_find("no-such-user-here", &user), ERR_USAGE);
	assert_string_equal(err_detail(), "--user no-such-user-here: no such user; make one with: "
	                                  "useradd --system --no-create-home no-such-user-here");
}

static void root_is_no_user_to_become(void **state)
{
	struct privilege_user user;

	(void)state;
	assert_int_equal(privilege_find("root", &user), ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_left_after_the_drop),
	    cmocka_unit_test(root_cannot_be_regained),
	    cmocka_unit_test(an_unknown_user_is_named),
	    cmocka_unit_test(root_is_no_user_to_become),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
