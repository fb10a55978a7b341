/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names as pxelinux makes and reads them: of the configuration files that a
 * machine looks for, of files by its rules for paths, and the words that
 * SYSAPPEND adds to a command line (pxelinux(1), syslinux.cfg(5)).  Pure.
 */
#ifndef SERVICES_PXELINUX_NAMES_H
#define SERVICES_PXELINUX_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_addr;

#define PX_SEARCH_MAX 64		/* bytes of such a name, with its NUL */

/* Who looks. */
struct px_who {
	const char *uuid;		/* as text in lower case; "" if it has none */
	const char *mac;		/* "52-54-00-12-34-56"; "" if it has none */
	const struct net_addr *ip;	/* IPv4; NULL: none */
};

/* The i-th name to ask for, from 0, under the prefix: false past the last. */
bool px_search_name(const struct px_who *who, unsigned i, char out[PX_SEARCH_MAX]);

/* Where files are that a configuration names. */
struct px_where {
	const char *server;		/* of bare names: an address, a host, or "" */
	const char *prefix;		/* before names: a URL or a bare name's folder, or "" */
};

/*
 * The URL that a file's name means: a URL is one, "::NAME" has no prefix, "HOST::NAME" is on that host, "/NAME" at the
 * prefix' root, others are under the prefix.  Into out: 0, or as url_from_boot_file().
 */
int px_resolve(const struct px_where *w, const char *name, size_t len, char *out, size_t cap);

/* ---- SYSAPPEND ---- */

#define PX_SYSAPPENDS 18u

/* What the machine says for each bit, or NULL; [0] is all of "client:server:gateway:mask", [1] the MAC. */
struct px_facts {
	const char *of[PX_SYSAPPENDS];
};

/*
 * " ip=... BOOTIF=01-..." for the bits that are set and known, blanks within turned into `_`: the length of all, of
 * which at most cap - 1 bytes are written.
 */
size_t px_sysappend(const struct px_facts *f, uint32_t bits, char *out, size_t cap);

/*
 * The same as lpxelinux tells web servers, "_Syslinux_ip=...; _Syslinux_BOOTIF=01-...", encoded as in a URL's query:
 * the length of all, of which at most cap - 1 bytes are written.
 */
size_t px_cookies(const struct px_facts *f, uint32_t bits, char *out, size_t cap);

#endif
