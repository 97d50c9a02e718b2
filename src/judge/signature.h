/* Private to the signatures: the rows of the table, defined in signatures_*.c, and signs that several of them look
 * for (signs.c). */
#ifndef JUDGE_SIGNATURE_H
#define JUDGE_SIGNATURE_H

#include "judge/finding.h"

/* One row of the table. `shows` fills the finding and returns true when the flow shows the signature, even if a gate
 * leaves it inconclusive. */
struct signature_row {
	enum signature signature;
	bool (*shows)(const struct exhibit *e, struct finding *f);
	const char *source;
};
extern const struct signature_row signature_rows_proxy[], signature_rows_icmp[], signature_rows_stun[],
    signature_rows_tls[], signature_rows_tcp[], signature_rows_udp[]; /* each ends with SIG_NONE */

/* Bytes of the shortest ServerHello and its record: 5 of the record, 4 of the handshake's header, version, random, an
 * empty session id, cipher suite, compression. source RFC 8446 4.1.3, 5.1; RFC 5246 7.4.1.3 */
#define SERVER_HELLO_LEAST 47u

/* Whether `wait_us` passed in silence: between two sends, or from the last send
 * to the end of watching. */
bool waited(const struct exhibit *e, moment from, moment to, int64_t wait_us);
double seconds_between(moment from, moment to);
uint32_t ms_between(moment from, moment to);
/* Whether the server said something: what the client acknowledged was sent, captured or not. */
bool server_spoke(const struct flow *f);
/* The reset is not the server's: the server's own packets follow it, and the client had already given up. */
bool reset_came_first(const struct flow *f);
/* Both ends went on as if the reset had not happened: it was not valid. source RFC 5961 3.2 */
bool reset_was_ignored(const struct flow *f);

#endif
