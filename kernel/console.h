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
/* Gives a key to the queue as if typed (telnet later).  Does not wait. */
void console_feed(int key);
/* Clock time of the last key, 0 if nobody ever typed. */
uint64_t console_last_key_us(void);
/* True if a Ctrl-C has been typed that nobody has read; takes it away, with what was typed before it. */
bool console_interrupted(void);

#endif
