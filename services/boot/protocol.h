/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot protocols: what the next program wants to be loaded, told and entered
 * like.  Each is one struct boot_protocol in a file of its own
 * (*_protocol.c); boot.c lists them all, and calls them in
 * this order:
 *
 *	open	checks the kernel, adds every piece to the plan: boot_add().
 *		0 or more is good, as it comes from boot_add()
 *	place	chooses places for what has a choice; or NULL
 *		(then all that is not fixed yet gets a place)
 *	placed	every item's dst is known (and src no longer says where it is
 *		now): sets the registers, says what goes where
 *	finish	the firmware has been left: writes what the kernel is told into
 *		its buffers, with the final memory map; or NULL
 *
 * Target only.
 */
#ifndef SERVICES_BOOT_PROTOCOL_H
#define SERVICES_BOOT_PROTOCOL_H

#include "kernel/membuf.h"
#include "kernel/memmap.h"
#include "services/boot/copier.h"
#include "services/boot/handover.h"
#include "services/boot/realmode.h"
#include "services/boot/why.h"
#include "services/boot/wipe.h"
#include "services/firmware/boot_machine.h"
#include "services/image/image.h"

#define BOOT_LOW 0x1000u		/* small things for the kernel go here, above the BIOS's data, */
#define BOOT_LOW_END 0xa0000u		/* if base memory has room */
#define BOOT_HIGH 0x100000u		/* modules never go below 1 MiB */

/* An image as it will be handed over. */
struct boot_piece {
	const struct image *img;
	const uint8_t *data;
	uint32_t len;
	struct membuf unpacked;		/* owned; data points into it unless it is empty */
};

struct boot {
	struct boot_machine own;
	const struct boot_machine *machine;	/* = &own */
	const struct boot_protocol *protocol;
	void *state;			/* the protocol's own: state_len bytes, zeroed, freed by the core */
	struct boot_piece *piece;	/* the kernel, then the modules */
	unsigned modules;
	struct handover plan;		/* its items are what boot_add() added */
	unsigned items_max;
	struct boot_buffer *buffers;
	struct realmode_block *real;	/* boot_add_real's */
	int real_item;
	struct copier_block *block;
	size_t block_len;
	struct wipe_span *spared;	/* the pieces' own memory, which need not be overwritten: 2 each */
	unsigned moves_max;		/* of plan.move, those that overwrite too */
	struct entry_regs regs;		/* set by placed() */
	/* set by open(): the VBE mode to leave with; 0: as it is.  In finish() 0 also if that failed */
	uint16_t video_mode;
	struct memmap map;		/* while preparing as now, in finish() the final one */
};

struct boot_protocol {
	enum image_type type;		/* what it boots */
	size_t state_len;
	bool gzip_modules;		/* it unpacks modules itself: they are left as they are */
	bool keep_pxe;			/* the ROM's PXE stays for what is booted */
	/* it uses the BIOS, so that nothing is left connected to 32-bit interfaces, or connects APM in open() */
	bool real_mode;
	int (*open)(struct boot *b, struct boot_why *why);
	int (*place)(struct boot *b, struct boot_why *why);
	void (*placed)(struct boot *b);
	void (*finish)(struct boot *b);
};

/* Adds an item to the plan: its index in b->plan.item, which may move with every call; or -ENOMEM. */
int boot_add(struct boot *b, const struct handover_item *item, struct boot_why *why);
/* Pages of len bytes, zeroed, freed with b: what finish() fills, src of an item.  NULL: -ENOMEM in why. */
void *boot_buffer(struct boot *b, const char *what, size_t len, struct boot_why *why);
/* Module i (0..): page aligned, anywhere above 1 MiB; an item as boot_add(). */
int boot_add_module(struct boot *b, unsigned i, struct boot_why *why);

/*
 * For place(): the lowest free place of base memory, if there is one; else it
 * goes where handover_place finds one.  Low, because a ROM that stays may have
 * taken the top of base memory without a word in the memory map.
 */
void boot_place_low(struct boot *b, int item);

/* For open(): what is entered in real mode goes through this item.  For placed(): the registers it gets. */
int boot_add_real(struct boot *b, struct boot_why *why);
void boot_enter_real(struct boot *b, const struct real_regs *regs);

/*
 * "boot: NAME: WHAT, 1.2 MiB at 0x...-0x..., entry 0x..., ARGS", and a line for each module that was placed as an item.
 */
void boot_say_kernel(const struct boot *b, const char *what, uint32_t lo, uint32_t hi, uint32_t entry);
void boot_say_module(const struct boot *b, unsigned i, uint32_t addr);

/*
 * For finish(): what the ROM took from base memory belongs to the next program, if the map says so; 40:13 tells it.
 */
void boot_tell_base_memory(struct boot *b);

extern const struct boot_protocol mb2_protocol, mb1_protocol, elf_protocol, raw_protocol, freebsd_protocol;
extern const struct boot_protocol linux_protocol, linux16_protocol, linux32_protocol;
extern const struct boot_protocol nbp_protocol, bootsector_protocol;

#endif
