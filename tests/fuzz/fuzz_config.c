/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The editor of settings over hostile names and values, on screens of every
 * size, with keys of all kinds.  Bytes: columns, rows, whether rows are lines;
 * then texts name=value, each ended by a NUL, of which the first may be a
 * scope; an empty one ends them, and what follows are keys.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "services/console/keys.h"
#include "services/menu/config.h"
#include "services/menu/menu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void look(struct widget *w, unsigned columns, unsigned rows, bool lines)
{
	char text[200];
	for (unsigned row = 0; row < rows; row++) {
		struct widget_row out;
		widget_blank(&out, columns);
		out.lines = lines;
		w->draw(w, &out, row, rows);
		assert(out.columns == columns && strlen(out.text) == columns);
		for (unsigned i = 0; i < columns; i++)
			assert(out.text[i] >= ' ' && out.text[i] < 127);
	}
	memset(text, 1, sizeof(text));
	w->line(w, text, sizeof(text));
	assert(memchr(text, '\0', sizeof(text)));
}

static const char *link_name(unsigned i)
{
	return i ? NULL : "net0";
}

static int known(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	return strcmp(name, "net0/mac") ? -ENOENT : setting_value_raw(v, VALUE_HEX, "\2\0\0\0\0\1", 6);
}

/* What is set: where the keys begin. */
static size_t build(struct settings *s, const uint8_t *data, size_t len, const char **scope)
{
	size_t at = 0;
	*scope = "";
	while (at < len && data[at]) {
		const char *text = (const char *)data + at;
		size_t n = strnlen(text, len - at);
		if (n == len - at)
			break;
		char name[SETTING_NAME_MAX];
		const char *value = strchr(text, '=');
		if (!at && !value)
			*scope = text;
		if (value && (size_t)(value - text) < sizeof(name)) {
			memcpy(name, text, (size_t)(value - text));
			name[value - text] = '\0';
			settings_set(s, name, value + 1);
		}
		at += n + 1;
	}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct config config;
	struct settings settings;
	const char *scope;
	if (len < 5 || !data[0] || !data[1])
		return 0;
	unsigned columns = data[0], rows = data[1] % 100 + 1;
	bool lines = data[2] & 1;
	settings_init(&settings, known, NULL);
	size_t at = 3 + build(&settings, data + 3, len - 3, &scope);
	bool shown = config_init(&config, &settings, link_name, scope, rows, NULL) == 0;
	for (unsigned turns = 0; at < len && shown && turns < 300; at++, turns++) {
		int key = data[at] < 0xe0 ? data[at] : KEY_UP + (data[at] - 0xe0);
		enum config_event event = config_key(&config, key);
		assert(event != CONFIG_FAILED);
		if (event == CONFIG_SET || event == CONFIG_CLEAR) {
			int err = event == CONFIG_SET ? settings_set(&settings, config.name, config.edit.text) :
				  settings_clear(&settings, config.name);
			assert(config_reload(&config, err < 0 ? "no" : "") == 0);
		}
		assert(menu_entry(config.choice.menu, config.choice.at)->name);
		if (at % 8 == 0)
			look(&config.widget, columns, rows, lines);
	}
	if (shown)
		look(&config.widget, columns, rows, lines);
	config_end(&config);
	settings_free(&settings);
	menu_delete_all();
	return 0;
}
