/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loader starts itself anew, from a copy of its own file that it keeps high
 * in memory since it came: after a panic, a hang, or when a service that it
 * cannot do without is lost.  The next life begins with the starter's stack
 * and registers, as the first one did; with the last life's arguments; and with
 * what is carried over: why, the end of the log, the leases.
 *
 * RESTARTS_MAX of them that follow each other within RESTART_SPAN_S each are
 * enough; then, or where the copy is damaged, the machine is reset, and the
 * BIOS decides.
 */
#ifndef KERNEL_RESTART_H
#define KERNEL_RESTART_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/carry.h"

#define RESTARTS_MAX 3
#define RESTART_SPAN_S 600

struct boot_params;

/*
 * While memory is set up, before anything else has been allocated but the
 * loader's own: the copy, as it lies where the starter has put it, or where the
 * last life has kept it.  bp->args become the last life's.
 */
void restart_init(struct boot_params *bp);
/* When there are consoles and page tables: says how this life came about, with the last one's log. */
void restart_begin(void);
/* The nth record that the last life has carried over: false where there is none. */
bool restart_carried(enum carry_tag tag, unsigned nth, const void **data, size_t *len);

/* What others do before a restart, in whatever state the loader is.  Neither waits. */
struct restart_hooks {
	void (*carry)(struct carry *to);	/* their records */
	bool (*leave)(void);	/* the hardware; false: the PXE stack that started us cannot be used any more */
	void (*silence)(void);	/* instead, where a restart fails itself: no card writes into memory; calls nothing */
};
void restart_set_hooks(const struct restart_hooks *hooks);

/* Says why on all consoles, and starts the loader anew; or, as the last resort, resets the machine. */
_Noreturn void restart(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A restart is under way: what goes wrong now is not a task's fault. */
bool restarting(void);

#endif
