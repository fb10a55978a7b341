/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot (specification 0.6.96): the header in a kernel (3.1), the kernel's
 * segments (by ELF program headers or by its own address fields, the "a.out
 * kludge"), and the boot information (3.3).  All pure.
 *
 * Leaves out the symbol table of a.out files (flag 4).  Called by
 * mb_protocol.c and by image_type_probe().
 */
#ifndef SERVICES_BOOT_MULTIBOOT1_H
#define SERVICES_BOOT_MULTIBOOT1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/boot_info.h"
#include "services/boot/kernel_file.h"
#include "services/boot/why.h"

#define MB1_HEADER_MAGIC 0x1badb002u
#define MB1_LOADER_MAGIC 0x2badb002u	/* EAX at entry */
#define MB1_SEARCH_LEN 8192u		/* the header lies within these first bytes */

struct mb1_header {
	bool has_address;		/* flag 16 */
	struct kernel_flat flat;
	uint32_t entry;
	struct boot_console_wish console;	/* flag 2 */
};

/* As mb2_header_find and mb2_open. */
int mb1_header_find(const uint8_t *data, size_t len, struct mb1_header *h, struct boot_why *why);
int mb1_open(struct mb1_header *h, struct kernel_file *k, const uint8_t *data, size_t len, struct boot_why *why);

/* As mb2_info_build; in->at must be right by the last time, for this information holds addresses. */
size_t mb1_info_build(const struct boot_info *in, void *buf, size_t cap);

#endif
