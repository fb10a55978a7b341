/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A telnet server's bytes, keys between them: after a byte 1 comes a key (the
 * next byte; with bit 7 one of the KEY_ codes), after a byte 2 the peer takes
 * what is to be sent.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/telnet/telnet_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const char *text)
{
	size_t len = strlen(text);
	assert(len <= TELNET_COLUMNS);
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= ' ' && text[i] < 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct telnet_client c;
	char shown[TELNET_COLUMNS + 1];

	telnet_client_init(&c, check_text);
	for (size_t i = 0; i < len; i++) {
		if (data[i] == 1 && i + 1 < len) {
			i++;
			telnet_client_key(&c, data[i] & 0x80 ? 0x100 + (data[i] & 0x7f) : data[i]);
		} else if (data[i] == 2) {
			telnet_client_sent(&c, c.out_len);
		} else {
			telnet_client_input(&c, data + i, 1);
		}
		assert(c.out_len <= sizeof(c.out));
		assert(c.screen.len == strlen(c.screen.text));
		assert(c.screen.cursor <= c.screen.len);
		check_text(c.screen.text);
		int cursor = telnet_client_show(&c, shown);
		check_text(shown);
		assert(cursor >= 0 && (size_t)cursor <= strlen(shown));
	}
	lineedit_free(&c.edit);
	return 0;
}
