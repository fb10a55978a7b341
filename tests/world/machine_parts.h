/* SPDX-License-Identifier: BSD-2-Clause */
/* What machine.c, machine_memory.c and machine_alone.c know of each other. */
#ifndef TESTS_WORLD_MACHINE_PARTS_H
#define TESTS_WORLD_MACHINE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

/* Of the piece that p lies in. */
size_t machine_pages_len(const void *p);
/* Nothing is held any more, and no page is anybody's; all: whatever the machine could reach. */
void machine_memory_forget(bool all);
/* machine_stop() was called. */
bool machine_has_stopped(void);

#endif
