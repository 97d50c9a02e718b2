/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "report/json_writer.h"

/* The writer's output; releases the writer. */
static void assert_written(struct json_writer *w, const char *text)
{
	assert_int_equal(json_end(w), ERR_OK);
	assert_string_equal(w->text.at, text);
	text_release(&w->text);
}

static void write_some(struct json_writer *w)
{
	static const char *const texts[] = {"a", NULL};

	json_open(w, NULL);
	json_put_text(w, "text", "x");
	json_put_text(w, "none", NULL);
	json_put_number(w, "least", 0);
	json_put_number(w, "most", UINT64_MAX);
	json_put_bool(w, "yes", true);
	json_put_time(w, "never", 0);
	json_put_time(w, "time", 1);
	json_put_texts(w, "texts", texts, 2);
	json_open_array(w, "rows");
	for (int i = 0; i < 2; i++) {
		json_open(w, NULL);
		json_close(w);
	}
	json_close_array(w);
	json_open_array(w, "empty");
	json_close_array(w);
	json_close(w);
}

static void lines_are_compact(void **state)
{
	struct json_writer w = {0};

	(void)state;
	write_some(&w);
	assert_written(&w, "{\"text\":\"x\",\"none\":null,\"least\":0,\"most\":9223372036854775807,\"yes\":true,"
	                   "\"never\":null,\"time\":\"1970-01-01T00:00:00.000001Z\",\"texts\":[\"a\",null],"
	                   "\"rows\":[{},{}],\"empty\":[]}\n");
}

static void documents_are_indented(void **state)
{
	struct json_writer w = {.pretty = true};

	(void)state;
	write_some(&w);
	assert_written(&w, "{\n  \"text\": \"x\",\n  \"none\": null,\n  \"least\": 0,\n  \"most\": 9223372036854775807,\n"
	                   "  \"yes\": true,\n  \"never\": null,\n  \"time\": \"1970-01-01T00:00:00.000001Z\",\n"
	                   "  \"texts\": [\n    \"a\",\n    null\n  ],\n  \"rows\": [\n    {},\n    {}\n  ],\n"
	                   "  \"empty\": []\n}\n");
}

static void assert_string(const char *text, const char *json)
{
	struct json_writer w = {0};

	json_open_array(&w, NULL);
	json_put_text(&w, NULL, text);
	json_close_array(&w);
	assert_written(&w, json);
}

static void no_text_ends_its_string(void **state)
{
	(void)state;
	assert_string("", "[\"\"]\n");
	assert_string("a\"b\\c/d", "[\"a\\\"b\\\\c/d\"]\n");
	assert_string("b\xc3\xbc\"cher", "[\"b\xc3\xbc\\\"cher\"]\n");
	assert_string("a\"\nb", "[\"a\\\"\\\\x0ab\"]\n"); /* as everywhere: shown as a byte escape */
	assert_string("\xff", "[\"\\\\xff\"]\n");
}

static void large_documents_go_out_in_pieces(void **state)
{
	struct json_writer w = {0};
	char *bytes = NULL;
	size_t n = 0;

	(void)state;
	w.out = open_memstream(&bytes, &n);
	assert_non_null(w.out);
	json_open_array(&w, NULL);
	for (unsigned i = 0; i < 100000; i++) {
		json_put_number(&w, NULL, 1234567);
		assert_true(w.text.n < 100000);
	}
	json_close_array(&w);
	assert_int_equal(json_end(&w), ERR_OK);
	assert_null(w.text.at);
	fclose(w.out);
	assert_int_equal(n, 100000 * 8 + 2);
	assert_memory_equal(bytes, "[1234567,1234567,", 17);
	assert_memory_equal(bytes + n - 10, ",1234567]\n", 10);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_compact),
	    cmocka_unit_test(documents_are_indented),
	    cmocka_unit_test(no_text_ends_its_string),
	    cmocka_unit_test(large_documents_go_out_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
