/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel and modules for whole boots in the world: a flat Multiboot2 kernel
 * at /kernel, modules at /one and /two, of bytes that can be told apart.
 */
#ifndef TESTS_WORLD_KERNELS_H
#define TESTS_WORLD_KERNELS_H

#include "services/boot/copier.h"

/* Serves them by far.h; each connection breaks `cuts` times in the middle of each. */
void kernels_serve(unsigned cuts);
/* After the moves: all is where the kernel is told it is, and whole. */
void kernels_arrived(struct entry_regs regs);

#endif
