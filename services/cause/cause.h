/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why something failed: a door.  At the root lies one fact - who, where, what
 * was answered, after how many bytes -, and around it stands what failed for
 * it, from the inside out: a file, the script's line that wanted it, the
 * script that called that one.  The fact is made where it is known, by the
 * service that saw it, and crosses requests by value, as a part of their
 * answer; what failed for it is added by whoever hears of it.  Nobody makes a
 * sentence of an error number who has a cause.
 *
 *	struct cause c = { 0 };
 *	cause_fact_set(&c.fact, -ENOENT, "10.0.2.2:80 answers 404 Not Found");
 *	cause_add(&c, "boot.ipxe:3: kernel vmlinuz");
 *	cause_text(&c.fact, text, sizeof(text));	http://10.0.2.2/vmlinuz: 10.0.2.2:80 answers 404 Not Found
 *	cause_json(&c, text, sizeof(text));		the same for programs
 *
 * Of a try of the whole boot that has failed the cause is kept, with the time
 * since when it fails: cause_kept().  The record outlives the task that made it.
 *
 * Pure; whatever is too long is cut.
 */
#ifndef SERVICES_CAUSE_CAUSE_H
#define SERVICES_CAUSE_CAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAUSE_URL_MAX	128
#define CAUSE_WHAT_MAX	256
#define CAUSE_TEXT_MAX	(CAUSE_URL_MAX + CAUSE_WHAT_MAX + 2)
#define CAUSE_LINKS	6		/* of a longer chain the outermost are left out */
#define CAUSE_LINK_MAX	176
#define CAUSE_JSON_MAX	4096		/* holds every cause, whatever had to be escaped but control characters */

/* All zero: nothing has failed. */
struct cause_fact {
	int err;			/* -E, or a script's own status > 0 */
	char what[CAUSE_WHAT_MAX];	/* a phrase for people; "": none but err_text(err) */
	char url[CAUSE_URL_MAX];	/* what was asked for, without user and password; or "" */
	char peer[24];			/* who was asked, "10.0.2.2:80"; or "" */
	unsigned status;		/* what it answered, a number of HTTP, TFTP or DNS; 0: none */
	uint64_t at, size;		/* bytes that had come, of so many; 0: none, or not known */
};

struct cause {
	struct cause_fact fact;
	unsigned count;
	char failed[CAUSE_LINKS][CAUSE_LINK_MAX];	/* for it, from the inside out */
};

/* The fact, all anew: url, peer and numbers are the caller's to fill in behind it. */
void cause_fact_set(struct cause_fact *f, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* What failed for it. */
void cause_add(struct cause *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "URL: what", or one of them, or what err means: the length; out is terminated. */
size_t cause_text(const struct cause_fact *f, char *out, size_t cap);
/*
 * As a JSON object: {"what":"...","url":"...","peer":"...","status":404,"at":1000,"size":3000,
 * "failed":["boot.ipxe:3: kernel vmlinuz"]}; what is not known is left out.  A script's own status stands as
 * "exit".  The length, or -ENOSPC.
 */
int cause_json(const struct cause *c, char *out, size_t cap);
/* The same members, into an object that is being written. */
struct json;
void cause_put(struct json *j, const struct cause *c);

struct cause_record {
	struct cause cause;		/* of the last try that failed */
	unsigned failures;		/* of how many; 0: none has ended */
	uint64_t since_us;		/* when the first of them ended */
	uint64_t last_us;		/* and the last */
};

/* A try has failed of c. */
void cause_keep(const struct cause *c, uint64_t now_us);
const struct cause_record *cause_kept(void);

#endif
