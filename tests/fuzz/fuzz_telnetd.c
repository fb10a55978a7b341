/* SPDX-License-Identifier: BSD-2-Clause */
/* What telnetd reads besides telnet: settings (first byte: which), text for terminals, lines that hold passwords. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/plain.h"
#include "kernel/secret.h"
#include "services/telnet/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_plain(char *text)
{
	size_t len = strlen(text);
	plain_text(text);
	assert(strlen(text) <= len);
	for (; *text; text++)
		assert((*text >= ' ' && *text < 127) || *text == '\n' || *text == '\t');
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
	check_plain(text);
	free(text);
	free(masked);
	return 0;
}
