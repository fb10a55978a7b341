/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings that tools/options.py has written into the loader's own file: a
 * block of OPTIONS_LEN bytes outside of what is packed (boot16/start.asm).
 * Pure: the block is the caller's, and is only read.
 *
 *	0	u32 OPTIONS_MAGIC
 *	4	u32 CRC-32 of all from offset 8 to the end of the entries
 *	8	u32 OPTIONS_LEN
 *	12	u32 bytes of entries, 0 for none; behind them anything
 *	16	entries: "name=value" or, what nothing may change later,
 *		"!name=value", each with a NUL
 *
 * A name is as scripts have it, with scope and type (services/script/settings.h).
 * Values are whatever has no NUL.
 */
#ifndef KERNEL_PATCH_H
#define KERNEL_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "gen/abi16.h"

#define PATCH_NAME_MAX 64
#define PATCH_ROOM (OPTIONS_LEN - 16)

struct patch_entry {
	char name[PATCH_NAME_MAX];
	const char *value;	/* in the block */
	bool final;
};

/*
 * Is it as the tool wrote it?  The bytes of its entries, 0 for none; or -ENOENT
 * (no block there), -E2BIG (a length that does not fit), -EBADMSG (its
 * checksum), -EINVAL (an entry that is none).
 */
int patch_check(const void *block);
/* What is wrong: "its checksum does not match". */
const char *patch_why(int err);
/* The entry at *at, which begins as 0 and moves behind it: false at the end.  The block has passed patch_check(). */
bool patch_next(const void *block, size_t *at, struct patch_entry *e);
/*
 * What name, without type, is set to; NULL: nothing, or the block is not good.
 * *final (or NULL) tells whether nothing may change it.
 */
const char *patch_get(const void *block, const char *name, bool *final);

#endif
