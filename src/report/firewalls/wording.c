#include "report/firewalls/wording.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 100

static bool is_plain(unsigned char c)
{
	return c < 0x80 && (isalnum(c) || (c && strchr(" .,:/()*-_=+[]@", c)));
}

static bool is_escape(const char *s)
{
	return s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) && isxdigit((unsigned char)s[3]);
}

/* The apostrophe in our own sentences, "the server's": it is dropped. */
static bool is_possessive(const char *s)
{
	return s[0] == '\'' && s[1] == 's' && (s[2] == ' ' || !s[2]);
}

void plain_add(struct text *t, const char *s, size_t most)
{
	size_t end = t->n + most;

	while (*s) {
		if (is_escape(s)) {
			/* A byte that was escaped when it was read. */
			if (t->n + 3 > end)
				return;
			text_addf(t, "%%%.2s", s + 2);
			s += 4;
			continue;
		}
		if (is_possessive(s)) {
			s++;
			continue;
		}
		unsigned char c = *s == ';' ? ',' : (unsigned char)*s;
		if (t->n + (is_plain(c) ? 1 : 3) > end)
			return;
		if (is_plain(c))
			text_add_n(t, (const char *)&c, 1);
		else
			text_addf(t, "%%%02x", c);
		s++;
	}
}

void remark_add(struct text *t, const char *lead, const char *plain)
{
	const char *indent = "";

	while (*plain) {
		size_t n = strlen(plain), most = LINE_BYTES - strlen(lead) - strlen(indent);
		if (n > most) {
			for (n = most; n > 0 && plain[n] != ' '; n--)
				;
			if (n == 0)
				n = most;
		}
		text_addf(t, "%s%s", lead, indent);
		text_add_n(t, plain, n);
		text_add(t, "\n");
		plain += n;
		plain += strspn(plain, " ");
		indent = "  ";
	}
}

void notes_add(struct text *t, const char *lead, const struct ruleset *s)
{
	for (size_t i = 0; i < s->note_n; i++)
		remark_add(t, lead, s->notes[i]);
}

void remarks_add(struct text *t, const char *lead, const struct item *i)
{
	for (size_t k = 0; k < i->remark_n; k++)
		remark_add(t, lead, i->remarks[k]);
}

/* Source: FNV-1a, draft-eastlake-fnv. */
uint64_t stable_hash(const char *s, uint64_t seed)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h ^ h >> 32;
}

const char *label_make(struct pool *p, const char *lead, const char *raw, size_t most)
{
	size_t at = strlen(lead), n = at + strlen(raw);
	bool is_same = n <= most;
	char *label = pool_take(p, (n > most ? n : most) + 1, 1);

	if (!label)
		return NULL;
	memcpy(label, lead, at);
	for (const char *c = raw; *c; c++) {
		unsigned char lower = (unsigned char)tolower((unsigned char)*c);
		bool keeps = lower < 0x80 && (isalnum(lower) || lower == '.' || lower == '-' || lower == '_');
		is_same &= keeps && lower == (unsigned char)*c;
		label[at++] = keeps ? (char)lower : '-';
	}
	if (!is_same) {
		size_t keep = n < most - 9 ? n : most - 9;
		snprintf(label + keep, most - keep + 1, "-%08x", (unsigned)stable_hash(raw, 0));
	}
	return label;
}

const char *network_label(const struct prefix *p, char ret_text[static NETWORK_LABEL])
{
	char text[PREFIX_TEXT];

	prefix_format(p, text);
	for (char *c = text; *c; c++)
		*c = *c == ':' ? '_' : *c == '/' ? '-' : *c;
	snprintf(ret_text, NETWORK_LABEL, "rgn-%s", text);
	return ret_text;
}

void networks_add(struct text *t, const struct networks *n, const char *separator)
{
	char text[PREFIX_TEXT];

	for (size_t i = 0; i < n->n; i++)
		text_addf(t, "%s%s", i ? separator : "", prefix_format(&n->at[i], text));
}

bool network_is_v4(const struct prefix *p)
{
	return addr_is_v4(&p->addr) && p->bits >= 96;
}

bool network_is_host(const struct prefix *p)
{
	return p->bits == 128;
}

const char *network_address(const struct prefix *p, char ret_text[static ADDR_TEXT])
{
	addr_format(&p->addr, ret_text);
	if (!*ret_text)
		snprintf(ret_text, ADDR_TEXT, "::");
	return ret_text;
}

const char *network_with_length(const struct prefix *p, char ret_text[static PREFIX_TEXT])
{
	char text[ADDR_TEXT];

	snprintf(ret_text, PREFIX_TEXT, "%s/%u", network_address(p, text), p->bits - (network_is_v4(p) ? 96u : 0));
	return ret_text;
}

void networks_name_add(struct text *t, const char *lead, const struct networks *n)
{
	char text[PREFIX_TEXT];
	uint64_t hash = 0;

	for (size_t i = 0; i < n->n; i++)
		hash = stable_hash(prefix_format(&n->at[i], text), hash);
	text_addf(t, "%s%08x", lead, (unsigned)hash);
}

void network_masked_add(struct text *t, const struct prefix *p, bool inverted)
{
	unsigned bits = p->bits >= 96 ? p->bits - 96u : 0;
	uint32_t mask = bits ? UINT32_MAX << (32 - bits) : 0;
	char text[ADDR_TEXT];

	if (inverted)
		mask = ~mask;
	text_addf(t, "%s %u.%u.%u.%u", network_address(p, text), mask >> 24, mask >> 16 & 255, mask >> 8 & 255,
	          mask & 255);
}

void service_ports_add(struct text *t, const struct service *v, const char *separator)
{
	if (v->low == v->high)
		text_addf(t, "%u", v->low);
	else
		text_addf(t, "%u%s%u", v->low, separator, v->high);
}

bool name_is_plain(const char *name, bool *ret_wildcard)
{
	const char *at = name;
	struct addr address;
	bool letters = false;

	*ret_wildcard = strncmp(name, "*.", 2) == 0;
	if (*ret_wildcard)
		at += 2;
	if (strlen(at) > 253 || addr_parse(at, &address))
		return false;
	for (;;) {
		size_t n = strcspn(at, ".");
		if (n == 0 || n > 63 || at[0] == '-' || at[n - 1] == '-')
			return false;
		letters = false;
		for (size_t i = 0; i < n; i++) {
			unsigned char c = (unsigned char)at[i];
			if (c >= 0x80 || !(isalnum(c) || c == '-' || c == '_'))
				return false;
			letters |= !isdigit(c);
		}
		if (!at[n])
			break;
		at += n + 1;
	}
	/* The last label of a name is never numeric (RFC 3696 2). */
	return letters;
}
