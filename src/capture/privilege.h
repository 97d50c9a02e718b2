/* Giving up what root could do, once the interfaces are open. */
#ifndef CAPTURE_PRIVILEGE_H
#define CAPTURE_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Whom the process will be. */
struct privilege_user {
	uid_t uid;
	gid_t gid;
	char name[64];
};

/* Find the user to become, so that files can be given to them before.
 * in      name: --user; NULL: "rulegap" where there is one, else "nobody"
 * errors  ERR_USAGE: no such user, or root */
MUSTCHECK enum err privilege_find(const char *name, struct privilege_user *ret_user);

/* Become that user for good. Started as root: no supplementary groups, that uid and gid (real,
 * effective, saved). Always: no capability in any set, the bounding set emptied where that is
 * allowed, no new privileges by exec, no core files, not dumpable. Then it verifies that root
 * cannot be regained, and reads what is left back from /proc.
 *
 * Call it before any thread is started: capabilities are per thread.
 * in      user: whom to become; ignored when not started as root
 * errors  ERR_PERMISSION with err_detail(): a step failed or did not hold; the caller must not go
 *         on */
MUSTCHECK enum err privilege_drop(const struct privilege_user *user);

/* What /proc says of this process now. */
struct privilege_state {
	uid_t uid;
	gid_t gid;
	unsigned groups_n;
	bool capabilities; /* any is permitted, effective, inheritable or ambient */
	bool bounding;     /* any could still be gained by exec */
	bool no_new_privileges;
	int seccomp;       /* 0: no filter, 2: filtered */
};
MUSTCHECK enum err privilege_read(struct privilege_state *ret_state);

#endif
