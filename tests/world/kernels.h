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
/* Besides: the same as a Multiboot kernel at /kernel1, packed by gzip at /kernel.gz; /linux and /freebsd. */
void kernels_serve_others(void);
/* After the moves: all is where the kernel is told it is, and whole. */
void kernels_arrived(struct entry_regs regs);

/* The same for /kernel1 as `kernel1 b`, and for /linux with the command line "quiet", whose initrd both modules are. */
void kernels_arrived_multiboot(struct entry_regs regs);
void kernels_arrived_linux(struct entry_regs regs);
/* For /freebsd, amd64, with the arguments "-s a=1", and /one as what its root is on. */
void kernels_arrived_freebsd(struct entry_regs regs);

/*
 * NBPs for a ROM with PXE (pc_has_pxe), by what is there: /nbp, which leaves the ROM's stack where it is, and of
 * whose DHCP packet file, server and option 210 are changed; /nbp-long, which lies over that stack; and Undine itself
 * as /next.0 with the argument "script=x".
 */
void kernels_arrived_nbp(struct entry_regs regs);
/* By pxechn.c32, from 10.0.0.1's TFTP, with those options. */
void kernels_arrived_nbp_by_pxechn(struct entry_regs regs);
void kernels_arrived_long_nbp(struct entry_regs regs);
void kernels_arrived_undine(struct entry_regs regs);

#endif
