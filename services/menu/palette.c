/* SPDX-License-Identifier: BSD-2-Clause */
/* Colours of menus and forms: see palette.h. */
#include "services/menu/palette.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "services/console/widget.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, BASIC };

static const uint8_t standard_pairs[PALETTE_PAIRS][2] = {
	[PAIR_PLAIN] = { PALETTE_DEFAULT, PALETTE_DEFAULT },
	[PAIR_NORMAL] = { WHITE, BLUE }, [PAIR_SELECTED] = { WHITE, RED }, [PAIR_SEPARATOR] = { CYAN, BLUE },
	[PAIR_EDIT] = { BLACK, CYAN }, [PAIR_ALERT] = { WHITE, RED },
	[6] = { CYAN, BLUE }, [7] = { WHITE, BLACK },
	[8] = { PALETTE_DEFAULT, PALETTE_DEFAULT }, [9] = { PALETTE_DEFAULT, PALETTE_DEFAULT },
	[10] = { PALETTE_DEFAULT, PALETTE_DEFAULT }, [11] = { PALETTE_DEFAULT, PALETTE_DEFAULT },
	[12] = { PALETTE_DEFAULT, PALETTE_DEFAULT }, [13] = { PALETTE_DEFAULT, PALETTE_DEFAULT },
	[14] = { PALETTE_DEFAULT, PALETTE_DEFAULT }, [15] = { PALETTE_DEFAULT, PALETTE_DEFAULT },
};
static const uint8_t standard_colours[PALETTE_COLOURS] = {
	BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, PALETTE_DEFAULT, PALETTE_DEFAULT,
	PALETTE_DEFAULT, PALETTE_DEFAULT, PALETTE_DEFAULT, PALETTE_DEFAULT, PALETTE_DEFAULT, PALETTE_DEFAULT,
};

static struct {
	bool set;			/* false: all is as at first */
	uint8_t pairs[PALETTE_PAIRS][2];
	uint8_t colours[PALETTE_COLOURS];
} now;

static void begin(void)
{
	if (now.set)
		return;
	memcpy(now.pairs, standard_pairs, sizeof(now.pairs));
	memcpy(now.colours, standard_colours, sizeof(now.colours));
	now.set = true;
}

void palette_reset(void)
{
	now.set = false;
}

uint16_t palette_style(unsigned pair)
{
	begin();
	unsigned text = now.colours[now.pairs[pair % PALETTE_PAIRS][0]];
	unsigned ground = now.colours[now.pairs[pair % PALETTE_PAIRS][1]];
	return (uint16_t)((text < BASIC ? STYLE_COLOUR(text) : 0) | (ground < BASIC ? STYLE_GROUND(ground) : 0));
}

int palette_set_pair(unsigned pair, int foreground, int background)
{
	begin();
	if (pair >= PALETTE_PAIRS || foreground >= (int)PALETTE_COLOURS || background >= (int)PALETTE_COLOURS)
		return -EINVAL;
	if (foreground >= 0)
		now.pairs[pair][0] = (uint8_t)foreground;
	if (background >= 0)
		now.pairs[pair][1] = (uint8_t)background;
	return 0;
}

int palette_set_colour(unsigned colour, unsigned basic)
{
	begin();
	if (colour >= PALETTE_COLOURS || (basic >= BASIC && basic != PALETTE_DEFAULT))
		return -EINVAL;
	now.colours[colour] = (uint8_t)basic;
	return 0;
}

unsigned palette_nearest(uint32_t rgb)
{
	return (rgb >> 23 & 1) | (rgb >> 15 & 1) << 1 | (rgb >> 7 & 1) << 2;
}
