/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a telnet peer sends.  The first byte: 1 a client's end instead of a
 * server's; 2..: options asked for at the start.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/telnet/telnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct telnet t;
	uint8_t out[TELNET_OUT_MAX], code[TELNET_ENCODED_MAX];

	if (!len)
		return 0;
	bool client = data[0] & 1;
	telnet_init(&t, client ? TELNET_USER_BITS : TELNET_HOST_BITS, client ? TELNET_HOST_BITS : TELNET_USER_BITS);
	if (client) {
		strcpy(t.terminal, "VT100");
		t.cols = 80;
		t.rows = 25;
	}
	for (unsigned option = 0; option < TELNET_OPTIONS; option++)
		if (data[0] & (2u << option))
			for (unsigned side = 0; side < 2; side++)
				if (t.allowed[side] & TELNET_BIT(option))
					telnet_ask(&t, side, option, true);
	telnet_take(&t, out, sizeof(out));
	for (size_t i = 1; i < len; i++) {
		int ev = telnet_input(&t, data[i]);
		assert(ev >= TELNET_NONE && ev <= TELNET_TERMINAL);
		assert(t.out_len <= TELNET_ANSWER_MAX);
		assert(strlen(t.terminal) < sizeof(t.terminal));
		for (const char *c = t.terminal; *c; c++)
			assert(*c > ' ' && *c < 127);
		if (ev >= 0 && ev <= 255) {
			size_t n = telnet_encode(&t, (uint8_t)ev, code);
			assert(n >= 1 && n <= TELNET_ENCODED_MAX);
		}
		/* what we say is commands only, each complete */
		size_t n = telnet_take(&t, out, sizeof(out));
		assert(!n || (n >= 2 && out[0] == 255));
	}
	return 0;
}
