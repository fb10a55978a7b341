/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as scripts name them: see key_name.h. */
#include "services/command/key_name.h"

#include <stdint.h>

#include "services/command/number.h"
#include "services/console/keys.h"

int key_named(const char *text)
{
	static const uint8_t digits[] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x17, 0x18, 0x19, 0x20, 0x21, 0x23, 0x24 };
	int32_t n;
	if (text[0] && !text[1])
		return (unsigned char)text[0];
	if (number_parse(text, &n) < 0 || n < 0)
		return 0;
	for (unsigned i = 0; i < sizeof(digits); i++)
		if (n == (digits[i] << 8 | 0x7e))
			return KEY_F1 + (int)i;
	return n < 0x100 ? n : 0;
}
