/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on addresses and lengths that come from outside: the machine
 * counts in 32 bit, and a sum that wraps is a buffer that is too small.  What
 * a file, a packet or a table says is added and multiplied by these only.
 * Pure.
 *
 *	uint32_t end;
 *	if (!checked_sum(p->vaddr, p->memsz, &end) || end > MAX)
 *		return boot_why(why, -ENOEXEC, "...");
 */
#ifndef KERNEL_CHECKED_H
#define KERNEL_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* *out = a + b; false if that is 4 GiB or more. */
static inline bool checked_sum(uint64_t a, uint64_t b, uint32_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

/* *out = a * b; false if that is 4 GiB or more. */
static inline bool checked_product(uint32_t a, uint32_t b, uint32_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

/* *out = the next multiple of align, a power of two, from v on; false if that is 4 GiB or more. */
static inline bool checked_align(uint32_t v, uint32_t align, uint32_t *out)
{
	*out = (v + align - 1) & -align;
	return *out >= v;
}

/* True if len bytes from `at` on are within the first `whole` bytes. */
static inline bool checked_within(uint64_t at, uint64_t len, uint64_t whole)
{
	return at <= whole && len <= whole - at;
}

/* a + b, or the last byte below 4 GiB where that is passed. */
static inline uint32_t capped_sum(uint32_t a, uint32_t b)
{
	uint32_t sum;
	return checked_sum(a, b, &sum) ? sum : UINT32_MAX;
}

#endif
