/* SPDX-License-Identifier: BSD-2-Clause */
/* Mbed TLS's SHA-256 as it is built for us gives the digests of FIPS 180-4's examples, in one piece and in many. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <mbedtls/sha256.h>

static void check(const uint8_t *digest, const char *hex)
{
	char text[65];
	for (int i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void examples(void **state)
{
	(void)state;
	uint8_t digest[32];
	assert_int_equal(mbedtls_sha256((const uint8_t *)"abc", 3, digest, 0), 0);
	check(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(mbedtls_sha256((const uint8_t *)"", 0, digest, 0), 0);
	check(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void in_pieces(void **state)
{
	(void)state;
	uint8_t digest[32], piece[997];
	mbedtls_sha256_context c;
	memset(piece, 'a', sizeof(piece));
	mbedtls_sha256_init(&c);
	assert_int_equal(mbedtls_sha256_starts(&c, 0), 0);
	for (size_t left = 1000000, n; left; left -= n) {
		n = left < sizeof(piece) ? left : sizeof(piece);
		assert_int_equal(mbedtls_sha256_update(&c, piece, n), 0);
	}
	assert_int_equal(mbedtls_sha256_finish(&c, digest), 0);
	mbedtls_sha256_free(&c);
	check(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(examples), cmocka_unit_test(in_pieces) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
