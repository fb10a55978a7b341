/* SPDX-License-Identifier: BSD-2-Clause */
/* The VGA text screen as a console; starts below what is on it. */
#ifndef KERNEL_VGA_H
#define KERNEL_VGA_H

void vga_init(void);

#endif
