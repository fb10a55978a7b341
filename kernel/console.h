/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Console input from every keyboard there is, in one queue.  Keys are bytes,
 * or the KEY_ codes below; the escape sequences of serial terminals are
 * decoded here.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	KEY_CTRL_A = 1, KEY_CTRL_B, KEY_CTRL_C, KEY_CTRL_D, KEY_CTRL_E, KEY_CTRL_F,
	KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_ENTER = 13, KEY_ESC = 27,
	KEY_UP = 0x100, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_DELETE,
	KEY_INSERT, KEY_PGUP, KEY_PGDN,
	KEY_F1 = 0x120,		/* .. KEY_F1 + 11 */
};

/* The console service: reads keyboards, pushes output out.  Runs for ever. */
void console_main(void *arg);
/* The next key until the deadline, or -ETIMEDOUT.  Waits. */
int console_key(uint64_t deadline_us);
/*
 * What a terminal sends, byte by byte: its escape sequences, all zero at
 * first.  who: 0 is one of the machine's own keyboards, 1..30 somebody far
 * away.  Neither waits.
 */
struct console_terminal {
	int state, last;
	unsigned param;
	uint64_t since_us;
};
void console_byte(struct console_terminal *t, int c, unsigned who);
/* Nothing came for now: an ESC that no sequence follows was the key itself. */
void console_pause(struct console_terminal *t, unsigned who);
/* Keys that the queue has room for; what is typed beyond is lost, but for Ctrl-C. */
unsigned console_room(void);
/* Somebody waits for a key, and all that were typed are read. */
bool console_awaited(void);
/* Who typed the keys read since the last call: bit i is `who` i. */
unsigned console_typists(void);
/* What `who` has typed and nobody has read yet is CONSOLE_GONE's from now on. */
#define CONSOLE_GONE 31
void console_disown(unsigned who);
/* Clock time of the last key, 0 if nobody ever typed. */
uint64_t console_last_key_us(void);
/* True if a Ctrl-C has been typed that nobody has read; takes it away, with what was typed before it. */
bool console_interrupted(void);

#endif
