/* SPDX-License-Identifier: BSD-2-Clause */
/* See entropy.h. */
#include "kernel/entropy.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>

#define WINDOW 512u

/*
 * Per source: what a sample is worth in quarters of a bit, and the tests'
 * cut-offs for the entropy claimed, with one false alarm in 2^20: 1 + 20 / H,
 * and 1 + critbinom(WINDOW, 2^-H, 1 - 2^-20).  H is 8 bits of
 * a word of RDRAND's or of a device's, and half a bit of jitter, which counts for a quarter.
 */
static const struct {
	uint32_t mask, quarters, repeats_max, met_max, start_up;
} kinds[ENTROPY_KINDS] = {
	[ENTROPY_RDRAND] = { 0xffffffff, 32, 4, 13, 16 },
	[ENTROPY_DEVICE] = { 0xffffffff, 32, 4, 13, 16 },
	[ENTROPY_JITTER] = { 0xff, 1, 41, 410, 1024 },
};

int entropy_init(struct entropy *e)
{
	memset(e, 0, sizeof(*e));
	mbedtls_sha256_init(&e->pool);
	mbedtls_sha256_starts(&e->pool, 0);
	mbedtls_hmac_drbg_init(&e->drbg);
	const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	return mbedtls_hmac_drbg_seed_buf(&e->drbg, sha256, NULL, 0) ? -ENOMEM : 0;
}

void entropy_stir(struct entropy *e, const void *data, size_t len)
{
	mbedtls_hmac_drbg_update(&e->drbg, data, len);
	e->left = 0;
}

/* True if the sample looks like noise. */
static bool is_healthy(struct entropy_source *s, enum entropy_kind kind, uint32_t sample)
{
	s->repeats = s->repeats && sample == s->last ? s->repeats + 1 : 1;
	s->last = sample;
	if (!s->in_window) {
		s->wanted = sample;
		s->met = 0;
	}
	s->met += sample == s->wanted;
	s->in_window = (s->in_window + 1) % WINDOW;
	return s->repeats < kinds[kind].repeats_max && s->met < kinds[kind].met_max;
}

/* The pool becomes the seed, and begins anew. */
static void take_in(struct entropy *e)
{
	uint8_t seed[32];
	mbedtls_sha256_finish(&e->pool, seed);
	entropy_stir(e, seed, sizeof(seed));
	mbedtls_platform_zeroize(seed, sizeof(seed));
	mbedtls_sha256_starts(&e->pool, 0);
	e->quarters = 0;
	e->ready = true;
}

void entropy_sample(struct entropy *e, enum entropy_kind kind, uint32_t sample)
{
	struct entropy_source *s = &e->source[kind];
	uint32_t start_up = kinds[kind].start_up;
	mbedtls_sha256_update(&e->pool, (const uint8_t *)&sample, sizeof(sample));
	if (!is_healthy(s, kind, sample & kinds[kind].mask)) {
		*s = (struct entropy_source){ .failures = s->failures + 1 };
		e->quarters = 0;
		return;
	}
	if (s->passed < start_up)
		s->passed++;
	if (s->passed < start_up)
		return;
	e->quarters += kinds[kind].quarters;
	if (e->quarters >= 4 * ENTROPY_BITS)
		take_in(e);
}

uint32_t entropy_u32(struct entropy *e, uint64_t salt)
{
	if (!e->left) {
		mbedtls_hmac_drbg_random_with_add(&e->drbg, (uint8_t *)e->buffer, sizeof(e->buffer),
						  (const uint8_t *)&salt, sizeof(salt));
		e->left = ENTROPY_BUFFERED;
	}
	uint32_t v = e->buffer[--e->left];
	e->buffer[e->left] = 0;
	return v;
}
