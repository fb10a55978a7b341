/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sixteen numbers mean that scripts give colours (`colour`): one of
 * the basic eight for terminals that have only these, and, where the screen
 * shows graphics, any shade of red, green and blue.  Pure.
 */
#ifndef SERVICES_CONSOLE_COLOURS_H
#define SERVICES_CONSOLE_COLOURS_H

#include <stdbool.h>
#include <stdint.h>

#define COLOURS 16u
#define COLOUR_BASIC 8u			/* how many are basic: black red green yellow blue magenta cyan white */
#define COLOUR_DEFAULT 9u		/* the terminal's own colour, as ECMA-48 has it */

/* A basic colour, or COLOUR_DEFAULT. */
unsigned colour_basic(unsigned colour);
/* 0xrrggbb, or -1: there is only the basic one. */
int32_t colour_rgb(unsigned colour);
/* What stands for a colour's number: 0 or -EINVAL, there is no such number or basic colour. */
int colour_set(unsigned colour, unsigned basic, int32_t rgb);
/* What they mean now they mean again after colours_back(). */
void colours_keep(void);
void colours_back(void);
/* All is as at first. */
void colours_reset(void);
/* There is a picture: blue, a menu's ground, lets it be seen, unless a script has said what blue is. */
void colours_see_through(bool on);

#endif
