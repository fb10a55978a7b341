/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A menu and a form of hostile titles, texts and escape sequences, on screens
 * of every size, with keys of all kinds.  Bytes: columns, rows, whether rows
 * are lines; then texts, each ended by a NUL, whose first byte says what the
 * entry is; an empty one ends them, and what follows are keys.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/console/keys.h"
#include "services/menu/choice.h"
#include "services/menu/form.h"
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

/* The entries: where the keys begin. */
static size_t build(struct menu *m, const uint8_t *data, size_t len)
{
	size_t at = 0;
	while (at < len && data[at]) {
		const char *text = (const char *)data + at;
		size_t n = strnlen(text, len - at);
		if (n == len - at)
			break;
		const char *shown = text[0] & 32 ? text + 1 : "";
		menu_add(m, text[0] & 1 ? text + 1 : NULL, shown, (uint8_t)text[0] >> 1,
			 (text[0] & 16 ? MENU_SECRET : 0u) | (text[0] & 4 ? MENU_HIDDEN : 0u) |
			 (text[0] & 8 ? MENU_DISABLED : 0u));
		if (text[0] & 64)
			menu_add_hint(m, text);
		at += n + 1;
	}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct choice choice;
	static struct form form;
	if (len < 5 || !data[0] || !data[1])
		return 0;
	unsigned columns = data[0], rows = data[1] % 100 + 1;
	bool lines = data[2] & 1;
	char title[24];
	size_t n = strnlen((const char *)data + 3, len - 3 < 20 ? len - 3 : 20);
	memcpy(title, data + 3, n);
	title[n] = '\0';
	struct menu *m = menu_create(data[2] & 2 ? "name" : NULL, title);
	size_t at = 3 + n + build(m, data + 3 + n, len - 3 - n);
	bool chooses = choice_init(&choice, m, "x", rows) == 0;
	bool fills = form_init(&form, m) == 0;
	assert(chooses == fills);
	choice_ends(&choice, data[2] >> 2, "");
	for (; at < len && fills; at++) {
		int key = data[at] < 0xe0 ? data[at] : KEY_UP + (data[at] - 0xe0);
		if (choice_key(&choice, key) == CHOICE_TAKEN)
			assert(choice_label(&choice));
		assert(menu_entry(m, choice.at)->name);
		form_key(&form, key);
		assert(form.at->name);
		if (at % 8 == 0) {
			look(&choice.widget, columns, rows, lines);
			look(&form.widget, columns, rows, lines);
		}
	}
	if (fills) {
		look(&choice.widget, columns, rows, lines);
		look(&form.widget, columns, rows, lines);
	}
	form_end(&form);
	menu_delete_all();
	return 0;
}
