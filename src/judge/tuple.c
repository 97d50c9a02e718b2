/* The Community ID of a connection. */
#include "flow/flow.h"
#include "judge/verdict.h"

_Static_assert(TUPLE_COMMUNITY_TEXT >= COMMUNITY_TEXT, "room for a Community ID");

void tuple_community(const struct tuple *t, char ret_text[static TUPLE_COMMUNITY_TEXT])
{
	ret_text[0] = '\0';
	if (t->client_port)
		community_id(&t->client, t->client_port, &t->far, t->far_port, t->proto, ret_text);
}
