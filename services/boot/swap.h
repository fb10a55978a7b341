/* SPDX-License-Identifier: BSD-2-Clause */
/* swap.asm: two drives change their numbers.  Entered at its first byte, in real mode; what is filled in before: */
#ifndef SERVICES_BOOT_SWAP_H
#define SERVICES_BOOT_SWAP_H

#include <stdint.h>

#define SWAP_DRIVES_AT 2u		/* one byte each */
#define SWAP_NEXT_AT 8u			/* offset and segment of what is entered then */

#define SWAP_CODE_LEN 128u

extern const uint8_t swap_code[SWAP_CODE_LEN];

#endif
