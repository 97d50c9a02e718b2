/* SOCKS 4, 4a and 5 over TCP: where a proxy is asked to connect to, and whether
 * it does. */
#include "dissectors/dissector.h"

#include <string.h>

#define FIELD_MOST 255u /* of SOCKS 4: user, host */

enum { VERSION4 = 4, VERSION5 = 5, VERSION_PASSWORD = 1 };
enum { COMMAND_NONE, COMMAND_CONNECT, COMMAND_BIND, COMMAND_ASSOCIATE };
enum { METHOD_OPEN = 0, METHOD_PASSWORD = 2, METHOD_NONE = 0xff };
enum { ADDRESS_V4 = 1, ADDRESS_NAME = 3, ADDRESS_V6 = 4 };
enum { GRANTED4 = 90, GRANTED5 = 0 };

enum client_phase { CLIENT_START, CLIENT_GREETED, CLIENT_ASKED };
enum server_phase { SERVER_START, SERVER_PASSWORD, SERVER_REPLY };

struct socks_state {
	uint8_t phase[2];
	uint8_t command; /* of the request; COMMAND_NONE: not seen */
	bool opaque;     /* a tunnel, or over */
	bool told_opaque[2];
};

_Static_assert(sizeof(struct socks_state) <= DISSECTOR_STATE, "the state block is too small");

static const char *reply_text(unsigned version, unsigned code)
{
	static const char *const texts4[] = {"granted", "rejected or failed", "no identd on the client",
	                                     "identd says another user"};
	static const char *const texts5[] = {"succeeded", "general SOCKS server failure",
	                                     "connection not allowed by ruleset", "network unreachable",
	                                     "host unreachable", "connection refused", "TTL expired",
	                                     "command not supported", "address type not supported"};

	if (version == VERSION4 && code >= GRANTED4 && code - GRANTED4 < sizeof texts4 / sizeof texts4[0])
		return texts4[code - GRANTED4];
	if (version == VERSION5 && code < sizeof texts5 / sizeof texts5[0])
		return texts5[code];
	return "unassigned";
}

static void reply_said(struct facts *facts, unsigned version, unsigned code, bool granted, const char *text)
{
	struct fact *fact = facts_add(facts, FACT_SOCKS_REPLY);

	fact->n = version;
	fact->code = (uint16_t)code;
	fact->flag = granted;
	fact->other = text;
}

/* ---- the client */

static void connect_said(struct facts *facts, unsigned version, const struct addr *address, const struct cursor *name,
                         uint16_t port)
{
	struct fact *fact = facts_add(facts, FACT_HTTP_CONNECT);
	char text[ADDR_TEXT];

	fact->code = (uint16_t)version;
	fact->number = port;
	if (name) {
		fact->name = facts_name(facts, name->at, name->left);
		addr_parse(fact->name, &fact->address);
		return;
	}
	addr_format(address, text);
	fact->name = facts_name(facts, (const uint8_t *)text, strlen(text));
	fact->address = *address;
}

/* A field that ends with a zero byte. */
static struct cursor field(struct cursor *c)
{
	size_t n = 0;

	while (n < c->left && n <= FIELD_MOST && cursor_peek(c, n) != 0)
		n++;
	if (n > FIELD_MOST)
		cursor_refuse(c);
	struct cursor span = *c;
	cursor_skip(c, n + 1);
	span.left = c->err == ERR_OK ? n : 0;
	return span;
}

/* An address of 0.0.0.x says that a name follows (4a). */
static bool name_follows(const uint8_t *v4)
{
	return v4[0] == 0 && v4[1] == 0 && v4[2] == 0 && v4[3] != 0;
}

static enum err request4(struct cursor *c, uint8_t *ret_command, struct facts *facts)
{
	cursor_skip(c, 1);
	uint8_t command = cursor_u8(c);
	uint16_t port = cursor_u16(c);
	const uint8_t *v4 = cursor_bytes(c, 4);
	field(c); /* the user */
	bool by_name = v4 && name_follows(v4);
	struct cursor name = {0};

	if (by_name)
		name = field(c);
	if (!v4 || c->err != ERR_OK)
		return c->err;
	if (command != COMMAND_CONNECT && command != COMMAND_BIND)
		return ERR_MALFORMED;
	*ret_command = command;
	struct addr address = addr_of_v4(v4);
	if (facts && command == COMMAND_CONNECT)
		connect_said(facts, VERSION4, &address, by_name ? &name : NULL, port);
	return ERR_OK;
}

static enum err request5(struct cursor *c, uint8_t *ret_command, struct facts *facts)
{
	static const uint8_t sizes[] = {[ADDRESS_V4] = 4, [ADDRESS_V6] = 16};

	cursor_skip(c, 1);
	uint8_t command = cursor_u8(c);
	cursor_skip(c, 1);
	uint8_t type = cursor_u8(c);
	bool known = type == ADDRESS_V4 || type == ADDRESS_NAME || type == ADDRESS_V6;

	if (c->err == ERR_OK && !known)
		return ERR_MALFORMED;
	uint8_t n = type == ADDRESS_NAME ? cursor_u8(c) : sizes[known ? type : 0];
	struct cursor target = *c;
	const uint8_t *bytes = cursor_bytes(c, n);
	uint16_t port = cursor_u16(c);
	if (c->err != ERR_OK)
		return c->err;
	*ret_command = command;
	if (!facts || command != COMMAND_CONNECT)
		return ERR_OK;
	target.left = n;
	struct addr address = {{0}};
	if (type != ADDRESS_NAME)
		address = type == ADDRESS_V4 ? addr_of_v4(bytes) : addr_of_v6(bytes);
	connect_said(facts, VERSION5, &address, type == ADDRESS_NAME ? &target : NULL, port);
	return ERR_OK;
}

static enum err client_begin(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	if (cursor_peek(c, 0) == VERSION4) {
		enum err e = request4(c, &s->command, facts);
		s->phase[SIDE_CLIENT] = e == ERR_OK ? CLIENT_ASKED : CLIENT_START;
		return e;
	}
	if (cursor_u8(c) != VERSION5)
		return ERR_MALFORMED;
	cursor_skip(c, cursor_u8(c)); /* methods offered */
	if (c->err == ERR_OK)
		s->phase[SIDE_CLIENT] = CLIENT_GREETED;
	return c->err;
}

/* User and password (RFC 1929 2), which are skipped, or the request. */
static enum err client_go_on(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	uint8_t version = cursor_peek(c, 0);

	if (version == VERSION_PASSWORD) {
		cursor_skip(c, 1);
		cursor_skip(c, cursor_u8(c));
		cursor_skip(c, cursor_u8(c));
		return c->err;
	}
	if (version != VERSION5)
		return ERR_UNSUPPORTED; /* GSSAPI and private methods */
	enum err e = request5(c, &s->command, facts);
	if (e == ERR_OK)
		s->phase[SIDE_CLIENT] = CLIENT_ASKED;
	return e;
}

static enum err client_unit(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	switch ((enum client_phase)s->phase[SIDE_CLIENT]) {
	case CLIENT_START:
		return client_begin(s, c, facts);
	case CLIENT_GREETED:
		return client_go_on(s, c, facts);
	case CLIENT_ASKED:
		break;
	}
	return c->lost ? ERR_TRUNCATED : ERR_MORE; /* the inner stream, before the proxy's answer */
}

/* ---- the server */

static void replied(struct socks_state *s, struct facts *facts, unsigned version, unsigned code)
{
	bool granted = code == (version == VERSION4 ? GRANTED4 : GRANTED5);

	reply_said(facts, version, code, granted, reply_text(version, code));
	if (granted && s->command != COMMAND_BIND && s->command != COMMAND_ASSOCIATE)
		facts_add(facts, FACT_TUNNEL_OPEN);
	s->opaque = true;
}

static enum err reply4(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	cursor_skip(c, 1);
	uint8_t code = cursor_u8(c);
	cursor_skip(c, 6); /* port and address */
	if (c->err == ERR_OK)
		replied(s, facts, VERSION4, code);
	return c->err;
}

static enum err method_chosen(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	cursor_skip(c, 1);
	uint8_t method = cursor_u8(c);

	if (c->err != ERR_OK)
		return c->err;
	if (method == METHOD_NONE)
		reply_said(facts, VERSION5, method, false, "no acceptable method");
	if (method != METHOD_OPEN && method != METHOD_PASSWORD)
		s->opaque = true;
	s->phase[SIDE_SERVER] = method == METHOD_PASSWORD ? SERVER_PASSWORD : SERVER_REPLY;
	return ERR_OK;
}

static enum err password_checked(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	cursor_skip(c, 1);
	uint8_t status = cursor_u8(c);

	if (c->err != ERR_OK)
		return c->err;
	s->phase[SIDE_SERVER] = SERVER_REPLY;
	if (status != 0) {
		reply_said(facts, VERSION5, status, false, "user or password refused");
		s->opaque = true;
	}
	return ERR_OK;
}

static enum err reply5(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	uint8_t code;

	if (cursor_peek(c, 0) != VERSION5)
		return ERR_MALFORMED;
	enum err e = request5(c, &code, NULL); /* it has the same form */
	if (e == ERR_OK)
		replied(s, facts, VERSION5, code);
	return e;
}

static enum err server_unit(struct socks_state *s, struct cursor *c, struct facts *facts)
{
	uint8_t version = cursor_peek(c, 0);

	switch ((enum server_phase)s->phase[SIDE_SERVER]) {
	case SERVER_START:
		if (version == VERSION5)
			return method_chosen(s, c, facts);
		return version == 0 ? reply4(s, c, facts) : ERR_MALFORMED;
	case SERVER_PASSWORD:
		return version == VERSION_PASSWORD ? password_checked(s, c, facts) : ERR_MALFORMED;
	case SERVER_REPLY:
		break;
	}
	return reply5(s, c, facts);
}

/* ---- contract */

static void opaque(struct socks_state *s, struct cursor *bytes, enum side side, struct facts *facts)
{
	if (!s->told_opaque[side])
		facts_add(facts, FACT_TLS_OPAQUE);
	s->told_opaque[side] = true;
	cursor_skip(bytes, bytes->left);
}

static enum err parse(void *state, struct cursor *bytes, enum side side, struct facts *facts)
{
	struct socks_state *s = state;
	enum err e = ERR_OK;

	stream_cut(bytes);
	if (s->opaque) {
		opaque(s, bytes, side, facts);
		return ERR_OK;
	}
	while (e == ERR_OK && bytes->left && !s->opaque) {
		struct cursor c = *bytes;
		e = side == SIDE_CLIENT ? client_unit(s, &c, facts) : server_unit(s, &c, facts);
		if (e == ERR_OK)
			*bytes = c;
	}
	return e == ERR_OK && bytes->lost && !s->opaque ? ERR_TRUNCATED : e;
}

static enum probe client_probe5(struct cursor c)
{
	cursor_skip(&c, 1);
	uint8_t n = cursor_u8(&c);

	if (c.err == ERR_OK && (n == 0 || n > 16))
		return PROBE_NO;
	for (uint8_t i = 0; i < n && c.err == ERR_OK; i++) {
		uint8_t method = cursor_u8(&c);
		if (method > 9 && method < 0x80)
			return PROBE_NO; /* unassigned */
	}
	if (c.err != ERR_OK || cursor_wire(&c) == 0)
		return c.err == ERR_MORE ? PROBE_MORE : c.err == ERR_OK ? PROBE_YES : PROBE_NO;
	/* A client may send its request or password without waiting. */
	return cursor_peek(&c, 0) == VERSION5 || cursor_peek(&c, 0) == VERSION_PASSWORD ? PROBE_MAYBE : PROBE_NO;
}

static enum probe client_probe4(struct cursor c)
{
	uint8_t command;

	if (cursor_has(&c, 4) && cursor_peek16(&c, 2) == 0)
		return PROBE_NO;
	if (cursor_has(&c, 2) && cursor_peek(&c, 1) != COMMAND_CONNECT && cursor_peek(&c, 1) != COMMAND_BIND)
		return PROBE_NO;
	enum err e = request4(&c, &command, NULL);
	if (e == ERR_MORE)
		return PROBE_MORE;
	return e == ERR_OK ? (cursor_wire(&c) == 0 ? PROBE_YES : PROBE_MAYBE) : PROBE_NO;
}

static enum probe probe(struct cursor bytes, enum side side)
{
	uint8_t version = cursor_peek(&bytes, 0);

	stream_cut(&bytes);
	if (bytes.left == 0)
		return bytes.open ? PROBE_MORE : PROBE_NO;
	if (side == SIDE_CLIENT && version == VERSION5)
		return client_probe5(bytes);
	if (side == SIDE_CLIENT && version == VERSION4)
		return client_probe4(bytes);
	bool answers = side == SIDE_SERVER && ((version == VERSION5 && bytes.left == 2) || (version == 0 &&
	                                                                                    bytes.left == 8));
	return answers ? PROBE_MAYBE : PROBE_NO;
}

static const uint16_t ports[] = {1080, 1081, 9050, 9150, 0};

const struct dissector dissector_socks = {
    .name = "socks",
    .transport = OVER_TCP,
    .ports = ports,
    .probe = probe,
    .state_bytes = sizeof(struct socks_state),
    .parse = parse,
    .source = "RFC 1928 3, 4, 6; RFC 1929 2; SOCKS 4 protocol (Y. Lee) and its extension 4A",
};
