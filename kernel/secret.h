/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords in what people read: the one place that knows what they look
 * like.  Pure.
 */
#ifndef KERNEL_SECRET_H
#define KERNEL_SECRET_H

/*
 * Overwrites with '*', in place, what follows --password, --password-sha256
 * (the next word) and telnetd.password, telnetd.password-sha256 (all of the
 * line; one word where '=' stands before it), and the password in
 * scheme://user:password@host.
 */
void secret_mask(char *line);

#endif
