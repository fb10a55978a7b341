/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two interrupt controllers (8259), at the vectors where the BIOS has them:
 * 08h, which is the double fault's too, and 70h.  In 32-bit code nothing
 * is let through but the clock chip's line, which is the watchdog's; for each
 * visit to real mode the BIOS's masks are put back (gate.c).
 */
#ifndef KERNEL_PIC_H
#define KERNEL_PIC_H

#include <stdbool.h>
#include <stdint.h>

#define PIC1_MASK 0x21
#define PIC2_MASK 0xa1
#define PIC2_VECTOR 0x70		/* IRQ 8, the clock chip's */

/* From now on the masks are ours in 32-bit code; the BIOS's again. */
void pic_take(void);
void pic_give_back(void);
/* While 16-bit code runs at CPL 3 the timer's line is let through, and no other. */
void pic_timer_only(bool on);
/* While 32-bit code runs at CPL 3 the timer's line is let through, too. */
void pic_timer_too(bool on);
/* The BIOS's masks: as they are; as they shall be; with one line more masked. */
void pic_bios_masks(uint8_t masks[2]);
void pic_set_bios_masks(const uint8_t masks[2]);
void pic_mask_line(unsigned irq);
/* Is this line (0 to 15) being served?  It has been. */
bool pic_in_service(unsigned irq);
/* Line 7 or 15 has come, with which a controller also says that there is nothing any more: it has been served. */
void pic_spurious(unsigned irq);
void pic_end(unsigned irq);

#endif
