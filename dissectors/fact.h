/* Noun: one fact that a message states. Dissectors make facts of bytes.
 *
 * Text in facts is in presentation form (base/text.h), names lower-case without
 * trailing dot. It lives in the struct facts, until facts_clear(). */
#ifndef DISSECTORS_FACT_H
#define DISSECTORS_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum fact_kind {
	/* DNS: the message's header first, then its records in order.
	 * (In all kinds: fields not named are zero.) */
	FACT_DNS_HEADER = 1, /* id, code=RCODE (12 bits with EDNS), flag=QR response, number=TC bit, n=QDCOUNT */
	FACT_DNS_QUESTION,   /* name=qname, code=qtype, n=qclass */
	FACT_DNS_ADDRESS,    /* name=owner, address, number=ttl_s, code=type 1 or 28 (answer section) or
	                        65/64 for ipv4hint/ipv6hint of SVCB/HTTPS */
	FACT_DNS_ALIAS,      /* name=owner, other=target, number=ttl_s, code=5 (CNAME), 39 (DNAME), 64/65 (AliasMode
	                        target) */
	FACT_DNS_ECH,        /* name=owner: its HTTPS record carries an ech parameter */
	FACT_DNS_SOA,        /* authority section has SOA (negative answer); name=zone, number=min ttl */
	FACT_DNS_STEP,       /* neither an address nor "there is none": a referral, or what a server told a resolver
	                        that asked without recursion (and goes on asking) */
	FACT_DNS_EDE,        /* code=INFO-CODE, other=EXTRA-TEXT (RFC 8914) */
	FACT_DNS_EDNS,       /* the message has an OPT record; number=UDP payload size */
	/* TLS */
	FACT_TLS_CLIENT_HELLO, /* name=SNI ("" none), other=first ALPN, number=highest version offered (0x0304),
	                          flag=encrypted_client_hello present (outer), n=1: cut before it could be seen */
	FACT_TLS_SERVER_HELLO, /* number=version chosen (supported_versions honoured), flag=HelloRetryRequest */
	FACT_TLS_CERTIFICATE,  /* leaf: name=subject CN or first DNS SAN, other=issuer CN (O where there is no CN) */
	FACT_TLS_ALERT,        /* code=description, number=level (1 warning, 2 fatal), flag=encrypted: only its length
	                          shows it */
	FACT_TLS_CCS,          /* ChangeCipherSpec */
	FACT_TLS_APPLICATION,  /* first application-data record of this side (TLS 1.3: may be handshake); number=its
	                          length */
	FACT_TLS_FINISHED,     /* TLS ≤1.2 first encrypted handshake record after CCS of this side */
	FACT_TLS_OPAQUE,       /* nothing more to learn from this side (give it no more bytes) */
	/* HTTP/1.x and proxies */
	FACT_HTTP_REQUEST,   /* name=host (Host header or absolute URI), number=port (0: none given), other=method;
	                        flag=absolute URI (spoken to a proxy) */
	FACT_HTTP_CONNECT,   /* name=host, number=port; an HTTP CONNECT or a SOCKS CONNECT (code=1 HTTP, 4, 5 SOCKS);
	                        address where the target is a literal */
	FACT_HTTP_STATUS,    /* code=status, other=reason; flag=the answer to a CONNECT; number=0,
	                        n=bit 0: Via/X-Cache/Proxy-* header (a proxy answered) */
	FACT_HTTP_COMPLETE,  /* the last answer that was owed has come with all of its body */
	FACT_SOCKS_REPLY,    /* code=REP (5) or CD (4), flag=granted; n=SOCKS version; other=text of the code */
	FACT_TUNNEL_OPEN,    /* server side: CONNECT/SOCKS granted; what follows in both directions is the inner
	                        stream */
	/* STUN / TURN */
	FACT_STUN_MESSAGE,   /* code=method (1 Binding, 3 Allocate, …),
	                        number=class (0 request, 1 indication, 2 success, 3 error),
	                        id=hash of the transaction id; flag=magic cookie present (RFC 5389 and later) */
	FACT_STUN_ERROR,     /* code=300..699, other=reason; follows its FACT_STUN_MESSAGE */
	FACT_STUN_ATTRIBUTE, /* code=attribute type (of those: SOFTWARE, REALM, USERNAME: other=text;
	                        XOR-RELAYED-ADDRESS,
	                        XOR-MAPPED-ADDRESS, ALTERNATE-SERVER, XOR-PEER-ADDRESS: address, number=port;
	                        PRIORITY, USE-CANDIDATE, ICE-CONTROLLED/-CONTROLLING: presence (an ICE check)) */
	FACT_TURN_CHANNEL,   /* ChannelData; number=length, code=channel */
	/* Media */
	FACT_DTLS_HELLO,     /* flag=ServerHello (else ClientHello), name=SNI */
	FACT_DTLS_RECORD,    /* any other DTLS record; code=content type; for alerts: number=level<<8|description */
	FACT_RTP,            /* RTP/RTCP shaped datagram; code=payload type */
	/* QUIC */
	FACT_QUIC_INITIAL,   /* a client Initial: number=version, id=hash of its DCID; flag=decrypted */
	FACT_QUIC_HELLO,     /* name=SNI, other=ALPN, flag=ECH (the ClientHello is whole) */
	FACT_QUIC_SERVER,    /* a long-header packet of the server; code=type (0 Initial, 1 0-RTT, 2 Handshake, 3
	                        Retry, 4 Version Negotiation), id=hash of its source connection id (0: none) */
	FACT_QUIC_CLOSE,     /* CONNECTION_CLOSE in a decrypted Initial; number=error code, other=reason */
	FACT_QUIC_SHORT,     /* short header: 1-RTT */
	/* NTP, others */
	FACT_NTP,            /* code=mode (3 client, 4 server) */
	FACT_KIND_COUNT
};
_Static_assert(FACT_KIND_COUNT <= 64, "kinds are bits of a word");

struct fact {
	enum fact_kind kind;
	uint16_t code;
	bool flag;
	uint32_t n;
	uint32_t number;
	uint64_t id;
	struct addr address;
	const char *name;  /* never NULL, "" when absent */
	const char *other; /* never NULL, "" when absent */
};

#define FACTS_MOST 96
#define FACTS_TEXT 8192
#define FACTS_SPARE 1028 /* room after the text: writers check afterwards whether it fitted */

/* A bounded list of facts and the text they point to. Large: allocate once, reuse. */
struct facts {
	struct fact list[FACTS_MOST];
	unsigned n;
	uint64_t kinds; /* bits of those in the list */
	bool overflow; /* facts or text were left out */
	size_t text_n;
	char text[FACTS_TEXT + FACTS_SPARE];
};

void facts_clear(struct facts *f);
/* Append a fact of a kind, zeroed; a scratch fact when full (never NULL). */
struct fact *facts_add(struct facts *f, enum fact_kind kind);
/* Keep bytes as printable text, spaces and all; "" when there is no room. */
const char *facts_text(struct facts *f, const uint8_t *bytes, size_t n);
/* The same for names: lower-case, spaces escaped, one trailing dot dropped. */
const char *facts_name(struct facts *f, const uint8_t *bytes, size_t n);
/* Whether there is a fact of a kind. */
static inline bool facts_have(const struct facts *f, enum fact_kind kind)
{
	return f->kinds >> kind & 1;
}
/* The first fact of a kind; NULL. */
const struct fact *facts_find(const struct facts *f, enum fact_kind kind);

#endif
