/* SPDX-License-Identifier: BSD-2-Clause */
/* COM1 (National PC16550D): see serial.h. */
#include "kernel/serial.h"

#include <stddef.h>
#include <stdint.h>

#include "kernel/io.h"
#include "kernel/log.h"

#define COM1 0x3f8
#define IER (COM1 + 1)
#define FCR (COM1 + 2)
#define LCR (COM1 + 3)
#define MCR (COM1 + 4)
#define LSR (COM1 + 5)
#define SCR (COM1 + 7)
#define LSR_DATA 0x01
#define LSR_THRE 0x20
#define FIFO_LEN 16
#define QUEUE_LEN 16384
#define FLUSH_SPINS 1000000	/* a line that takes nothing for this long is dead */

static char queue[QUEUE_LEN];
static unsigned head, count;
static bool present;

void serial_pump(void)
{
	if (!count || !(inb(LSR) & LSR_THRE))
		return;
	for (unsigned i = 0; i < FIFO_LEN && count; i++, count--) {
		outb(COM1, (uint8_t)queue[head]);
		head = (head + 1) % QUEUE_LEN;
	}
}

bool serial_busy(void)
{
	return count != 0;
}

static void serial_flush(struct log_sink *s)
{
	(void)s;
	unsigned before = count;
	for (unsigned spins = 0; count && spins < FLUSH_SPINS; spins++) {
		serial_pump();
		if (count != before)
			spins = 0;
		before = count;
	}
}

static void serial_write(struct log_sink *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (count == QUEUE_LEN)
			serial_flush(s);
		if (count == QUEUE_LEN)
			return;
		queue[(head + count++) % QUEUE_LEN] = text[i];
	}
	serial_pump();
}

int serial_read(void)
{
	return present && inb(LSR) & LSR_DATA ? inb(COM1) : -1;
}

void serial_init(void)
{
	static struct log_sink sink = { .write = serial_write, .flush = serial_flush };
	outb(SCR, 0x5a);
	if (inb(SCR) != 0x5a)
		return;
	outb(IER, 0);
	outb(LCR, 0x80);	/* divisor latch */
	outb(COM1, 1);		/* 115200 */
	outb(COM1 + 1, 0);
	outb(LCR, 0x03);	/* 8N1 */
	/*
	 * FIFOs on; what was typed before stays.  The trigger level is nothing to us, who poll, but QEMU hands over
	 * no more than that at a time: with 14 characters, pasted text comes many times faster.
	 */
	outb(FCR, 0xc1);
	outb(MCR, 0x03);	/* DTR, RTS */
	present = true;
	log_add_sink(&sink);
}
