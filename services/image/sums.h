/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of checksums as sha256sum(1) writes them (SHA256SUMS): lines of 64
 * hexadecimal digits, a blank, a blank or '*', and a file's name.  Pure.
 *
 * Leaves out: the BSD form, and names that sha256sum escapes (with a newline
 * or a backslash in them).  Called by services/verify/verify_commands.c.
 */
#ifndef SERVICES_IMAGE_SUMS_H
#define SERVICES_IMAGE_SUMS_H

#include <stddef.h>
#include <stdint.h>

#define SUMS_LIST_MAX (4u << 20)	/* bytes of a list */
#define SUMS_TURN 65536		/* of them, searched at once */
#define SHA256_LEN 32u

/*
 * What a list calls the file of that URL: the path from the list's own folder
 * on, or, for a file that is not below it, the last part of its path.  *len
 * without query and fragment; points into url.
 */
const char *sums_name(const char *list_url, const char *url, size_t *len);
/*
 * What a list says of itself, in lines of its own: "# issue: 7", a number that grows, and "# valid-until: 2027-06-30",
 * its last day; issue 0 and until "": nothing.  -EBADMSG: one of those lines says something else.
 */
struct sums_about {
	uint32_t issue;
	char until[11];
};
int sums_read_about(const char *list, size_t list_len, struct sums_about *a);
/*
 * The first line for that name (a list may say "./name"): 0 and hash, or -ENOENT.
 * turn is called after each SUMS_TURN bytes, a turn for others; or NULL.
 */
int sums_find(const char *list, size_t list_len, const char *name, size_t name_len, uint8_t hash[SHA256_LEN],
	      void (*turn)(void));
/* 64 hexadecimal digits at text, of which len bytes may be read: 0 or -EINVAL. */
int sums_parse(const char *text, size_t len, uint8_t hash[SHA256_LEN]);

#endif
