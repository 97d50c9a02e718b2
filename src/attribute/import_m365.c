/* Microsoft 365's endpoint web service: records of names and addresses with ports.
 * Its UDP ports apply to the addresses only. */
#include <netinet/in.h>
#include <string.h>

#include "attribute/import_inside.h"

struct record {
	const json_t *json;
	const char *tcp, *udp;
	const json_t *urls, *ips;
	json_int_t id;
};

static bool fits(const struct importing *im, const json_t *record)
{
	return filter_fits(&im->o->services, import_member(record, "serviceArea")) &&
	       filter_fits(&im->o->categories, import_member(record, "category"));
}

static void describe(struct importing *im, struct draft_group *g, const struct record *r, const char *part)
{
	const char *name = import_member(r->json, "serviceAreaDisplayName"),
		   *category = import_member(r->json, "category");
	struct text text = {0};

	text_addf(&text, "%s%s%s, record %" JSON_INTEGER_FORMAT "%s",
	          *name ? name : import_member(r->json, "serviceArea"), *category ? ", " : "", category, r->id, part);
	g->description = text.failed ? NULL : import_keep(im, text.at);
	g->notes = import_keep(im, import_member(r->json, "notes"));
	g->required = !json_is_false(json_object_get(r->json, "required"));
	text_release(&text);
}

static enum err add_hosts(struct importing *im, size_t group, const json_t *hosts)
{
	char reason[HOST_REASON];
	size_t i;
	json_t *host;

	json_array_foreach(hosts, i, host) {
		const char *text = json_string_value(host);
		if (!text)
			return err_fail(ERR_USAGE, "%s: a host that is no text in group %s", im->path,
			                im->d->groups[group].id);
		enum err e = import_host(im, group, text, reason);
		if (e == ERR_USAGE) /* "autodiscover.*.example": our lists have no wildcard inside a name */
			import_warn(im, "%s: left out of group %s: %s", im->path, im->d->groups[group].id, reason);
		else if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static enum err add_part(struct importing *im, const struct record *r, const char *part, const json_t *hosts,
                         const char *tcp, const char *udp)
{
	struct text label = {0};

	text_addf(&label, "%s-%" JSON_INTEGER_FORMAT "%s%s", import_member(r->json, "serviceArea"), r->id,
	          *part ? "-" : "", part);
	ptrdiff_t g = label.failed ? -1 : import_group(im, label.at);
	text_release(&label);
	if (g < 0)
		return ERR_MEMORY;
	describe(im, &im->d->groups[g], r, *part ? (strcmp(part, "names") == 0 ? " (names)" : " (addresses)") : "");
	if (!import_port_numbers(im, (size_t)g, tcp, IPPROTO_TCP) ||
	    !import_port_numbers(im, (size_t)g, udp, IPPROTO_UDP))
		return err_fail(ERR_USAGE,
		                "%s: record %" JSON_INTEGER_FORMAT " has ports that are none: '%.64s' '%.64s'",
		                im->path, r->id, tcp, udp);
	if (!*tcp && !*udp) {
		enum err e = import_default_ports(im, (size_t)g);
		if (e != ERR_OK)
			return e;
	}
	return add_hosts(im, (size_t)g, hosts);
}

static enum err add_record(struct importing *im, const json_t *json)
{
	struct record r = {
	    .json = json,
	    .tcp = import_member(json, "tcpPorts"),
	    .udp = import_member(json, "udpPorts"),
	    .urls = json_object_get(json, "urls"),
	    .ips = json_object_get(json, "ips"),
	    .id = json_integer_value(json_object_get(json, "id")),
	};
	size_t url_n = json_array_size(r.urls), ip_n = json_array_size(r.ips);
	enum err e = ERR_OK;

	if (!fits(im, json))
		return ERR_OK;
	/* One group if names and addresses have the same ports, otherwise two. */
	if (url_n && ip_n && *r.udp && *r.tcp) {
		e = add_part(im, &r, "names", r.urls, r.tcp, "");
		return e == ERR_OK ? add_part(im, &r, "addresses", r.ips, r.tcp, r.udp) : e;
	}
	if (url_n)
		e = add_part(im, &r, "", r.urls, r.tcp, r.udp);
	if (e == ERR_OK && ip_n)
		e = add_part(im, &r, "", r.ips, r.tcp, r.udp);
	return e;
}

enum err import_m365(struct importing *im)
{
	json_t *root = import_json(im), *record;
	enum err e = ERR_OK;
	size_t i;

	if (!root)
		return ERR_USAGE;
	if (!json_is_array(root))
		e = err_fail(ERR_USAGE,
		             "%s: no array of records (the file of endpoints.office.com/endpoints/worldwide is meant)",
		             im->path);
	im->d->name = "Microsoft 365";
	im->d->vendor = "Microsoft";
	im->d->source = "Office 365 IP Address and URL web service";
	json_array_foreach(root, i, record) {
		if (e == ERR_OK && !json_is_object(record))
			e = err_fail(ERR_USAGE, "%s: record %zu is no object", im->path, i + 1);
		if (e == ERR_OK)
			e = add_record(im, record);
	}
	json_decref(root);
	return e;
}
