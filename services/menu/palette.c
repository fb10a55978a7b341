/* SPDX-License-Identifier: BSD-2-Clause */
/* Colours of menus and forms: see palette.h. */
#include "services/menu/palette.h"

#include <errno.h>
#include <string.h>

#include "services/console/colours.h"
#include "services/console/widget.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = COLOUR_DEFAULT };

static const uint8_t standard_pairs[PALETTE_PAIRS][2] = {
	[PAIR_PLAIN] = { OWN, OWN },
	[PAIR_NORMAL] = { WHITE, BLUE }, [PAIR_SELECTED] = { WHITE, RED }, [PAIR_SEPARATOR] = { CYAN, BLUE },
	[PAIR_EDIT] = { BLACK, CYAN }, [PAIR_ALERT] = { WHITE, RED },
	[6] = { CYAN, BLUE }, [7] = { WHITE, BLACK },
	[8] = { OWN, OWN }, [9] = { OWN, OWN }, [10] = { OWN, OWN }, [11] = { OWN, OWN },
	[12] = { OWN, OWN }, [13] = { OWN, OWN }, [14] = { OWN, OWN }, [15] = { OWN, OWN },
};

static struct {
	bool set;			/* false: all is as at first */
	uint8_t pairs[PALETTE_PAIRS][2];
} now;

static void begin(void)
{
	if (!now.set)
		memcpy(now.pairs, standard_pairs, sizeof(now.pairs));
	now.set = true;
}

void palette_reset(void)
{
	now.set = false;
	colours_reset();
}

/* As STYLE_COLOUR() and STYLE_GROUND() count: -1 for the terminal's own. */
static int counted(unsigned colour)
{
	if (colour_rgb(colour) >= 0)
		return (int)(STYLE_NUMBERED + colour);
	return colour_basic(colour) < COLOUR_BASIC ? (int)colour_basic(colour) : -1;
}

uint16_t palette_style(unsigned pair)
{
	begin();
	int text = counted(now.pairs[pair % PALETTE_PAIRS][0]), ground = counted(now.pairs[pair % PALETTE_PAIRS][1]);
	return (uint16_t)(STYLE_COLOUR(text) | STYLE_GROUND(ground));
}

int palette_set_pair(unsigned pair, int foreground, int background)
{
	begin();
	if (pair >= PALETTE_PAIRS || foreground >= (int)COLOURS || background >= (int)COLOURS)
		return -EINVAL;
	if (foreground >= 0)
		now.pairs[pair][0] = (uint8_t)foreground;
	if (background >= 0)
		now.pairs[pair][1] = (uint8_t)background;
	return 0;
}

unsigned palette_nearest(uint32_t rgb)
{
	return (rgb >> 23 & 1) | (rgb >> 15 & 1) << 1 | (rgb >> 7 & 1) << 2;
}
