/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/start/ctxmix.h.  That packed bytes unpack to the same is seen at every build: tools/ctxmix.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel/start/ctxmix.h"

static struct ctxmix *fresh(void)
{
	struct ctxmix *m = calloc(1, sizeof(*m));
	assert_non_null(m);
	return m;
}

/* Damaged on the way: other bytes come out, as many as were asked for, and nothing else is touched. */
static void garbage(void **state)
{
	(void)state;
	enum { LEN = 2000 };
	srand(1);
	for (unsigned round = 0; round < 30; round++) {
		uint32_t len = (uint32_t)rand() % LEN;
		uint8_t *in = malloc(len + 1), *out = malloc(LEN);
		for (uint32_t i = 0; i < len; i++)
			in[i] = round == 1 ? 0 : round == 2 ? 0xff : (uint8_t)rand();
		struct ctxmix *m = fresh();
		ctxmix_unpack(m, in, len, out, LEN);
		assert_int_equal(m->at, LEN);
		free(m);
		free(out);
		free(in);
	}
}

/* What is met again and again is soon expected. */
static void learns(void **state)
{
	(void)state;
	static const uint8_t text[] = "mov eax, [ebp + 8]\n";
	enum { LEN = 50 * (sizeof(text) - 1) };
	static uint8_t bytes[LEN];
	struct ctxmix *m = fresh();
	uint32_t p = 2048, bit = 0;
	ctxmix_init(m, bytes);
	for (uint32_t i = 0; i < LEN; i++) {
		bytes[i] = text[i % (sizeof(text) - 1)];
		for (uint32_t b = 8; b--;) {
			p = ctxmix_predict(m);
			bit = bytes[i] >> b & 1;
			assert_in_range(p, 1, 4095);
			ctxmix_learn(m, bit);
		}
	}
	assert_in_range(bit ? p : 4096 - p, 4000, 4095);
	free(m);
}

/* A call at 1 to 10h, as it was packed; one whose distance leads out of the code; a cut one. */
static void calls(void **state)
{
	(void)state;
	uint8_t code[] = { 0x90, 0xe8, 0x10, 0, 0, 0, 0xe9, 0x00, 0x10, 0, 0, 0xe8, 0xfe, 0xff, 0xff, 0xff, 0x90, 0xe8, 1, 2, 3 };
	const uint8_t wanted[] = { 0x90, 0xe8, 0x0a, 0, 0, 0, 0xe9, 0x00, 0x10, 0, 0, 0xe8, 0x13, 0, 0, 0, 0x90, 0xe8, 1, 2, 3 };
	ctxmix_calls(code, sizeof(code));
	assert_memory_equal(code, wanted, sizeof(code));
	ctxmix_calls(code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(garbage), cmocka_unit_test(learns), cmocka_unit_test(calls) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
