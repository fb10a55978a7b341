/* SPDX-License-Identifier: BSD-2-Clause */
/* What menus look like on the console's screens.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "services/command/run.h"
#include "services/console/colours.h"
#include "services/console/widget.h"
#include "services/graphics/graphics.h"
#include "services/menu/choice.h"
#include "services/menu/palette.h"
#include "services/pxelinux/px.h"

#define FIRST_SHADE 10u			/* of the colours that have no other use */
#define TEXT_BITS STYLE_COLOUR(30)
#define GROUND_BITS STYLE_GROUND(30)
/* pxelinux's own, where a configuration says something of a menu's place and not this */
#define MARGIN 10
#define WIDTH 80

/* ---- colours ---- */

/* The shades of one menu, as far as there are numbers for them. */
struct shades {
	unsigned count;
	uint32_t rgb[COLOURS - FIRST_SHADE];
	int basic[COLOURS - FIRST_SHADE];
};

/* What is behind it shines through; that is taken for black. */
static uint32_t blended(uint32_t argb)
{
	uint32_t out = 0;
	for (unsigned at = 0; at < 24; at += 8)
		out |= (argb >> at & 0xff) * (argb >> 24) / 255 << at;
	return out;
}

/* As STYLE_COLOUR() counts: that shade where there are graphics, the basic colour elsewhere. */
static int shade(struct shades *s, uint32_t rgb, int basic)
{
	unsigned i = 0;
	while (i < s->count && (s->rgb[i] != rgb || s->basic[i] != basic))
		i++;
	if (i == COLOURS - FIRST_SHADE)
		return basic;
	if (i == s->count) {
		s->rgb[i] = rgb;
		s->basic[i] = basic;
		s->count++;
		colour_set(FIRST_SHADE + i, basic < 0 ? COLOUR_DEFAULT : (unsigned)basic, (int32_t)rgb);
	}
	return (int)(STYLE_NUMBERED + FIRST_SHADE + i);
}

static uint16_t style_of(const struct px_colour *c, struct shades *s, uint16_t own)
{
	uint16_t style = c->has_style ? c->style : own;
	int text = STYLE_COLOUR_OF(style), ground = STYLE_GROUND_OF(style);
	bool clear = c->ground >> 24 < 0x10;
	if (c->has_text && !c->has_style)
		text = (int)palette_nearest(c->text);
	if (c->has_ground && !c->has_style && !clear)
		ground = (int)palette_nearest(blended(c->ground));
	if (graphics_on() && (c->has_text || c->has_ground))	/* there the shades say all */
		style &= (uint16_t)~STYLE_REVERSE;
	if (text >= 0 && text == ground)	/* nobody could read that */
		return own;
	if (graphics_on() && c->has_text)
		text = shade(s, c->text & 0xffffff, text);
	if (graphics_on() && c->has_ground)
		ground = clear ? -1 : shade(s, blended(c->ground), ground);
	return (uint16_t)((style & ~(TEXT_BITS | GROUND_BITS)) | STYLE_COLOUR(text) | STYLE_GROUND(ground));
}

/* ---- places ---- */

static bool is_given(const struct px_look *l, enum px_number n)
{
	return l->given >> n & 1;
}

/* A row from the top, from 0; what is counted from the screen's end is left to the menu. */
static unsigned row_of(const struct px_look *l, enum px_number n)
{
	int row = is_given(l, n) && l->number[n] > 0 ? l->number[n] + l->number[PX_VSHIFT] - 1 : 0;
	return row > 0 ? (unsigned)row : 0;
}

static void place(const struct px_look *l, struct choice_look *out)
{
	static const uint32_t sideways = 1u << PX_WIDTH | 1u << PX_MARGIN | 1u << PX_HSHIFT;
	int margin = is_given(l, PX_MARGIN) ? l->number[PX_MARGIN] : MARGIN;
	int width = is_given(l, PX_WIDTH) ? l->number[PX_WIDTH] : WIDTH, left = l->number[PX_HSHIFT] + margin;
	if (l->given & sideways && margin >= 0 && left >= 0 && width - 2 * margin >= 20) {
		out->left = (unsigned)left;
		out->width = (unsigned)(width - 2 * margin);
	}
	out->top = l->number[PX_VSHIFT] > 0 ? (unsigned)l->number[PX_VSHIFT] : 0;
	out->rows = l->number[PX_ROWS] > 0 ? (unsigned)l->number[PX_ROWS] : 0;
	out->keys_row = row_of(l, PX_TABMSGROW);
	out->time_row = row_of(l, PX_TIMEOUTROW);
	out->help_row = row_of(l, PX_HELPMSGROW);
}

void px_choice_look(const struct px_menu *m, struct choice_look *out)
{
	struct shades s = { 0 };
	const struct px_colour *c = m->look.colour;
	choice_look_own(out);
	out->hot |= STYLE_BOLD;
	/* those first of which most is seen */
	out->selected = style_of(&c[PX_SEL], &s, out->selected);
	out->normal = style_of(&c[PX_UNSEL], &s, out->normal);
	out->title = style_of(&c[PX_TITLE], &s, out->title);
	out->hot = style_of(&c[PX_HOTKEY], &s, out->normal | STYLE_BOLD);
	out->hot_selected = style_of(&c[PX_HOTSEL], &s, out->selected);
	out->keys = style_of(&c[PX_TABMSG], &s, out->keys);
	out->help = style_of(&c[PX_HELP_TEXT], &s, out->help);
	out->time = style_of(&c[PX_TIMEOUT_MSG], &s, out->time);
	out->disabled = style_of(&c[PX_DISABLED], &s, out->disabled);
	out->screen = style_of(&c[PX_SCREEN], &s, out->screen);
	place(&m->look, out);
	graphics_colours();
}

/* ---- vesamenu's picture ---- */

void px_no_picture(struct px_session *s)
{
	if (s->pictured)
		graphics_end();
	s->pictured = false;
	s->picture[0] = '\0';
}

void px_picture(struct px_session *s, const struct px_menu *m)
{
	static char url[URL_TEXT_MAX];
	char wide[8], high[8], shown[PX_SHOWN_MAX];
	if (!s->vesa || !m->background || strchr("#-", *m->background)) {	/* or a mere colour */
		px_no_picture(s);
		return;
	}
	if (px_resolve(&s->where, m->background, strlen(m->background), url, sizeof(url)) < 0 ||
	    !strcmp(url, s->picture))
		return;
	memcpy(s->picture, url, sizeof(url));
	snprintf(wide, sizeof(wide), "%u", m->look.wide);
	snprintf(high, sizeof(high), "%u", m->look.high);
	int err = m->look.wide && m->look.high ? RUN("console", "--x", wide, "--y", high, "--picture", url) :
		  RUN("console", "--picture", url);
	s->pictured = err == 0 || (s->pictured && graphics_on());
	if (err == 0 || err == -EINTR)
		return;
	log_line("pxelinux: %s is not shown, as said before; the menu goes on without it",
		 px_shown(m->background, SIZE_MAX, shown));
	command_forget_failure();
}
