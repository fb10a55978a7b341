/* SPDX-License-Identifier: BSD-2-Clause */
/* What telnetd reads besides telnet: settings (first byte: which), text for terminals, lines that hold passwords. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/secret.h"
#include "services/telnet/guard.h"
#include "services/telnet/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_plain(const uint8_t *data, size_t len)
{
	struct plain p = { 0 };
	char out[PLAIN_GROWTH];
	for (size_t i = 0; i < len; i++) {
		size_t n = plain_byte(&p, data[i], out);
		assert(n <= PLAIN_GROWTH);
		if (n == 3 && !memcmp(out, "\033[K", 3))
			continue;
		for (size_t k = 0; k < n; k++)
			assert((out[k] >= ' ' && out[k] < 127) || strchr("\r\n\b", out[k]));
	}
}

static void check_setting(unsigned what, const char *text)
{
	struct guard_config c;
	char hashed[GUARD_HASHED_MAX];
	guard_defaults(&c);
	int err = guard_set(&c, what, text, 1);
	assert(c.nets <= GUARD_NETS);
	if (err < 0)
		return;
	assert(c.port && c.sessions >= 1 && c.sessions <= GUARD_SESSIONS);
	if (!c.has_password)
		return;
	guard_hashed(&c, hashed);
	assert(guard_set(&c, GUARD_PASSWORD_SHA256, hashed, 1) == 0);
	assert(what != GUARD_PASSWORD || guard_password_is(&c, text, strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	char *text = malloc(len), *masked = malloc(len);
	memcpy(text, data + 1, len - 1);
	text[len - 1] = '\0';
	memcpy(masked, text, len);
	secret_mask(masked);
	assert(strlen(masked) == strlen(text));
	for (size_t i = 0; text[i]; i++)
		assert(masked[i] == text[i] || (masked[i] == '*' && text[i] != '\n'));
	check_setting(data[0] % GUARD_SETTINGS, text);
	check_plain(data + 1, len - 1);
	free(text);
	free(masked);
	return 0;
}
