/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cycles a byte of TLS's ciphers, by records of 16 KiB, the best of many; AES without the processor's instructions, and
 * with them.  tests/bench/ciphers.sh builds it as the loader has them, and otherwise.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <x86intrin.h>

#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>

#define RECORD 16384
#define TURNS 400

int __wrap_mbedtls_aesni_has_support(unsigned what), __real_mbedtls_aesni_has_support(unsigned what);

static int instructions;
static uint8_t in[RECORD], out[RECORD], key[32], iv[12], tag[16], aad[5];

int __wrap_mbedtls_aesni_has_support(unsigned what)
{
	return instructions && __real_mbedtls_aesni_has_support(what);
}

static void gcm(void *ctx)
{
	mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_ENCRYPT, RECORD, iv, sizeof(iv), aad, sizeof(aad), in, out,
				  sizeof(tag), tag);
}

static void chachapoly(void *ctx)
{
	mbedtls_chachapoly_encrypt_and_tag(ctx, RECORD, iv, aad, sizeof(aad), in, out, tag);
}

static void measure(const char *name, void (*record)(void *ctx), void *ctx)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t begun = __rdtsc();
		record(ctx);
		uint64_t took = __rdtsc() - begun;
		best = took < best ? took : best;
	}
	printf("%-34s %6.1f cycles a byte\n", name, (double)best / RECORD);
}

int main(void)
{
	mbedtls_gcm_context g;
	mbedtls_chachapoly_context c;

	for (unsigned i = 0; i < 4; i++) {
		static const char *const names[] = { "AES-128-GCM", "AES-256-GCM", "AES-128-GCM, by instructions",
						     "AES-256-GCM, by instructions" };
		instructions = i >= 2;
		mbedtls_gcm_init(&g);
		mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, i % 2 ? 256 : 128);
		measure(names[i], gcm, &g);
		mbedtls_gcm_free(&g);
	}
	mbedtls_chachapoly_init(&c);
	mbedtls_chachapoly_setkey(&c, key);
	measure("ChaCha20-Poly1305", chachapoly, &c);
	return 0;
}
