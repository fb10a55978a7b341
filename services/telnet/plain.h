/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a terminal far away may be sent: printable ASCII, CR, LF, BS and
 * ESC[K, which the consoles' live line needs.  Other control sequences are
 * left out as a whole, other bytes become '?': no server and no script
 * reprograms the terminal of who looks on.  Pure.
 */
#ifndef SERVICES_TELNET_PLAIN_H
#define SERVICES_TELNET_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#define PLAIN_GROWTH 3	/* the most that one byte may become */

struct plain {
	uint8_t at;
};

/* One byte more of the text: how many bytes of out are to be sent for it. */
size_t plain_byte(struct plain *p, uint8_t c, char out[PLAIN_GROWTH]);

#endif
