/* SPDX-License-Identifier: BSD-2-Clause */
/* A URL, a newline, and a reference to resolve against it; then both as a boot file. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/fetch/url.h"
#include "tests/unit/schemes.h"
#include "tests/unit/v4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What every URL promises: a safe target, and text that parses to the same. */
static void check(const struct url *u)
{
	static char text[2 * URL_TEXT_MAX];
	static struct url again;
	char name[URL_TEXT_MAX];

	assert(u->target[0] == '/' && u->host[0] && u->port);
	for (const char *p = u->target; *p; p++)
		assert(*p > ' ' && *p < 0x7f && *p != '#');
	assert(url_format(u, text, sizeof(text)) < sizeof(text));
	assert(url_parse(&again, text) == 0);
	assert(url_same_server(u, &again) && !strcmp(u->target, again.target) && !again.has_user);
	assert(url_format_whole(u, text, sizeof(text)) > 0);
	assert(url_parse(&again, text) == 0 && url_same_server(u, &again) && !strcmp(u->target, again.target));
	assert(again.has_user == u->has_user && !strcmp(u->user, again.user) && !strcmp(u->password, again.password));
	url_decode(u->target + 1, strlen(u->target + 1), name, sizeof(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct url u, v;
	char *s = malloc(len + 1), *ref, shown[64];

	schemes_of_the_loader();
	memcpy(s, data, len);
	s[len] = '\0';
	ref = strchr(s, '\n');
	if (ref)
		*ref++ = '\0';
	url_redact(s, shown, sizeof(shown));
	if (url_from_boot_file(&u, "127.0.0.1", s) == 0 && u.scheme[0] == 't')
		assert(u.target[0] == '/');
	if (url_parse(&u, s) == 0) {
		check(&u);
		if (ref && url_resolve(&v, &u, ref) == 0) {
			check(&v);
			assert(!v.has_user || strchr(ref, '@') || url_same_server(&u, &v));
		}
	}
	free(s);
	return 0;
}
