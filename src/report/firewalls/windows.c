/* Windows Defender Firewall: on the clients themselves. Text is in single quotes, where PowerShell expands nothing;
 * plain text contains none. */
#include <string.h>

#include "report/firewalls/wording.h"

/* An id of our own: the same name always gets the same one.
 * Source: RFC 9562 5.8 (UUID version 8) */
static void add_id(struct text *t, const char *name)
{
	uint64_t high = stable_hash(name, 1), low = stable_hash(name, 2);

	text_addf(t, "{%08x-%04x-8%03x-%04x-%012llx}", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
	          (unsigned)(high & 0xfff), (unsigned)(0x8000 | (low >> 48 & 0x3fff)),
	          (unsigned long long)(low & 0xffffffffffffu));
}

static bool is_first(const struct ruleset *s, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (s->places[i].name && strcmp(s->places[i].name, s->places[place].name) == 0)
			return false;
	return true;
}

static void add_keywords(struct text *t, const struct ruleset *s)
{
	for (size_t i = 0; i < s->place_n; i++) {
		const struct place *p = &s->places[i];
		if (!p->name || !is_first(s, i))
			continue;
		text_add(t, "Remove-NetFirewallDynamicKeywordAddress -Id '");
		add_id(t, p->name);
		text_add(t, "' -ErrorAction SilentlyContinue\nNew-NetFirewallDynamicKeywordAddress -Id '");
		add_id(t, p->name);
		text_addf(t, "' -Keyword '%s' -AutoResolve $true | Out-Null\n", p->name);
	}
}

static void add_list(struct text *t, const struct networks *n)
{
	text_add(t, "@('");
	networks_add(t, n, "', '");
	text_add(t, "')");
}

static void add_rule(struct text *t, const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];

	text_addf(t,
	          "New-NetFirewallRule -Group 'rulegap' -DisplayName '%s' -Description '%s' -Direction Outbound "
	          "-Action Allow -Protocol %s -LocalAddress ",
	          o->label, o->comment, v->udp ? "UDP" : "TCP");
	add_list(t, &o->from);
	text_add(t, " -RemotePort '");
	service_ports_add(t, v, "-");
	if (p->name) {
		text_add(t, "' -RemoteDynamicKeywordAddresses @('");
		add_id(t, p->name);
		text_add(t, "')");
	} else {
		text_add(t, "' -RemoteAddress ");
		add_list(t, &p->networks);
	}
	text_add(t, " | Out-Null\n");
}

void firewall_windows(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	text_add(t,
	         "# For the clients, as an administrator or by group policy: each rule holds only where the machine\n"
	         "# has one of the local addresses. Names need Microsoft Defender Antivirus with network protection,\n"
	         "# and that the machine looks them up in clear text.\n"
	         "# Take all back: Remove-NetFirewallRule -Group 'rulegap'\n"
	         "$ErrorActionPreference = 'Stop'\n"
	         "Remove-NetFirewallRule -Group 'rulegap' -ErrorAction SilentlyContinue\n");
	add_keywords(t, s);
	for (size_t i = 0; i < s->item_n; i++) {
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_rule(t, s, &s->openings[k]);
	}
}
