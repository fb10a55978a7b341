/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a life of the loader tells the next one: a sealed block of records.
 * Pure.  The reader takes nothing for granted: the block may be what is left of
 * a machine that went wrong.
 *
 *	0	u32 CARRY_MAGIC
 *	4	u32 CRC-32 of all from offset 8 to the end of the records
 *	8	u32 bytes of records
 *	12	records: u16 tag, u16 bytes, the bytes
 *
 *	struct carry c;
 *	carry_begin(&c, block, sizeof block);
 *	carry_put(&c, CARRY_REASON, text, strlen(text));
 *	carry_seal(&c);
 *	...
 *	if (carry_is_whole(block, sizeof block) && carry_get(block, CARRY_REASON, 0, &text, &len)) ...
 */
#ifndef KERNEL_CARRY_H
#define KERNEL_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARRY_MAGIC 0x31434e55u		/* "UNC1" */
#define CARRY_HEAD 12u

enum carry_tag {
	CARRY_REASON = 1,		/* text without NUL: why the last life has ended */
	CARRY_LOG,			/* the end of its log: whole lines, each with its newline */
	CARRY_ARGS,			/* its arguments, text without NUL */
	CARRY_LEASE,			/* of a link: services/dhcp knows its form */
};

struct carry {
	uint8_t *block;
	size_t cap, len;		/* len: behind the last record */
};

/* cap: at least CARRY_HEAD.  What the block holds is broken from now on. */
void carry_begin(struct carry *c, void *block, size_t cap);
/* Bytes that the next record may have. */
size_t carry_room(const struct carry *c);
/* One record more; false, and it is left out, where there is no room for it. */
bool carry_put(struct carry *c, enum carry_tag tag, const void *data, size_t len);
void carry_seal(struct carry *c);

/* Is it a sealed block, whole, within cap bytes? */
bool carry_is_whole(const void *block, size_t cap);
/* The nth record (0..) with that tag, in place: false where there is none.  The block is whole. */
bool carry_get(const void *block, enum carry_tag tag, unsigned nth, const void **data, size_t *len);

#endif
