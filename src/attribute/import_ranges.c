/* Address ranges that clouds publish without ports: AWS, Azure service tags. */
#include <stdio.h>
#include <string.h>

#include "attribute/import_inside.h"

static enum err add_prefix(struct importing *im, size_t group, const char *text)
{
	char reason[HOST_REASON];
	enum err e = import_host(im, group, text, reason);

	return e == ERR_USAGE ? err_fail(ERR_USAGE, "%s: in group %s: %s", im->path, im->d->groups[group].id, reason)
	                      : e;
}

/* The group for a label; a new one gets ports. */
static enum err group_of(struct importing *im, const char *label, size_t *ret_group)
{
	ptrdiff_t g = import_group(im, label);

	if (g < 0)
		return ERR_MEMORY;
	*ret_group = (size_t)g;
	return im->d->groups[g].port_n ? ERR_OK : import_default_ports(im, (size_t)g);
}

static enum err aws_prefix(struct importing *im, const json_t *row, const char *key)
{
	const char *service = import_member(row, "service"), *region = import_member(row, "region");
	char label[192];
	size_t g;

	if (!filter_fits(&im->o->services, service) || !filter_fits(&im->o->regions, region))
		return ERR_OK;
	snprintf(label, sizeof label, "%.80s-%.80s", service, region);
	enum err e = group_of(im, label, &g);
	if (e != ERR_OK)
		return e;
	struct draft_group *group = &im->d->groups[g];
	if (!group->description) {
		snprintf(label, sizeof label, "AWS %.80s in %.80s", service, region);
		group->description = import_keep(im, label);
		group->region = import_keep(im, region);
	}
	return add_prefix(im, g, import_member(row, key));
}

static enum err aws_rows(struct importing *im, const json_t *rows, const char *key)
{
	enum err e = ERR_OK;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (e == ERR_OK)
			e = aws_prefix(im, row, key);
	return e;
}

/* "2026-11-24-01-02-03" is a date and a time. */
static const char *aws_day(struct importing *im, const char *created)
{
	char day[11];

	snprintf(day, sizeof day, "%s", created);
	return import_keep(im, day);
}

enum err import_aws(struct importing *im)
{
	json_t *root = import_json(im);

	if (!root)
		return ERR_USAGE;
	const json_t *v4 = json_object_get(root, "prefixes"), *v6 = json_object_get(root, "ipv6_prefixes");
	enum err e = ERR_OK;
	if (!json_is_array(v4) && !json_is_array(v6))
		e = err_fail(ERR_USAGE, "%s: no prefixes in it (the file ip-ranges.json is meant)", im->path);
	im->d->name = "AWS";
	im->d->vendor = "Amazon Web Services";
	im->d->source = "ip-ranges.json";
	im->d->version = import_keep(im, import_member(root, "syncToken"));
	im->d->published = aws_day(im, import_member(root, "createDate"));
	if (e == ERR_OK)
		e = aws_rows(im, v4, "ip_prefix");
	if (e == ERR_OK)
		e = aws_rows(im, v6, "ipv6_prefix");
	json_decref(root);
	return e;
}

static enum err azure_tag(struct importing *im, const json_t *value)
{
	const json_t *properties = json_object_get(value, "properties");
	const json_t *prefixes = json_object_get(properties, "addressPrefixes");
	const char *name = import_member(value, "name"), *region = import_member(properties, "region");
	json_t *prefix;
	size_t i, g;

	if (!filter_fits(&im->o->tags, name) ||
	    !filter_fits(&im->o->services, import_member(properties, "systemService")) ||
	    !filter_fits(&im->o->regions, region))
		return ERR_OK;
	enum err e = group_of(im, name, &g);
	if (e != ERR_OK)
		return e;
	im->d->groups[g].description = import_keep(im, name);
	im->d->groups[g].region = import_keep(im, region);
	json_array_foreach(prefixes, i, prefix) {
		const char *text = json_string_value(prefix);
		e = e == ERR_OK ? add_prefix(im, g, text ? text : "") : e;
	}
	return e;
}

enum err import_azure(struct importing *im)
{
	json_t *root = import_json(im), *value;
	char version[32];
	enum err e = ERR_OK;
	size_t i;

	if (!root)
		return ERR_USAGE;
	const json_t *values = json_object_get(root, "values"), *number = json_object_get(root, "changeNumber");
	if (!json_is_array(values))
		e = err_fail(ERR_USAGE, "%s: no values in it (a file ServiceTags_....json is meant)", im->path);
	im->d->name = "Azure";
	im->d->vendor = "Microsoft";
	im->d->source = "Azure IP ranges and service tags";
	if (json_is_integer(number)) {
		snprintf(version, sizeof version, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
		im->d->version = import_keep(im, version);
	}
	json_array_foreach(values, i, value)
		if (e == ERR_OK)
			e = azure_tag(im, value);
	json_decref(root);
	return e;
}
