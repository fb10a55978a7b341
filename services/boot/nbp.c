/* SPDX-License-Identifier: BSD-2-Clause */
/* NBPs by content, and changes to the packets that the ROM keeps: see nbp.h. */
#include "services/boot/nbp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gen/abi16.h"
#include "net/cursor.h"
#include "services/command/number.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/script/value.h"

#define SECTOR 512u
#define JMP_FAR 0xea
#define MOV_DL 0xb2
#define SIADDR_AT 20
#define SNAME_AT 44
#define SNAME_LEN 64
#define FILE_AT 108
#define FILE_LEN 128
#define OPTIONS_AT (DHCP_FIXED_LEN + 4)
#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2
#define OPTION_MAX 255
#define OPTION_NAME_MAX 32
#define VALUE_MAX 512

bool nbp_is_undine(const uint8_t *data, size_t len)
{
	struct cursor c = cur_make(data, len);
	cur_skip(&c, NBP_MAGIC_AT);
	return cur_le32(&c) == NBP_MAGIC;
}

bool nbp_probe(const uint8_t *data, size_t len)
{
	struct cursor c = cur_make(data, len);
	if (len <= SECTOR || len > NBP_LEN_MAX)
		return false;
	if (nbp_is_undine(data, len))
		return true;
	if (data[0] == MOV_DL)		/* GRUB: the boot device, which is the network */
		cur_skip(&c, 2);
	if (cur_u8(&c) != JMP_FAR)
		return false;
	uint32_t to = cur_le16(&c);
	to += (uint32_t)cur_le16(&c) << 4;
	return to >= NBP_BASE + c.pos && to < NBP_BASE + len;
}

/* "N[:type]" and its value's text into *out. */
static int parse_option(const char *name, const char *value, struct nbp_changes *out, struct boot_why *why)
{
	char number[OPTION_NAME_MAX];
	int32_t n;
	const char *colon = strchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : strlen(name);
	enum value_type type = colon ? value_type_find(colon + 1) : VALUE_STRING;
	memcpy(number, name, len);
	number[len] = '\0';
	if (number_parse(number, &n) < 0 || n < 1 || n > 254 || n == DHCP_OPT_OVERLOAD)
		return boot_why(why, -EINVAL, "\"%s\" is no DHCP option's number (1 to 254)", number);
	if (type == VALUE_NONE)
		return boot_why(why, -EINVAL, "option %s: there is no such type", name);
	if (out->options == NBP_OPTIONS_MAX)
		return boot_why(why, -EINVAL, "more than %d options", NBP_OPTIONS_MAX);
	int bytes = *value ? value_parse(type, value, out->values + out->used, sizeof(out->values) - out->used) : 0;
	if (bytes < 0)
		return boot_why(why, -EINVAL, "option %s cannot be \"%s\"", name, value);
	out->option[out->options].number = (uint8_t)n;
	out->option[out->options].at = out->used;
	out->option[out->options++].len = (uint16_t)bytes;
	out->used = (uint16_t)(out->used + bytes);
	return 0;
}

static int parse_line(const char *line, size_t len, struct nbp_changes *out, struct boot_why *why)
{
	char name[OPTION_NAME_MAX] = "", value[VALUE_MAX];
	uint8_t ip[4];
	const char *equals = memchr(line, '=', len);
	size_t name_len = equals ? (size_t)(equals - line) : len;
	if (!equals || name_len >= sizeof(name))
		return boot_why(why, -EINVAL, "\"%.*s\" is not N=value", (int)(len < 40 ? len : 40), line);
	if (len - name_len > sizeof(value))
		return boot_why(why, -E2BIG, "the value of \"%s\" is longer than %d bytes",
				strncpy(name, line, name_len), VALUE_MAX - 1);
	memcpy(name, line, name_len);
	name[name_len] = '\0';
	memcpy(value, equals + 1, len - name_len - 1);
	value[len - name_len - 1] = '\0';
	if (!strcmp(name, "filename")) {
		out->filename = equals + 1;
		out->filename_len = (unsigned)(len - name_len - 1);
		return 0;
	}
	if (strcmp(name, "next-server"))
		return parse_option(name, value, out, why);
	if (value_parse(VALUE_IPV4, value, ip, sizeof(ip)) != sizeof(ip))
		return boot_why(why, -EINVAL, "the next server is to be an IPv4 address, not \"%s\"", value);
	out->has_next_server = true;
	out->next_server = net_addr_from_bytes(ip);
	return 0;
}

int nbp_changes_parse(const char *text, struct nbp_changes *out, struct boot_why *why)
{
	memset(out, 0, sizeof(*out));
	while (*text) {
		bool asked = *text != '~';
		text += !asked;
		size_t len = strcspn(text, "\n");
		int rc = parse_line(text, len, out, why);
		out->asked = out->asked || asked;
		if (rc < 0)
			return rc;
		text += len + (text[len] == '\n');
	}
	return 0;
}

/* The option as it is to be: its length and value, -ENOENT when it is not to be there. */
static int changed_option(const struct nbp_changes *c, const uint8_t *packet, size_t len, unsigned number,
			  bool file_fits, uint8_t *value, size_t cap)
{
	for (unsigned i = c->options; i-- > 0;) {
		if (c->option[i].number != number)
			continue;
		memcpy(value, c->values + c->option[i].at, c->option[i].len);
		return c->option[i].len ? c->option[i].len : -ENOENT;
	}
	int n = dhcp_option(packet, len, number, 0, value, cap);
	if (number == DHCP_OPT_OVERLOAD || (number == DHCP_OPT_TFTP_SERVERS && c->has_next_server))
		return -ENOENT;
	if (number == DHCP_OPT_BOOT_FILE && c->filename && (n >= 0 || !file_fits)) {
		memcpy(value, c->filename, c->filename_len);
		return (int)c->filename_len;
	}
	if (number == DHCP_OPT_SERVER_NAME && c->has_next_server && n >= 0)
		return (int)strlen(net_addr_format(&c->next_server, (char *)value));
	return n;
}

/* In parts where it is too long for one (RFC 3396). */
static void write_option(struct dhcp_writer *w, unsigned number, const uint8_t *value, int len)
{
	if (len == 0)
		dhcp_write_option(w, number, value, 0);
	for (int at = 0; at < len; at += OPTION_MAX)
		dhcp_write_option(w, number, value + at, (size_t)(len - at < OPTION_MAX ? len - at : OPTION_MAX));
}

/* What options held the sname and file fields of the packet, as option 52 says. */
static unsigned overloaded(const uint8_t *packet, size_t len)
{
	uint8_t v = 0;
	dhcp_option(packet, len, DHCP_OPT_OVERLOAD, 0, &v, 1);
	return v;
}

int nbp_changes_apply(const struct nbp_changes *c, uint8_t *packet, size_t len, struct boot_why *why)
{
	struct dhcp_header h;
	uint8_t out[DHCP_MAX_LEN], value[DHCP_MAX_LEN];
	bool file_fits = c->filename_len < FILE_LEN;
	len = len < DHCP_MAX_LEN ? len : DHCP_MAX_LEN;
	if (dhcp_parse(packet, len, &h) < 0)
		return boot_why(why, -EPROTO, "what the ROM keeps is no DHCP packet");
	memcpy(out, packet, OPTIONS_AT);
	struct dhcp_writer w = { .p = out, .cap = len - (len > OPTIONS_AT), .len = OPTIONS_AT };
	for (unsigned number = 1; number < 255; number++) {
		int n = changed_option(c, packet, len, number, file_fits, value, sizeof(value));
		write_option(&w, number, value, n);
	}
	if (w.full)
		return boot_why(why, -ENOSPC, "the changed options do not fit into the ROM's %u bytes", (unsigned)len);
	memset(out + w.len, 0, len - w.len);
	if (w.len < len)
		out[w.len] = 255;
	unsigned where = overloaded(packet, len);
	if (where & OVERLOAD_SNAME)
		memset(out + SNAME_AT, 0, SNAME_LEN);
	if (where & OVERLOAD_FILE || c->filename)
		memset(out + FILE_AT, 0, FILE_LEN);
	if (c->filename && file_fits)
		memcpy(out + FILE_AT, c->filename, c->filename_len);
	if (c->has_next_server)
		net_addr_to_bytes(&c->next_server, out + SIADDR_AT);
	memcpy(packet, out, len);
	return 0;
}
