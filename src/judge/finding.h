/* What one flow shows by itself, before it is settled together with its siblings (settle.c). */
#ifndef JUDGE_FINDING_H
#define JUDGE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blocks.h"
#include "base/names.h"
#include "flow/flow.h"
#include "judge/verdict.h"

/* The waits of the contract, section 4; options change them. Microseconds. */
struct waits {
	int64_t tcp_us, tls_us, dns_us, quic_us, stun_us, udp_us;
	int64_t hello_us;  /* an acknowledged ClientHello without a byte in return */
	int64_t idle_us;   /* silence after which a cut connection counts as timed out rather than interrupted */
	unsigned sends;    /* QUIC and STUN flights that must go unanswered */
};
#define WAITS_DEFAULT                                                                                   \
	{.tcp_us = 3000000, .tls_us = 3000000, .dns_us = 5000000, .quic_us = 3000000, .stun_us = 3000000, \
	 .udp_us = 3000000, .hello_us = 10000000, .idle_us = 60000000, .sends = 3}

/* What the predicate of a signature may look at. */
struct exhibit {
	const struct flow *flow;
	const struct names *names;     /* of the flow's said */
	const struct waits *waits;
	int64_t end_us;                /* sane: when watching ended after the flow's last packet */
	const char *const *interceptors; /* certificate issuers that the user knows for a block */
	size_t interceptor_n;
	struct argument *scratch;        /* where the argument of the finding is written */
};

/* What a verdict rests on; large, so kept only for a verdict that needs defending. */
struct argument {
	uint8_t proof_n;
	uint8_t room;                /* in a store: 0, truncated before the words; n + 1: room for n proofs */
	struct argument_store *store; /* NULL: not from a store, and it has room for all proofs */
	struct remark remark;
	/* the words: see argument_has_words() */
	char detail[DETAIL_TEXT];    /* "": the remark says it */
	char blocker[64];
	struct proof proofs[PROOFS_MOST];
};

/* Tens of thousands of arguments, stored side by side by the number of proofs they have room for. */
struct argument_store {
	struct blocks by_room[PROOFS_MOST + 2];
};
void argument_store_init(struct argument_store *s);
/* Release all of its arguments. */
void argument_store_release(struct argument_store *s);

/* Whether it has detail, blocker and proofs, even if they are empty. */
bool argument_has_words(const struct argument *a);
/* A copy from a store, as small as it can be; finding_proof() lets it grow.
 * NULL: out of memory. */
struct argument *argument_pack(struct argument_store *s, const struct argument *a);
/* Give one back; NULL is ignored. */
void argument_free(struct argument *a);

/* A gate that another one may open again: to be silent is how the protocol works, unless its port answers others. */
#define ONE_WAY "one-way-protocol"

struct finding { /* small: there is one per attempt */
	enum outcome outcome : 8;
	enum signature signature : 8;
	enum hint hint : 8;
	enum confidence confidence : 8;
	bool answered;       /* the service itself said something */
	bool silent;         /* decided by silence: needs the other direction to be visible */
	bool single;         /* silence of a single send: siblings may make it a repeat */
	bool unrouted;       /* an ICMP error says that there is no route */
	const char *why_not; /* inconclusive: the gate that failed; static text */
	struct argument *argument; /* NULL: nothing to argue about */
};

/* Whether it calls the attempt blocked or reset. */
static inline bool finding_is_bad(const struct finding *f)
{
	return f->outcome == OUTCOME_BLOCKED || f->outcome == OUTCOME_RESET;
}

/* Add a proof, or set the detail. Without an argument both do nothing; proofs beyond the room are dropped. */
void finding_proof(struct finding *f, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
void finding_detail(struct finding *f, const char *format, ...) PRINTF_LIKE(2, 3);
void finding_remark(struct finding *f, struct remark remark);
/* Make the verdict inconclusive, for a reason (static text). */
void finding_doubt(struct finding *f, const char *why_not);

/* Judge one flow by the table of signatures. */
struct finding judge_flow(const struct exhibit *e);

#endif
