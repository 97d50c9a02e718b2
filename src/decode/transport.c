/* TCP options, and the ways into both transport headers (heads.h).
 * source  RFC 9293 3.1, 3.2 (TCP header, options), 3.7.1 (MSS) */
#include "decode/heads.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, OPTION_TIME = 8 };

/* Read a SYN's options. A malformed list only ends the reading. */
static void syn_options(struct packet *p, struct imprint *of, struct cursor options)
{
	while (options.left) {
		uint8_t kind = cursor_u8(&options);
		if (kind == OPTION_END)
			return;
		if (kind == OPTION_NOP)
			continue;
		uint8_t n = cursor_u8(&options);
		if (n < 2)
			return;
		if (kind == OPTION_MSS && n == 4) {
			p->mss = cursor_u16(&options);
		} else {
			of->stamped |= kind == OPTION_TIME;
			cursor_skip(&options, n - 2u);
		}
	}
}

enum err tcp_options(struct packet *p, struct cursor *c, unsigned bytes, struct imprint *of)
{
	struct cursor options = cursor_take(c, bytes);

	if (c->err)
		return c->err;
	of->print = duplicate_options(of->print, options);
	if (p->tcp_flags & TCP_SYN)
		syn_options(p, of, options);
	else
		of->stamped = cursor_u32(&options) == TIME_ALONE;
	return ERR_OK;
}

enum err tcp_decode(struct walk *w)
{
	return tcp_head(w->p, &w->c, &w->imprint);
}

enum err udp_decode(struct walk *w)
{
	struct udp_head h = {0};
	enum err e = udp_head(&w->c, w->no_length, &h);

	if (e != ERR_OK)
		return e;
	if (tunnel_port(h.sport, h.dport) && tunnel_decode(w, h.sport, h.dport, &e))
		return e;
	udp_end(w->p, &w->c, &h, &w->imprint);
	return ERR_OK;
}
