/* SPDX-License-Identifier: BSD-2-Clause */
/* Names as pxelinux makes and reads them.  See names.h. */
#include "services/pxelinux/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/fetch/url.h"

#define FOLDER "pxelinux.cfg/"
#define NIBBLES 8u

bool px_search_name(const struct px_who *who, unsigned i, char out[PX_SEARCH_MAX])
{
	if (*who->uuid && i-- == 0) {
		snprintf(out, PX_SEARCH_MAX, FOLDER "%.36s", who->uuid);
		return true;
	}
	if (*who->mac && i-- == 0) {
		snprintf(out, PX_SEARCH_MAX, FOLDER "01-%.17s", who->mac);
		return true;
	}
	if (who->ip) {
		if (i < NIBBLES) {
			uint8_t ip[4];
			net_addr_to_bytes(who->ip, ip);
			snprintf(out, PX_SEARCH_MAX, FOLDER "%02X%02X%02X%02X", ip[0], ip[1], ip[2], ip[3]);
			out[sizeof(FOLDER) - 1 + NIBBLES - i] = '\0';
			return true;
		}
		i -= NIBBLES;
	}
	snprintf(out, PX_SEARCH_MAX, FOLDER "default");
	return i == 0;
}

static bool is_url(const char *name, size_t len)
{
	size_t n = 0;
	while (n < len && (isalnum((unsigned char)name[n]) || strchr("+-.", name[n])))
		n++;
	return n && len - n > 2 && !memcmp(name + n, "://", 3);
}

static int copy(const char *name, size_t len, char *out, size_t cap)
{
	if (len >= cap)
		return -ENAMETOOLONG;
	memcpy(out, name, len);
	out[len] = '\0';
	return 0;
}

/* A bare name on a server. */
static int bare(const char *server, const char *file, char *out, size_t cap)
{
	static struct url u;
	int err = url_from_boot_file(&u, server, file);
	return err < 0 ? err : url_format(&u, out, cap) < cap ? 0 : -ENAMETOOLONG;
}

static const char *find_colons(const char *name, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (name[i] == ':' && name[i + 1] == ':')
			return name + i;
	return NULL;
}

int px_resolve(const struct px_where *w, const char *name, size_t len, char *out, size_t cap)
{
	static char file[URL_TEXT_MAX], host[256];
	const char *colons = find_colons(name, len);
	int err;
	if (is_url(name, len))
		return copy(name, len, out, cap);
	if (colons) {
		size_t host_len = (size_t)(colons - name);
		if (copy(name, host_len, host, sizeof(host)) < 0 ||
		    copy(colons + 2, len - host_len - 2, file, sizeof(file)) < 0)
			return -ENAMETOOLONG;
		return bare(host_len ? host : w->server, file, out, cap);
	}
	size_t prefix = strlen(w->prefix);
	bool url = is_url(w->prefix, prefix);
	if (len && *name == '/')	/* from the root of where the prefix is */
		prefix = url ? (size_t)(strstr(w->prefix, "://") - w->prefix) + 3 : 0;
	if (url && len && *name == '/')
		prefix += strcspn(w->prefix + prefix, "/?#");
	if (prefix + len >= sizeof(file))
		return -ENAMETOOLONG;
	memcpy(file, w->prefix, prefix);
	err = copy(name, len, file + prefix, sizeof(file) - prefix);
	return err < 0 ? err : url ? copy(file, prefix + len, out, cap) : bare(w->server, file, out, cap);
}

/* ---- SYSAPPEND ---- */

static const char *const words[PX_SYSAPPENDS] = {
	"ip=", "BOOTIF=", "SYSUUID=", "CPU=", "SYSVENDOR=", "SYSPRODUCT=", "SYSVERSION=", "SYSSERIAL=", "SYSSKU=",
	"SYSFAMILY=", "MBVENDOR=", "MBPRODUCT=", "MBVERSION=", "MBSERIAL=", "MBASSET=", "BIOSVENDOR=", "BIOSVERSION=",
	"SYSFF=",
};

static void put(char *out, size_t cap, size_t *len, const char *text, bool joined)
{
	for (; *text; text++, ++*len)
		if (*len + 1 < cap)
			out[*len] = joined && isspace((unsigned char)*text) ? '_' : *text;
}

size_t px_sysappend(const struct px_facts *f, uint32_t bits, char *out, size_t cap)
{
	size_t len = 0;
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++) {
		if (!(bits >> i & 1) || !f->of[i] || !*f->of[i])
			continue;
		put(out, cap, &len, " ", false);
		put(out, cap, &len, words[i], false);
		put(out, cap, &len, f->of[i], true);
	}
	if (cap)
		out[len < cap ? len : cap - 1] = '\0';
	return len;
}

/* Blanks are +; what has a meaning in a header or a query is by its number. */
static void put_encoded(char *out, size_t cap, size_t *len, const char *text)
{
	for (char c[4]; *text; text++) {
		bool plain = isalnum((unsigned char)*text) || strchr("-._~:", *text);
		snprintf(c, sizeof(c), *text == ' ' ? "+" : plain ? "%c" : "%%%02X", (unsigned char)*text);
		put(out, cap, len, c, false);
	}
}

size_t px_cookies(const struct px_facts *f, uint32_t bits, char *out, size_t cap)
{
	size_t len = 0;
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++) {
		if (!(bits >> i & 1) || !f->of[i] || !*f->of[i])
			continue;
		put(out, cap, &len, len ? "; _Syslinux_" : "_Syslinux_", false);
		put(out, cap, &len, words[i], false);
		put_encoded(out, cap, &len, f->of[i]);
	}
	if (cap)
		out[len < cap ? len : cap - 1] = '\0';
	return len;
}
