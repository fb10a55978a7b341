/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys: bytes, or the KEY_ codes below; and how they are read from what a
 * terminal sends and from what the BIOS says of its keyboard.  Pure.
 */
#ifndef SERVICES_CONSOLE_KEYS_H
#define SERVICES_CONSOLE_KEYS_H

#include <stdint.h>

enum {
	KEY_CTRL_A = 1, KEY_CTRL_B, KEY_CTRL_C, KEY_CTRL_D, KEY_CTRL_E, KEY_CTRL_F,
	KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_ENTER = 13, KEY_ESC = 27,
	KEY_UP = 0x100, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DELETE,
	KEY_INSERT, KEY_PGUP, KEY_PGDN,
	KEY_F1 = 0x120,		/* .. KEY_F1 + 11 */
};

#define KEYS_AT_ONCE 2

/* A terminal: where its escape sequences stand.  All zero at first. */
struct keys {
	int state, last;
	unsigned param;
	uint64_t since_us;
};

/* One byte of what it sends (VT100, VT220, xterm): how many keys came of it, in out. */
unsigned keys_byte(struct keys *t, int c, uint64_t now_us, int out[KEYS_AT_ONCE]);
/* Nothing came for now: the key that an ESC was which no sequence follows, or 0. */
int keys_pause(struct keys *t, uint64_t now_us);
/* A key as INT 16h has it in AX, scan code and character; 0: none that we know. */
int keys_bios(uint16_t ax);

#endif
