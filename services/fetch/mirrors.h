/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several places of one file: "URL1|URL2", and what the setting mirrors makes
 * of a URL.  Pure.
 *
 *	mirrors_list("http://a/x/vmlinuz", "http://a/ ftp://b/pub/")
 *		gives "http://a/x/vmlinuz\nftp://b/pub/x/vmlinuz"
 */
#ifndef SERVICES_FETCH_MIRRORS_H
#define SERVICES_FETCH_MIRRORS_H

#include <stddef.h>

#define MIRRORS_MAX 8u			/* places of a file */
#define MIRRORS_LEN 24576u		/* bytes of all of them, with the NUL */

/* Bytes of the first of "URL1|URL2": a bar parts them before a whole URL only. */
size_t mirrors_first(const char *urls);
/*
 * All places, a line each, in the order in which they are asked, none twice: those of `urls`, and, where the first of
 * them lies below one of `bases`, parted by blanks or commas, the same below each other.  The caller's to free; NULL:
 * no memory.  *left_out of them are more than MIRRORS_MAX, or than MIRRORS_LEN bytes.
 */
char *mirrors_list(const char *urls, const char *bases, unsigned *left_out);
/* Of the bases the first that is no URL, counted from 1; 0: all are. */
unsigned mirrors_wrong(const char *bases);

#endif
