/* SPDX-License-Identifier: BSD-2-Clause */
/* The log ring and the way to every console: see log.h. */
#include "kernel/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/plain.h"
#include "kernel/secret.h"

#define LINE_MAX 512		/* a longer line is cut */
#define LIVE_MAX 256

static char ring[LOG_RING_LEN];
static uint64_t written;	/* bytes ever put into the ring */
static char live[LIVE_MAX];
static int live_cursor;
static char partial[LINE_MAX];
static struct log_sink *sinks;

void log_add_sink(struct log_sink *s)
{
	s->next = sinks;
	sinks = s;
}

void log_flush(void)
{
	for (struct log_sink *s = sinks; s; s = s->next)
		if (s->flush)
			s->flush(s);
}

static void put(const char *text, size_t len)
{
	for (struct log_sink *s = sinks; s; s = s->next)
		s->write(s, text, len);
}

static void puts_all(const char *text)
{
	put(text, strlen(text));
}

static void keep(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring[written++ % LOG_RING_LEN] = text[i];
}

static size_t cursor_column(void)
{
	size_t len = strlen(live);
	return live_cursor >= 0 && (size_t)live_cursor < len ? (size_t)live_cursor : len;
}

/* Draws the live line from column `from` on, where the cursor stands, and puts the cursor in its place. */
static void draw_from(size_t from)
{
	puts_all(live + from);
	for (size_t n = strlen(live); n > cursor_column(); n--)
		puts_all("\b");
}

/* Draws what is below the log: the unfinished line and the live line. */
static void draw_live(void)
{
	puts_all(partial);
	draw_from(0);
}

size_t log_below(char *buf, size_t cap)
{
	size_t len = (size_t)snprintf(buf, cap, "%s%s", partial, live);
	if (len >= cap)
		len = cap - 1;
	for (size_t n = strlen(live); n > cursor_column() && len < cap; n--)
		buf[len++] = '\b';
	return len;
}

static void wipe_live(void)
{
	if (*live || *partial)
		puts_all("\r\033[K");
}

void log_live(const char *text, int cursor)
{
	char masked[LIVE_MAX];
	snprintf(masked, sizeof masked, "%s", text ? text : "");
	plain_text(masked);
	secret_mask(masked);
	text = masked;
	if (!strcmp(text, live) && cursor == live_cursor)
		return;
	/* only what differs is drawn: terminals do not flicker, and a typed line reads as one in a transcript */
	size_t same = 0, at = cursor_column(), old_len = strlen(live);
	while (text[same] && text[same] == live[same] && same < sizeof live - 1)
		same++;
	for (; at > same; at--)
		puts_all("\b");
	put(live + at, same - at);
	memcpy(live, text, sizeof live);
	live_cursor = cursor;
	if (old_len > same)
		puts_all("\033[K");
	draw_from(same);
}

/* One finished line of text, at most LINE_MAX long. */
static void finish_line(const char *text, size_t len)
{
	wipe_live();
	keep(partial, strlen(partial));
	puts_all(partial);
	*partial = 0;
	keep(text, len);
	keep("\n", 1);
	put(text, len);
	puts_all("\r\n");
	draw_live();
}

void log_vline(const char *fmt, va_list ap)
{
	char line[LINE_MAX];
	int n = vsnprintf(line, sizeof line, fmt, ap);
	if (n < 0)
		return;
	/* text from outside may hold newlines; each begins a line of its own */
	plain_text(line);
	secret_mask(line);
	char *at = line;
	for (char *nl; (nl = strchr(at, '\n')); at = nl + 1)
		finish_line(at, (size_t)(nl - at));
	finish_line(at, strlen(at));
}

void log_line(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_vline(fmt, ap);
	va_end(ap);
}

void log_partial(const char *text)
{
	wipe_live();
	size_t have = strlen(partial);
	snprintf(partial + have, sizeof partial - have, "%s", text);
	plain_text(partial);
	secret_mask(partial);
	draw_live();
}

size_t log_read(uint64_t *pos, char *buf, size_t len)
{
	if (written - *pos > LOG_RING_LEN) {
		*pos = written - LOG_RING_LEN;
		while (*pos < written && ring[(*pos)++ % LOG_RING_LEN] != '\n')
			;
	}
	size_t n = 0;
	while (n < len && *pos < written)
		buf[n++] = ring[(*pos)++ % LOG_RING_LEN];
	return n;
}
