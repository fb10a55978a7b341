/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why something cannot be booted: one phrase for a person, with the numbers
 * that matter, made where the fault is found.  The caller puts the image's
 * name in front and the next step behind.
 */
#ifndef SERVICES_BOOT_WHY_H
#define SERVICES_BOOT_WHY_H

struct boot_why {
	char text[160];		/* no newline; cut if it does not fit */
};

/* Writes the text and returns err, so that a check is one line. */
int boot_why(struct boot_why *w, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
