/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys from terminals and from the BIOS: see keys.h. */
#include "services/console/keys.h"

#include <stddef.h>

#define ESCAPE_US 50000u	/* a sequence arrives within this, a lone ESC key does not go on */

enum { PLAIN, ESCAPE, CSI, CSI_MORE, LINUX, SS3 };	/* CSI_MORE: what follows is of no use: modifiers */

/* ESC [ n ~ as VT220 and xterm send it */
static int vt220_key(unsigned n)
{
	static const uint16_t keys[] = {
		0, KEY_HOME, KEY_INSERT, KEY_DELETE, KEY_END, KEY_PGUP, KEY_PGDN, KEY_HOME, KEY_END,
	};
	if (n < sizeof(keys) / sizeof(keys[0]))
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

static int plain_key(const struct keys *t, int c)
{
	if (c == '\n')
		return t->last == '\r' ? 0 : KEY_ENTER;		/* CR LF is one Enter */
	return c == 127 ? KEY_BACKSPACE : c;
}

unsigned keys_byte(struct keys *t, int c, uint64_t now_us, int out[KEYS_AT_ONCE])
{
	unsigned n = 0;
	int key = c;
	if (t->state > ESCAPE && c < ' ')	/* the sequence breaks off */
		t->state = PLAIN;
	switch (t->state) {
	case PLAIN:
		if (c == KEY_ESC) {
			t->state = ESCAPE;
			t->since_us = now_us;
			return 0;
		}
		key = plain_key(t, c);
		break;
	case ESCAPE:
		t->param = 0;
		if (c == '[' || c == 'O') {
			t->state = c == '[' ? CSI : SS3;
			return 0;
		}
		out[n++] = KEY_ESC;
		break;
	case CSI:
		if (c >= '0' && c <= '9') {
			t->param = (t->param * 10 + (unsigned)(c - '0')) % 1000;
			return 0;
		}
		if (c == '[' && !t->param) {
			t->state = LINUX;
			return 0;
		}
		/* fall through */
	case CSI_MORE:
		if (c < '@') {
			t->state = CSI_MORE;
			return 0;
		}
		key = c == '~' ? vt220_key(t->param) : letter_key(c);
		break;
	case LINUX:
		key = c >= 'A' && c <= 'E' ? KEY_F1 + c - 'A' : 0;
		break;
	case SS3:
		if (c >= '0' && c <= '9')
			return 0;
		key = letter_key(c);
		break;
	}
	t->state = PLAIN;
	t->last = c;
	if (key)
		out[n++] = key;
	return n;
}

int keys_pause(struct keys *t, uint64_t now_us)
{
	if (t->state != ESCAPE || now_us - t->since_us <= ESCAPE_US)
		return 0;
	t->state = PLAIN;
	return KEY_ESC;
}

int keys_bios(uint16_t ax)
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
	for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++)
		if (extended[i].scan == scan)
			return extended[i].key;
	if (scan >= 0x3b && scan <= 0x44)
		return KEY_F1 + scan - 0x3b;
	return 0;
}
