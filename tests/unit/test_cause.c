/* SPDX-License-Identifier: BSD-2-Clause */
/* Causes: the fact, the chain, both as text and as JSON, the record of tries. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/cause/cause.h"

static char text[CAUSE_TEXT_MAX], json[CAUSE_JSON_MAX];

static struct cause not_found(void)
{
	struct cause c = { .count = 0 };
	cause_fact_set(&c.fact, -ENOENT, "%s answers 404 Not Found", "10.0.2.2:80");
	strcpy(c.fact.url, "http://10.0.2.2/vmlinuz");
	strcpy(c.fact.peer, "10.0.2.2:80");
	c.fact.status = 404;
	return c;
}

static void test_text(void **state)
{
	struct cause c = not_found();
	(void)state;
	size_t len = cause_text(&c.fact, text, sizeof(text));
	assert_int_equal(len, strlen(text));
	assert_string_equal(text, "http://10.0.2.2/vmlinuz: 10.0.2.2:80 answers 404 Not Found");
	assert_int_equal(cause_text(&c.fact, text, 10), 9);
	assert_string_equal(text, "http://10");
	cause_fact_set(&c.fact, -ENOMEM, "%s", "");
	cause_text(&c.fact, text, sizeof(text));
	assert_string_equal(text, "not enough memory");
	cause_fact_set(&c.fact, 7, "%s", "");
	cause_text(&c.fact, text, sizeof(text));
	assert_string_equal(text, "status 7");
	/* it is sent to others: no passwords, not even where they are cut */
	cause_fact_set(&c.fact, -EIO, "%s is not there", "http://me:secret@10.0.2.2/x");
	assert_null(strstr(c.fact.what, "secret"));
	cause_add(&c, "%.*s http://me:secret@10.0.2.2/", CAUSE_LINK_MAX - 20, "");
	assert_null(strstr(c.failed[0], "secret"));
}

/* A new fact has nothing of the one before, and what is too long is cut, not more. */
static void test_room(void **state)
{
	char longer[400];
	struct cause c = not_found();
	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cause_fact_set(&c.fact, -EIO, "%s", longer);
	assert_int_equal(c.fact.url[0], 0);
	assert_int_equal(c.fact.peer[0], 0);
	assert_int_equal(c.fact.status, 0);
	assert_int_equal(strlen(c.fact.what), CAUSE_WHAT_MAX - 1);
	for (unsigned i = 0; i < CAUSE_LINKS + 3; i++)
		cause_add(&c, "%u %s", i, longer);
	assert_int_equal(c.count, CAUSE_LINKS);
	for (unsigned i = 0; i < CAUSE_LINKS; i++) {
		assert_int_equal(strlen(c.failed[i]), CAUSE_LINK_MAX - 1);
		assert_int_equal(c.failed[i][0], '0' + (int)i);
	}
}

static void test_json(void **state)
{
	struct cause c = not_found();
	(void)state;
	cause_add(&c, "boot.ipxe:3: kernel vmlinuz");
	cause_add(&c, "called by main.ipxe:1: chain boot.ipxe");
	int len = cause_json(&c, json, sizeof(json));
	assert_string_equal(json, "{\"what\":\"10.0.2.2:80 answers 404 Not Found\","
			    "\"url\":\"http://10.0.2.2/vmlinuz\",\"peer\":\"10.0.2.2:80\",\"status\":404,"
			    "\"failed\":[\"boot.ipxe:3: kernel vmlinuz\",\"called by main.ipxe:1: chain boot.ipxe\"]}");
	assert_int_equal(len, strlen(json));
	/* to the byte */
	char *exact = json + sizeof(json) - (size_t)len - 1;
	assert_int_equal(cause_json(&c, exact, (size_t)len + 1), len);
	assert_int_equal(cause_json(&c, exact, (size_t)len), -ENOSPC);
	c = (struct cause){ .count = 0 };
	cause_fact_set(&c.fact, 3, "a \"quoted\"\\ \n\x1b[1m \xe4");
	c.fact.at = 5;
	c.fact.size = 5000000000ull;
	assert_true(cause_json(&c, json, sizeof(json)) > 0);
	assert_string_equal(json, "{\"what\":\"a \\\"quoted\\\"\\\\ \\u000a\\u001b[1m \\u00e4\","
			    "\"exit\":3,\"at\":5,\"size\":5000000000}");
	c = (struct cause){ .count = 0 };
	assert_int_equal(cause_json(&c, json, sizeof(json)), 2);
	assert_string_equal(json, "{}");
	cause_fact_set(&c.fact, -ENOMEM, "%s", "");
	assert_true(cause_json(&c, json, sizeof(json)) > 0);
	assert_string_equal(json, "{\"what\":\"not enough memory\"}");
}

/* Everything full of what takes two bytes each still has room. */
static void test_json_room(void **state)
{
	struct cause c = { .fact = { .err = -ENOENT, .status = UINT32_MAX, .at = UINT64_MAX, .size = UINT64_MAX } };
	(void)state;
	memset(c.fact.what, '"', sizeof(c.fact.what) - 1);
	memset(c.fact.url, '"', sizeof(c.fact.url) - 1);
	memset(c.fact.peer, '"', sizeof(c.fact.peer) - 1);
	for (c.count = 0; c.count < CAUSE_LINKS; c.count++)
		memset(c.failed[c.count], '"', CAUSE_LINK_MAX - 1);
	assert_in_range(cause_json(&c, json, sizeof(json)), 2700, CAUSE_JSON_MAX - 1);
}

static void test_record(void **state)
{
	struct cause c = not_found();
	(void)state;
	assert_int_equal(cause_kept()->failures, 0);
	cause_keep(&c, 1000);
	cause_fact_set(&c.fact, -EIO, "another");
	cause_keep(&c, 2000);
	assert_int_equal(cause_kept()->failures, 2);
	assert_int_equal(cause_kept()->since_us, 1000);
	assert_int_equal(cause_kept()->last_us, 2000);
	assert_string_equal(cause_kept()->cause.fact.what, "another");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_room),
		cmocka_unit_test(test_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
