/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal's bytes, read as keys, typed into a line: its text, its cursor and what is shown of it stay within bounds.
 * The first byte is the columns to show, the second how long a pause follows each byte; 0xff is INT 16h's answer.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/console/keys.h"
#include "services/console/lineedit.h"

#define PROMPT "undine> "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *word(const char *line, size_t at, unsigned i)
{
	static const char *const words[] = { "boot", "bootsector", "imgfetch", "imgfree", "imgstat", "\xc3\xa4" };
	assert(at <= strlen(line));
	return i < sizeof(words) / sizeof(words[0]) ? words[i] : NULL;
}

static void typed(struct lineedit *e, int key, size_t width)
{
	static char choices[64];
	char *shown = malloc(width + 1);	/* exactly, so that one column too many is seen */
	enum lineedit_event ev = lineedit_key(e, key);
	assert(e->len < LINEEDIT_MAX && strlen(e->text) == e->len && e->pos <= e->len);
	assert(e->count <= LINEEDIT_HISTORY && e->at <= e->count);
	int column = lineedit_show(e, PROMPT, shown, width);
	assert(strlen(shown) <= width && column >= 0 && (size_t)column <= strlen(shown) + 1);
	free(shown);
	if (ev == LINEEDIT_CHOICES) {
		lineedit_choices(e, choices, sizeof(choices));
		assert(strlen(choices) < sizeof(choices));
	}
	if (ev == LINEEDIT_DONE)
		lineedit_remember(e);
	if (ev == LINEEDIT_DONE || ev == LINEEDIT_CANCEL || ev == LINEEDIT_EOF)
		lineedit_begin(e, ev == LINEEDIT_CANCEL ? "imgfetch http://h/" : NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct lineedit e;
	struct keys terminal = { 0 };
	uint64_t now_us = 1000000;
	int keys[KEYS_AT_ONCE];
	if (len < 2)
		return 0;
	size_t width = 20 + data[0];
	lineedit_init(&e, word);
	lineedit_begin(&e, "");
	for (size_t i = 2; i < len; i++) {
		unsigned n = 0;
		if (data[i] == 0xff && i + 2 < len) {
			keys[n++] = keys_bios((uint16_t)(data[i + 1] | data[i + 2] << 8));
			i += 2;
		} else {
			n = keys_byte(&terminal, data[i], now_us, keys);
		}
		assert(n <= KEYS_AT_ONCE);
		for (unsigned k = 0; k < n; k++)
			typed(&e, keys[k], width);
		now_us += data[1] * 1000u;
		int late = keys_pause(&terminal, now_us);
		if (late)
			typed(&e, late, width);
	}
	lineedit_free(&e);
	return 0;
}
