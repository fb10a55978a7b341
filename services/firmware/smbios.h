/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What SMBIOS says of the machine (DSP0134 3.7, clauses 5.2, 7.2 and 7.4):
 * its UUID, maker, product, serial number and asset tag; and the walk over its
 * structures.  Pure.
 */
#ifndef SERVICES_FIRMWARE_SMBIOS_H
#define SERVICES_FIRMWARE_SMBIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMBIOS_TEXT 256		/* with its zero; the standard has had no limit since 2.7, boards keep to 64 */

/* From that version on a UUID's first three fields are little endian (7.2.1); before, as they are written. */
#define SMBIOS_TURNED 0x206u

struct smbios_info {
	bool has_uuid;
	uint8_t uuid[16];	/* in the order in which it is written */
	const char *too_long;	/* what of the following is missing for its length; or NULL */
	char manufacturer[SMBIOS_TEXT], product[SMBIOS_TEXT], serial[SMBIOS_TEXT], asset[SMBIOS_TEXT];	/* "" = none */
};

/* The table of structures. */
struct smbios_table {
	uint64_t addr;
	uint32_t len;		/* SMBIOS 3: the most it may be */
	uint8_t major, minor;
};

/* Where the table is: the entry point in area (F0000h-FFFFFh): 0 or -ENOENT. */
int smbios_find(const uint8_t *area, size_t area_len, struct smbios_table *t);
/*
 * Reads the table's structures; version: major << 8 | minor.  What is missing
 * or malformed stays empty.  Their true length, with the one that ends the table.
 */
size_t smbios_read(const uint8_t *table, size_t len, unsigned version, struct smbios_info *out);

/* True if a structure's fixed part, p[1] bytes, lies before end; the structure behind it, or end. */
bool smbios_whole(const uint8_t *p, const uint8_t *end);
const uint8_t *smbios_next(const uint8_t *p, const uint8_t *end);
/*
 * The text that the field at that offset names, printable characters
 * only: "" where there is none.  out: SMBIOS_TEXT bytes.  0, or
 * -ENAMETOOLONG and "": a part would be another's name.
 */
int smbios_text(const uint8_t *p, const uint8_t *end, uint8_t field, char *out);
/* The same of text n (1..) in the string set behind the fixed part. */
int smbios_text_nth(const uint8_t *p, const uint8_t *end, uint8_t n, char *out);

#endif
