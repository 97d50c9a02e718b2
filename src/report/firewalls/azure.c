/* Azure Firewall: an ARM template with a rule collection group of a firewall policy. TLS and HTTP use application
 * rules, everything else network rules, whose names require the firewall to be the clients' DNS proxy. */
#include "report/firewalls/json_write.h"
#include "report/firewalls/wording.h"

static json_t *strings(const char *one)
{
	json_t *array = json_array();

	json_array_append_new(array, json_string(one));
	return array;
}

static json_t *rule_head(const struct opening *o, const char *type)
{
	json_t *r = json_object();

	json_object_set_new(r, "ruleType", json_string(type));
	json_object_set_new(r, "name", json_string(o->label));
	json_object_set_new(r, "description", json_string(o->comment));
	json_object_set_new(r, "sourceAddresses", json_of_networks(&o->from));
	return r;
}

static json_t *application_rule(const struct ruleset *s, const struct opening *o)
{
	const struct service *v = &s->services[o->service];
	json_t *r = rule_head(o, "ApplicationRule"), *protocol = json_object(), *protocols = json_array();

	json_object_set_new(protocol, "protocolType", json_string(v->low == 80 ? "Http" : "Https"));
	json_object_set_new(protocol, "port", json_integer(v->low));
	json_array_append_new(protocols, protocol);
	json_object_set_new(r, "protocols", protocols);
	json_object_set_new(r, "targetFqdns", strings(s->places[o->place].name));
	return r;
}

static json_t *network_rule(const struct ruleset *s, const struct opening *o)
{
	const struct place *p = &s->places[o->place];
	const struct service *v = &s->services[o->service];
	json_t *r = rule_head(o, "NetworkRule"), *ports = json_array();

	json_object_set_new(r, "ipProtocols", strings(v->udp ? "UDP" : "TCP"));
	json_array_append_new(ports, json_of_ports(v));
	json_object_set_new(r, "destinationPorts", ports);
	if (p->name)
		json_object_set_new(r, "destinationFqdns", strings(p->name));
	else
		json_object_set_new(r, "destinationAddresses", json_of_networks(&p->networks));
	return r;
}

static json_t *collection(const char *name, int priority, json_t *rules)
{
	json_t *c = json_object(), *action = json_object();

	json_object_set_new(action, "type", json_string("Allow"));
	json_object_set_new(c, "ruleCollectionType", json_string("FirewallPolicyFilterRuleCollection"));
	json_object_set_new(c, "name", json_string(name));
	json_object_set_new(c, "priority", json_integer(priority));
	json_object_set_new(c, "action", action);
	json_object_set_new(c, "rules", rules);
	return c;
}

static json_t *collections(const struct ruleset *s)
{
	json_t *network = json_array(), *application = json_array(), *all = json_array();

	for (size_t i = 0; i < s->opening_n; i++) {
		const struct opening *o = &s->openings[i];
		if (s->places[o->place].name && o->is_web)
			json_array_append_new(application, application_rule(s, o));
		else
			json_array_append_new(network, network_rule(s, o));
	}
	if (json_array_size(network))
		json_array_append_new(all, collection("rulegap-network", 100, json_incref(network)));
	if (json_array_size(application))
		json_array_append_new(all, collection("rulegap-application", 200, json_incref(application)));
	json_decref(network);
	json_decref(application);
	return all;
}

static json_t *resources(const struct ruleset *s)
{
	json_t *array = json_array(), *r = json_object(), *properties = json_object();

	json_object_set_new(properties, "priority", json_integer(200));
	json_object_set_new(properties, "ruleCollections", collections(s));
	json_object_set_new(r, "type", json_string("Microsoft.Network/firewallPolicies/ruleCollectionGroups"));
	json_object_set_new(r, "apiVersion", json_string("2023-09-01"));
	json_object_set_new(r, "name", json_string("[concat(parameters('firewallPolicyName'), '/rulegap')]"));
	json_object_set_new(r, "properties", properties);
	json_array_append_new(array, r);
	return array;
}

/* JSON has no comments: remarks go where templates keep them. */
static json_t *metadata(const struct ruleset *s)
{
	json_t *m = json_object(), *lines = json_of_lines(s->notes, s->note_n);

	static const char how[] = "Deploy: az deployment group create --template-file FILE --parameters "
				  "firewallPolicyName=NAME. Names in network rules need the DNS proxy of the policy.";

	json_array_append_new(lines, json_string(how));
	for (size_t i = 0; i < s->item_n; i++)
		for (size_t k = 0; k < s->items[i].remark_n; k++)
			json_array_append_new(lines, json_string(s->items[i].remarks[k]));
	json_object_set_new(m, "comments", lines);
	return m;
}

void firewall_azure(const struct ruleset *s, struct text *t)
{
	json_t *document = json_object(), *parameters = json_object(), *policy = json_object();

	json_object_set_new(policy, "type", json_string("string"));
	json_object_set_new(parameters, "firewallPolicyName", policy);
	json_object_set_new(
		document, "$schema",
		json_string("https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"));
	json_object_set_new(document, "contentVersion", json_string("1.0.0.0"));
	json_object_set_new(document, "metadata", metadata(s));
	json_object_set_new(document, "parameters", parameters);
	json_object_set_new(document, "resources", s->opening_n ? resources(s) : json_array());
	json_finish(t, document);
}
