/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt controllers: see pic.h. */
#include "kernel/pic.h"

#include <stddef.h>

#include "kernel/gate.h"
#include "kernel/io.h"

#define PIC1 0x20
#define PIC2 0xa0
#define EOI 0x20
#define READ_ISR 0x0b
#define CASCADE 2u		/* IRQ 2: the second one */
#define ONLY_CASCADE 0xfb
#define ONLY_TIMER 0xfe
#define CASCADE_AND_TIMER 0xfa
#define ONLY_CLOCK_CHIP 0xfe

static uint8_t bios[2];			/* masks, while ours are in force */
static bool taken;

static void ours(void)
{
	outb(PIC1_MASK, ONLY_CASCADE);
	outb(PIC2_MASK, ONLY_CLOCK_CHIP);
}

/* For gate.c: true while the BIOS's masks are in force. */
static void around(bool is_bios)
{
	if (is_bios) {
		outb(PIC1_MASK, bios[0]);
		outb(PIC2_MASK, bios[1]);
	} else {
		bios[0] = inb(PIC1_MASK);
		bios[1] = inb(PIC2_MASK);
		ours();
	}
}

void pic_take(void)
{
	if (taken)
		return;
	taken = true;
	around(false);
	gate_set_around(around);
}

void pic_give_back(void)
{
	if (!taken)
		return;
	taken = false;
	around(true);
	gate_set_around(NULL);
}

void pic_timer_only(bool on)
{
	outb(PIC1_MASK, on ? ONLY_TIMER : ONLY_CASCADE);
	if (!on)
		outb(PIC2_MASK, ONLY_CLOCK_CHIP);	/* whatever a ROM has let through */
}

void pic_timer_too(bool on)
{
	outb(PIC1_MASK, on ? CASCADE_AND_TIMER : ONLY_CASCADE);
}

void pic_bios_masks(uint8_t masks[2])
{
	masks[0] = taken ? bios[0] : inb(PIC1_MASK);
	masks[1] = taken ? bios[1] : inb(PIC2_MASK);
}

void pic_set_bios_masks(const uint8_t masks[2])
{
	bios[0] = masks[0];
	bios[1] = masks[1];
	if (!taken) {
		outb(PIC1_MASK, masks[0]);
		outb(PIC2_MASK, masks[1]);
	}
}

void pic_mask_line(unsigned irq)
{
	uint8_t masks[2];
	pic_bios_masks(masks);
	masks[irq >> 3] |= (uint8_t)(1u << (irq & 7));
	pic_set_bios_masks(masks);
}

bool pic_in_service(unsigned irq)
{
	uint16_t port = irq < 8 ? PIC1 : PIC2;
	outb(port, READ_ISR);
	return inb(port) >> (irq & 7) & 1;
}

void pic_spurious(unsigned irq)
{
	if (pic_in_service(irq))
		pic_end(irq);
	else if (irq >= 8)
		outb(PIC1, EOI);	/* which has one from the second controller in service */
}

void pic_end(unsigned irq)
{
	if (irq >= 8)
		outb(PIC2, EOI);
	outb(PIC1, EOI);
}
