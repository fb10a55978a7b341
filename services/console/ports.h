/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setting console: which serial ports show the console, and how.  Items
 * separated by commas, as Xen and Linux write them:
 *
 *	com2,57600n8		a port - com1 to com4, ttyS0 to ttyS3, or the
 *				I/O address of its registers, 0x2f8 -, then
 *				what is different there from 115200n8:
 *		57600, 57600n8	its rate, with parity (n, e, o) and data bits;
 *				0 = as the firmware has set it
 *		8n1		data bits, parity, stop bits
 *		132x43		the terminal's columns and rows
 *		dumb, vt100, ansi   what it can do: nothing, all but colour, all
 *	com1,com2,9600n8	several ports (PORTS_MAX)
 *	serial			the port that is the default here
 *	vga			the VGA screen, which is always one; alone: no serial port
 *	novga			no VGA screen; alone: only the default port
 *	auto			as if nothing were set
 *
 * Pure.
 */
#ifndef SERVICES_CONSOLE_PORTS_H
#define SERVICES_CONSOLE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTS_MAX 4
#define PORTS_TEXT 24

struct ports_port {
	uint16_t io;
	uint32_t rate;			/* 0: as the firmware has set it */
	uint8_t line;			/* as kernel/serial.h has it */
	uint8_t can;			/* SCREEN_... */
	uint8_t columns, rows;
};

struct ports {
	bool vga;
	bool chosen;			/* somebody named the ports: no guesses */
	unsigned count;
	struct ports_port port[PORTS_MAX];
};

/* COM1, 115200 8N1, a VT100 of 80x24. */
extern const struct ports_port ports_com1;

/*
 * Reads the setting, standard being the machine's default port: 0, or -EINVAL
 * and in bad (PORTS_TEXT bytes) the item that is wrong.
 */
int ports_parse(struct ports *p, const char *text, const struct ports_port *standard, char *bad);
/* "COM2" or "2E0h" for people. */
const char *ports_name(const struct ports_port *p, char out[PORTS_TEXT]);
/* "COM2, 57600 8N1". */
const char *ports_describe(const struct ports_port *p, char out[PORTS_TEXT]);

#endif
