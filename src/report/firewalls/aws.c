/* AWS security groups, as Terraform: by address; the source is whatever the group is attached to. Quoted text is
 * plain: no ${, no %{, no backslash. */
#include "report/firewalls/wording.h"

/* AWS rejects the same permission twice in one group. */
static bool is_repeated(const struct ruleset *s, size_t opening)
{
	for (size_t i = 0; i < opening; i++)
		if (s->openings[i].place == s->openings[opening].place &&
		    s->openings[i].service == s->openings[opening].service)
			return true;
	return false;
}

static void add_resource(struct text *t, const struct opening *o, const struct service *v, const struct prefix *to,
                         size_t k)
{
	char text[PREFIX_TEXT];

	text_add(t, "resource \"aws_vpc_security_group_egress_rule\" \"");
	for (const char *c = o->label; *c; c++)
		text_add_n(t, *c == '.' ? "_" : c, 1);
	text_addf(t,
	          "_%zu\" {\n"
	          "  security_group_id = var.rulegap_security_group_id\n"
	          "  description       = \"%s\"\n"
	          "  cidr_ipv%c         = \"%s\"\n"
	          "  ip_protocol       = \"%s\"\n"
	          "  from_port         = %u\n"
	          "  to_port           = %u\n"
	          "}\n",
	          k + 1, o->comment, network_is_v4(to) ? '4' : '6', network_with_length(to, text),
	          v->udp ? "udp" : "tcp", v->low, v->high);
}

static void add_opening(struct text *t, const struct ruleset *s, size_t index)
{
	const struct opening *o = &s->openings[index];
	const struct networks *to = &s->places[o->place].networks;
	struct text line = {0};

	text_add(&line, "The group belongs on the interfaces of: ");
	networks_add(&line, &o->from, ", ");
	if (is_repeated(s, index))
		text_add(&line, " (the rule itself stands above already)");
	if (line.at)
		remark_add(t, "# ", line.at);
	t->failed |= line.failed;
	text_release(&line);
	for (size_t k = 0; k < to->n && !is_repeated(s, index); k++)
		add_resource(t, o, &s->services[o->service], &to->at[k], k);
}

void firewall_aws(const struct ruleset *s, struct text *t)
{
	notes_add(t, "# ", s);
	if (s->opening_n)
		text_add(t, "# Security groups know no names, --for suricata writes rules by name for AWS Network "
		            "Firewall.\n\n"
		            "variable \"rulegap_security_group_id\" {\n"
		            "  type        = string\n"
		            "  description = \"the security group of the clients\"\n"
		            "}\n");
	for (size_t i = 0; i < s->item_n; i++) {
		text_add(t, "\n");
		remarks_add(t, "# ", &s->items[i]);
		for (size_t k = s->items[i].first; k < s->items[i].first + s->items[i].n; k++)
			add_opening(t, s, k);
	}
}
