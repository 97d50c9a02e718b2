#include "capture/privilege.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static enum err fill_user(const char *name, struct privilege_user *ret_user)
{
	const struct passwd *p = getpwnam(name);

	if (!p || strlen(name) >= sizeof ret_user->name)
		return err_fail(ERR_USAGE,
		                "--user %s: no such user; make one with: useradd --system --no-create-home %s",
		                name, name);
	if (p->pw_uid == 0 || p->pw_gid == 0)
		return err_fail(ERR_USAGE, "--user %s: is root or of root's group; name an ordinary user", name);
	*ret_user = (struct privilege_user){.uid = p->pw_uid, .gid = p->pw_gid};
	memcpy(ret_user->name, name, strlen(name) + 1);
	return ERR_OK;
}

enum err privilege_find(const char *name, struct privilege_user *ret_user)
{
	if (name)
		return fill_user(name, ret_user);
	return fill_user(getpwnam("rulegap") ? "rulegap" : "nobody", ret_user);
}

static unsigned count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned n = 0;

	if (!d)
		return 1;
	for (const struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* uid, groups and capabilities in one go, by libcap-ng. */
static enum err change_id(const struct privilege_user *user)
{
	capng_clear(CAPNG_SELECT_BOTH);
	int r = capng_change_id((int)user->uid, (int)user->gid,
	                        CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
	if (r != 0)
		return err_fail(ERR_PERMISSION, "cannot become user %s (step %d: %s)", user->name, -r, strerror(errno));
	return ERR_OK;
}

/* For a program that was given capabilities without being root. */
static enum err clear_capabilities(void)
{
	capng_select_t sets = CAPNG_SELECT_CAPS;

	if (capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		sets = CAPNG_SELECT_BOTH;
	capng_clear(sets);
	if (capng_apply(sets) != 0)
		return err_fail(ERR_PERMISSION, "capabilities cannot be given up: %s", strerror(errno));
	return ERR_OK;
}

static enum err forbid_more(void)
{
	struct rlimit none = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return err_fail(ERR_PERMISSION, "privileges cannot be forbidden for good: %s", strerror(errno));
	return ERR_OK;
}

static enum err verify(void)
{
	struct privilege_state s;
	enum err e = privilege_read(&s);

	if (e != ERR_OK)
		return e;
	if (setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0)
		return err_fail(ERR_PERMISSION, "root could be regained after it was given up");
	if (s.uid == 0 || s.capabilities || !s.no_new_privileges)
		return err_fail(ERR_PERMISSION, "not all privileges are gone after they were given up");
	return ERR_OK;
}

enum err privilege_drop(const struct privilege_user *user)
{
	bool root = geteuid() == 0 || getuid() == 0;

	if (count_threads() > 1)
		return err_fail(ERR_PERMISSION, "privileges must be given up before threads are started");
	enum err e = root ? change_id(user) : clear_capabilities();
	if (e == ERR_OK)
		e = forbid_more();
	return e == ERR_OK ? verify() : e;
}

/* The value of a line of /proc/self/status that begins with key. */
static bool line_value(const char *line, const char *key, const char **ret_value)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0)
		return false;
	*ret_value = line + n;
	return true;
}

static unsigned count_words(const char *s)
{
	unsigned n = 0;

	while (*(s += strspn(s, " \t\n"))) {
		n++;
		s += strcspn(s, " \t\n");
	}
	return n;
}

static void read_line(const char *line, struct privilege_state *s)
{
	const char *v;

	if (line_value(line, "Groups:", &v))
		s->groups_n = count_words(v);
	else if (line_value(line, "CapInh:", &v) || line_value(line, "CapPrm:", &v) ||
	         line_value(line, "CapEff:", &v) || line_value(line, "CapAmb:", &v))
		s->capabilities = s->capabilities || strtoull(v, NULL, 16) != 0;
	else if (line_value(line, "CapBnd:", &v))
		s->bounding = strtoull(v, NULL, 16) != 0;
	else if (line_value(line, "NoNewPrivs:", &v))
		s->no_new_privileges = strtol(v, NULL, 10) == 1;
	else if (line_value(line, "Seccomp:", &v))
		s->seccomp = (int)strtol(v, NULL, 10);
}

enum err privilege_read(struct privilege_state *ret_state)
{
	FILE *f = fopen("/proc/self/status", "re");
	struct privilege_state s = {.uid = geteuid(), .gid = getegid()};
	char line[4096];

	if (!f)
		return err_fail(ERR_PERMISSION, "/proc/self/status cannot be read: %s", strerror(errno));
	while (fgets(line, sizeof line, f))
		read_line(line, &s);
	fclose(f);
	*ret_state = s;
	return ERR_OK;
}
