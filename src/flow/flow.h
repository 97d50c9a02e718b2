/* Noun: one conversation of a client with a server, as the packets told it.
 *
 * It is made of the table's record (flow/story.h) when the flow is decided or over, and is
 * the data that crosses to the attempt side. Times in it are milliseconds after
 * first_us plus one (0: never), in sane time (base/clock.h). */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/names.h"
#include "dissectors/dissector.h"

typedef uint32_t moment; /* ms after the flow's first packet, plus 1; 0: never */

#define PAUSE_MS 20000u

/* One direction. */
struct half {
	uint64_t bytes;      /* of payload, on the wire */
	uint32_t packets;
	/* TCP sequence space */
	uint32_t begin;      /* of its first data: after the SYN (or the first byte seen, midstream) */
	uint32_t next;       /* after the highest byte sent */
	uint32_t acked;      /* highest acknowledgement number that it sent */
	moment last;         /* last packet */
	moment first_data;
	moment last_data;    /* last new data */
	moment waiting;      /* since when its oldest unacknowledged data waits */
	moment repeated;     /* last time unacknowledged data was sent again (UDP: the same request) */
	moment progress;     /* last packet with new data or a new acknowledgement; the client's: after a reset of the
	                        server */
	moment rst, fin;     /* first of each */
	uint16_t repeats;    /* how often waiting data was sent again */
	uint16_t stuck;      /* payload bytes of the segment sent again */
	uint16_t largest;    /* the client's: largest payload whose arrival the server acknowledged */
	uint8_t ttl;         /* of its first packet that is no RST */
	bool acks;           /* acked is valid */
	bool hole;           /* bytes are missing in the capture */
	bool cut_short;      /* the last bytes before its end are missing (before a reset: the client's only) */
	bool closing;        /* its last data looked like a TLS close_notify */
	bool shut;           /* the window that it announced last is 0 */
	bool paused;         /* it continued after a silence of PAUSE_MS or more */
};

/* The first reset from the server's side, for forensics. */
struct reset {
	uint32_t seq;
	uint16_t ip_id, window;
	uint8_t ttl;
	bool with_ack;       /* RST+ACK */
	bool data_after;     /* the server went on */
	bool behind;         /* it acknowledges less than the client had sent */
	uint8_t n;           /* how many resets */
};

/* The first ICMP error that quotes a packet of the client. */
struct unreachable {
	struct addr sender;
	moment at;
	uint8_t type, code;
	bool v6;
	uint16_t n;          /* how many such errors */
};

/* Whether the code of a destination-unreachable means an administrative prohibition.
 * source  RFC 1812 5.2.7.1; RFC 4443 3.1 */
static inline bool unreachable_is_prohibited(bool v6, uint8_t code)
{
	return v6 ? code == 1 || code == 5 || code == 6 : code == 9 || code == 10 || code == 13;
}

enum protocol {
	TALK_UNKNOWN, TALK_TLS, TALK_HTTP, TALK_SOCKS, TALK_DNS, TALK_STUN, TALK_QUIC, TALK_DTLS, TALK_RTP, TALK_NTP,
	TALK_OTHER,
};

/* Whether it is a protocol of datagrams, recognised by its first one, whose servers always answer. */
static inline bool protocol_answers(uint8_t p)
{
	return p == TALK_STUN || p == TALK_QUIC || p == TALK_DTLS || p == TALK_DNS || p == TALK_NTP;
}

/* Below, an array of two is [SIDE_CLIENT], [SIDE_SERVER], except said_quic.told; counts saturate at 65,535. */

struct said_tls {
	name_id sni, alpn, issuer, subject;
	moment hello;               /* ClientHello seen (first record of it) */
	moment server_hello;
	uint16_t offered, chosen;   /* versions, 0x0303 */
	bool hello_whole : 1, ech : 1, retry : 1;
	bool ech_unseen : 1;        /* the ClientHello was cut before ECH could be seen in it */
	bool finished[2];           /* sent encrypted data after the handshake's start */
	bool encrypted_alert[2];    /* something encrypted of an alert's size */
	bool fatal[2];              /* a fatal alert in plaintext */
	uint8_t alert[2];           /* its description */
	bool warned[2];             /* a plaintext alert that is not fatal */
};

struct said_http {
	name_id host;               /* of the last request */
	name_id connect_host;       /* asked of a proxy */
	struct addr connect_address;
	uint16_t connect_port, port;
	uint8_t connect_kind;       /* 1 HTTP, 4, 5 SOCKS; 0 none */
	bool absolute, via;         /* an absolute URI was requested; a proxy added its header to the answer */
	bool tunnel;                /* granted: what follows is the inner stream */
	bool complete;              /* no answer is outstanding, and the last one was complete */
	name_id reason;             /* of the last refusal, of a request or CONNECT */
	uint16_t connect_status;    /* last answer to CONNECT (SOCKS: reply code) */
	uint16_t requests, answers; /* plain ones; answers: of the current host */
	uint16_t status;            /* last answer to a plain request */
	uint16_t refused;           /* how many answers were 403, 407, 451, 511 */
	uint16_t challenged;        /* CONNECTs answered by 407 */
};

/* STUN transactions of a flow: enough to tell repeats from new requests. */
#define STUN_OPEN 4
struct said_stun {
	uint64_t open[STUN_OPEN];      /* ids of the latest unanswered requests */
	moment sent[STUN_OPEN];        /* last sent */
	uint16_t requests, flights;    /* sent; separate sends (≥ a retransmission time-out apart) */
	moment first_request, last_request, last_answer;
	uint16_t success, errors;
	uint16_t checks;               /* requests of the server's side: it is an ICE peer */
	bool allocate, allocated;      /* an Allocate was sent; it succeeded */
	bool bound;                    /* a Binding succeeded */
	bool ice;                      /* its messages are ICE checks */
	bool resumed;                  /* an allocation was used that this flow did not request: it is older */
	uint16_t error;                /* last error code that is not an ordinary protocol step */
	bool error_allocate;           /* it answered an Allocate */
	name_id reason, software, realm; /* the error's reason phrase; of the server */
	struct addr relayed, alternate;  /* XOR-RELAYED-ADDRESS, ALTERNATE-SERVER */
	uint16_t alternate_port;
	uint32_t media[2];             /* ChannelData, Data/Send indications, DTLS, RTP datagrams */
};

struct said_quic {
	name_id sni, alpn, reason;  /* reason: of a CONNECTION_CLOSE */
	uint32_t version;
	moment first_initial, last_initial;
	uint16_t initials, flights; /* the client's; flights: sends far enough apart to be repetitions */
	uint64_t dcid;              /* hash of the connection id that the client chose */
	uint64_t told[2];           /* of those that the server told it to use, the newest first */
	bool answered;              /* a long-header packet of the server */
	bool ech;
	bool retry, negotiated;     /* Retry, Version Negotiation */
	bool closed;                /* by the server, with `error` */
	bool short_client, short_server; /* 1-RTT packets of a side */
	uint32_t error;
};

/* What the two sides said, as far as it matters. */
struct said {
	struct said_tls tls;
	struct said_http http;
	name_id ndpi_name, ndpi_host;
	union {
		struct said_stun stun;
		struct said_quic quic;
	};
};

enum tcp_state { TCP_NONE, TCP_SYN_SENT, TCP_SYN_ANSWERED, TCP_OPEN, TCP_CLOSING, TCP_OVER };

struct flow {
	struct addr client, server;
	uint16_t client_port, server_port;
	uint8_t proto;             /* PROTO_TCP or PROTO_UDP */
	uint8_t state;             /* enum tcp_state */
	uint8_t protocol;          /* enum protocol: of the innermost stream */
	bool midstream;            /* its beginning was not captured */
	bool evicted;              /* the table was full */
	bool again;                /* live: the judge heard of it before it was over */
	bool truncated;            /* snaplen cut a payload that was wanted */
	bool server_ended_first;   /* its FIN or RST came before any of the client's, even in the same moment */
	uint8_t syn_n;             /* SYNs with one ISN */
	uint16_t source;           /* index of the capture's source */
	uint64_t id;               /* number of its first frame */
	int64_t first_us;          /* sane time */
	int64_t shift_us;          /* captured time = sane + shift */
	const struct said *said;   /* NULL before the first payload byte */
	moment syn_last;
	moment synack;
	uint32_t idle_ms;          /* how long all was silent before the client last began to speak (or the end) */
	struct half half[2];       /* [SIDE_CLIENT], [SIDE_SERVER] */
	struct reset reset;
	struct unreachable unreachable;
	/* UDP requests */
	uint16_t request_flights;  /* sends of it at least half a second apart */
	uint16_t flights;          /* client datagrams spaced like that, whatever they hold */
};

/* The moment's place in (sane) time. */
static inline int64_t flow_time(const struct flow *f, moment m)
{
	return f->first_us + (int64_t)(m ? m - 1 : 0) * 1000;
}

/* Last packet of either side. */
static inline moment flow_last(const struct flow *f)
{
	return f->half[0].last > f->half[1].last ? f->half[0].last : f->half[1].last;
}

/* Zeek's conn_state letters of a flow ("S0", "SF", …).
 * source  Zeek documentation, Conn::Info conn_state */
const char *flow_conn_state(const struct flow *f);

/* Community ID v1 of the flow, "1:…" (seed 0).
 * source  Corelight community-id-spec, version 1 */
#define COMMUNITY_TEXT 40
void community_id(const struct addr *a, uint16_t a_port, const struct addr *b, uint16_t b_port, uint8_t proto,
                  char ret_text[static COMMUNITY_TEXT]);

#endif
