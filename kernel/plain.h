/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from outside, as any console may show it: printable ASCII, LF and TAB.
 * Control sequences (ECMA-48, 5.4) are left out as a whole, other bytes become
 * '?': no server and no script reprograms the terminal of who looks on.  Pure.
 */
#ifndef KERNEL_PLAIN_H
#define KERNEL_PLAIN_H

/* In place; it never grows. */
void plain_text(char *text);

#endif
