/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listings: what is in a folder on a server.  A source that is asked for one
 * (scheme.h: SOURCE_LISTING) gives bytes, as it gives a file's, and those are
 * read here, whatever form they have:
 *
 *	web pages	as nginx, Apache, lighttpd, caddy and Python's http.server
 *			make them: each link that leads to something in the
 *			folder itself; behind it, its size if one stands there
 *	JSON		a list of objects: nginx's autoindex_format json, caddy
 *	FTP		LISTING_FTP_HEAD, then lines as servers answer to MLSD (RFC
 *			3659) or LIST: those of Unix's ls -l, of DOS's dir
 *	lines		LISTING_HEAD, then what listing_put() writes: for schemes
 *			whose protocol has listings of its own
 *
 *	struct listing l;
 *	struct listing_entry e;
 *	listing_begin(&l, data, len, "/pub/");
 *	while (listing_next(&l, &e))
 *		...e.name, e.kind, e.size...
 *
 * An entry is what can be asked for by its name alone: no "..", no link
 * elsewhere, no name with a control character.  Pure.
 */
#ifndef SERVICES_FETCH_LISTING_H
#define SERVICES_FETCH_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTING_NAME_MAX 256		/* with its NUL */
#define LISTING_LINE_MAX (LISTING_NAME_MAX + 32)
#define LISTING_SIZE_UNKNOWN UINT64_MAX
#define LISTING_HEAD "#listing\n"
#define LISTING_FTP_HEAD "#ftp\n"

enum listing_kind { LISTING_FILE, LISTING_FOLDER };

struct listing_entry {
	char name[LISTING_NAME_MAX];	/* as the server's people call it: nothing is encoded; no '/' */
	enum listing_kind kind;
	uint64_t size;			/* or LISTING_SIZE_UNKNOWN */
	bool rough;			/* the size is rounded, as "1.2M" is */
};

struct listing {
	const char *at, *end;		/* what has not been read */
	const char *path;		/* the folder's, of its URL's target */
	size_t path_len;
	enum { LISTING_PAGE, LISTING_JSON, LISTING_LINES, LISTING_FTP } form;
};

/* path: the folder's, as in its URL, "/pub/?x"; it and data must stay. */
void listing_begin(struct listing *l, const void *data, size_t len, const char *path);
/* The next entry, in the server's order; false: that was all. */
bool listing_next(struct listing *l, struct listing_entry *e);

/* An entry as a line, for behind LISTING_HEAD: its length; 0: nobody could ask for that name. */
size_t listing_put(char out[LISTING_LINE_MAX], const struct listing_entry *e);

/* Part of listing_next(), by form; listing_read_ftp() is of one line, without its end, false if that has no entry. */
bool listing_next_link(struct listing *l, struct listing_entry *e);
bool listing_next_object(struct listing *l, struct listing_entry *e);
bool listing_read_ftp(const char *line, size_t len, struct listing_entry *e);
/* Whether somebody can be asked for that name. */
bool listing_is_name(const char *name);

#endif
