/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A proxy, a newline, exceptions, a newline, and a URL: what is asked for
 * goes by no other proxy than that, and never to one that is none.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/http/proxy.h"
#include "tests/unit/schemes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct url u, proxy;
	char *s = malloc(len + 1), *except, *url;

	schemes_of_the_loader();
	memcpy(s, data, len);
	s[len] = '\0';
	except = strchr(s, '\n');
	url = except ? strchr(except + 1, '\n') : NULL;
	if (url) {
		*except++ = '\0';
		*url++ = '\0';
		proxy_set("", "");
		int err = proxy_set(s, except);
		if (url_parse(&u, url) == 0 && proxy_for(&u, &proxy))
			assert(err > 0 && *s && proxy.host[0] && proxy.port && !strcmp(proxy.scheme, "http"));
	}
	free(s);
	return 0;
}
