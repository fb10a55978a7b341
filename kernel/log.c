/* SPDX-License-Identifier: BSD-2-Clause */
/* The log ring: see log.h. */
#include "kernel/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/plain.h"
#include "kernel/secret.h"

/* Behind a line stands LF where it is informational, else its severity: a byte that no text has (plain.h). */
static char ring[LOG_RING_LEN];
static uint64_t written;	/* bytes ever put into the ring */
static char partial[LOG_LINE_MAX];
static const struct log_follower *follower;
static struct log_raw *raw;
static bool panicking;

void log_follow(const struct log_follower *f)
{
	follower = f;
}

void log_add_raw(struct log_raw *r)
{
	r->next = raw;
	raw = r;
}

void log_drop_raw(struct log_raw *r)
{
	for (struct log_raw **at = &raw; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			return;
		}
}

void log_panic(void)
{
	panicking = true;
}

void log_flush(void)
{
	if (follower && !panicking)
		follower->flush();
}

static void keep(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring[written++ % LOG_RING_LEN] = text[i];
}

static char end_of(enum log_severity severity)
{
	return severity == LOG_INFO ? '\n' : (char)severity;
}

/* The byte at this position ends a line. */
static bool ends_line(uint64_t at)
{
	char c = ring[at % LOG_RING_LEN];
	return c == '\n' || (unsigned char)c < LOG_INFO;
}

/* What stands on the screen's last line is written over. */
static void put_raw(const char *text, size_t len)
{
	for (struct log_raw *r = raw; r; r = r->next) {
		r->write(r, "\r\033[K", 4);
		r->write(r, text, len);
		r->write(r, "\r\n", 2);
	}
}

/* One finished line of text. */
static void finish_line(enum log_severity severity, const char *text, size_t len)
{
	char end = end_of(severity);
	size_t before = strlen(partial);
	if (panicking)
		put_raw(text, len);
	else if (follower)
		follower->before(before + len + 1);
	keep(partial, before);
	*partial = '\0';
	keep(text, len);
	keep(&end, 1);
	if (follower && !panicking)
		follower->after();
}

void log_vline(enum log_severity severity, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];
	int n = vsnprintf(line, sizeof line, fmt, ap);
	if (n < 0)
		return;
	/* text from outside may hold newlines; each begins a line of its own */
	plain_text(line);
	secret_mask(line);
	if ((size_t)n >= sizeof line)
		secret_mask_cut(line);
	char *at = line;
	for (char *nl; (nl = strchr(at, '\n')); at = nl + 1)
		finish_line(severity, at, (size_t)(nl - at));
	finish_line(severity, at, strlen(at));
}

void log_line(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_vline(LOG_INFO, fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_vline(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void log_error(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_vline(LOG_ERROR, fmt, ap);
	va_end(ap);
}

/* The byte is a colour's. */
static bool is_mark(char c)
{
	return (unsigned char)c >= LOG_MARK_TEXT && (unsigned char)c < LOG_MARK_END;
}

void log_coloured(const char *text)
{
	char line[LOG_LINE_MAX];
	snprintf(line, sizeof line, "%s", text);
	for (char *at = line; *at; at++)
		if ((*at < ' ' && *at != '\t' && !is_mark(*at)) || *at == 0x7f)
			*at = '?';
	secret_mask(line);
	finish_line(LOG_INFO, line, strlen(line));
}

void log_partial(const char *text)
{
	size_t have = strlen(partial);
	snprintf(partial + have, sizeof partial - have, "%s", text);
	plain_text(partial);
	secret_mask(partial);
	if (follower)
		follower->after();
}

const char *log_unfinished(void)
{
	return partial;
}

static size_t read_ring(uint64_t *pos, char *buf, size_t len, bool marked)
{
	if (written - *pos > LOG_RING_LEN) {
		*pos = written - LOG_RING_LEN;
		while (*pos < written && !ends_line((*pos)++))
			;
	}
	size_t n = 0;
	for (; n < len && *pos < written; (*pos)++)
		if (marked || !is_mark(ring[*pos % LOG_RING_LEN]))
			buf[n++] = ends_line(*pos) ? '\n' : ring[*pos % LOG_RING_LEN];
	return n;
}

size_t log_read(uint64_t *pos, char *buf, size_t len)
{
	return read_ring(pos, buf, len, false);
}

size_t log_read_marked(uint64_t *pos, char *buf, size_t len)
{
	return read_ring(pos, buf, len, true);
}

enum log_severity log_severity(uint64_t pos)
{
	char end = pos && pos <= written && written - pos < LOG_RING_LEN ? ring[(pos - 1) % LOG_RING_LEN] : '\n';
	return (unsigned char)end < LOG_INFO ? (enum log_severity)end : LOG_INFO;
}

uint64_t log_end(void)
{
	return written;
}

uint64_t log_tail(size_t len)
{
	uint64_t at = written > len ? written - len : 0;
	while (at && at < written && !ends_line(at - 1))
		at++;
	return at;
}

uint64_t log_back(unsigned lines)
{
	uint64_t oldest = written > LOG_RING_LEN ? written - LOG_RING_LEN : 0, at = written;
	for (; at > oldest; at--)
		if (at < written && ends_line(at - 1) && !--lines)
			break;
	return at;
}
