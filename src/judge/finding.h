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
	int64_t idle_us;   /* silence after which a cut connection counts as timed out, not as interrupted */
	unsigned sends;    /* flights of QUIC and STUN that must go unanswered */
};
#define WAITS_DEFAULT                                                                                   \
	{.tcp_us = 3000000, .tls_us = 3000000, .dns_us = 5000000, .quic_us = 3000000, .stun_us = 3000000, \
	 .udp_us = 3000000, .hello_us = 10000000, .idle_us = 60000000, .sends = 3}

/* What the predicate of a signature may look at. */
struct exhibit {
	const struct flow *flow;
	const struct names *names;     /* of the flow's said */
	const struct waits *waits;
	int64_t end_us;                /* sane: when watching stopped behind the flow's last packet */
	const char *const *interceptors; /* certificate issuers known for a block */
	size_t interceptor_n;
	struct argument *scratch;        /* where the finding's argument is written */
};

/* What a verdict stands on; large, so kept only where there is a verdict to defend. */
struct argument {
	uint8_t proof_n;
	uint8_t room;                /* when it is out of a store: 0, it ends before the words; n + 1: for n proofs */
	struct argument_store *store; /* NULL: none, and it has room for all proofs */
	struct remark remark;
	/* the words: argument_has_words() */
	char detail[DETAIL_TEXT];    /* "": the remark says it */
	char blocker[64];
	struct proof proofs[PROOFS_MOST];
};

/* Arguments by the ten thousand, side by side, by how many proofs they have room for. */
struct argument_store {
	struct blocks by_room[PROOFS_MOST + 2];
};
void argument_store_init(struct argument_store *s);
/* All of its arguments are gone. */
void argument_store_release(struct argument_store *s);

/* Whether it has detail, blocker and proofs, "" and none perhaps. */
bool argument_has_words(const struct argument *a);
/* A copy out of a store, as small as it can be; finding_proof() lets it grow.
 * NULL: out of memory. */
struct argument *argument_pack(struct argument_store *s, const struct argument *a);
/* Give one back; NULL is ignored. */
void argument_free(struct argument *a);

struct finding { /* small: there are as many as attempts */
	enum outcome outcome : 8;
	enum signature signature : 8;
	enum hint hint : 8;
	enum confidence confidence : 8;
	bool answered;       /* the service itself said something */
	bool silent;         /* decided by silence: needs the other direction to be visible */
	bool single;         /* silence of a single send: siblings may make it a repeat */
	bool unrouted;       /* an ICMP error says that no way leads there */
	const char *why_not; /* inconclusive: the gate that failed; static text */
	struct argument *argument; /* NULL: nothing to argue about */
};

/* Add a ground, or say what happened; nothing without an argument, and no
 * ground beyond the room. */
void finding_proof(struct finding *f, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
void finding_detail(struct finding *f, const char *format, ...) PRINTF_LIKE(2, 3);
void finding_remark(struct finding *f, struct remark remark);
/* The verdict is put off: inconclusive for a reason (static text). */
void finding_doubt(struct finding *f, const char *why_not);

/* Judge one flow by the table of signatures. */
struct finding judge_flow(const struct exhibit *e);

#endif
