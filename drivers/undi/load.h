/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UNDI driver out of an option ROM, where no PXE stack is resident (PXE
 * 2.1, 4.2): loaded into base memory below the resident segment, started, and
 * taken out again.  All in real mode.  Which ROMs there are is rom.h's.
 */
#ifndef DRIVERS_UNDI_LOAD_H
#define DRIVERS_UNDI_LOAD_H

#include <stdbool.h>

#include "drivers/undi/find.h"
#include "kernel/boot_params.h"

/*
 * Looks through the ROMs, names them on the console, and brings up the first
 * whose driver takes its card, as far as INITIALIZE: 0 and *stack, to be used
 * by transport_call(); or -ENODEV after messages.  params->map becomes what
 * it is with the driver in memory.
 */
int undi_load(struct boot_params *params, const struct undi_memory *mem, struct undi_stack *stack);
/* INITIALIZE, several times if it fails at first: the last status. */
uint16_t undi_initialize(void);
/* True while a driver that undi_load() brought is in memory. */
bool undi_is_loaded(void);
/* SHUTDOWN, CLEANUP, STOP_UNDI after CLOSE; base memory becomes what it was, unless the driver stays (KEEP_UNDI): false. */
bool undi_load_end(void);

#endif
