/* SPDX-License-Identifier: BSD-2-Clause */
/* What servers say of cookies, a line each, by turns of three hosts; what goes back is a header's line, in bounds. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "services/http/cookies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cookie_jar jar;
	static struct url urls[3] = {
		{ .scheme = "http", .host = "a.test", .target = "/x/y" },
		{ .scheme = "https", .host = "w.a.test", .target = "/" },
		{ .scheme = "http", .host = "10.0.0.1", .target = "/x?y" },
	};
	char line[4096], out[300];
	size_t n = 0;

	jar.len = 0;
	for (size_t i = 0; i < size; i++) {
		if (data[i] && data[i] != '\n' && n < sizeof(line) - 1) {
			line[n++] = (char)data[i];
			continue;
		}
		line[n] = '\0';
		n = 0;
		cookies_take(&jar, &urls[i % 3], line, i);
		assert(jar.len <= sizeof(jar.data));
		size_t len = cookies_write(&jar, &urls[i / 3 % 3], i, out, sizeof(out));
		assert(len == strlen(out) && len < sizeof(out) && !strpbrk(out, "\r\n"));
	}
	return 0;
}
