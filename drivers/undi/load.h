/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UNDI drivers out of option ROMs (PXE 2.1, 4.2): loaded into base memory below
 * the resident segment, started, and taken out again, the last one first.  All
 * in real mode.  What is a ROM is rom.h's.
 */
#ifndef DRIVERS_UNDI_LOAD_H
#define DRIVERS_UNDI_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/undi/find.h"
#include "drivers/undi/rom.h"
#include "drivers/undi/transport.h"
#include "kernel/boot_params.h"

#define UNDI_ROMS 8u

/* A ROM, the card that it is for, and whether its driver is in memory. */
struct undi_driver {
	struct undi_rom rom;
	uint16_t bus_dev_fn;
	bool in_memory;
	uint16_t base_kib_before;	/* 40:13 */
};

/*
 * Looks through the ROMs and names them on the console; those that can be
 * used, and whose card is there, into out: their number.
 */
unsigned undi_survey(const struct undi_memory *mem, struct undi_driver out[UNDI_ROMS]);
/*
 * Brings a ROM's driver into memory and starts it, as far as STARTUP, so that
 * INITIALIZE comes next: 0, *stack and *transport, by which it is called; or
 * -E after a message.  name is what its card will be called.  params->map
 * becomes what it is with the driver in memory.
 */
int undi_load(struct undi_driver *driver, const char *name, struct boot_params *params, const struct undi_memory *mem,
	      struct undi_stack *stack, struct transport *transport);
/*
 * SHUTDOWN, CLEANUP, STOP_UNDI after CLOSE; base memory becomes what it was: 0,
 * or -EBUSY when the driver stays (KEEP_UNDI).
 */
int undi_load_end(struct undi_driver *driver, struct transport *transport);

#endif
