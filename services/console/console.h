/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: all screens together.  They show the same - the log
 * (kernel/log.h), a live area below it, or a widget - each in its own size
 * and by what its terminal can do (screen.h), and what is typed at any of
 * them goes into one queue (input.h).  VGA, serial ports, telnet's sessions
 * and the tests' screens are screens; a screen belongs to whoever joins it.
 * Pure; console_service.h has what waits.
 *
 *	static struct screen s = { .name = "COM1", .columns = 80, .rows = 24, .can = SCREEN_ERASE, .pump = pump };
 *	console_join(&s);				// shows the log from its beginning
 *	console_live("undine> ", 8);			// below it
 *	n = console_take(&s, buf, sizeof(buf));		// in pump(): what the terminal gets next
 */
#ifndef SERVICES_CONSOLE_CONSOLE_H
#define SERVICES_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/input.h"
#include "services/console/screen.h"

#define CONSOLE_MODULE 23u		/* and eight more: those of modules, by their slots */

/* Once, first of all: from then on the screens follow the log.  typed() is called after each key; or NULL. */
void console_init(void (*typed)(void));

void console_join(struct screen *s);
/* Its owner has no more use for it; what its person has typed is nobody's (INPUT_GONE). */
void console_leave(struct screen *s);
/* The next bytes for that screen's terminal: how many. */
size_t console_take(struct screen *s, char *buf, size_t cap);
/* It is not up to date. */
bool console_behind(struct screen *s);
/* Some screen with a pump is not: who has much to show waits for it. */
bool console_busy(void);
/* Lets the screens go on that have a pump. */
void console_pump(void);

/*
 * Replaces the live area: lines separated by '\n' (LIVE_ROWS at most), ""
 * or NULL removes it; cursor = its column in the last one, or -1 for that
 * one's end.  Passwords are masked.
 */
void console_live(const char *text, int cursor);
/* What stands there where the live area is empty; "" is nothing. */
void console_note(const char *text);
/* Nothing is drawn over from now on, for those who keep what is sent: below the log stands only what is typed into. */
void console_set_plain(bool on);
bool console_is_plain(void);
/*
 * What stands below the log, or a widget in its place as on a screen of 80x24, in lines, with SGR sequences for what is
 * bold or reverse: its length; out is terminated, and cut at cap.
 */
size_t console_below(char *out, size_t cap);
/* Opens a widget on all screens, or, with NULL, closes the one there. */
void console_widget(struct widget *w);
/* The widget has changed. */
void console_redraw(void);
/* What is on the terminals may be garbled: all below the log, or the widget, is sent again. */
void console_repaint(void);
/* The smallest size that a widget is shown in: its rows, its columns. */
void console_widget_size(unsigned *rows, unsigned *columns);

/*
 * The queue of keys, and one more for it (who: its screen's, 0 the machine's; from CONSOLE_MODULE on a module's, whose
 * keys are as the machine's own, but whose presence ends with it).
 */
struct input *console_input(void);
void console_typed(int key, unsigned who, uint64_t now_us);
void console_gone(unsigned who);	/* what that one typed last says no more that somebody is there */
/* When somebody typed last who is there: at the machine, on a screen that has not left, by a module that runs. Or 0. */
uint64_t console_last_key_us(void);
/* Whoever typed the keys read last, and all that were read since, is gone. */
bool console_typists_gone(void);
/* What runs now, and all that was read since, was typed at the machine's own keyboards alone. */
bool console_typed_here(void);
/* Nobody typed what runs now. */
void console_forget_typists(void);
/* Those far away who typed the keys read last, as "session 1 (10.0.0.9)": false if there is none. */
bool console_typed_by(char *out, size_t cap);
/* Lets the screens go where the keys read last were typed: false if nobody far away typed them. */
bool console_logout(void);

#endif
