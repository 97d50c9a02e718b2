#include "judge/verdict.h"

#include <stddef.h>
#include <string.h>

/* What happened, for a person: half a sentence that reads well after "because" or alone. It says what was seen, not
 * who is to blame. */
static const char *const stories[SIGNATURE_COUNT] = {
	[SIG_NONE] = "",
	[SIG_DNS_TIMEOUT] = "look-ups of the name are not answered by any resolver",
	[SIG_DNS_NXDOMAIN] = "resolvers answer that the name does not exist",
	[SIG_DNS_REFUSED] = "the resolver refuses to look the name up",
	[SIG_DNS_SERVFAIL] = "the resolver fails to look the name up",
	[SIG_DNS_NODATA] = "resolvers answer without any address for the name",
	[SIG_DNS_FILTERED] = "the resolver says that it filters the name",
	[SIG_DNS_SINKHOLE] = "the resolver answers with an address where no server can be",
	[SIG_DNS_FORGED] = "look-ups of the name get contradicting answers, one of which is forged",
	[SIG_TCP_SYN_TIMEOUT] = "attempts to connect are not answered at all",
	[SIG_TCP_SYN_RESET] = "connections are reset before they open",
	[SIG_ICMP_PROHIBITED] = "something on the path answers that it prohibits this traffic",
	[SIG_ICMP_UNREACHABLE] = "something on the path answers that the destination cannot be reached",
	[SIG_TCP_STALL] = "connections open, but the data sent on them is never acknowledged or answered",
	[SIG_TCP_RESET] = "open connections are reset in the middle of their exchange",
	[SIG_TLS_HELLO_RESET] = "connections open, but are reset as soon as TLS names the host",
	[SIG_TLS_HELLO_CLOSE] = "connections open, but are closed without a byte as soon as TLS names the host",
	[SIG_TLS_HELLO_TIMEOUT] = "connections open, but nothing comes back once TLS names the host",
	[SIG_TLS_ALERT] = "the far side ends the TLS handshake with a fatal alert",
	[SIG_TLS_INTERCEPTED] = "TLS is intercepted on the path with a certificate that is not the server's",
	[SIG_QUIC_TIMEOUT] = "QUIC connections are not answered at all",
	[SIG_STUN_TIMEOUT] = "STUN/TURN requests are not answered at all",
	[SIG_STUN_ERROR] = "the STUN/TURN server answers with an error",
	[SIG_UDP_TIMEOUT] = "datagrams are sent again and again and nothing comes back",
	[SIG_PROXY_DENIED] = "the proxy refuses to connect to the host",
	[SIG_HTTP_BLOCKED] = "plain HTTP requests are answered with a refusal",
};

static const struct signature_text {
	const char *name;
	enum outcome outcome;
	enum missing_kind kind;
} signatures[SIGNATURE_COUNT] = {
#define SIGNATURE_TEXT(code, text, ends, change) [SIG_##code] = {text, OUTCOME_##ends, KIND_##change},
	SIGNATURE_TABLE(SIGNATURE_TEXT)
#undef SIGNATURE_TEXT
};

const char *signature_name(enum signature s)
{
	return s < SIGNATURE_COUNT ? signatures[s].name : "";
}

bool signature_sees_names(enum signature s)
{
	switch (s) {
	case SIG_TCP_SYN_TIMEOUT: case SIG_TCP_SYN_RESET: case SIG_ICMP_PROHIBITED: case SIG_ICMP_UNREACHABLE:
	case SIG_STUN_TIMEOUT: case SIG_UDP_TIMEOUT:
		return false;
	default:
		return true;
	}
}

bool signature_is_past_opening(enum signature s)
{
	switch (s) {
	case SIG_TCP_STALL: case SIG_TCP_RESET: case SIG_TLS_HELLO_RESET: case SIG_TLS_HELLO_CLOSE:
	case SIG_TLS_HELLO_TIMEOUT: case SIG_TLS_ALERT: case SIG_TLS_INTERCEPTED: case SIG_STUN_TIMEOUT:
	case SIG_STUN_ERROR: case SIG_HTTP_BLOCKED:
		return true;
	default:
		return false;
	}
}

enum signature signature_find(const char *name)
{
	for (enum signature s = SIG_NONE + 1; s < SIGNATURE_COUNT; s++)
		if (strcmp(signatures[s].name, name) == 0)
			return s;
	return SIG_NONE;
}

enum outcome signature_outcome(enum signature s)
{
	return s < SIGNATURE_COUNT ? signatures[s].outcome : OUTCOME_OK;
}

enum missing_kind signature_kind(enum signature s)
{
	return s < SIGNATURE_COUNT ? signatures[s].kind : KIND_FIREWALL;
}

bool signature_is_lie(enum signature s)
{
	return s == SIG_DNS_FILTERED || s == SIG_DNS_SINKHOLE || s == SIG_DNS_FORGED;
}

const char *signature_story(enum signature s)
{
	return s < SIGNATURE_COUNT ? stories[s] : "";
}

static const char *text_of(const char *const *texts, size_t n, unsigned value)
{
	return value < n ? texts[value] : "";
}
#define TEXT_OF(texts, value) text_of(texts, sizeof texts / sizeof texts[0], (unsigned)(value))

const char *outcome_text(enum outcome o)
{
	static const char *const texts[] = {
		[OUTCOME_OK] = "ok",
		[OUTCOME_BLOCKED] = "blocked",
		[OUTCOME_RESET] = "reset",
		[OUTCOME_INCONCLUSIVE] = "inconclusive",
	};

	return TEXT_OF(texts, o);
}

const char *confidence_text(enum confidence c)
{
	static const char *const texts[] = {
		[CONFIDENCE_LOW] = "low",
		[CONFIDENCE_MEDIUM] = "medium",
		[CONFIDENCE_HIGH] = "high",
	};

	return TEXT_OF(texts, c);
}

const char *verdict_text(enum verdict v)
{
	static const char *const texts[] = {
		[VERDICT_ALLOWED] = "allowed",
		[VERDICT_BLOCKED] = "blocked",
		[VERDICT_PARTIAL] = "partial",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
		[VERDICT_UNSEEN] = "unseen",
	};

	return TEXT_OF(texts, v);
}

const char *kind_text(enum missing_kind k)
{
	static const char *const texts[] = {
		[KIND_FIREWALL] = "firewall",
		[KIND_DNS] = "dns",
		[KIND_PROXY] = "proxy",
		[KIND_TLS_INSPECTION] = "tls-inspection",
	};

	return TEXT_OF(texts, k);
}

const char *attributed_by_text(enum attributed_by b)
{
	static const char *const texts[] = {
		[BY_NONE] = "",
		[BY_SNI] = "sni",
		[BY_HTTP] = "http",
		[BY_CONNECT] = "connect",
		[BY_DNS] = "dns",
		[BY_DNS_OTHER_CLIENT] = "dns-other-client",
		[BY_ADDRESS] = "address",
		[BY_RESOLVED] = "resolved",
	};

	return TEXT_OF(texts, b);
}

const char *hint_text(enum hint h)
{
	static const char *const texts[] = {
		[HINT_NONE] = "",
		[HINT_ADDRESS_DRIFT] = "address-drift",
		[HINT_STATE_TIMEOUT] = "state-timeout",
		[HINT_PATH_MTU] = "path-mtu",
	};

	return TEXT_OF(texts, h);
}
