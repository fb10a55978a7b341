/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads.  log_line() puts one whole line into the log ring, from
 * which every screen takes it at its own pace (services/console).  Passwords
 * are masked in all of it (secret.h), and nothing in it can reprogram a
 * terminal (plain.h).  Pure, and never waits.
 *
 * The kernel knows no screen: whoever shows the log follows it (log_follow).
 * After log_panic() lines go straight to the raw consoles, past everything that
 * may be broken, and into the ring, for the next life of the loader.
 *
 *	static struct log_follower shown = { .before = make_room, .after = show, .flush = show_all };
 *	log_follow(&shown);
 *	log_line("net0: %s", text);	// in the ring; then shown.after()
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_RING_LEN 65536u
#define LOG_LINE_MAX 512u	/* with its NUL; a longer line is cut */

/* How bad it is: syslog's numbers (RFC 5424, 6.2.1).  The consoles show all alike. */
enum log_severity {
	LOG_ERROR = 3,		/* a fault, a try that failed, an unusable card: somebody may have to look */
	LOG_WARNING = 4,	/* something failed, or is not as it was meant, and all goes on */
	LOG_INFO = 6,
};

/* One line, without its newline: "undi: ...".  Does not wait. */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_vline(enum log_severity severity, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/*
 * A line with colours of its own, which screens that can show them do: each place where they change has two bytes, the
 * text's and the ground's, which are these and a number, as VGA counts colours.
 */
#define LOG_MARK_TEXT 0x80u
#define LOG_MARK_GROUND 0x90u
#define LOG_MARK_END 0xa0u
void log_coloured(const char *line);

/* Text without a newline (echo -n): stands below the log until the next log_line completes it. */
void log_partial(const char *text);
/* That text, "" if there is none. */
const char *log_unfinished(void);

/*
 * Copies log text from absolute position *pos (start with 0) into buf and
 * advances *pos: bytes copied, 0 at the end.  If the ring has overwritten
 * *pos, reading goes on at the oldest whole line.
 */
size_t log_read(uint64_t *pos, char *buf, size_t len);
/* The same, with the marks of colours. */
size_t log_read_marked(uint64_t *pos, char *buf, size_t len);
/* Of the line that ends at this position, with its newline: LOG_INFO if the ring has it no more. */
enum log_severity log_severity(uint64_t pos);
/* The position behind the last line. */
uint64_t log_end(void);
/* The position of the oldest whole line among the last len bytes. */
uint64_t log_tail(size_t len);
/* The position of the last `lines` lines, or of as many as the ring holds. */
uint64_t log_back(unsigned lines);

/* Who shows the log.  None of these waits. */
struct log_follower {
	void (*before)(size_t len);	/* len bytes come, over the oldest: who must not lose anything reads now */
	void (*after)(void);		/* the log, or its unfinished line, has changed */
	void (*flush)(void);		/* shows all that slow screens still hold back, in bounded time */
};
void log_follow(const struct log_follower *f);
/* Before a handover: everything is shown. */
void log_flush(void);

/* A console as the hardware has it, for panics.  text may hold CR, LF, BS and ESC sequences (vt.h). */
struct log_raw {
	void (*write)(struct log_raw *r, const char *text, size_t len);
	struct log_raw *next;
};
void log_add_raw(struct log_raw *r);
void log_drop_raw(struct log_raw *r);
void log_panic(void);

#endif
