/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPCR table: see spcr.h. */
#include "services/firmware/spcr.h"

#include <errno.h>
#include <stddef.h>

#include "net/cursor.h"

#define REVISION_AT 8u
#define INTERFACE_AT ACPI_HEADER_LEN
#define SPCR_LEN 63u		/* up to the terminal's type */
#define PRECISE_RATE_AT 80u	/* since revision 4 */
#define SPACE_IO 1
#define IO_LOWEST 0x100u	/* below are the mainboard's own chips */
#define IO_HIGHEST 0xfff8u
#define RATE_MAX 115200u

/* Interface types: 16550, 16450 and "16550 by the address's own description". */
static int is_uart(uint8_t type)
{
	return type == 0 || type == 1 || type == 0x12;
}

static uint32_t rate_of(uint8_t code)
{
	switch (code) {
	case 3: return 9600;
	case 4: return 19200;
	case 6: return 57600;
	case 7: return 115200;
	default: return 0;
	}
}

int spcr_find(const struct acpi_memory *mem, uint64_t root, struct spcr *out)
{
	uint32_t len;
	const uint8_t *table = acpi_find(mem, root, "SPCR", &len);
	if (!table || len < SPCR_LEN)
		return -ENOENT;
	struct cursor c = cur_make(table, len);
	cur_skip(&c, INTERFACE_AT);
	uint8_t type = cur_u8(&c);
	cur_skip(&c, 3);
	uint8_t space = cur_u8(&c);
	cur_skip(&c, 3);
	uint64_t address = cur_le64(&c);
	cur_skip(&c, 6);	/* interrupts */
	uint8_t rate = cur_u8(&c);
	cur_skip(&c, 3);	/* parity: none, stop bits: one, flow control */
	out->terminal = cur_u8(&c);
	if (!address)
		return -ENOENT;
	if (!is_uart(type) || space != SPACE_IO || address < IO_LOWEST || address > IO_HIGHEST)
		return -ENOTSUP;
	out->io = (uint16_t)address;
	out->rate = rate_of(rate);
	if (!rate && table[REVISION_AT] >= 4 && len >= PRECISE_RATE_AT + 4) {
		c = cur_make(table + PRECISE_RATE_AT, 4);
		uint32_t precise = cur_le32(&c);
		out->rate = precise >= 50 && precise <= RATE_MAX ? precise : 0;
	}
	return 0;
}
