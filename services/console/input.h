/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one queue of keys that all keyboards feed, and who gets them: the
 * focus.  Each reader - the prompt, a widget, the telnet client - has a
 * struct input_focus and lays it on top of the others while it reads; what
 * was typed ahead is the next reader's.  Pure; console_service.h waits.
 *
 * who: 0 is one of the machine's own keyboards, 1..22 a screen far away, 30 a module: a page that it shows, perhaps.
 */
#ifndef SERVICES_CONSOLE_INPUT_H
#define SERVICES_CONSOLE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#define INPUT_LEN 256
#define INPUT_MODULE 30
#define INPUT_GONE 31		/* typed by one who is not there any more */

struct input_focus {
	struct input_focus *below;
};

struct input {
	struct {
		uint16_t key;
		uint8_t who;
	} queue[INPUT_LEN];
	unsigned head, count;
	uint32_t typists;		/* of the keys read since the last input_typists() */
	struct input_focus *focus;	/* who gets the keys; NULL: nobody reads */
	const struct input_focus *reader;	/* who waits for one now */
};

/* A key; lost when the queue is full, but for Ctrl-C, which takes away what was typed before it anyway. */
void input_put(struct input *in, int key, unsigned who);
/* Keys that there is room for. */
unsigned input_room(const struct input *in);
/* The next key, if f has the focus; or -EAGAIN. */
int input_take(struct input *in, const struct input_focus *f);
/* True if f has the focus and a Ctrl-C waits; takes it away, with what was typed before it. */
bool input_interrupted(struct input *in, const struct input_focus *f);

/* f gets the keys, until it lets go of them; it may have them already. */
void input_focus(struct input *in, struct input_focus *f);
/* f reads no more: the one below it gets the keys, if f had them. */
void input_release(struct input *in, struct input_focus *f);

/* Whoever has the focus waits for a key, and all that were typed are read. */
bool input_awaited(const struct input *in);

/* Who typed the keys read since the last call: bit i is `who` i. */
uint32_t input_typists(struct input *in);
/* What `who` has typed and nobody has read yet is INPUT_GONE's from now on. */
void input_disown(struct input *in, unsigned who);

#endif
