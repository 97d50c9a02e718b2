/* What every format of import.c does with the entries it reads. */
#include "attribute/import_inside.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

json_t *import_json(const struct importing *im)
{
	json_error_t error;
	json_t *root = json_loadb(im->bytes, im->n, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		err_note("%s:%d:%d: no JSON: %s", im->path, error.line, error.column < 1 ? 1 : error.column,
		         error.text);
	return root;
}

const char *import_member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

bool filter_fits(const struct word_filter *f, const char *word)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcasecmp(f->words[i], word) == 0)
			return true;
	return f->n == 0;
}

enum err import_nothing(const struct importing *im)
{
	const struct {
		const char *option;
		const struct word_filter *filter;
	} filters[] = {{"--service", &im->o->services},
	               {"--tag", &im->o->tags},
	               {"--category", &im->o->categories},
	               {"--region", &im->o->regions}};
	struct text said = {0};

	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
		for (size_t k = 0; k < filters[i].filter->n; k++)
			text_addf(&said, " %s %s", filters[i].option, filters[i].filter->words[k]);
	enum err e = said.n ? err_fail(ERR_USAGE, "%s: nothing in it fits%s", im->path, said.at)
	                    : err_fail(ERR_USAGE, "%s: no hosts in it", im->path);
	text_release(&said);
	return e;
}

void import_warn(const struct importing *im, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (im->o->warn)
		im->o->warn(im->o->context, text);
}

ptrdiff_t import_group(struct importing *im, const char *label)
{
	ptrdiff_t g = draft_group(im->d, label);

	if (g < 0)
		err_note("out of memory");
	return g;
}

const char *import_keep(struct importing *im, const char *text)
{
	return text && *text ? arena_text(&im->d->arena, text, strlen(text)) : NULL;
}

/* Whether the address has only ones (or only zeros) after its first `bits`. */
static bool rest_is(const struct addr *a, unsigned bits, bool ones)
{
	for (unsigned i = bits; i < 128; i++)
		if ((a->b[i / 8] >> (7 - i % 8) & 1) != ones)
			return false;
	return true;
}

static struct addr last_of(const struct prefix *p)
{
	struct addr a = p->addr;

	for (unsigned i = p->bits; i < 128; i++)
		a.b[i / 8] |= (uint8_t)(1u << (7 - i % 8));
	return a;
}

/* The next address; false after the last one. */
static bool addr_step(struct addr *a)
{
	for (unsigned i = 16; i-- > 0;)
		if (++a->b[i])
			return true;
	return false;
}

/* The networks that make up a range: each the largest that starts where the previous one ended. */
static enum err add_range(struct importing *im, size_t group, struct addr low, const struct addr *high)
{
	char text[PREFIX_TEXT];

	for (;;) {
		struct prefix p = {.addr = low, .bits = 128};
		while (p.bits > (addr_is_v4(&low) ? 96 : 0) && rest_is(&low, p.bits - 1u, false)) {
			struct prefix wider = {.addr = low, .bits = (uint8_t)(p.bits - 1)};
			struct addr end = last_of(&wider);
			if (addr_compare(&end, high) > 0)
				break;
			p = wider;
		}
		enum err e = draft_host(im->d, group, prefix_format(&p, text));
		low = last_of(&p);
		if (e != ERR_OK || addr_compare(&low, high) >= 0 || !addr_step(&low))
			return e;
	}
}

/* "a - b", with a hyphen or a dash, as found on vendors' pages. */
static bool range_split(const char *text, struct addr *ret_low, struct addr *ret_high)
{
	static const char *const dashes[] = {"\xe2\x80\x93", "\xe2\x80\x94", "-"};
	char low[ADDR_TEXT];

	for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
		const char *dash = strstr(text, dashes[i]);
		if (!dash)
			continue;
		size_t n = (size_t)(dash - text);
		while (n && text[n - 1] == ' ')
			n--;
		dash += strlen(dashes[i]);
		dash += strspn(dash, " ");
		if (n >= sizeof low)
			return false;
		memcpy(low, text, n);
		low[n] = '\0';
		return addr_parse(low, ret_low) && addr_parse(dash, ret_high);
	}
	return false;
}

enum err import_host(struct importing *im, size_t group, const char *text, char reason[static HOST_REASON])
{
	char canonical[HOST_TEXT];
	struct addr low, high;
	struct host h;

	if (range_split(text, &low, &high)) {
		if (addr_is_v4(&low) == addr_is_v4(&high) && addr_compare(&low, &high) <= 0)
			return add_range(im, group, low, &high);
		snprintf(reason, HOST_REASON, "the range '%.120s' runs backwards or mixes IPv4 and IPv6", text);
		return ERR_USAGE;
	}
	return host_parse(text, &h, canonical, reason) ? draft_host(im->d, group, canonical) : ERR_USAGE;
}

bool import_port_numbers(struct importing *im, size_t group, const char *text, uint8_t proto)
{
	char one[32], reason[HOST_REASON];
	struct port_range p;
	size_t n;

	for (; *text; text += n + (text[n] != '\0')) {
		n = strcspn(text, ",; ");
		if (n == 0)
			continue;
		snprintf(one, sizeof one, "%.*s/%s", (int)(n < 20 ? n : 20), text,
		         proto == IPPROTO_UDP ? "udp" : "tcp");
		if (!port_parse(one, &p, reason) || draft_port(im->d, group, &p) != ERR_OK)
			return false;
	}
	return true;
}

enum err import_default_ports(struct importing *im, size_t group)
{
	const struct port_range https = {443, 443, IPPROTO_TCP};
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < im->o->port_n; i++)
		e = draft_port(im->d, group, &im->o->ports[i]);
	if (im->o->port_n || e != ERR_OK)
		return e;
	im->d->groups[group].ports_inferred = true;
	return draft_port(im->d, group, &https);
}
