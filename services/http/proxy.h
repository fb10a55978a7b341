/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which requests go to a proxy instead of the server that the URL names
 * (RFC 9112, 3.2.2).  Pure.
 *
 *	proxy_set("http://user:password@10.0.0.1:3128", "10.0.0.0/8, .lan, files:8080");
 *	if (proxy_for(&url, &proxy))
 *		...its host is connected to, and asked for the whole URL...
 */
#ifndef SERVICES_HTTP_PROXY_H
#define SERVICES_HTTP_PROXY_H

#include <stdbool.h>

struct url;

#define PROXY_EXCEPT_MAX 1024u	/* bytes of the exceptions, with a NUL */

/*
 * All that is asked for from now on goes by that proxy: "host[:port]" or
 * "http://[user[:password]@]host[:port]", port 3128 unless it says; "": by
 * none.  Not what is on one of the exceptions, parted by commas or blanks: "*",
 * a host or its domain ("files.lan", ".lan", "lan"), a network ("10.0.0.0/8");
 * each with a port for that alone.  1; 0 where that is the way that is in force;
 * or -E, and nothing has changed: -EINVAL, -EPROTONOSUPPORT (a proxy of another
 * kind), -ENAMETOOLONG, -ENOMEM; -E2BIG: the exceptions are too long; -EDOM: one
 * with a '/' is no network.
 */
int proxy_set(const char *proxy, const char *except);
/* True and *proxy, a URL of its host and credentials, where it is to be asked for u. */
bool proxy_for(const struct url *u, struct url *proxy);

#endif
