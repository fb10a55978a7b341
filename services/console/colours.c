/* SPDX-License-Identifier: BSD-2-Clause */
/* What colours' numbers mean: see colours.h. */
#include "services/console/colours.h"

#include <errno.h>
#include <string.h>

#define BLUE 4u

static struct {
	bool set;			/* false: it is as at first */
	uint8_t basic;
	int32_t rgb;
} now[COLOURS], kept[COLOURS];
static bool see_through;

unsigned colour_basic(unsigned colour)
{
	colour %= COLOURS;
	if (now[colour].set)
		return now[colour].basic;
	return colour >= COLOUR_BASIC || (colour == BLUE && see_through) ? COLOUR_DEFAULT : colour;
}

int32_t colour_rgb(unsigned colour)
{
	return now[colour % COLOURS].set ? now[colour % COLOURS].rgb : -1;
}

int colour_set(unsigned colour, unsigned basic, int32_t rgb)
{
	if (colour >= COLOURS || (basic >= COLOUR_BASIC && basic != COLOUR_DEFAULT))
		return -EINVAL;
	now[colour].set = true;
	now[colour].basic = (uint8_t)basic;
	now[colour].rgb = rgb;
	return 0;
}

void colours_keep(void)
{
	memcpy(kept, now, sizeof(kept));
}

void colours_back(void)
{
	memcpy(now, kept, sizeof(now));
}

void colours_reset(void)
{
	for (unsigned i = 0; i < COLOURS; i++)
		now[i].set = false;
}

void colours_see_through(bool on)
{
	see_through = on;
}
