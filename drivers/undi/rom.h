/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UNDI drivers in option ROMs: the ROM's header and PCI data structure (PCI
 * Firmware 3.0, 5.1), the UNDI ROM ID behind offset 16h (PXE 2.1, chapter 2),
 * the words that a ROM has for its card (PnP BIOS 1.0A, 3.2), and where the
 * BIOS says that it is plug and play (4.4).
 * Pure: reads a view of the first MiB, or of a card's expansion ROM.  Called by
 * load.c.
 */
#ifndef DRIVERS_UNDI_ROM_H
#define DRIVERS_UNDI_ROM_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/undi/find.h"

#define ROM_AREA 0xc0000u
#define ROM_AREA_END 0xf0000u
#define ROM_STEP 2048u			/* ROMs begin at multiples of this */

#define UNDI_WORDS_MAX 64u		/* with a NUL; longer words are cut */

/* An option ROM with UNDI in it. */
struct undi_rom {
	uint32_t at, len;		/* linear address, bytes */
	/* what it was before the BIOS initialised it: more than len if it then dropped a part */
	uint32_t image_len;
	uint16_t loader;		/* offset of the UNDI loader in it */
	uint16_t code_len, data_len;	/* what the driver wants of base memory */
	uint8_t major, minor;		/* UNDI's version */
	uint16_t vendor, device;	/* the PCI device it is for */
	uint32_t more;			/* linear address of a list of further device IDs, or 0 */
	char maker[UNDI_WORDS_MAX];	/* as its PnP header has them; "": not told */
	char product[UNDI_WORDS_MAX];
};

enum rom_kind {
	ROM_NONE,			/* no ROM begins here, or what does so is broken and does not speak of UNDI */
	ROM_OTHER,			/* a ROM, but not for UNDI */
	ROM_REFUSED,			/* a ROM, maybe for UNDI, that cannot be used: *why */
	ROM_UNDI,
};

/* What begins at `at`.  at and len of *rom are set for all but ROM_NONE, the rest for ROM_UNDI. */
enum rom_kind undi_rom_check(const struct undi_memory *mem, uint32_t at, struct undi_rom *rom, const char **why);
/* Where to look next: behind the ROM, or one step further. */
uint32_t undi_rom_next(uint32_t at, enum rom_kind kind, const struct undi_rom *rom);
/*
 * The first x86 image of an expansion ROM that has UNDI in it:
 * true and *rom, whose addresses count from the ROM's start.
 */
bool undi_rom_image(const uint8_t *image, uint32_t len, struct undi_rom *rom);
/* The i-th PCI device ID that the ROM is for, from 0: false when there are no more. */
bool undi_rom_device(const struct undi_memory *mem, const struct undi_rom *rom, unsigned i, uint16_t *device);
/* The first ROM in the ROM area whose UNDI is for this PCI device: true and *rom. */
bool undi_rom_for(const struct undi_memory *mem, uint16_t vendor, uint16_t device, struct undi_rom *rom);
/* The "$PnP" structure of the BIOS, or 0:0. */
struct pxe_ptr undi_find_pnp(const struct undi_memory *mem);

#endif
