/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting what the image store holds: unpacking, loading, planning the moves,
 * what the kernel is told, and the jump.  Target only.  What differs between
 * kernels is in one struct boot_protocol for each (protocol.h); the parts that
 * think are pure files of this folder.
 *
 * Called by the `boot` command:
 *
 *	struct boot *b;
 *	rc = boot_prepare(&machine, &b);
 *	if (rc == 0)
 *		rc = boot_go(b);	// returns only if leave_firmware refused
 */
#ifndef SERVICES_BOOT_BOOT_H
#define SERVICES_BOOT_BOOT_H

#include "services/firmware/boot_machine.h"

struct boot;
struct image;

/*
 * Does all that can fail: finds the kernel (the IMAGE_KERNEL image) and the
 * modules, unpacks gzip, checks the headers, plans every move, allocates all
 * memory.  Says on the console what will be booted where.  0 and *out, or -E
 * after one message with cause and next step; then memory is as before.
 */
int boot_prepare(const struct boot_machine *m, struct boot **out);
/* The same for a kernel that is not in the store; it must stay until boot_go. */
int boot_prepare_image(const struct boot_machine *m, const struct image *kernel, struct boot **out);
/* Leaves the firmware and jumps.  Comes back only with leave_firmware's error, b then freed. */
int boot_go(struct boot *b);

/* The name of the kernel that is about to get the machine, between boot_prepare() and the jump; or NULL. */
const char *boot_under_way(void);
/* The task that booted has ended in the middle of it; before its memory goes: what was prepared is given back. */
void boot_forget(void);

#endif
