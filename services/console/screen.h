/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A screen: what a person sees of the loader on one terminal, in that
 * terminal's size and by what it can do.  On it are the log, below it a live
 * area of a few lines that change in place (the prompt, progress), or instead
 * of both a widget.
 *
 * A screen holds no text that waits: it has a position in the log's ring and
 * knows what of the live area stands on the terminal.  Its owner takes the
 * bytes that are to be sent, as many as the terminal has room for; what has
 * changed several times since is sent once.  One that falls behind by more
 * than the ring loses its oldest lines, and says so.  Pure.
 */
#ifndef SERVICES_CONSOLE_SCREEN_H
#define SERVICES_CONSOLE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/widget.h"

#define LIVE_ROWS 6
#define LIVE_COLUMNS 256		/* bytes of a row with its NUL */
#define SCREEN_ROWS_MAX 100		/* what of a bigger one lies below is not used by widgets */
#define SCREEN_OUT 2048

/* What a terminal can do, besides CR, LF and BS, which make a dumb one. */
enum {
	SCREEN_ERASE = 1,		/* ESC[K */
	SCREEN_FULL = 2,		/* cursor up and to a place, erase the screen, bold and reverse: a VT100 */
	SCREEN_COLOUR = 4,
	SCREEN_NUMBERED = 8,		/* and the colours that scripts define, by their numbers, as vt.h has them */
};

/* The live area, the same for all screens. */
struct live {
	unsigned rows;			/* 0: nothing is below the log */
	unsigned cursor;		/* column in the last row, where the cursor stands */
	char text[LIVE_ROWS][LIVE_COLUMNS];
};

/* What screens show, besides the log. */
struct scene {
	struct live live;
	struct widget *widget;		/* or NULL */
};

struct screen {
	/* The owner's, before console_join(). */
	const char *name;		/* for people: "session 1 (10.0.0.9)" */
	unsigned who;			/* in the queue of keys (input.h): 0 for the machine's own */
	uint16_t columns, rows;
	uint8_t can;
	uint64_t pos;			/* where it is in the log: 0 at first, or where it was when it left */
	/* Moves on what the device takes now: false if it took nothing.  NULL: the owner takes when it likes. */
	bool (*pump)(struct screen *s);
	/* Its person wants to leave; NULL: the machine's own, nobody leaves. */
	void (*leave)(struct screen *s, const char *why);

	/* Facts. */
	uint64_t lost;			/* bytes of the log that it was too slow for */

	/* Private. */
	struct screen *next;
	uint64_t stop;			/* it reads no further in the log */
	uint64_t before;		/* the position when the widget came */
	bool stale;			/* there may be something to send */
	bool ending;
	bool forgets;			/* what is on the terminal below the log is not to be relied on */
	uint16_t ink;			/* the style that the log's marks have brought; STYLE_PLAIN: none */
	bool placed;			/* the widget's cursor is where it belongs */
	unsigned shown_rows, row, column;	/* of the live area on the terminal; the cursor in it */
	char shown[LIVE_ROWS][LIVE_COLUMNS];
	const struct widget *widget;	/* the one on the terminal */
	unsigned page, page_row;
	uint32_t hash[SCREEN_ROWS_MAX];	/* of the widget's rows on the terminal; 0 = not there */
	size_t out_at, out_len;
	char out[SCREEN_OUT];
};

/* A terminal that shows no live area and no widget of us yet; the owner's fields stay. */
void screen_begin(struct screen *s);
/* Its size and abilities have changed: 0 columns or rows are 80 and 24. */
void screen_resize(struct screen *s, unsigned columns, unsigned rows, uint8_t can);
/* The next bytes to send, at most cap: 0 when all is shown. */
size_t screen_take(struct screen *s, const struct scene *scene, char *buf, size_t cap);
/* True when screen_take() would give something. */
bool screen_waits(struct screen *s, const struct scene *scene);
/* What stands on the terminal below the log, or of a widget, is sent again. */
void screen_forget(struct screen *s);
/* Shows the log as it is now to its end, and then nothing more. */
void screen_end(struct screen *s);

#endif
