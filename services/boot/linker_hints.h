/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's linker.hints (kldxref(8)): in which file of a folder a module is,
 * in which version.  Version 1 of the format: a number 1, then records, each
 * with its length, a type, texts behind their length bytes, and numbers at
 * multiples of four.  Read are those that say a version.  Pure.
 * Called by freebsd_modules.c.
 */
#ifndef SERVICES_BOOT_LINKER_HINTS_H
#define SERVICES_BOOT_LINKER_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINKER_HINTS_MAX (1u << 20)	/* FreeBSD's own loader reads no longer ones */
#define LINKER_HINTS_NAME_MAX 256u

/* A version that is wanted: `preferred`, else the highest from min to max. */
struct kld_version {
	int32_t min, preferred, max;
};

bool linker_hints_good(const uint8_t *data, size_t len);
/* The file that has the module; want NULL: in any version.  False: none is known. */
bool linker_hints_find(const uint8_t *data, size_t len, const char *module, const struct kld_version *want,
		       char file[LINKER_HINTS_NAME_MAX]);

#endif
