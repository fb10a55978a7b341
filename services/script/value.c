/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of the script language's settings.  See value.h. */
#include "services/script/value.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "services/command/number.h"

static const char *const type_names[] = {
	[VALUE_STRING] = "string", [VALUE_URISTRING] = "uristring", [VALUE_IPV4] = "ipv4",
	[VALUE_INT8] = "int8", [VALUE_INT16] = "int16", [VALUE_INT32] = "int32",
	[VALUE_UINT8] = "uint8", [VALUE_UINT16] = "uint16", [VALUE_UINT32] = "uint32",
	[VALUE_HEX] = "hex", [VALUE_HEXHYP] = "hexhyp", [VALUE_HEXRAW] = "hexraw",
	[VALUE_BASE64] = "base64", [VALUE_UUID] = "uuid", [VALUE_GUID] = "guid", [VALUE_IPV6] = "ipv6",
	[VALUE_BUSDEVFN] = "busdevfn", [VALUE_DNSSL] = "dnssl",
};
#define NAME_MAX 255u		/* RFC 1035 2.3.4 */
#define NAME_PART_MAX 63u
#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef", upper_digits[] = "0123456789ABCDEF";

enum value_type value_type_find(const char *name)
{
	for (unsigned i = VALUE_STRING; i < TYPE_COUNT; i++)
		if (!strcmp(name, type_names[i]))
			return i;
	return VALUE_NONE;
}

const char *value_type_name(enum value_type type)
{
	return type_names[type ? type : VALUE_STRING];
}

static bool is_signed(enum value_type type)
{
	return type >= VALUE_INT8 && type <= VALUE_INT32;
}

/* Bytes of an integer type, 0 for the others. */
static unsigned int_width(enum value_type type)
{
	if (is_signed(type))
		return 1u << (type - VALUE_INT8);
	return type >= VALUE_UINT8 && type <= VALUE_UINT32 ? 1u << (type - VALUE_UINT8) : 0;
}

static int parse_int(const char *text, unsigned width, uint8_t *raw, size_t cap)
{
	uint32_t n;
	bool negative;
	int r = number_parse_magnitude(text, &n, &negative);
	if (r < 0 && r != -ERANGE)	/* of what is too big, the low bytes */
		return r;
	if (width > cap)
		return -E2BIG;
	if (negative)
		n = 0u - n;
	for (unsigned i = 0; i < width; i++)
		raw[i] = (uint8_t)(n >> 8 * (width - 1 - i));
	return (int)width;
}

static int parse_ipv4(const char *text, uint8_t *raw, size_t cap)
{
	uint8_t ip[4];
	for (unsigned i = 0; i < 4; i++) {
		unsigned n = 0, digits = 0;
		while (*text >= '0' && *text <= '9' && digits < 4) {
			n = n * 10 + (unsigned)(*text++ - '0');
			digits++;
		}
		if (!digits || n > 255 || *text++ != (i < 3 ? '.' : '\0'))
			return -EINVAL;
		ip[i] = (uint8_t)n;
	}
	if (cap < 4)
		return -E2BIG;
	memcpy(raw, ip, 4);
	return 4;
}

/*
 * Hex digits to bytes, two for each, as iPXE has them; sep stands between bytes, unless it is 0.
 */
static int parse_hex(const char *text, char sep, uint8_t *raw, size_t cap)
{
	size_t n = 0;
	while (*text) {
		int hi = number_digit(*text), lo = hi < 0 ? -1 : number_digit(text[1]);
		if (lo < 0)
			return -EINVAL;
		text += 2;
		if (n == cap)
			return -E2BIG;
		raw[n++] = (uint8_t)(hi << 4 | lo);
		if (sep && *text && (*text++ != sep || !*text))
			return -EINVAL;
	}
	return (int)n;
}

static int parse_uuid(const char *text, uint8_t *raw, size_t cap)
{
	char digits[33];
	if (strlen(text) != 36)
		return -EINVAL;
	for (unsigned i = 0, n = 0; i < 36; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		if (hyphen != (text[i] == '-'))
			return -EINVAL;
		if (!hyphen)
			digits[n++] = text[i];
	}
	digits[32] = '\0';
	return parse_hex(digits, 0, raw, cap);
}

/* In which place of a GUID's bytes the i-th written one stands. */
static unsigned guid_place(unsigned i)
{
	static const uint8_t place[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	return i < sizeof(place) ? place[i] : i;
}

static int parse_guid(const char *text, uint8_t *raw, size_t cap)
{
	uint8_t written[16];
	int n = parse_uuid(text, written, sizeof(written));
	if (n < 0 || cap < 16)
		return n < 0 ? n : -E2BIG;
	for (unsigned i = 0; i < 16; i++)
		raw[guid_place(i)] = written[i];
	return 16;
}

/* Groups of 16 bits up to `end`, at most eight: how many, or -EINVAL. */
static int parse_groups(const char *text, const char *end, uint8_t *raw)
{
	int groups = 0;
	for (; text < end; groups++) {
		unsigned n = 0, digits = 0;
		if (groups == 8 || (groups && *text++ != ':'))
			return -EINVAL;
		for (; text < end && number_digit(*text) >= 0; digits++)
			n = n << 4 | (unsigned)number_digit(*text++);
		if (!digits || digits > 4)
			return -EINVAL;
		raw[2 * groups] = (uint8_t)(n >> 8);
		raw[2 * groups + 1] = (uint8_t)n;
	}
	return groups;
}

static int parse_ipv6(const char *text, uint8_t *raw, size_t cap)
{
	uint8_t head[16] = { 0 }, tail[16];
	const char *end = text + strlen(text), *gap = strstr(text, "::");
	int before = parse_groups(text, gap ? gap : end, head);
	int after = gap ? parse_groups(gap + 2, end, tail) : 0;
	if (before < 0 || after < 0 || (gap ? before + after > 7 : before != 8))
		return -EINVAL;
	if (cap < 16)
		return -E2BIG;
	memcpy(raw, head, 16);
	memcpy(raw + 16 - 2 * after, tail, 2 * (size_t)after);
	return 16;
}

static int parse_dnssl(const char *text, uint8_t *raw, size_t cap)
{
	size_t n = 0;
	while (*text) {
		size_t len = strcspn(text, ". ");
		if (!len || len > NAME_PART_MAX)
			return -EINVAL;
		if (n + len + 2 > cap)
			return -E2BIG;
		raw[n++] = (uint8_t)len;
		memcpy(raw + n, text, len);
		n += len;
		text += len;
		if (*text == '.')
			text++;
		if (!*text || *text == ' ')
			raw[n++] = 0;
		text += strspn(text, " ");
	}
	return (int)n;
}

static int parse_base64(const char *text, uint8_t *raw, size_t cap)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;
	for (; *text && *text != '='; text++) {
		const char *at = strchr(base64_digits, *text);
		if (!at)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(at - base64_digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n == cap)
				return -E2BIG;
			raw[n++] = (uint8_t)(bits >> have);
		}
	}
	return text[strspn(text, "=")] ? -EINVAL : (int)n;
}

/* Text, with percent escapes undone when it is a uristring; a % without two digits stands for itself. */
static int parse_string(const char *text, bool uri, uint8_t *raw, size_t cap)
{
	size_t n = 0;
	for (; *text; text++) {
		int c = (unsigned char)*text;
		if (uri && c == '%' && number_digit(text[1]) >= 0 && number_digit(text[2]) >= 0) {
			c = number_digit(text[1]) << 4 | number_digit(text[2]);
			text += 2;
		}
		if (n == cap)
			return -E2BIG;
		raw[n++] = (uint8_t)c;
	}
	return (int)n;
}

int value_parse(enum value_type type, const char *text, uint8_t *raw, size_t cap)
{
	unsigned width = int_width(type);
	if (width)
		return parse_int(text, width, raw, cap);
	switch (type) {
	case VALUE_IPV4: return parse_ipv4(text, raw, cap);
	case VALUE_HEX: return parse_hex(text, ':', raw, cap);
	case VALUE_HEXHYP: return parse_hex(text, '-', raw, cap);
	case VALUE_HEXRAW: return parse_hex(text, 0, raw, cap);
	case VALUE_BASE64: return parse_base64(text, raw, cap);
	case VALUE_UUID: return parse_uuid(text, raw, cap);
	case VALUE_GUID: return parse_guid(text, raw, cap);
	case VALUE_IPV6: return parse_ipv6(text, raw, cap);
	case VALUE_DNSSL: return parse_dnssl(text, raw, cap);
	case VALUE_BUSDEVFN: return -ENOTSUP;
	default: return parse_string(text, type == VALUE_URISTRING, raw, cap);
	}
}

/* Output that counts on past its end. */
struct out {
	char *at;
	size_t cap, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->cap)
		o->at[o->len] = c;
	o->len++;
}

static void put_hex(struct out *o, uint8_t b)
{
	put(o, hex_digits[b >> 4]);
	put(o, hex_digits[b & 15]);
}

static void put_number(struct out *o, uint32_t n, unsigned base)
{
	char digits[12];
	unsigned count = 0;
	do
		digits[count++] = hex_digits[n % base];
	while (n /= base);
	while (count)
		put(o, digits[--count]);
}

static void put_base64(struct out *o, const uint8_t *raw, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)raw[i] << 16 | (left > 1 ? (uint32_t)raw[i + 1] << 8 : 0) |
			(left > 2 ? raw[i + 2] : 0);
		for (unsigned d = 0; d < 4; d++)
			put(o, d <= left ? base64_digits[bits >> (18 - 6 * d) & 63] : '=');
	}
}

/* RFC 3986, 2.1 and 2.3: all but the unreserved characters is encoded, in upper case. */
static void put_uri(struct out *o, uint8_t c)
{
	bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
	if (letter || (c >= '0' && c <= '9') || (c && strchr("-._~", c))) {
		put(o, (char)c);
	} else {
		put(o, '%');
		put(o, upper_digits[c >> 4]);
		put(o, upper_digits[c & 15]);
	}
}

/* RFC 5952: the longest run of two or more groups of zeros is "::". */
static void put_ipv6(struct out *o, const uint8_t *raw)
{
	unsigned gap = 8, gap_len = 1;
	for (unsigned i = 0, len = 0; i < 8; i++) {
		len = raw[2 * i] || raw[2 * i + 1] ? 0 : len + 1;
		if (len > gap_len) {
			gap_len = len;
			gap = i + 1 - len;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == gap) {
			put(o, ':');
			put(o, ':');
			i += gap_len - 1;
			continue;
		}
		if (i && (gap == 8 || i != gap + gap_len))
			put(o, ':');
		put_number(o, (uint32_t)raw[2 * i] << 8 | raw[2 * i + 1], 16);
	}
}

/* One name at `at`: where the next begins, or 0: it is none.  Pointers lead back, so that it comes to an end. */
static size_t put_name(struct out *o, const uint8_t *raw, size_t len, size_t at)
{
	size_t next = 0, lowest = at, length = 0;
	while (at < len && raw[at]) {
		size_t n = raw[at];
		if (n >= 0xc0 && at + 1 < len) {
			size_t to = (n & 0x3f) << 8 | raw[at + 1];
			if (to >= lowest)
				return 0;
			next = next ? next : at + 2;
			at = lowest = to;
			continue;
		}
		if (n > NAME_PART_MAX || at + n >= len || length + n + 1 > NAME_MAX)
			return 0;
		if (length)
			put(o, '.');
		for (size_t i = 1; i <= n; i++)
			put(o, (char)raw[at + i]);
		length += n + 1;
		at += n + 1;
	}
	return at >= len ? 0 : next ? next : at + 1;
}

static int put_names(struct out *o, const uint8_t *raw, size_t len)
{
	for (size_t at = 0, next; at < len; at = next) {
		if (at)
			put(o, ' ');
		next = put_name(o, raw, len, at);
		if (!next)
			return -ERANGE;
	}
	return 0;
}

/* A number as "segment:bus:device.function". */
static int put_busdevfn(struct out *o, const uint8_t *raw, size_t len)
{
	int32_t number;
	int r = value_number(VALUE_BUSDEVFN, raw, len, &number);
	if (r < 0)
		return r;
	uint32_t n = (uint32_t)number;
	put_hex(o, (uint8_t)(n >> 24));
	put_hex(o, (uint8_t)(n >> 16));
	put(o, ':');
	put_hex(o, (uint8_t)(n >> 8));
	put(o, ':');
	put_hex(o, n >> 3 & 31);
	put(o, '.');
	put(o, (char)('0' + (n & 7)));
	return 0;
}

static int put_value(struct out *o, enum value_type type, const uint8_t *raw, size_t len)
{
	int32_t n;
	int r = 0;

	if (int_width(type)) {
		r = value_number(type, raw, len, &n);
		if (r < 0)
			return r;
		bool negative = is_signed(type) && n < 0;
		if (negative)
			put(o, '-');
		if (!is_signed(type)) {
			put(o, '0');
			put(o, 'x');
		}
		put_number(o, negative ? 0u - (uint32_t)n : (uint32_t)n, is_signed(type) ? 10 : 16);
		return 0;
	}
	if (type == VALUE_BUSDEVFN)
		return put_busdevfn(o, raw, len);
	if (type == VALUE_DNSSL)
		return put_names(o, raw, len);
	if ((type == VALUE_IPV4 && len < 4) || (type == VALUE_IPV6 && len < 16) ||
	    ((type == VALUE_UUID || type == VALUE_GUID) && len != 16))
		return -ERANGE;
	if (type == VALUE_IPV6) {
		put_ipv6(o, raw);
		return 0;
	}
	if (type == VALUE_IPV4)
		len = 4;	/* options such as routers hold several; the first counts */
	if (type == VALUE_BASE64) {
		put_base64(o, raw, len);
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		switch (type) {
		case VALUE_IPV4:
			if (i)
				put(o, '.');
			put_number(o, raw[i], 10);
			break;
		case VALUE_HEX: case VALUE_HEXHYP:
			if (i)
				put(o, type == VALUE_HEX ? ':' : '-');
			put_hex(o, raw[i]);
			break;
		case VALUE_UUID: case VALUE_GUID:
			if (i == 4 || i == 6 || i == 8 || i == 10)
				put(o, '-');
			put_hex(o, raw[type == VALUE_GUID ? guid_place((unsigned)i) : i]);
			break;
		case VALUE_HEXRAW: put_hex(o, raw[i]); break;
		case VALUE_URISTRING: put_uri(o, raw[i]); break;
		default:
			if (!raw[i])	/* servers end their strings with a NUL, or do not */
				return 0;
			put(o, (char)raw[i]);
		}
	}
	return 0;
}

int value_format(enum value_type type, const uint8_t *raw, size_t len, char *out, size_t cap)
{
	struct out o = { .at = out, .cap = cap };
	int r = put_value(&o, type, raw, len);
	if (cap)
		out[r < 0 ? 0 : o.len < cap ? o.len : cap - 1] = '\0';
	return r < 0 ? r : (int)o.len;
}

int value_number(enum value_type type, const uint8_t *raw, size_t len, int32_t *out)
{
	if (type == VALUE_STRING || type == VALUE_URISTRING || type == VALUE_NONE) {
		char text[16];
		if (value_format(VALUE_STRING, raw, len, text, sizeof(text)) >= (int)sizeof(text))
			return -ERANGE;
		return number_parse(text, out);
	}
	bool negative = is_signed(type) && len && raw[0] & 0x80;
	uint32_t n = negative ? UINT32_MAX : 0;
	for (size_t i = 0; i < len; i++) {
		if (n >> 24 != (negative ? 0xffu : 0))
			return -ERANGE;
		n = n << 8 | raw[i];
	}
	if (is_signed(type) && negative != n >> 31)
		return -ERANGE;
	*out = (int32_t)n;
	return 0;
}
