/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serial ports as PCs have them: an 8250, 16450 or 16550 (National PC16550D)
 * at an I/O address.  Bytes out, bytes in, polled; who shows what on which
 * port is services/console's to decide.
 *
 *	struct serial s = { .io = 0x2f8, .rate = 57600, .line = SERIAL_8N1 };
 *	if (serial_open(&s) == 0 && serial_room(&s))
 *		serial_send(&s, "!", 1);
 */
#ifndef KERNEL_SERIAL_H
#define KERNEL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/log.h"

#define SERIAL_RATE_MAX 115200u
#define SERIAL_FIFO 16
/* The line control register: bits 0-1 data bits - 5, 2 two stop bits, 3 parity, 4 even. */
#define SERIAL_8N1 0x03

struct serial {
	/* The owner's, before serial_open(). */
	uint16_t io;		/* of the first of its eight registers */
	uint32_t rate;		/* a divisor of 115200; 0: as the firmware has set it, and the line's format with it */
	uint8_t line;

	/* Private. */
	uint8_t fifo_len;
	bool open;
	struct log_raw raw;
};

/* Sets it up, and makes it a raw console for panics: 0, or -ENODEV when no UART answers there. */
int serial_open(struct serial *s);
/* It is no raw console any more; what is on its way out is sent. */
void serial_close(struct serial *s);
/* How many bytes it takes now: 0..SERIAL_FIFO. */
size_t serial_room(const struct serial *s);
/* Sends that many at the most. */
void serial_send(const struct serial *s, const char *text, size_t len);
/* A byte that has come, or -1. */
int serial_receive(const struct serial *s);
/*
 * Calls provoke() again and again, with the turn's number (from 0), until it
 * returns false, with the transmitter looped back to the receiver: true when
 * something was sent meanwhile, which cannot have been us.  Nothing of it
 * leaves the machine; what comes in meanwhile is lost.
 */
bool serial_overhears(const struct serial *s, bool (*provoke)(unsigned turn));

#endif
