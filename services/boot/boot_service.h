/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting what the image store holds: unpacking, loading, planning the moves,
 * the boot information, and the jump.  Target only; the parts that think are
 * pure and lie in multiboot2.c, elf.c, rsdp.c and handover.c.
 *
 * Called by the `boot` command:
 *
 *	struct boot *b;
 *	rc = boot_prepare(&machine, &b);
 *	if (rc == 0)
 *		rc = boot_go(b);	// returns only if leave_firmware refused
 */
#ifndef SERVICES_BOOT_BOOT_SERVICE_H
#define SERVICES_BOOT_BOOT_SERVICE_H

#include <stddef.h>
#include <stdint.h>

struct boot;
struct memmap;

struct boot_machine {
	const struct memmap *map;	/* E820 as it stands now, before the network card is given up */
	uint32_t ebda;			/* physical address of the EBDA (word at 40:0E times 16), 0 = none */
	const uint8_t *dhcp_ack;	/* the whole DHCP ACK (BOOTP header, options), or NULL */
	size_t dhcp_ack_len;
	/*
	 * Gives up firmware and hardware: UNDI closed, shut down and unloaded,
	 * timers and interrupts off; reads E820 once more into *final.
	 * A negative result means "nothing was touched, do not boot".
	 */
	int (*leave_firmware)(struct memmap *final);
};

/*
 * Does all that can fail: finds the kernel (the IMAGE_KERNEL image) and the
 * modules, unpacks gzip, checks the headers, plans every move, allocates all
 * memory.  Says on the console what will be booted where.  0 and *out, or -E
 * after one message with cause and next step; then memory is as before.
 */
int boot_prepare(const struct boot_machine *m, struct boot **out);
/* Leaves the firmware and jumps.  Comes back only with leave_firmware's error, b then freed. */
int boot_go(struct boot *b);
/* Gives back what boot_prepare took, instead of boot_go. */
void boot_cancel(struct boot *b);

#endif
