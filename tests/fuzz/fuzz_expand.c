/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings from any text: a line "name value" each, the last line is expanded. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/script/settings.h"

static int lookup(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	assert(*name && strlen(name) < SETTING_NAME_MAX);
	v->type = VALUE_HEX;
	v->raw = v->buf;
	v->len = strlen(name);
	memcpy(v->buf, name, v->len);
	return name[0] == 'm' ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct settings s;
	char out[600];
	if (len > 4096)
		return 0;
	char *text = malloc(len + 1);
	memcpy(text, data, len);
	text[len] = '\0';
	settings_init(&s, lookup, NULL);
	char *line = text, *eol;
	while ((eol = strchr(line, '\n'))) {
		*eol = '\0';
		char *value = strchr(line, ' ');
		if (value) {
			*value++ = '\0';
			int r = settings_set(&s, line, value);
			if (r == 0 && *value) {
				int n = settings_format(&s, line, out, sizeof(out));
				assert(n < (int)sizeof(out) ? n < 0 || strlen(out) <= (size_t)n :
							strlen(out) == sizeof(out) - 1);
			}
		}
		line = eol + 1;
	}
	for (size_t cap = 1; cap <= sizeof(out); cap = cap * 3 + 1) {
		int n = settings_expand(&s, line, strlen(line), out, cap);
		assert(n < (int)cap && (n < 0 || strlen(out) == (size_t)n));
	}
	settings_free(&s);
	assert(s.count == 0 && s.bytes == 0);
	free(text);
	return 0;
}
