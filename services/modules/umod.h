/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A module's file: a static ELF32 program for the i386 (System V ABI, chapters 4
 * and 5), linked to where modules live (kernel/space.h), with a note that says
 * for which version of the interface it was built (sdk/include/undine_abi.h).
 * Leaves out relocation, dynamic linking, thread-local storage.  Pure.
 *
 *	struct umod u;
 *	const char *why;
 *	if (umod_parse(data, len, &u, &why) < 0)
 *		log_line("%s", why);
 */
#ifndef SERVICES_MODULES_UMOD_H
#define SERVICES_MODULES_UMOD_H

#include <stddef.h>
#include <stdint.h>

#define UMOD_SEGMENTS 8u
#define UMOD_STACK_TOP 0xfebff000u	/* below it the stack, and then, for frames of any size, nothing for a while */
#define UMOD_STACK_LEN (256u << 10)
#define UMOD_STACK_LOW (UMOD_STACK_TOP - UMOD_STACK_LEN)
#define UMOD_HIGH (UMOD_STACK_LOW - (1u << 20))	/* segments and heap end below */

struct umod_segment {
	uint32_t at, len;		/* where it is to be; whole pages are not asked for */
	uint32_t off, file_len;		/* what of the file it begins with */
	unsigned rights;		/* enum space_right */
};

struct umod {
	uint32_t entry, end;		/* end: the first page behind all segments */
	unsigned count;
	struct umod_segment segment[UMOD_SEGMENTS];
	/* its names of functions, for whoever tells of a fault; symbols 0: none */
	uint32_t symbols, symbols_off, names_off, names_len;
};

/* 0, or -ENOEXEC with a sentence in *why: what it is instead, or what is wrong with it. */
int umod_parse(const uint8_t *data, size_t len, struct umod *u, const char **why);
/*
 * The function that addr is in, by the tables that u has found in a file: the distance from its start in *off.  NULL:
 * none.
 */
const char *umod_function(const struct umod *u, const uint8_t *data, uint32_t addr, uint32_t *off);

#endif
