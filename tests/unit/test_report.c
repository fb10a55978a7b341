/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON as it is written, and the record of a machine in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/version.h"
#include "services/cause/cause.h"
#include "services/cause/json.h"
#include "services/report/report.h"

static char out[REPORT_JSON_MAX];

static void test_json(void **state)
{
	struct json j;
	(void)state;
	json_begin(&j, out, sizeof(out));
	assert_int_equal(json_end(&j), 2);
	assert_string_equal(out, "{}");
	json_begin(&j, out, sizeof(out));
	json_text(&j, "none", "");
	json_text(&j, "none", NULL);
	json_number(&j, "none", 0);
	json_object(&j, "a");
	json_close(&j, '}');
	json_list(&j, "b");
	json_close(&j, ']');
	json_list(&j, "c");
	json_item(&j, "x");
	json_item(&j, "");
	json_close(&j, ']');
	json_object(&j, "d");
	json_number(&j, "n", UINT64_MAX);
	json_text(&j, "t", "\"\\/\n\x7f\xe9");
	json_close(&j, '}');
	json_number(&j, "e", 1);
	int len = json_end(&j);
	assert_int_equal(len, strlen(out));
	assert_string_equal(out, "{\"a\":{},\"b\":[],\"c\":[\"x\",\"\"],\"d\":{\"n\":18446744073709551615,"
			    "\"t\":\"\\\"\\\\/\\u000a\\u007f\\u00e9\"},\"e\":1}");
}

static void test_record(void **state)
{
	struct cause c = { 0 };
	struct report r = {
		.event = "failure", .mac = "52:54:00:12:34:56", .ip = "10.0.0.7", .host = "node\"7", .serial = "SN-1",
		.attempt = 3, .up_us = 61000999, .try_us = 1200000, .failing_us = 999, .lease_us = 210999,
		.fetch_us = 800000, .fetched = 9000000, .cause = &c,
	};
	(void)state;
	cause_fact_set(&c.fact, -ENOENT, "10.0.0.1:80 answers 404 Not Found");
	c.fact.status = 404;
	cause_add(&c, "boot.ipxe:3: kernel x");
	int len = report_json(&r, out, sizeof(out));
	assert_int_equal(len, strlen(out));
	assert_string_equal(out, "{\"event\":\"failure\",\"version\":\"" UNDINE_VERSION "\",\"machine\":{"
			    "\"mac\":\"52:54:00:12:34:56\",\"ip\":\"10.0.0.7\",\"host\":\"node\\\"7\","
			    "\"serial\":\"SN-1\"},\"try\":3,\"timings\":{\"up_ms\":61000,\"try_ms\":1200,"
			    "\"lease_ms\":210,\"fetch_ms\":800,\"fetch_bytes\":9000000},\"cause\":{"
			    "\"what\":\"10.0.0.1:80 answers 404 Not Found\",\"status\":404,"
			    "\"failed\":[\"boot.ipxe:3: kernel x\"]}}");
	r = (struct report){ .event = "handover", .to = "vmlinuz" };
	report_json(&r, out, sizeof(out));
	assert_string_equal(out, "{\"event\":\"handover\",\"to\":\"vmlinuz\",\"version\":\"" UNDINE_VERSION "\","
			    "\"machine\":{},\"timings\":{}}");
}

/* The longest cause and the longest words have room; what has none says so and writes nothing beyond. */
static void test_room(void **state)
{
	static char words[2000], url[CAUSE_URL_MAX], exact[REPORT_JSON_MAX];
	struct cause c = { .fact = { .err = -EIO, .status = UINT32_MAX, .at = UINT64_MAX, .size = UINT64_MAX } };
	memset(words, '"', sizeof(words) - 1);
	memset(url, '\\', sizeof(url) - 1);
	struct report r = {
		.event = "handover", .to = words, .mac = words, .ip = words, .host = words, .serial = words,
		.uuid = words, .maker = words, .product = words, .card = words, .attempt = UINT32_MAX,
		.up_us = UINT64_MAX, .try_us = UINT64_MAX, .failing_us = UINT64_MAX, .lease_us = UINT64_MAX,
		.fetch_us = UINT64_MAX, .fetched = UINT64_MAX, .cause = &c,
	};
	(void)state;
	memset(c.fact.what, '"', sizeof(c.fact.what) - 1);
	memset(c.fact.peer, '"', sizeof(c.fact.peer) - 1);
	strcpy(c.fact.url, url);
	for (unsigned i = 0; i < CAUSE_LINKS; i++)
		cause_add(&c, "%s", words);
	int len = report_json(&r, out, sizeof(out));
	assert_int_equal(len, strlen(out));
	for (int cap = 0; cap <= len; cap += cap < len - 3 ? 97 : 1) {
		char *p = malloc((size_t)cap);
		assert_int_equal(report_json(&r, p, (size_t)cap), -ENOSPC);
		free(p);
	}
	assert_int_equal(report_json(&r, exact, (size_t)len + 1), len);
	assert_string_equal(exact, out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json), cmocka_unit_test(test_record), cmocka_unit_test(test_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
