/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in streams: each form of an instruction comes back as it was, and what is no text in streams ends by itself. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/start/streams.h"

#define BASE 0x7f123000u
#define TAIL "fifteen bytes.."		/* the text's last, fewer than STREAMS_MARGIN: code as is */

static uint8_t streams[STREAMS][64];
static struct streams_head head;

static void put(int stream, const void *bytes, size_t n)
{
	memcpy(streams[stream] + head.len[stream], bytes, n);
	head.len[stream] += (uint32_t)n;
}
#define PUT(stream, ...) put(stream, (const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ })

static int begin(void **state)
{
	(void)state;
	memset(&head, 0, sizeof head);
	head.mark = 0xa5;
	static const struct {
		uint16_t opcode;
		uint8_t form;
	} forms[] = {
		{ 0x66, FORM_PREFIX }, { 0x8b, FORM_MODRM }, { 0xc7, FORM_MODRM | FORM_IMM }, { 0x6a, FORM_IMM8 },
		{ 0x74, FORM_JUMP8 }, { 0x68, FORM_IMM }, { 0xa1, FORM_ADDRESS }, { 0xe8, FORM_CALL },
		{ 0xe9, FORM_JUMP32 }, { 0xf6, FORM_MODRM | FORM_TEST8 }, { 0xf7, FORM_MODRM | FORM_TEST },
		{ 0x184, FORM_JUMP32 }, { 0x1b6, FORM_MODRM },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		head.form[forms[i].opcode] = forms[i].form;
	return 0;
}

/* Joins what was put, in memory of its exact length, to LEN bytes; the sites' number. */
static int join(uint8_t *text, uint32_t len, uint32_t *sites, uint32_t sites_max)
{
	uint32_t all = sizeof head;
	head.text_len = len;
	for (int i = 0; i < STREAMS; i++)
		all += head.len[i];
	uint8_t *packed = malloc(all), *at = packed + sizeof head, *out = malloc(len ? len : 1);
	memcpy(packed, &head, sizeof head);
	for (int i = 0; i < STREAMS; i++, at += head.len[i - 1])
		memcpy(at, streams[i], head.len[i]);
	int n = streams_join((const struct streams_head *)packed, all, out, BASE, sites, sites_max);
	memcpy(text, out, len);
	free(packed);
	free(out);
	return n;
}

/* The instructions put become these bytes, with nothing left over for the tail. */
static void becomes(const uint8_t *wanted, size_t n, int wanted_sites, uint32_t *sites)
{
	uint8_t text[128];
	put(STREAM_CODE, TAIL, 15);
	assert_int_equal(join(text, (uint32_t)n + 15, sites, 8), wanted_sites);
	assert_memory_equal(text, wanted, n);
	assert_memory_equal(text + n, TAIL, 15);
}
#define BECOMES(n, sites, ...) \
	becomes((const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ }, n, sites)

static void fields_come_from_their_streams(void **state)
{
	(void)state;
	uint32_t sites[8];
	/* mov ecx,[ebp-8]; mov ecx,[esp+8]; mov eax,[ebx*4+12345678h]; mov word [eax+8],1234h; test al,1; not al;
	 * test eax,2; push 7; je .-2; je near; mov eax,[11223344h] */
	PUT(STREAM_CODE, 0x8b, 0x4d, 0x8b, 0x4c, 0x24, 0x8b, 0x04, 0x9d, 0x66, 0xc7, 0x40, 0x34, 0x12, 0xf6, 0xc0,
	    0xf6, 0xd0, 0xf7, 0xc0, 0x6a, 0x74, 0x0f, 0x84, 0xa1, 0x0f, 0xb6, 0xc0);
	PUT(STREAM_DISP8_FRAME, 0xf8);
	PUT(STREAM_DISP8, 8, 8);
	PUT(STREAM_DISP32, 0x12, 0x34, 0x56, 0x78);
	PUT(STREAM_IMM8, 1, 7);
	PUT(STREAM_IMM32, 0, 0, 0, 2, 0x11, 0x22, 0x33, 0x44);
	PUT(STREAM_JUMP8, 0xfe);
	PUT(STREAM_JUMP32, 0xff, 0xff, 0xff, 0);
	BECOMES(0, sites, 0x8b, 0x4d, 0xf8, 0x8b, 0x4c, 0x24, 8, 0x8b, 0x04, 0x9d, 0x78, 0x56, 0x34, 0x12, 0x66,
		0xc7, 0x40, 8, 0x34, 0x12, 0xf6, 0xc0, 1, 0xf6, 0xd0, 0xf7, 0xc0, 2, 0, 0, 0, 0x6a, 7, 0x74, 0xfe, 0x0f,
		0x84, 0, 0xff, 0xff, 0xff, 0xa1, 0x44, 0x33, 0x22, 0x11, 0x0f, 0xb6, 0xc0);
}

static void calls_are_of_places_and_addresses_are_found(void **state)
{
	(void)state;
	uint32_t sites[8];
	/* call 3; call 3; push text+102030h; mov eax,[text+1] */
	PUT(STREAM_CODE, 0xe8, 0xe8, 0x68, 0x8b, 0x05);
	PUT(STREAM_CALL, 0, 0, 0, 3, 0, 0, 0, 3);
	PUT(STREAM_IMM32, 0xa5, 0x10, 0x20, 0x30);
	PUT(STREAM_DISP32, 0xa5, 0, 0, 1);
	BECOMES(2, sites, 0xe8, 0xfe, 0xff, 0xff, 0xff, 0xe8, 0xf9, 0xff, 0xff, 0xff, 0x68, 0x30, 0x50, 0x22, 0x7f,
		0x8b, 0x05, 0x01, 0x30, 0x12, 0x7f);
	assert_int_equal(sites[0], 11);
	assert_int_equal(sites[1], 17);
}

static void more_addresses_than_said(void **state)
{
	(void)state;
	uint32_t sites[1];
	uint8_t text[64];
	PUT(STREAM_CODE, 0x68, 0x68);
	PUT(STREAM_IMM32, 0xa5, 0, 0, 1, 0xa5, 0, 0, 2);
	put(STREAM_CODE, TAIL, 15);
	assert_int_equal(join(text, 25, sites, 1), -1);
}

static void prefixes_without_end(void **state)
{
	(void)state;
	uint32_t sites[1];
	uint8_t text[64], code[48];
	memset(code, 0x66, sizeof code);
	put(STREAM_CODE, code, sizeof code);
	assert_int_equal(join(text, sizeof code, sites, 1), 0);
	assert_memory_equal(text, code, sizeof code);
}

static void streams_that_end_early(void **state)
{
	(void)state;
	uint32_t sites[4];
	uint8_t text[64];
	PUT(STREAM_CODE, 0xe8, 0x8b, 0x4d, 0x68);
	PUT(STREAM_CALL, 0, 0, 0, 3);
	PUT(STREAM_DISP8_FRAME, 4);
	PUT(STREAM_IMM32, 0, 0, 0, 3);
	put(STREAM_CODE, TAIL, 15);
	assert_int_equal(join(text, 28, sites, 4), 0);
	for (int i = 0; i < STREAMS; i++) {
		if (!head.len[i])
			continue;
		head.len[i]--;
		assert_int_equal(join(text, 28, sites, 4), -1);
		head.len[i]++;
	}
	struct streams_head h = { .text_len = 1, .len = { 0, 0, 0, 0, 8 } };
	assert_int_equal(streams_join(&h, sizeof h - 1, text, BASE, sites, 4), -1);
	assert_int_equal(streams_join(&h, sizeof h, text, BASE, sites, 4), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fields_come_from_their_streams, begin),
		cmocka_unit_test_setup(calls_are_of_places_and_addresses_are_found, begin),
		cmocka_unit_test_setup(more_addresses_than_said, begin),
		cmocka_unit_test_setup(prefixes_without_end, begin),
		cmocka_unit_test_setup(streams_that_end_early, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
