/* SPDX-License-Identifier: BSD-2-Clause */
/* The schemes http and https (RFC 9110, 4.2): rows for the table in main.c. */
#ifndef SERVICES_HTTP_HTTP_SOURCE_H
#define SERVICES_HTTP_HTTP_SOURCE_H

#define HTTP_TOLD_MAX 1024u	/* bytes, with the NUL */

extern const struct scheme http_scheme, https_scheme;

/*
 * What servers of one's own (fetch_policy.h) are told in Cookie of the machine, "a=1; b=2", besides their own cookies,
 * until something else is; "": nothing.  What is too long is left out as a whole.
 */
void http_tell(const char *cookies);

#endif
