#include "report/firewalls/firewalls.h"

#include <ctype.h>
#include <string.h>

#include "report/firewalls/openings.h"

const struct firewall firewalls[] = {
	{.name = "nftables",
         .title = "nftables",
         .v6 = true,
         .into = "inet filter forward",
         .into_is = "family, table and chain",
         .write = firewall_nftables},
	{.name = "iptables",
         .title = "iptables",
         .v6 = true,
         .into = "FORWARD",
         .into_is = "chain",
         .write = firewall_iptables},
	{.name = "cisco-ios",
         .title = "Cisco IOS",
         .v6 = true,
         .into = "INSIDE-IN",
         .into_is = "access list",
         .write = firewall_cisco_ios},
	{.name = "cisco-asa",
         .title = "Cisco ASA",
         .names = REACH_ALWAYS,
         .underscores = true,
         .v6 = true,
         .into = "INSIDE_IN",
         .into_is = "access list",
         .write = firewall_cisco_asa},
	{.name = "panos",
         .title = "Palo Alto PAN-OS",
         .names = REACH_ALWAYS,
         .v6 = true,
         .inside = "trust",
         .outside = "untrust",
         .write = firewall_panos},
	{.name = "fortios",
         .title = "Fortinet FortiOS",
         .names = REACH_ALWAYS,
         .wildcards = REACH_ALWAYS,
         .underscores = true,
         .v6 = true,
         .inside = "internal",
         .outside = "wan1",
         .write = firewall_fortios},
	{.name = "junos-srx",
         .title = "Juniper SRX",
         .names = REACH_ALWAYS,
         .v6 = true,
         .inside = "trust",
         .outside = "untrust",
         .write = firewall_junos_srx},
	{.name = "azure-firewall",
         .title = "Azure Firewall",
         .names = REACH_ALWAYS,
         .wildcards = REACH_WEB,
         .write = firewall_azure},
	{.name = "aws", .title = "AWS security groups", .v6 = true, .write = firewall_aws},
	{.name = "suricata",
         .title = "Suricata and AWS Network Firewall",
         .names = REACH_WEB,
         .wildcards = REACH_WEB,
         .underscores = true,
         .v6 = true,
         .write = firewall_suricata},
	{.name = "windows",
         .title = "Windows Defender Firewall",
         .names = REACH_ALWAYS,
         .wildcards = REACH_ALWAYS,
         .underscores = true,
         .v6 = true,
         .write = firewall_windows},
	{.name = "csv",
         .title = "any firewall (a table)",
         .names = REACH_ALWAYS,
         .wildcards = REACH_ALWAYS,
         .underscores = true,
         .v6 = true,
         .write = firewall_csv},
	{.name = "json",
         .title = "any firewall (JSON)",
         .names = REACH_ALWAYS,
         .wildcards = REACH_ALWAYS,
         .underscores = true,
         .v6 = true,
         .write = firewall_json},
	{.name = NULL},
};

const struct firewall *firewall_find(const char *name)
{
	for (const struct firewall *f = firewalls; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static const char *reach_text(enum reach r)
{
	switch (r) {
	case REACH_NEVER: return "-";
	case REACH_WEB: return "web";
	case REACH_ALWAYS: return "yes";
	}
	return "-";
}

void firewalls_list(FILE *out)
{
	fprintf(out, "%-14s  %-33s  %-5s  %-9s  %-4s  %s\n", "--for", "", "names", "wildcards", "IPv6",
	        "defaults of --into, or --inside and --outside");
	for (const struct firewall *f = firewalls; f->name; f++) {
		fprintf(out, "%-14s  %-33s  %-5s  %-9s  %-4s", f->name, f->title, reach_text(f->names),
		        reach_text(f->wildcards), f->v6 ? "yes" : "-");
		if (f->into)
			fprintf(out, "  %s \"%s\"", f->into_is, f->into);
		if (f->inside)
			fprintf(out, "  %s, %s", f->inside, f->outside);
		fputs("\n", out);
	}
}

/* One word, or as many as the default has. */
static bool is_place(const char *s, const char *otherwise)
{
	size_t spaces = 0, wanted = 0;

	for (const char *c = otherwise; *c; c++)
		wanted += *c == ' ';
	for (const char *c = s; *c; c++) {
		bool starts = c == s || c[-1] == ' ';
		bool is_good = (*c > 0 && isalnum((unsigned char)*c)) || (!starts && strchr("._-", *c));
		if (*c == ' ' ? starts || !c[1] : !is_good)
			return false;
		spaces += *c == ' ';
	}
	return *s && strlen(s) <= 63 && spaces == wanted;
}

static enum err place_choose(const struct firewall *f, const char *option, const char *given, const char *otherwise,
                             const char **ret)
{
	*ret = otherwise;
	if (!given)
		return ERR_OK;
	if (!otherwise)
		return err_fail(ERR_USAGE,
		                "--%s: %s has no use for it (rulegap rules --for list tells what each takes)", option,
		                f->title);
	if (!is_place(given, otherwise))
		return err_fail(ERR_USAGE,
		                "--%s \"%s\": plain names of letters, digits, '.', '_' and '-' are wanted, like \"%s\"",
		                option, given, otherwise);
	*ret = given;
	return ERR_OK;
}

enum err firewall_write(const struct firewall *f, const struct gap *g, const struct firewall_places *places, FILE *out)
{
	struct ruleset s = {0};
	struct text t = {0};
	enum err e = ruleset_build(f, g, &s);

	if (e == ERR_OK)
		e = place_choose(f, "into", places->into, f->into, &s.into);
	if (e == ERR_OK)
		e = place_choose(f, "inside", places->inside, f->inside, &s.inside);
	if (e == ERR_OK)
		e = place_choose(f, "outside", places->outside, f->outside, &s.outside);
	if (e == ERR_OK)
		f->write(&s, &t);
	if (e == ERR_OK && t.failed)
		e = err_fail(ERR_MEMORY, "out of memory");
	if (e == ERR_OK && t.n)
		fwrite(t.at, 1, t.n, out);
	text_release(&t);
	ruleset_release(&s);
	return e;
}
