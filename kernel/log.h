/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads.  log_line() writes one whole line to every console and
 * into the log ring, which later readers (a new telnet session, a test) can
 * replay.  Passwords are masked in all of it (secret.h).  The live line is the one below the log that changes in place: the
 * prompt being edited, or a download's progress; log lines scroll above it.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_RING_LEN 32768u

/* One line, without its newline: "undi: ...".  Does not wait. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_vline(const char *fmt, va_list ap);

/* Replaces the live line ("" or NULL removes it); cursor = column of the cursor, or -1 for its end. */
void log_live(const char *text, int cursor);

/*
 * Copies log text from absolute position *pos (start with 0) into buf and
 * advances *pos: bytes copied, 0 at the end.  If the ring has overwritten
 * *pos, reading goes on at the oldest whole line.
 */
size_t log_read(uint64_t *pos, char *buf, size_t len);

/*
 * Text without a newline (echo -n): waits at the left of the live line until
 * the next log_line completes it.
 */
void log_partial(const char *text);

/* What stands below the log: the unfinished line and the live line, for one who has just read the ring.  Its length. */
size_t log_below(char *buf, size_t cap);

/* Writes out what slow consoles still hold back: before a handover, in a panic. */
void log_flush(void);

/* A sink gets every byte of output: VGA, serial, telnet.  Text may hold CR, LF, BS, ESC[K. */
struct log_sink {
	void (*write)(struct log_sink *s, const char *text, size_t len);
	void (*flush)(struct log_sink *s);	/* or NULL */
	struct log_sink *next;
};
void log_add_sink(struct log_sink *s);

#endif
