/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM as TLS calls it, through services/tls/gcm.c, by tables and by the processor's AES instructions, against
 * OpenSSL.  The Makefile puts functions of here before those of Mbed TLS that have such instructions: none may run
 * unless the registers were borrowed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cpuid.h>
#include <stdbool.h>
#include <string.h>

#include <mbedtls/aes.h>
#include <mbedtls/cipher.h>
#include <openssl/evp.h>

#include "kernel/fpu.h"

#define TAG 16
#define IV 12
#define AAD 13
#define RECORD 16384

typedef int crypt_fn(mbedtls_aes_context *ctx, int mode, const unsigned char in[16], unsigned char out[16]);
typedef void mult_fn(unsigned char c[16], const unsigned char a[16], const unsigned char b[16]);
typedef int setkey_fn(unsigned char *rk, const unsigned char *key, size_t bits);
crypt_fn __real_mbedtls_aesni_crypt_ecb, __wrap_mbedtls_aesni_crypt_ecb;
mult_fn __real_mbedtls_aesni_gcm_mult, __wrap_mbedtls_aesni_gcm_mult;
setkey_fn __real_mbedtls_aesni_setkey_enc, __wrap_mbedtls_aesni_setkey_enc;

static bool has_them;			/* the processor that is tested on */
static bool borrowed;
static unsigned loans, blocks, products, keys;

void fpu_borrow(uint32_t features)
{
	assert_int_equal(features, FPU_AES | FPU_PCLMUL);
	assert_false(borrowed);
	borrowed = has_them;
	loans++;
}

bool fpu_is_borrowed(void)
{
	return borrowed;
}

void fpu_off(void)
{
	borrowed = false;
}

int __wrap_mbedtls_aesni_crypt_ecb(mbedtls_aes_context *ctx, int mode, const unsigned char in[16],
				   unsigned char out[16])
{
	assert_true(borrowed);
	blocks++;
	return __real_mbedtls_aesni_crypt_ecb(ctx, mode, in, out);
}

void __wrap_mbedtls_aesni_gcm_mult(unsigned char c[16], const unsigned char a[16], const unsigned char b[16])
{
	assert_true(borrowed);
	products++;
	__real_mbedtls_aesni_gcm_mult(c, a, b);
}

int __wrap_mbedtls_aesni_setkey_enc(unsigned char *rk, const unsigned char *key, size_t bits)
{
	assert_true(borrowed);
	keys++;
	return __real_mbedtls_aesni_setkey_enc(rk, key, bits);
}

static uint8_t key[32], iv[IV], aad[AAD], in[RECORD], want[RECORD + TAG], out[RECORD + TAG], back[RECORD];

static void openssl(const EVP_CIPHER *cipher, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	assert_int_equal(EVP_EncryptInit_ex(c, cipher, NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, aad, AAD), 1);
	assert_int_equal(EVP_EncryptUpdate(c, want, &n, in, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, want + len, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, want + len), 1);
	EVP_CIPHER_CTX_free(c);
}

static void one_key(mbedtls_cipher_type_t type, int bits, const EVP_CIPHER *cipher)
{
	static const size_t lens[] = { 0, 1, 15, 16, 17, 31, 1000, RECORD };
	mbedtls_cipher_context_t c;
	size_t n;
	mbedtls_cipher_init(&c);
	assert_int_equal(mbedtls_cipher_setup(&c, mbedtls_cipher_info_from_type(type)), 0);
	assert_int_equal(mbedtls_cipher_setkey(&c, key, bits, MBEDTLS_ENCRYPT), 0);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t len = lens[i];
		openssl(cipher, len);
		assert_int_equal(mbedtls_cipher_auth_encrypt_ext(&c, iv, IV, aad, AAD, in, len, out, sizeof(out), &n,
								 TAG), 0);
		assert_int_equal(n, len + TAG);
		assert_memory_equal(out, want, n);
		assert_int_equal(mbedtls_cipher_auth_decrypt_ext(&c, iv, IV, aad, AAD, out, n, back, sizeof(back), &n,
								 TAG), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, in, n);
		out[len] ^= 1;
		assert_int_equal(mbedtls_cipher_auth_decrypt_ext(&c, iv, IV, aad, AAD, out, len + TAG, back,
								 sizeof(back), &n, TAG),
				 MBEDTLS_ERR_CIPHER_AUTH_FAILED);
		assert_false(borrowed);
	}
	mbedtls_cipher_free(&c);
}

static void both_keys(void)
{
	loans = blocks = products = keys = 0;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + (i >> 8));
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 29 + 1);
	memset(iv, 5, sizeof(iv));
	memset(aad, 9, sizeof(aad));
	one_key(MBEDTLS_CIPHER_AES_128_GCM, 128, EVP_aes_128_gcm());
	one_key(MBEDTLS_CIPHER_AES_256_GCM, 256, EVP_aes_256_gcm());
	assert_int_equal(loans, 2 * (1 + 3 * 8));
}

static void by_tables(void **state)
{
	(void)state;
	has_them = false;
	both_keys();
	assert_int_equal(blocks + products + keys, 0);
}

static bool ask_processor(void)
{
	uint32_t a, b, c, d;
	__cpuid(1, a, b, c, d);
	return (c & FPU_AES) && (c & FPU_PCLMUL);
}

static void by_instructions(void **state)
{
	(void)state;
	has_them = ask_processor();
	if (!has_them)
		skip();
	both_keys();
	assert_int_equal(keys, 2);
	assert_true(blocks > 2 * 3 * RECORD / 16);
	assert_true(products > 2 * 3 * RECORD / 16);
}

/* Who computes AES otherwise does it without them, whatever the processor has. */
static void not_outside(void **state)
{
	mbedtls_aes_context a;
	uint8_t block[16] = { 0 };
	(void)state;
	has_them = ask_processor();
	blocks = keys = 0;
	mbedtls_aes_init(&a);
	assert_int_equal(mbedtls_aes_setkey_enc(&a, key, 128), 0);
	assert_int_equal(mbedtls_aes_crypt_ecb(&a, MBEDTLS_AES_ENCRYPT, block, block), 0);
	mbedtls_aes_free(&a);
	assert_int_equal(blocks + keys, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_tables), cmocka_unit_test(by_instructions), cmocka_unit_test(not_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
