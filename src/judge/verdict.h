/* Noun: what was tried and how it ended. The words are the contract's (section 1). */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum outcome { OUTCOME_OK, OUTCOME_BLOCKED, OUTCOME_RESET, OUTCOME_INCONCLUSIVE, OUTCOME_COUNT };
enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
enum verdict { VERDICT_ALLOWED, VERDICT_BLOCKED, VERDICT_PARTIAL, VERDICT_INCONCLUSIVE, VERDICT_UNSEEN, VERDICT_COUNT };
enum missing_kind { KIND_FIREWALL, KIND_DNS, KIND_PROXY, KIND_TLS_INSPECTION };
enum attributed_by { BY_NONE, BY_SNI, BY_HTTP, BY_CONNECT, BY_DNS, BY_DNS_OTHER_CLIENT, BY_ADDRESS, BY_RESOLVED };
enum hint { HINT_NONE, HINT_ADDRESS_DRIFT, HINT_STATE_TIMEOUT, HINT_PATH_MTU };
#define HINT_COUNT (HINT_PATH_MTU + 1)

/* The contract's catalogue (section 4): code, name, outcome, kind of change. */
#define SIGNATURE_TABLE(row)                                                   \
	row(NONE, "", OK, FIREWALL)                                            \
	row(DNS_TIMEOUT, "dns-timeout", BLOCKED, DNS)                          \
	row(DNS_NXDOMAIN, "dns-nxdomain", BLOCKED, DNS)                        \
	row(DNS_REFUSED, "dns-refused", BLOCKED, DNS)                          \
	row(DNS_SERVFAIL, "dns-servfail", BLOCKED, DNS)                        \
	row(DNS_NODATA, "dns-nodata", BLOCKED, DNS)                            \
	row(DNS_FILTERED, "dns-filtered", BLOCKED, DNS)                        \
	row(DNS_SINKHOLE, "dns-sinkhole", BLOCKED, DNS)                        \
	row(DNS_FORGED, "dns-forged", BLOCKED, DNS)                            \
	row(TCP_SYN_TIMEOUT, "tcp-syn-timeout", BLOCKED, FIREWALL)             \
	row(TCP_SYN_RESET, "tcp-syn-reset", BLOCKED, FIREWALL)                 \
	row(ICMP_PROHIBITED, "icmp-prohibited", BLOCKED, FIREWALL)             \
	row(ICMP_UNREACHABLE, "icmp-unreachable", BLOCKED, FIREWALL)           \
	row(TCP_STALL, "tcp-stall", BLOCKED, FIREWALL)                         \
	row(TCP_RESET, "tcp-reset", RESET, FIREWALL)                           \
	row(TLS_HELLO_RESET, "tls-hello-reset", BLOCKED, FIREWALL)             \
	row(TLS_HELLO_CLOSE, "tls-hello-close", BLOCKED, FIREWALL)             \
	row(TLS_HELLO_TIMEOUT, "tls-hello-timeout", BLOCKED, FIREWALL)         \
	row(TLS_ALERT, "tls-alert", BLOCKED, FIREWALL)                         \
	row(TLS_INTERCEPTED, "tls-intercepted", BLOCKED, TLS_INSPECTION)       \
	row(QUIC_TIMEOUT, "quic-timeout", BLOCKED, FIREWALL)                   \
	row(STUN_TIMEOUT, "stun-timeout", BLOCKED, FIREWALL)                   \
	row(STUN_ERROR, "stun-error", BLOCKED, FIREWALL)                       \
	row(UDP_TIMEOUT, "udp-timeout", BLOCKED, FIREWALL)                     \
	row(PROXY_DENIED, "proxy-denied", BLOCKED, PROXY)                      \
	row(HTTP_BLOCKED, "http-blocked", BLOCKED, PROXY)

enum signature {
#define SIGNATURE_ENUM(code, name, outcome, kind) SIG_##code,
	SIGNATURE_TABLE(SIGNATURE_ENUM)
#undef SIGNATURE_ENUM
	SIGNATURE_COUNT
};

/* The row of a signature: its name in reports, the outcome it gives an attempt, who has to act. */
const char *signature_name(enum signature s);   /* "" for SIG_NONE */
enum signature signature_find(const char *name); /* SIG_NONE: no such signature */
enum outcome signature_outcome(enum signature s);
enum missing_kind signature_kind(enum signature s);
/* Whether it may depend on the name that the client shows, not only on address and port. */
bool signature_sees_names(enum signature s);
/* Whether it shows on connections that had opened: that others open says nothing against it. */
bool signature_is_past_opening(enum signature s);
/* Whether a resolver answers so on purpose: what it or another one answers at another time does not undo it. */
bool signature_is_lie(enum signature s);
/* What happened, for a person, in half a sentence: "connections are reset before they open". */
const char *signature_story(enum signature s);

const char *outcome_text(enum outcome o);
const char *confidence_text(enum confidence c);
const char *verdict_text(enum verdict v);
const char *kind_text(enum missing_kind k);
const char *attributed_by_text(enum attributed_by b);
const char *hint_text(enum hint h); /* "" for none */

/* One ground of a verdict. */
struct proof {
	const char *name; /* one of a fixed set: repeated, waited, icmp-sender, foreign-ttl, control-client, … */
	char text[96];    /* for a person, printable */
};
#define PROOFS_MOST 6

/* A connection as its packets carried it. */
struct tuple {
	struct addr client, far; /* far: the server, or the proxy in front of it */
	uint16_t client_port, far_port;
	uint8_t proto;
};

/* Its Community ID; "" if the client's port is 0: there was no connection. */
#define TUPLE_COMMUNITY_TEXT 40
void tuple_community(const struct tuple *t, char ret_text[static TUPLE_COMMUNITY_TEXT]);

#define HOST_TEXT 256
#define DETAIL_TEXT 160

/* What happened, in numbers: there may be a million resets, and few are ever put into words. */
struct remark {
	enum remark_kind { REMARK_NONE, REMARK_RESET, REMARK_HELLO_RESET } kind;
	uint32_t after_ms; /* the connection opened, the ClientHello was sent */
	uint64_t bytes_out, bytes_in;
	uint8_t ttl;
};
/* "" for none. */
void remark_say(const struct remark *r, char ret_text[static DETAIL_TEXT]);

/* One attempt, settled. Fixed size, without pointers to anything shorter-lived. */
struct attempt {
	uint64_t id;       /* unique in the run, never 0; an attempt reported again with the same id replaces */
	int32_t rule;      /* index in struct lists rules; -1: none */
	struct addr client;
	char host[HOST_TEXT]; /* presentation form; "" unknown */
	bool unnamed;         /* host is not a name but the address as text */
	enum attributed_by attributed_by;
	struct addr address;  /* the server's; none for a failed look-up */
	uint16_t port;
	uint8_t proto;        /* PROTO_TCP, PROTO_UDP */
	int64_t started_us, ended_us;
	enum outcome outcome;
	bool answered;        /* the service answered before it was reset or stalled (contract 1) */
	enum signature signature;
	enum confidence confidence;
	enum hint hint;
	bool by_lookup;       /* decided by DNS alone: no packet went to the rule's port */
	char detail[DETAIL_TEXT];
	struct remark remark; /* where attempts are only counted: source of the detail, if that is "" */
	char blocker[64];     /* address or proxy, text; "" unknown */
	char why_not[32];     /* inconclusive: the gate that failed ("one-sided", "window", …) */
	struct proof proofs[PROOFS_MOST];
	uint8_t proof_n;
	char community_id[TUPLE_COMMUNITY_TEXT]; /* "" where attempts are only counted: derived from the tuple */
	struct tuple tuple;
	char conn_state[8];   /* Zeek's letters: S0, REJ, SF, … */
	uint64_t bytes_out, bytes_in;
};

#endif
