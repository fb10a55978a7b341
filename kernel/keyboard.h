/* SPDX-License-Identifier: BSD-2-Clause */
/* The BIOS's keyboard (INT 16h), so USB keyboards work as far as the BIOS makes them. */
#ifndef KERNEL_KEYBOARD_H
#define KERNEL_KEYBOARD_H

#include <stdbool.h>

/* The next key, as INT 16h has it in AX: scan code and character; -1: none.  Visits real mode. */
int keyboard_read(void);

/* Shift or Alt is held down, or Caps Lock or Scroll Lock is on.  Visits real mode. */
bool keyboard_shift(void);

#endif
