/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script sends along when it asks for a URL: lists of form fields and
 * headers, made by `params` and `param`, named behind a URL by "##params" or
 * "##params=LIST".  A list is used once.  Pure.
 *
 *	params_create(NULL, NULL);
 *	params_add(NULL, "mac", "52:54:00:12:34:56", false);
 *	len = params_split(url, &list);			where "##params" begins
 *	form = params_take(list, url, len, &packed_len);	the caller's to free
 *
 * Names and values of fields are encoded byte by byte (RFC 3986, 2.1), all but
 * the unreserved ones, which every reader of application/x-www-form-urlencoded
 * takes.
 */
#ifndef SERVICES_FETCH_PARAMS_H
#define SERVICES_FETCH_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#define PARAMS_LISTS_MAX 16u
#define PARAMS_NAME_MAX 64u		/* of a list, with its NUL */
#define PARAMS_LEN_MAX 8192u		/* of a list's fields as they are sent, and of its headers, each with a NUL */

/*
 * An empty list, instead of the one of that name (NULL: without).  method
 * NULL: POST where there are fields, else GET.  0, -EINVAL (the method is none
 * of GET, POST, PUT), -ENAMETOOLONG, -ENOSPC (too many lists), -ENOMEM.
 */
int params_create(const char *name, const char *method);
void params_delete(const char *name);
void params_delete_all(void);
/* There are none; their memory went with the task that had it. */
void params_forget(void);
/*
 * One more field, or header: 0, -ENOENT (no such list), -EINVAL (no header can
 * be called so or say that), -EPERM (a header that is not a script's to say),
 * -ENOSPC (too long), -ENOMEM.
 */
int params_add(const char *name, const char *key, const char *value, bool header);

/* The length of url without "##params..." at its end, all of it where there is none; *name is the list's, or NULL. */
size_t params_split(const char *url, const char **name);
/*
 * The list's request for the first len bytes of url, packed into one piece of
 * memory for params_unpack(), the caller's to free; the list is gone.  *packed
 * is its length; NULL: -ENOENT, -ENAMETOOLONG (fields in the URL, as GET has
 * them, make it too long) or -ENOMEM in *packed.
 */
char *params_take(const char *name, const char *url, size_t len, int *packed);

/* A request as it was packed; points into it. */
struct params_request {
	const char *url, *method;
	const char *headers;		/* "Name: value\r\n" each */
	const char *body;
	size_t body_len;
};
/* False if those bytes are none. */
bool params_unpack(struct params_request *r, const char *packed, size_t len);
/* Do the headers have one of that name? */
bool params_has_header(const char *headers, const char *name);

#endif
