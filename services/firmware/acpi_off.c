/* SPDX-License-Identifier: BSD-2-Clause */
/* \_S5 and the PM1 registers: see acpi_off.h.  Called by machine.c. */
#include "services/firmware/acpi_off.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "net/cursor.h"

#define AML_NAME_OP 0x08
#define AML_PACKAGE_OP 0x12
#define AML_BYTE_PREFIX 0x0a

/* One element of a package: a small integer; -1 when it is something else. */
static int small_integer(struct cursor *c)
{
	uint8_t op = cur_u8(c);
	if (op == 0 || op == 1)
		return op;
	if (op != AML_BYTE_PREFIX)
		return -1;
	uint8_t v = cur_u8(c);
	return c->bad ? -1 : v;
}

/* NameOp [\] _S5_ PackageOp PkgLength NumElements element element ... (20.2.5) */
static int find_s5(const uint8_t *dsdt, uint32_t len, struct acpi_off *out)
{
	for (uint32_t at = ACPI_HEADER_LEN + 1; at + 4 < len; at++) {
		if (memcmp(dsdt + at, "_S5_", 4))
			continue;
		if (dsdt[at - 1] != AML_NAME_OP && !(dsdt[at - 1] == '\\' && dsdt[at - 2] == AML_NAME_OP))
			continue;
		struct cursor c = cur_make(dsdt + at + 4, len - at - 4);
		if (cur_u8(&c) != AML_PACKAGE_OP)
			continue;
		cur_skip(&c, cur_u8(&c) >> 6);	/* further bytes of PkgLength */
		uint8_t elements = cur_u8(&c);
		int a = small_integer(&c), b = elements > 1 ? small_integer(&c) : a;
		if (c.bad || elements < 1 || a < 0 || a > 7)
			continue;
		out->slp_typ_a = (uint8_t)a;
		out->slp_typ_b = b >= 0 && b <= 7 ? (uint8_t)b : (uint8_t)a;
		return 0;
	}
	return -ENOENT;
}

int acpi_off_find(const struct acpi_memory *mem, uint64_t root, struct acpi_off *out)
{
	uint32_t fadt_len, dsdt_len;
	const uint8_t *fadt = acpi_find(mem, root, "FACP", &fadt_len);
	if (!fadt || fadt_len < 72)
		return -ENOENT;
	struct cursor c = cur_make(fadt, fadt_len);
	cur_skip(&c, 40);
	uint32_t dsdt_at = cur_le32(&c);
	cur_skip(&c, 4);
	out->smi_cmd = (uint16_t)cur_le32(&c);
	out->acpi_enable = cur_u8(&c);
	cur_skip(&c, 11);
	out->pm1a_cnt = (uint16_t)cur_le32(&c);
	out->pm1b_cnt = (uint16_t)cur_le32(&c);
	const uint8_t *dsdt = acpi_table(mem, dsdt_at, "DSDT", &dsdt_len);
	if (!dsdt || !out->pm1a_cnt)
		return -ENOENT;
	return find_s5(dsdt, dsdt_len, out);
}
