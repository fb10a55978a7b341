/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setting boot-type: what a boot file is to be taken for that says nothing of itself, as --type, --load and --entry
 * say it of an image.  Pure.
 *
 *	boot-type=raw			a flat binary, at 1 MiB, entered at its first byte
 *	boot-type=raw,0x200000		at 2 MiB
 *	boot-type=raw,0x200000,0x200020	entered there
 *	boot-type=nbp			an NBP that is not known for one by its content
 */
#ifndef SERVICES_BOOT_BOOT_TYPE_H
#define SERVICES_BOOT_BOOT_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#define BOOT_TYPE "boot-type"

struct boot_type {
	char name[16];			/* as --type has it */
	bool has_load, has_entry;
	uint32_t load, entry;
};

/* An address below 4 GiB, as 0x100000: 0 or -EINVAL. */
int boot_address_parse(const char *text, uint32_t *out);
/* 0; -EINVAL: no image type is called so, or what stands behind it is no address. */
int boot_type_parse(struct boot_type *t, const char *text);

#endif
