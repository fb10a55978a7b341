/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The random generator's core: HMAC_DRBG (NIST SP 800-90A, 10.1.2; Mbed TLS's)
 * on SHA-256, seeded from noise that is tested all the time (SP 800-90B, 4.4).
 * Pure: samples and times are arguments; kernel/random.c brings them.
 *
 * Samples gather in a pool until they are worth ENTROPY_BITS, and only then go
 * to the generator, all at once: whoever has seen its state cannot guess them
 * one by one.  Before that it gives numbers which differ from machine to
 * machine and from start to start, and are good for no secret.
 */
#ifndef KERNEL_ENTROPY_H
#define KERNEL_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/hmac_drbg.h>
#include <mbedtls/sha256.h>

#define ENTROPY_BITS 256u		/* what a seed has to be worth */
#define ENTROPY_BUFFERED 64u

/* Where samples come from, and what they are worth. */
enum entropy_kind {
	ENTROPY_RDRAND,		/* 32 bits of the processor's generator: 8 bits each */
	ENTROPY_DEVICE,		/* 32 bits of a device that is made for it: the same */
	ENTROPY_JITTER,		/* the TSC at an interrupt, a frame, a turn of the tasks: a quarter of a bit each */
	ENTROPY_KINDS
};

/*
 * The tests of one source's samples; what they are worth counts when so many have passed as its start-up test asks for.
 */
struct entropy_source {
	uint32_t last, repeats;			/* repetition count test (4.4.1) */
	uint32_t wanted, met, in_window;	/* adaptive proportion test (4.4.2) */
	uint32_t passed;			/* in a row */
	uint32_t failures;			/* how often a test has failed, and all began anew */
};

struct entropy {
	struct entropy_source source[ENTROPY_KINDS];
	uint32_t quarters;			/* of bits, in the pool */
	bool ready;				/* a whole seed has been taken in */
	mbedtls_sha256_context pool;
	mbedtls_hmac_drbg_context drbg;
	uint32_t buffer[ENTROPY_BUFFERED];
	unsigned left;				/* words of it that nobody has had */
};

/* 0, or -ENOMEM. */
int entropy_init(struct entropy *e);
/* What differs from machine to machine, or from start to start: taken in, and worth nothing. */
void entropy_stir(struct entropy *e, const void *data, size_t len);
/* One sample of noise. */
void entropy_sample(struct entropy *e, enum entropy_kind kind, uint32_t sample);
/*
 * 32 random bits; `salt`, the time for instance, is mixed in when the
 * buffer is filled anew.  Good for secrets once e->ready.
 */
uint32_t entropy_u32(struct entropy *e, uint64_t salt);

#endif
