/* The whole program: frames become a capture file, the file is audited by one
 * thread and by two, and the reports are held against each other and against
 * what every report promises. [link: u8] and then, for each frame,
 * [time: u8][length: u16][bytes]; the upper bit of the length says that the
 * capture cut it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/cursor.h"
#include "base/text.h"
#include "command.h"
#include "memory_file.h"
#include "target.h"

enum { CUT = 0x8000, LOST = 100, FRAMES_MOST = 2000 };

static const uint8_t links[] = {1, 101, 113}; /* Ethernet, raw IP, cooked: as files number them */
static const char list[] =
    "name: Fuzz\nversion: '1'\nports: [443/tcp, 80/tcp]\ngroups:\n"
    "  - {id: named, role: web, hosts: [cdn.example.net, edge.example.net, portal.kognitivspark.net], ports: [443/tcp, 443/udp]}\n"
    "  - {id: wild, role: cdn, hosts: ['*.net', '*.com', '*.example', '*.test']}\n"
    "  - {id: any, role: other, hosts: [192.0.2.0/24, 198.51.100.0/24, 10.0.0.0/8, '::/0'], ports: [443/tcp, 1-65535/udp]}\n"
    "  - {id: relay, role: stun-turn, fallback_for: [any], required: false, hosts: [0.0.0.0/0],"
    " ports: [3478/udp, 3478/tcp, 5349/tcp], works_if_any: [3478/udp, 3478/tcp]}\n"
    "  - {id: resolvers, role: dns, hosts: [], ports: [53/udp]}\n";

extern const struct command command_audit;
const struct command *const commands[] = {&command_audit, NULL};

static void put_u32(struct text *t, uint32_t v)
{
	text_add_n(t, (const char *)&v, sizeof v);
}

/* A capture file in this machine's byte order. */
static void make_file(struct text *t, const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size, size);
	uint32_t time_ms = 0;

	put_u32(t, 0xa1b2c3d4);
	put_u32(t, 2 | 4 << 16);
	put_u32(t, 0);
	put_u32(t, 0);
	put_u32(t, 65535);
	put_u32(t, links[cursor_u8(&c) % sizeof links]);
	for (unsigned i = 0; c.left >= 3 && i < FRAMES_MOST; i++) {
		uint8_t step = cursor_u8(&c);
		uint16_t head = cursor_u16(&c);
		struct cursor frame = cursor_take(&c, (head & ~CUT) < (int)c.left ? head & ~CUT : c.left);
		size_t n = frame.left;
		time_ms += (uint32_t)(step & 31) << (step >> 5) * 2;
		put_u32(t, 1700000000 + time_ms / 1000);
		put_u32(t, time_ms % 1000 * 1000);
		put_u32(t, (uint32_t)n);
		put_u32(t, (uint32_t)n + (head & CUT ? LOST : 0));
		text_add_n(t, (const char *)cursor_bytes(&frame, n), n);
	}
}

/* What a command prints, as JSON. */
static json_t *audit(const char *capture, const char *lists, const char *jobs)
{
	const char *argv[] = {"audit", "-q", "-f", "json", "-e", lists, "-r", capture, "-j", jobs, NULL};
	struct options o;
	char path[64];
	int out = memory_file(NULL, 0, path), before = dup(STDOUT_FILENO);

	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	enum err e = options_parse(&command_audit, sizeof argv / sizeof argv[0] - 1, (char **)(uintptr_t)argv, &o);
	assert(e == ERR_OK);
	int status = command_audit.run(&o);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	options_release(&o);
	assert(status == 0 || status == 3);
	json_error_t why;
	lseek(out, 0, SEEK_SET);
	json_t *report = json_loadfd(out, JSON_REJECT_DUPLICATES, &why);
	close(out);
	assert(report);
	return report;
}

/* ---- what every report promises */

static json_int_t number(const json_t *o, const char *key)
{
	const json_t *n = json_object_get(o, key);

	assert(json_is_integer(n) && json_integer_value(n) >= 0);
	return json_integer_value(n);
}

static const char *word(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static void check_rule(const json_t *rule)
{
	static const char *const outcomes[] = {"ok", "blocked", "reset", "inconclusive"};
	const json_t *own = json_object_get(rule, "attempts"), *client;
	json_int_t all = 0;
	size_t i;

	for (size_t k = 0; k < sizeof outcomes / sizeof outcomes[0]; k++) {
		json_int_t sum = 0;
		json_array_foreach(json_object_get(rule, "clients"), i, client)
			sum += number(json_object_get(client, "attempts"), outcomes[k]);
		assert(sum == number(own, outcomes[k]));
		all += sum;
	}
	const char *verdict = word(rule, "verdict");
	if (strcmp(verdict, "blocked") == 0)
		assert(number(own, "ok") == 0 && number(own, "blocked") + number(own, "reset") > 0);
	else if (strcmp(verdict, "allowed") == 0)
		assert(number(own, "ok") > 0);
	else if (strcmp(verdict, "unseen") == 0)
		assert(all == 0);
}

static const json_t *find(const json_t *array, const char *key, const json_t *value)
{
	const json_t *each;
	size_t i;

	json_array_foreach(array, i, each)
		if (json_equal(json_object_get(each, key), value))
			return each;
	return NULL;
}

static bool contains(const json_t *array, const json_t *value)
{
	const json_t *each;
	size_t i;

	json_array_foreach(array, i, each)
		if (json_equal(each, value))
			return true;
	return false;
}

/* A missing entry has a rule that exists, and incidents that exist and are of its clients. */
static void check_missing(const json_t *report, const json_t *missing)
{
	const json_t *rule = json_object_get(missing, "rule"), *incidents = json_object_get(missing, "incidents"), *id;
	size_t i;

	if (!json_is_null(rule)) {
		const json_t *r = find(json_object_get(report, "rules"), "id", rule);
		assert(r);
		assert(strcmp(word(r, "verdict"), "blocked") == 0 || strcmp(word(r, "verdict"), "partial") == 0);
	}
	assert(json_array_size(incidents) > 0 && json_array_size(json_object_get(missing, "from")) > 0);
	json_array_foreach(incidents, i, id) {
		const json_t *incident = find(json_object_get(report, "incidents"), "id", id);
		assert(incident);
		assert(contains(json_object_get(missing, "from"), json_object_get(incident, "client")));
	}
}

static void check_incident(const json_t *incident)
{
	assert(number(incident, "id") > 0 && number(incident, "attempts") > 0);
	assert(word(incident, "signature")[0] && word(incident, "client")[0]);
	assert(strcmp(word(incident, "first"), word(incident, "last")) <= 0);
}

static void check_report(const json_t *report)
{
	static const char *const verdicts[] = {"allowed", "blocked", "partial", "inconclusive", "unseen"};
	const json_t *summary = json_object_get(report, "summary"), *each;
	json_int_t sum = 0;
	size_t i;

	for (size_t k = 0; k < sizeof verdicts / sizeof verdicts[0]; k++)
		sum += number(summary, verdicts[k]);
	assert(sum == number(summary, "rules") && (size_t)sum == json_array_size(json_object_get(report, "rules")));
	assert((size_t)number(summary, "missing") == json_array_size(json_object_get(report, "missing")));
	json_array_foreach(json_object_get(report, "rules"), i, each)
		check_rule(each);
	json_array_foreach(json_object_get(report, "missing"), i, each)
		check_missing(report, each);
	json_array_foreach(json_object_get(report, "incidents"), i, each)
		check_incident(each);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text file = {0};
	char capture[64], lists[64];

	make_file(&file, data, size);
	int capture_fd = memory_file((const uint8_t *)file.at, file.n, capture);
	int list_fd = memory_file((const uint8_t *)list, sizeof list - 1, lists);
	json_t *one = audit(capture, lists, "1"), *two = audit(capture, lists, "2");
	check_report(one);
	assert(json_equal(one, two));
	json_decref(one);
	json_decref(two);
	close(capture_fd);
	close(list_fd);
	text_release(&file);
	return 0;
}
