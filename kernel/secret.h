/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords in what people read: the one place that knows what they look
 * like.  Pure.
 */
#ifndef KERNEL_SECRET_H
#define KERNEL_SECRET_H

#include <stddef.h>

/*
 * Overwrites with '*', in place, what follows --password, --password-sha256
 * (the next word) and telnetd.password, web.password, both also with -sha256,
 * and, where they are set or shown, password and privkey (all of the line; all
 * lines of a value that is shown; one word where '=' stands before it), and all
 * that stands between "//" and "@" in scheme://user:password@host, or behind
 * its ':' while there is no "@" yet: a name alone may be a token.
 */
void secret_mask(char *line);
/* The same for the end of a line that was cut there: where an authority is under way, its '@' may have been cut off. */
void secret_mask_cut(char *line);

/* How much of a URL's authority, what follows "//", is user and password with their '@': 0, there are none. */
size_t secret_userinfo(const char *authority);

#endif
