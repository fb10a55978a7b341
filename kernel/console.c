/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keyboards: the BIOS's (INT 16h, so USB keyboards work as far as the BIOS
 * makes them) and COM1, with the escape sequences of VT100-like terminals.
 */
#include "kernel/console.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/serial.h"
#include "kernel/task.h"

#define QUEUE_LEN 256
#define ESCAPE_US 50000u	/* a sequence arrives within this, a lone ESC key does not go on */
#define PASTE_US 200000u	/* bytes are coming: look at every turn, for the FIFO holds 1.4 ms of them */
#define SERIAL_US 5000u		/* otherwise */
#define KEYBOARD_US 30000u
#define QUIET_AFTER_US 5000000u	/* nobody types: look less often, so that the processor may sleep */
#define QUIET_US 50000u

static struct {
	uint16_t key;
	uint8_t who;
} queue[QUEUE_LEN];
static unsigned head, count, typists;
static struct waitq readers;
static uint64_t last_key_us;

enum { PLAIN, ESCAPE, CSI, SS3 };
static struct console_terminal serial;

unsigned console_room(void)
{
	return QUEUE_LEN - count;
}

bool console_awaited(void)
{
	return readers.waiters && !count;
}

unsigned console_typists(void)
{
	unsigned who = typists;
	typists = 0;
	return who;
}

void console_disown(unsigned who)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t *typist = &queue[(head + i) % QUEUE_LEN].who;
		if (*typist == who)
			*typist = CONSOLE_GONE;
	}
	if (typists & 1u << who)
		typists = (typists & ~(1u << who)) | 1u << CONSOLE_GONE;
}

static void feed(int key, unsigned who)
{
	last_key_us = clock_us();
	if (count == QUEUE_LEN && key == KEY_CTRL_C)
		count = 0;	/* it takes away what was typed before it anyway */
	if (count < QUEUE_LEN) {
		unsigned at = (head + count++) % QUEUE_LEN;
		queue[at].key = (uint16_t)key;
		queue[at].who = (uint8_t)who;
	}
	waitq_wake(&readers);
}

int console_key(uint64_t deadline_us)
{
	while (!count)
		if (waitq_wait(&readers, deadline_us) < 0 && !count)
			return -ETIMEDOUT;
	int key = queue[head].key;
	typists |= 1u << queue[head].who;
	head = (head + 1) % QUEUE_LEN;
	count--;
	return key;
}

uint64_t console_last_key_us(void)
{
	return last_key_us;
}

bool console_interrupted(void)
{
	for (unsigned i = count; i-- > 0;)
		if (queue[(head + i) % QUEUE_LEN].key == KEY_CTRL_C) {
			typists = 1u << queue[(head + i) % QUEUE_LEN].who;
			head = (head + i + 1) % QUEUE_LEN;
			count -= i + 1;
			return true;
		}
	return false;
}

/* ESC [ n ~ as VT220 and xterm send it */
static int vt220_key(unsigned n)
{
	static const uint16_t keys[] = { 0, KEY_HOME, KEY_INSERT, KEY_DELETE, KEY_END, KEY_PGUP, KEY_PGDN, KEY_HOME, KEY_END };
	if (n < sizeof keys / sizeof keys[0])
		return keys[n];
	if (n >= 11 && n <= 15)
		return KEY_F1 + (int)n - 11;
	if (n >= 17 && n <= 21)
		return KEY_F1 + (int)n - 12;
	if (n == 23 || n == 24)
		return KEY_F1 + (int)n - 13;
	return 0;
}

static int letter_key(int c)
{
	switch (c) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case 'P': case 'Q': case 'R': case 'S': return KEY_F1 + c - 'P';
	default: return 0;
	}
}

void console_byte(struct console_terminal *t, int c, unsigned who)
{
	int key = c;
	switch (t->state) {
	case PLAIN:
		if (c == KEY_ESC) {
			t->state = ESCAPE;
			t->since_us = clock_us();
			return;
		}
		if (c == '\n' && t->last == '\r')
			key = 0;		/* CR LF is one Enter */
		else if (c == '\n')
			key = KEY_ENTER;
		else if (c == 127)
			key = KEY_BACKSPACE;
		break;
	case ESCAPE:
		t->param = 0;
		if (c == '[' || c == 'O') {
			t->state = c == '[' ? CSI : SS3;
			return;
		}
		feed(KEY_ESC, who);
		break;
	case CSI:
		if (c >= '0' && c <= '9') {
			t->param = t->param * 10 + (unsigned)(c - '0');
			t->param %= 1000;
			return;
		}
		key = c == '~' ? vt220_key(t->param) : letter_key(c);
		break;
	case SS3:
		key = letter_key(c);
		break;
	}
	t->state = PLAIN;
	t->last = c;
	if (key)
		feed(key, who);
}

void console_pause(struct console_terminal *t, unsigned who)
{
	if (t->state == ESCAPE && clock_us() - t->since_us > ESCAPE_US) {
		t->state = PLAIN;
		feed(KEY_ESC, who);
	}
}

static void serial_poll(void)
{
	int c;
	for (int n = 0; n < 64 && (c = serial_read()) >= 0; n++)
		console_byte(&serial, c, 0);
	console_pause(&serial, 0);
}

/* AX of INT 16h: scan code and character */
static int bios_key(uint16_t ax)
{
	static const struct {
		uint8_t scan;
		uint16_t key;
	} extended[] = {
		{ 0x48, KEY_UP }, { 0x50, KEY_DOWN }, { 0x4b, KEY_LEFT }, { 0x4d, KEY_RIGHT }, { 0x47, KEY_HOME },
		{ 0x4f, KEY_END }, { 0x53, KEY_DELETE }, { 0x52, KEY_INSERT }, { 0x49, KEY_PGUP }, { 0x51, KEY_PGDN },
	};
	uint8_t scan = ax >> 8, c = (uint8_t)ax;
	if (c && c != 0xe0)
		return c;
	for (size_t i = 0; i < sizeof extended / sizeof extended[0]; i++)
		if (extended[i].scan == scan)
			return extended[i].key;
	if (scan >= 0x3b && scan <= 0x44)
		return KEY_F1 + scan - 0x3b;
	return 0;
}

static void keyboard_poll(void)
{
	for (int n = 0; n < 16; n++) {
		struct bios_regs r = { .intno = 0x16, .eax = 0x0100 };
		gate_bios(&r);
		if (r.flags & EFLAGS_ZF)
			return;
		r = (struct bios_regs){ .intno = 0x16 };
		gate_bios(&r);
		int key = bios_key((uint16_t)r.eax);
		if (key)
			feed(key, 0);
	}
}

void console_main(void *arg)
{
	(void)arg;
	uint64_t keyboard_due = 0;
	for (;;) {
		uint64_t now = clock_us();
		serial_poll();
		serial_pump();
		if (now >= keyboard_due) {
			keyboard_poll();
			keyboard_due = now + KEYBOARD_US;
		}
		if (serial_busy() || (last_key_us && now - last_key_us < PASTE_US))
			task_yield();
		else
			task_sleep_until(now + (now - last_key_us > QUIET_AFTER_US ? QUIET_US : SERIAL_US));
	}
}
