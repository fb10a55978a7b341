/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial ports: see serial.h. */
#include "kernel/serial.h"

#include <errno.h>

#include "kernel/io.h"

#define IER 1
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5
#define SCR 7
#define LCR_DIVISOR 0x80
#define MCR_READY 0x03		/* DTR, RTS */
#define MCR_LOOP 0x10
#define LSR_DATA 0x01
#define LSR_THRE 0x20
#define LSR_IDLE 0x40
#define SPINS 100000u		/* a line that takes nothing for this long is dead: 0.1 s, a byte at 1200 takes 8 ms */

static void wait_for(const struct serial *s, uint8_t bits)
{
	for (unsigned spin = 0; spin < SPINS && (inb(s->io + LSR) & bits) != bits; spin++)
		;
}

static void write_raw(struct log_raw *r, const char *text, size_t len)
{
	const struct serial *s = (const struct serial *)((char *)r - offsetof(struct serial, raw));
	for (size_t i = 0; i < len; i++) {
		wait_for(s, LSR_THRE);
		outb(s->io, (uint8_t)text[i]);
	}
}

static void set_line(const struct serial *s)
{
	uint16_t divisor = (uint16_t)(SERIAL_RATE_MAX / s->rate);
	outb(s->io + LCR, LCR_DIVISOR);
	outb(s->io, (uint8_t)divisor);
	outb(s->io + 1, (uint8_t)(divisor >> 8));
	outb(s->io + LCR, s->line);
}

int serial_open(struct serial *s)
{
	/* where nothing is, reads give ones; an 8250 has no scratch register, but its line status is never all ones */
	outb(s->io + SCR, 0x5a);
	if (inb(s->io + SCR) != 0x5a && (inb(s->io + LSR) == 0xff || inb(s->io + IER) & 0xf0))
		return -ENODEV;
	outb(s->io + IER, 0);
	if (s->rate)
		set_line(s);
	/*
	 * FIFOs on; what was typed before stays.  The trigger level is nothing to us, who poll, but QEMU hands over
	 * no more than that at a time: with 14 characters, pasted text comes many times faster.
	 */
	outb(s->io + FCR, 0xc1);
	s->fifo_len = inb(s->io + FCR) >> 6 == 3 ? SERIAL_FIFO : 1;
	outb(s->io + MCR, MCR_READY);
	s->open = true;
	s->raw.write = write_raw;
	log_add_raw(&s->raw);
	return 0;
}

void serial_close(struct serial *s)
{
	wait_for(s, LSR_IDLE);
	log_drop_raw(&s->raw);
	s->open = false;
}

size_t serial_room(const struct serial *s)
{
	return inb(s->io + LSR) & LSR_THRE ? s->fifo_len : 0;
}

void serial_send(const struct serial *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		outb(s->io, (uint8_t)text[i]);
}

int serial_receive(const struct serial *s)
{
	return s->open && inb(s->io + LSR) & LSR_DATA ? inb(s->io) : -1;
}

/* Takes what has come: whether there was anything. */
static bool drain(const struct serial *s)
{
	bool any = false;
	for (unsigned n = 0; n < 64 && inb(s->io + LSR) & LSR_DATA; n++) {
		inb(s->io);
		any = true;
	}
	return any;
}

bool serial_overhears(const struct serial *s, bool (*provoke)(unsigned turn))
{
	bool heard = false;
	wait_for(s, LSR_IDLE);
	drain(s);
	outb(s->io + MCR, MCR_READY | MCR_LOOP);
	for (unsigned turn = 0; provoke(turn); turn++)
		heard |= drain(s);
	wait_for(s, LSR_IDLE);
	heard |= drain(s);
	outb(s->io + MCR, MCR_READY);
	return heard;
}
