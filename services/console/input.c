/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of keys and its focus: see input.h. */
#include "services/console/input.h"

#include <errno.h>

#include "services/console/keys.h"

unsigned input_room(const struct input *in)
{
	return INPUT_LEN - in->count;
}

void input_put(struct input *in, int key, unsigned who)
{
	if (in->count == INPUT_LEN && key == KEY_CTRL_C)
		in->count = 0;
	if (in->count == INPUT_LEN)
		return;
	unsigned at = (in->head + in->count++) % INPUT_LEN;
	in->queue[at].key = (uint16_t)key;
	in->queue[at].who = (uint8_t)who;
}

static void drop(struct input *in, unsigned n)
{
	in->head = (in->head + n) % INPUT_LEN;
	in->count -= n;
}

int input_take(struct input *in, const struct input_focus *f)
{
	if (!in->count || in->focus != f)
		return -EAGAIN;
	int key = in->queue[in->head].key;
	in->typists |= 1u << in->queue[in->head].who;
	drop(in, 1);
	return key;
}

bool input_interrupted(struct input *in, const struct input_focus *f)
{
	for (unsigned i = in->focus == f ? in->count : 0; i-- > 0;) {
		unsigned at = (in->head + i) % INPUT_LEN;
		if (in->queue[at].key == KEY_CTRL_C) {
			in->typists = 1u << in->queue[at].who;
			drop(in, i + 1);
			return true;
		}
	}
	return false;
}

void input_focus(struct input *in, struct input_focus *f)
{
	input_release(in, f);
	f->below = in->focus;
	in->focus = f;
}

void input_release(struct input *in, struct input_focus *f)
{
	for (struct input_focus **at = &in->focus; *at; at = &(*at)->below)
		if (*at == f) {
			*at = f->below;
			return;
		}
}

bool input_awaited(const struct input *in)
{
	return in->focus && in->reader == in->focus && !in->count;
}

uint32_t input_typists(struct input *in)
{
	uint32_t who = in->typists;
	in->typists = 0;
	return who;
}

void input_disown(struct input *in, unsigned who)
{
	for (unsigned i = 0; i < in->count; i++) {
		uint8_t *typist = &in->queue[(in->head + i) % INPUT_LEN].who;
		if (*typist == who)
			*typist = INPUT_GONE;
	}
	if (in->typists >> who & 1)
		in->typists = (in->typists & ~(1u << who)) | 1u << INPUT_GONE;
}
