/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What menus and forms look like where a terminal has colours: pairs of
 * colours (services/console/colours.h) by iPXE's numbers, which scripts change
 * by `cpair`.  Pure.
 */
#ifndef SERVICES_MENU_PALETTE_H
#define SERVICES_MENU_PALETTE_H

#include <stdint.h>

#define PALETTE_PAIRS 16u

enum { PAIR_PLAIN, PAIR_NORMAL, PAIR_SELECTED, PAIR_SEPARATOR, PAIR_EDIT, PAIR_ALERT };

/* The style of a pair (services/console/widget.h). */
uint16_t palette_style(unsigned pair);
/* A pair's colours; who is < 0 stays.  0 or -EINVAL: there is no such pair or colour. */
int palette_set_pair(unsigned pair, int foreground, int background);
/* The basic colour that is nearest to 0xrrggbb. */
unsigned palette_nearest(uint32_t rgb);
/* All is as at first, the colours too. */
void palette_reset(void);

#endif
