/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' files: what undine-cc makes is taken, and whatever is wrong with one is said in a sentence of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/space.h"
#include "services/modules/umod.h"
#include "tests/unit/fake_pages.h"
#include "tests/unit/umod_file.h"

/* A copy of exactly its length, so that the sanitizer sees each byte too far. */
static const char *parse(const uint8_t *file, size_t len, struct umod *u)
{
	const char *why;
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	int err = umod_parse(copy, len, u, &why);
	uint32_t off;
	if (err == 0)
		(void)umod_function(u, copy, UMOD_FILE_CODE + 6, &off);
	free(copy);
	assert_int_equal(err, why ? -ENOEXEC : 0);
	return why;
}

static void a_good_one(void **state)
{
	uint8_t f[UMOD_FILE_LEN];
	struct umod u;
	uint32_t off;
	(void)state;
	umod_make(f);
	assert_null(parse(f, sizeof(f), &u));
	assert_int_equal(u.entry, UMOD_FILE_CODE);
	assert_int_equal(u.count, 2);
	assert_int_equal(u.segment[0].rights, SPACE_EXECUTE);
	assert_int_equal(u.segment[1].rights, SPACE_WRITE);
	assert_int_equal(u.segment[1].file_len, 16);
	assert_int_equal(u.segment[1].len, 32);
	assert_int_equal(u.end, UMOD_FILE_DATA + 4096);
	assert_string_equal(umod_function(&u, f, UMOD_FILE_CODE + 6, &off), "main");
	assert_int_equal(off, 2);
	assert_null(umod_function(&u, f, UMOD_FILE_CODE + 3, &off));
}

static const struct row {
	unsigned at, bytes;
	uint32_t value;
	const char *says;
} rows[] = {
	{ 0, 1, 'x', "not an ELF file" },
	{ 4, 1, 2, "64-bit" },
	{ 4, 1, 9, "ELF class" },
	{ 5, 1, 2, "another processor" },
	{ 18, 2, 62, "another processor" },
	{ 16, 2, 3, "to be relocated" },
	{ 16, 2, 1, "not linked" },
	{ 24, 4, UMOD_FILE_DATA, "does not begin in its code" },
	{ 24, 4, 0, "does not begin in its code" },
	{ 28, 4, 390, "table of segments" },
	{ 28, 4, 0xffffffff, "table of segments" },
	{ 42, 2, 31, "header is damaged" },
	{ 44, 2, 0xffff, "table of segments" },
	{ 44, 2, 0, "does not say for which version" },
	{ UMOD_FILE_PROGRAM, 4, 2, "linked dynamically" },
	{ UMOD_FILE_PROGRAM, 4, 3, "linked dynamically" },
	{ UMOD_FILE_PROGRAM, 4, 7, "thread-local" },
	{ UMOD_FILE_PROGRAM + 4, 4, 390, "beyond the file" },
	{ UMOD_FILE_PROGRAM + 4, 4, 0xfffffff8, "beyond the file" },
	{ UMOD_FILE_PROGRAM + 8, 4, 0x400000, "no memory" },
	{ UMOD_FILE_PROGRAM + 8, 4, 0xfec00000, "no memory" },
	{ UMOD_FILE_PROGRAM + 8, 4, UMOD_FILE_DATA + 0xfff, "share a page" },
	{ UMOD_FILE_PROGRAM + 16, 4, 17, "beyond the file" },
	{ UMOD_FILE_PROGRAM + 20, 4, 0, "beyond the file" },
	{ UMOD_FILE_PROGRAM + 20, 4, 15, "beyond the file" },
	{ UMOD_FILE_PROGRAM + 20, 4, 0xffffffff, "no memory" },
	{ UMOD_FILE_PROGRAM + 20, 4, 0x2000, "share a page" },
	{ UMOD_FILE_PROGRAM + 24, 4, 7, "written to and executed" },
	{ UMOD_FILE_PROGRAM + 24, 4, 4, "does not begin in its code" },
	{ 116 + 4, 4, 0xfffffff0, "notes go beyond" },
	{ UMOD_FILE_NOTE, 4, 0xfffffff0, "does not say for which version" },
	{ UMOD_FILE_NOTE + 4, 4, 0xffffffff, "does not say for which version" },
	{ UMOD_FILE_NOTE + 12, 1, 'u', "does not say for which version" },
	{ 168, 4, 0, "does not say for which version" },
	{ 168, 4, UNDINE_ABI_MAJOR + 1, "newer version" },
	{ 172, 4, UNDINE_ABI_MINOR + 1, "newer version" },
};

static void wrong_ones(void **state)
{
	uint8_t f[UMOD_FILE_LEN];
	struct umod u;
	(void)state;
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(rows[0]); r++) {
		umod_make(f);
		for (unsigned i = 0; i < r->bytes; i++)
			f[r->at + i] = (uint8_t)(r->value >> 8 * i);
		const char *why = parse(f, sizeof(f), &u);
		if (!why || !strstr(why, r->says))
			fail_msg("%u = %x: \"%s\" and not \"%s\"", r->at, r->value, why ? why : "taken", r->says);
	}
}

/* hello.umod.debug, beside hello.umod. */
static void names_alone(void **state)
{
	uint8_t f[UMOD_FILE_LEN];
	struct umod u;
	(void)state;
	umod_make(f);
	umod_put32(f + UMOD_FILE_PROGRAM + 16, 0);
	assert_string_equal(parse(f, sizeof(f), &u), "it does not begin in its code");
	umod_put32(f + UMOD_FILE_PROGRAM + 32 + 16, 0);
	assert_non_null(strstr(parse(f, sizeof(f), &u), "has no code, but what debuggers"));
}

/* Wherever it is cut it is refused, or what is missing were only names. */
static void cut_ones(void **state)
{
	uint8_t f[UMOD_FILE_LEN];
	struct umod u;
	(void)state;
	umod_make(f);
	for (size_t len = 0; len < sizeof(f); len++)
		if (!parse(f, len, &u)) {
			assert_true(len >= 212);
			assert_true(len >= 389 || !u.symbols);
		}
}

static void names_that_are_wrong(void **state)
{
	static const struct { unsigned at; uint32_t value; } wrong[] = {
		{ 32, 0xfffffff0 }, { 48, 0xffff }, { 272 + 16, 0xfffffff0 }, { 272 + 20, 0xffffffff }, { 272 + 24, 3 },
		{ 312 + 16, 0xfffffff0 }, { 312 + 20, 0 }, { 312 + 20, 3 },
	};
	uint8_t f[UMOD_FILE_LEN];
	struct umod u;
	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		umod_make(f);
		umod_put32(f + wrong[i].at, wrong[i].value);
		assert_null(parse(f, sizeof(f), &u));
		assert_int_equal(u.symbols, 0);
	}
}

/* ---- their memory ---- */

static void a_space(void **state)
{
	struct space s = { .most = 10 * 4096 };
	uint8_t buf[8192], back[8192];
	char text[8];
	size_t len;
	(void)state;
	memset(buf, 'a', sizeof(buf));
	assert_int_equal(space_add(&s, 0xf0010000, 4096, SPACE_EXECUTE), 0);
	assert_int_equal(space_add(&s, 0xf0011004, 4096, SPACE_WRITE), 0);	/* two pages */
	assert_int_equal(s.held, 3 * 4096);
	assert_int_equal(space_add(&s, 0xf0012fff, 1, SPACE_WRITE), -EINVAL);
	assert_int_equal(space_add(&s, 0xefffffff, 8, SPACE_WRITE), -EINVAL);
	assert_int_equal(space_add(&s, 0xfebfffff, 2, SPACE_WRITE), -EINVAL);
	assert_int_equal(space_add(&s, 0xf1000000, 0, SPACE_WRITE), -EINVAL);
	assert_int_equal(space_add(&s, 0xf1000000, 0xffffffff, SPACE_WRITE), -EINVAL);
	assert_int_equal(space_add(&s, 0xf1000000, 8 * 4096, SPACE_WRITE), -EDQUOT);
	assert_int_equal(space_write(&s, 0xf0011ff0, buf, 4096 + 16), 0);
	assert_int_equal(space_write(&s, 0xf0011ff0, buf, 4096 + 17), -EFAULT);
	assert_int_equal(space_write(&s, 0xf0010ff0, buf, 32), -EFAULT);	/* code */
	assert_int_equal(space_write(&s, 0xfffffff0, buf, 32), -EFAULT);
	assert_int_equal(space_read(&s, back, 0xf0010ff0, 4096 + 32), 0);	/* over two regions */
	assert_int_equal(back[16 + 0xff0 - 1], 0);
	assert_int_equal(back[16 + 0xff0], 'a');
	assert_int_equal(space_read(&s, back, 0xf0012ffc, 8), -EFAULT);
	assert_int_equal(space_read(&s, back, 0, 1), -EFAULT);
	assert_int_equal(space_read(&s, back, 0, 0), 0);
	assert_false(space_holds(&s, 0xf0010000, SIZE_MAX, false));
	assert_int_equal(space_text(&s, text, sizeof(text), 0xf0012ffc), -EFAULT);
	assert_int_equal(space_text(&s, text, sizeof(text), 0xf0011ff0), -ENAMETOOLONG);
	assert_int_equal(space_text(&s, text, sizeof(text), 0xf0010000), 0);
	assert_non_null(space_piece(&s, 0xf0010fff, &len, false));
	assert_int_equal(len, 1);
	space_free(&s);
	assert_int_equal(fake_pages_held, 0);
	assert_false(space_holds(&s, 0xf0010000, 1, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one), cmocka_unit_test(wrong_ones), cmocka_unit_test(names_alone),
		cmocka_unit_test(cut_ones),
		cmocka_unit_test(names_that_are_wrong), cmocka_unit_test(a_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
