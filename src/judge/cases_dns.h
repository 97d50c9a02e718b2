/* Private to judge/: look-ups that failed, and what they show. */
#ifndef JUDGE_CASES_DNS_H
#define JUDGE_CASES_DNS_H

#include "judge/candidate.h"

/* The look-ups of one client for one name that failed for good, close together. */
struct dns_case {
	struct lookup **at;
	size_t n;
	int64_t first_us, last_us;
};

/* What a case shows, by the table of its signatures; argument: room for its grounds. */
struct finding judge_dns_case(const struct judge *j, const struct dns_case *k, struct argument *argument);

#endif
