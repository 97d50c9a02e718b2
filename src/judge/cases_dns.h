/* Private to judge/: look-ups that failed, and what they show. */
#ifndef JUDGE_CASES_DNS_H
#define JUDGE_CASES_DNS_H

#include "judge/candidate.h"

/* One client's failed look-ups of one name, close together and without a later success. */
struct dns_case {
	struct lookup **at;
	size_t n;
	int64_t first_us, last_us;
	bool withdrawn; /* live: not a case any more; only its attempts that were reported are meant */
};

/* Judge a case by its table of signatures; argument: where the grounds are written. */
struct finding judge_dns_case(const struct judge *j, const struct dns_case *k, struct argument *argument);

#endif
