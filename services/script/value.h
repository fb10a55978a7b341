/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of the script language's settings: a setting is raw bytes, and a
 * type says how they are written: ${net0/mac:hexhyp}, ${x:int32}, ...
 * The names and forms are iPXE's (https://ipxe.org/cfg).  Pure.
 */
#ifndef SERVICES_SCRIPT_VALUE_H
#define SERVICES_SCRIPT_VALUE_H

#include <stddef.h>
#include <stdint.h>

enum value_type {
	VALUE_NONE,			/* not said: a string when stored */
	VALUE_STRING,
	VALUE_URISTRING,		/* stored as text, written percent-encoded */
	VALUE_IPV4,
	VALUE_INT8, VALUE_INT16, VALUE_INT32,		/* big-endian bytes; written in decimal */
	VALUE_UINT8, VALUE_UINT16, VALUE_UINT32,	/* written as 0x.., 0 as 0x0 */
	VALUE_HEX,			/* 52:54:00 */
	VALUE_HEXHYP,			/* 52-54-00 */
	VALUE_HEXRAW,			/* 525400 */
	VALUE_BASE64,
	VALUE_UUID,			/* 16 bytes in the order they are written */
	VALUE_GUID,			/* the same with the first three fields little-endian */
	VALUE_IPV6,			/* RFC 5952 */
	VALUE_BUSDEVFN,			/* 0000:00:1f.2, of a number; only written */
	VALUE_DNSSL,			/* names separated by blanks, as RFC 1035 3.1 has them, pointers within */
};

/* The type of that name, or VALUE_NONE. */
enum value_type value_type_find(const char *name);
const char *value_type_name(enum value_type type);

/*
 * Text to raw bytes: their count, -EINVAL (not of that form), -ERANGE (no number of 32 bits), -E2BIG (over cap).
 * Of a number that is too big for its type the low bytes count, as in iPXE.
 */
int value_parse(enum value_type type, const char *text, uint8_t *raw, size_t cap);
/*
 * Raw bytes to text, NUL-terminated and cut at cap: the full length without
 * the NUL, as snprintf; -ERANGE when the bytes are no value of that type.
 */
int value_format(enum value_type type, const uint8_t *raw, size_t len, char *out, size_t cap);
/* The number in raw, read by its type (a string as text, anything else as big-endian bytes): 0, -EINVAL or -ERANGE. */
int value_number(enum value_type type, const uint8_t *raw, size_t len, int32_t *out);

#endif
