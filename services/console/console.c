/* SPDX-License-Identifier: BSD-2-Clause */
/* All screens together: see console.h. */
#include "services/console/console.h"

#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/plain.h"
#include "kernel/secret.h"

#define SPINS 1000000u		/* a device that takes nothing for this long is dead */
#define TEXT_ROWS 24u
#define TEXT_COLUMNS 80u
#define GONE_BIT (1u << INPUT_GONE)
#define FAR_BITS (~(1u | 1u << INPUT_MODULE))	/* with a name of their own, and those that are gone */

static struct screen *screens;
static struct scene scene;
static struct live below;		/* what console_live() wants below the log */
static bool is_plain;
static char note[LIVE_COLUMNS];		/* stands there where nothing else does */
static struct input input;
static void (*key_came)(void);
static uint32_t last_typists;	/* of what runs now */
static uint64_t typed_us[INPUT_GONE];	/* the last key of each who is there; 0: none */

static void changed(void)
{
	for (struct screen *s = screens; s; s = s->next)
		s->stale = true;
	console_pump();
}

void console_pump(void)
{
	for (struct screen *s = screens; s; s = s->next)
		if (s->pump && console_behind(s))
			s->pump(s);
}

/* One that has a widget shows the log's end when that closes. */
static bool waits_for(const struct screen *s)
{
	return s->pump && !s->widget;
}

/* A serial line is given all that it has not shown yet before it is overwritten. */
static void make_room(size_t len)
{
	for (struct screen *s = screens; s; s = s->next)
		for (unsigned spins = 0; waits_for(s) && log_end() + len - s->pos > LOG_RING_LEN && spins < SPINS;)
			spins = s->pump(s) ? 0 : spins + 1;
}

static void show_all(void)
{
	for (struct screen *s = screens; s; s = s->next)
		for (unsigned spins = 0; s->pump && console_behind(s) && spins < SPINS;)
			spins = s->pump(s) ? 0 : spins + 1;
}

void console_init(void (*typed)(void))
{
	static const struct log_follower follower = { make_room, changed, show_all };
	key_came = typed;
	log_follow(&follower);
}

void console_join(struct screen *s)
{
	screen_begin(s);
	s->next = screens;
	screens = s;
	console_pump();
}

void console_leave(struct screen *s)
{
	for (struct screen **at = &screens; *at; at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			break;
		}
	if (!s->who)
		return;
	console_gone(s->who);
	input_disown(&input, s->who);
	if (last_typists >> s->who & 1)
		last_typists = (last_typists & ~(1u << s->who)) | GONE_BIT;
}

size_t console_take(struct screen *s, char *buf, size_t cap)
{
	return screen_take(s, &scene, buf, cap);
}

bool console_behind(struct screen *s)
{
	return screen_waits(s, &scene);
}

bool console_busy(void)
{
	for (struct screen *s = screens; s; s = s->next)
		if (s->pump && console_behind(s))
			return true;
	return false;
}

/* Takes text apart into rows; the last ones where there are too many. */
static void set_live(struct live *l, const char *text)
{
	*l = (struct live){ 0 };
	for (bool more = *text; more;) {
		size_t len = strcspn(text, "\n");
		if (l->rows == LIVE_ROWS)
			memmove(l->text[0], l->text[1], sizeof(l->text) - sizeof(l->text[0]));
		else
			l->rows++;
		snprintf(l->text[l->rows - 1], LIVE_COLUMNS, "%.*s", (int)len, text);
		more = text[len];
		text += len + 1;
	}
}

static void show_live(void)
{
	static struct live wanted;
	wanted = below;
	if (!wanted.rows && !is_plain) {
		set_live(&wanted, note);
		wanted.cursor = (unsigned)strlen(note);
	}
	if (!memcmp(&wanted, &scene.live, sizeof(wanted)))
		return;
	scene.live = wanted;
	changed();
}

void console_live(const char *text, int cursor)
{
	static char masked[LIVE_ROWS * LIVE_COLUMNS];
	snprintf(masked, sizeof(masked), "%s", text && (cursor >= 0 || !is_plain) ? text : "");
	plain_text(masked);
	secret_mask(masked);
	set_live(&below, masked);
	unsigned len = below.rows ? (unsigned)strlen(below.text[below.rows - 1]) : 0;
	below.cursor = cursor >= 0 && (unsigned)cursor < len ? (unsigned)cursor : len;
	show_live();
}

void console_note(const char *text)
{
	snprintf(note, sizeof(note), "%s", text);
	show_live();
}

void console_set_plain(bool on)
{
	is_plain = on;
	show_live();
}

bool console_is_plain(void)
{
	return is_plain;
}

void console_widget(struct widget *w)
{
	scene.widget = w;
	changed();
}

void console_redraw(void)
{
	changed();
}

void console_repaint(void)
{
	for (struct screen *s = screens; s; s = s->next)
		screen_forget(s);
	console_pump();
}

void console_widget_size(unsigned *rows, unsigned *columns)
{
	*rows = SCREEN_ROWS_MAX;
	*columns = WIDGET_COLUMNS;
	for (struct screen *s = screens; s; s = s->next) {
		*rows = s->rows - 1u < *rows ? s->rows - 1u : *rows;
		*columns = s->columns < *columns ? s->columns : *columns;
	}
}

/* ---- as text ---- */

static size_t add(char *out, size_t cap, size_t len, const char *text, size_t n)
{
	if (len + 1 < cap)
		snprintf(out + len, cap - len, "%.*s", (int)n, text);
	return len + n;
}

static size_t add_row(char *out, size_t cap, size_t len, const struct widget_row *r)
{
	unsigned columns = r->columns, is = 0;
	while (columns && r->text[columns - 1] == ' ' && !(r->style[columns - 1] & (STYLE_REVERSE | STYLE_MARKED)))
		columns--;
	for (unsigned i = 0; i < columns; i++) {
		unsigned style = r->style[i] & STYLE_BOLD ? 1 : 0;
		if (r->style[i] & (STYLE_REVERSE | STYLE_MARKED))
			style = 7;
		if (style != is) {
			const char sgr[] = { '\033', '[', (char)('0' + style), 'm' };
			len = add(out, cap, len, is && style ? "\033[0m" : "", is && style ? 4 : 0);
			len = add(out, cap, len, sgr, sizeof(sgr));
		}
		is = style;
		len = add(out, cap, len, r->text + i, 1);
	}
	return is ? add(out, cap, len, "\033[0m", 4) : len;
}

size_t console_below(char *out, size_t cap)
{
	struct widget_row row;
	size_t len = 0;
	*out = '\0';
	for (unsigned i = 0; !scene.widget && i < scene.live.rows; i++) {
		len = add(out, cap, len, "\n", i != 0);
		len = add(out, cap, len, scene.live.text[i], strlen(scene.live.text[i]));
	}
	for (unsigned i = 0; scene.widget && i < TEXT_ROWS; i++) {
		widget_blank(&row, TEXT_COLUMNS);
		scene.widget->draw(scene.widget, &row, i, TEXT_ROWS);
		len = add(out, cap, len, "\n", i != 0);
		len = add_row(out, cap, len, &row);
	}
	return len < cap ? len : cap - 1;
}

struct input *console_input(void)
{
	return &input;
}

void console_typed(int key, unsigned who, uint64_t now_us)
{
	input_put(&input, key, who < CONSOLE_MODULE ? who : INPUT_MODULE);
	typed_us[who] = now_us;
	if (key_came)
		key_came();
}

void console_gone(unsigned who)
{
	typed_us[who] = 0;
}

uint64_t console_last_key_us(void)
{
	uint64_t last = 0;
	for (unsigned who = 0; who < INPUT_GONE; who++)
		last = typed_us[who] > last ? typed_us[who] : last;
	return last;
}

bool console_typists_gone(void)
{
	uint32_t all = last_typists | input.typists;
	return all == GONE_BIT;
}

bool console_typed_here(void)
{
	return (last_typists | input.typists) == 1;
}

void console_forget_typists(void)
{
	input_typists(&input);
	last_typists = 0;
}

bool console_typed_by(char *out, size_t cap)
{
	size_t len = 0;
	uint32_t typists = input_typists(&input);
	if (typists)			/* else whoever it was is it still */
		last_typists = typists;
	for (unsigned who = 1; who < INPUT_GONE; who++)
		for (struct screen *s = typists >> who & 1 ? screens : NULL; s; s = s->next)
			if (s->who == who && len < cap)
				len += (size_t)snprintf(out + len, cap - len, "%s%s", len ? " and " : "", s->name);
	if (typists & GONE_BIT && len < cap)
		snprintf(out + len, cap - len, "%sa session that is gone", len ? " and " : "");
	return typists & FAR_BITS;
}

bool console_logout(void)
{
	for (struct screen *s = screens; s; s = s->next)
		if (s->who && last_typists >> s->who & 1 && s->leave)
			s->leave(s, "logout");
	return last_typists & FAR_BITS;
}
