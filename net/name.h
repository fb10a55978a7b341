/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain names as messages carry them: labels, and pointers to names before them (RFC 1035, 4.1.4; RFC 3397, 2). */
#ifndef NET_NAME_H
#define NET_NAME_H

#include "net/cursor.h"

/*
 * Reads a name at c, whose buffer is what pointers count from; each must lead
 * backwards, so they end.  c goes behind the name.  The text with dots and a
 * NUL in out: its length, 0 for the root; -EPROTO (malformed, or longer than
 * cap).  Bytes that a text cannot hold become '?'.
 */
int name_read(struct cursor *c, char *out, size_t cap);

#endif
