/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COM1, 115200 8N1, 16550 with FIFO.  Output is queued and leaves as fast as
 * the line takes it, so that a slow line never holds up a download.
 */
#ifndef KERNEL_SERIAL_H
#define KERNEL_SERIAL_H

#include <stdbool.h>

void serial_init(void);		/* no UART there: output is dropped, input never comes */
void serial_pump(void);		/* moves queued output on; call often */
bool serial_busy(void);		/* output is waiting */
int serial_read(void);		/* a byte, or -1 */

#endif
