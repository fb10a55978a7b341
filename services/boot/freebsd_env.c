/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of a FreeBSD kernel; see freebsd.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kernel/checked.h"
#include "services/boot/freebsd.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/firmware/boot_machine.h"
#include "services/firmware/smbios.h"

enum { BOOTP_YIADDR = 16, BOOTP_SIADDR = 20, BOOTP_CHADDR = 28, BOOTP_OPTIONS = 240, OPT_MASK = 1, OPT_ROUTER = 3,
	OPT_END = 255, SMBIOS_MEMORY = 17 };

/* "a.b.c=": what is left of = in [p, end), and its value with or without quotes. */
static void put_pair(struct writer *w, const char *p, const char *end)
{
	const char *eq = memchr(p, '=', (size_t)(end - p));
	if (!eq || eq == p || !isalnum((unsigned char)*p))
		return;
	const char *value = eq + 1;
	put(w, p, (size_t)(value - p));
	if (value < end && *value == '"') {
		value++;
		const char *quote = memchr(value, '"', (size_t)(end - value));
		end = quote ? quote : end;
	}
	put(w, value, (size_t)(end - value));
	put_u8(w, 0);
}

void freebsd_put_env(struct writer *w, const char *text, size_t len)
{
	for (const char *p = text, *stop = text + len, *next; p < stop; p = next) {
		const char *nl = memchr(p, '\n', (size_t)(stop - p));
		const char *end = nl ? nl : stop;
		next = nl ? nl + 1 : stop;
		while (p < end && isblank((unsigned char)*p))
			p++;
		while (end > p && isspace((unsigned char)end[-1]))
			end--;
		if (!memchr(p, 0, (size_t)(end - p)))
			put_pair(w, p, end);
	}
}

void freebsd_put_args(struct writer *w, const char *args)
{
	for (const char *p = args; *p;) {
		p += strspn(p, " ");
		size_t len = strcspn(p, " ");
		put_pair(w, p, p + len);
		p += len;
	}
}

/* The value of the first of that name, or NULL.  env ends with a NUL. */
static const char *value_of(const char *env, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *p = env; p < env + len; p += strlen(p) + 1)
		if (!strncmp(p, name, name_len) && p[name_len] == '=')
			return p + name_len + 1;
	return NULL;
}

uint32_t freebsd_env_howto(const char *env, size_t len)
{
	enum { SERIAL = 1u << 12, MUTE = 1u << 16, MULTIPLE = 1u << 29 };
	static const struct {
		const char *name;
		uint32_t howto;
	} flags[] = {
		{ "boot_askname", 1u << 0 }, { "boot_single", 1u << 1 }, { "boot_dfltroot", 1u << 5 },
		{ "boot_ddb", 1u << 6 }, { "boot_verbose", 1u << 11 }, { "boot_serial", SERIAL },
		{ "boot_cdrom", 1u << 13 }, { "boot_gdb", 1u << 15 }, { "boot_mute", MUTE },
		{ "boot_pause", 1u << 20 }, { "boot_multicons", MULTIPLE },
	};
	const char *value;
	uint32_t howto = 0;
	bool video = false;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((value = value_of(env, len, flags[i].name)) && strcasecmp(value, "no"))
			howto |= flags[i].howto;
	value = value_of(env, len, "console");
	for (size_t n; value && (value += strspn(value, " ,"), n = strcspn(value, " ,")); value += n) {
		video |= n == 10 && !memcmp(value, "vidconsole", n);
		if (n == 10 && !memcmp(value, "comconsole", n))
			howto |= SERIAL;
		if (n == 11 && !memcmp(value, "nullconsole", n))
			howto |= MUTE;
	}
	return video && howto & SERIAL ? howto | MULTIPLE : howto;
}

static void put_text(struct writer *w, const char *name, const char *value)
{
	put(w, name, strlen(name));
	put_u8(w, '=');
	put(w, value, strlen(value) + 1);
}

/* Bytes in hex; a character of sep, if it is no blank, behind each. */
static void put_bytes(struct writer *w, const char *name, const uint8_t *p, unsigned len, const char *sep)
{
	static const char hex[] = "0123456789abcdef";
	put(w, name, strlen(name));
	for (; len--; p++) {
		put_u8(w, (uint8_t)hex[*p >> 4]);
		put_u8(w, (uint8_t)hex[*p & 15]);
		if (len && *sep++ != ' ')
			put_u8(w, (uint8_t)sep[-1]);
	}
	put_u8(w, 0);
}

static void put_ip(struct writer *w, const char *name, const uint8_t *ip)
{
	char text[16];
	if (!ip)
		return;
	snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	put_text(w, name, text);
}

/* An option of a DHCP packet, the first of its kind, from its length byte on; NULL: not there, or shorter than min. */
static const uint8_t *first_option(const struct boot_bytes *packet, uint8_t code, uint8_t min)
{
	for (uint32_t at = BOOTP_OPTIONS; at + 1 < packet->len && packet->data[at] != OPT_END;) {
		const uint8_t *o = packet->data + at;
		if (!*o) {
			at++;
			continue;
		}
		at += 2u + o[1];
		if (*o == code && o[1] >= min && at <= packet->len)
			return o + 1;
	}
	return NULL;
}

static const uint8_t *dhcp_ip(const struct boot_bytes *packet, uint8_t code)
{
	const uint8_t *o = first_option(packet, code, 4);
	return o ? o + 1 : NULL;
}

/* The root path: /path on the server that booted us, or server:/path. */
static void put_nfs_root(struct writer *w, const struct boot_bytes *packet)
{
	char text[DHCP_STRING_MAX];
	if (dhcp_option_string(packet->data, packet->len, DHCP_OPT_ROOT_PATH, text, sizeof(text)) <= 0)
		return;
	char *path = strchr(text, '/');
	if (path == text) {
		put_ip(w, "boot.nfsroot.server", packet->data + BOOTP_SIADDR);
	} else if (path && path[-1] == ':') {
		path[-1] = '\0';
		put_text(w, "boot.nfsroot.server", text);
	} else {
		return;
	}
	put_text(w, "boot.nfsroot.path", path);
}

static void put_network(struct writer *w, const struct boot_bytes *packet)
{
	if (packet->len < BOOTP_OPTIONS)
		return;
	put_ip(w, "boot.netif.ip", packet->data + BOOTP_YIADDR);
	put_ip(w, "boot.netif.netmask", dhcp_ip(packet, OPT_MASK));
	put_ip(w, "boot.netif.gateway", dhcp_ip(packet, OPT_ROUTER));
	put_bytes(w, "boot.netif.hwaddr=", packet->data + BOOTP_CHADDR, 6, ":::::");
	put_nfs_root(w, packet);
}

static void put_hex(struct writer *w, const char *name, uint32_t v)
{
	char text[11];
	snprintf(text, sizeof(text), "0x%08lx", (unsigned long)v);
	put_text(w, name, text);
}

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

static void put_acpi(struct writer *w, const struct boot_bytes *rsdp)
{
	char oem[7] = "";
	const uint8_t *p = rsdp->data;
	if (!p)
		return;
	memcpy(oem, p + 9, 6);
	put_text(w, "hint.acpi.0.oem", oem);
	put_text(w, "hint.acpi.0.revision", p[15] ? "2" : "0");
	put_hex(w, "hint.acpi.0.rsdp", (uint32_t)(uintptr_t)p);
	put_hex(w, "hint.acpi.0.rsdt", u32(p + 16));
	if (p[15] && rsdp->len >= 32)
		put_hex(w, "hint.acpi.0.xsdt", u32(p + 24));
}

/* What SMBIOS says: type of structure, offset of a text in it, name. */
static const char smbios_names[] =
	"\0\4bios.vendor\0" "\0\5bios.version\0" "\0\10bios.reldate\0"
	"\1\4system.maker\0" "\1\5system.product\0" "\1\6system.version\0" "\1\7system.serial\0" "\1\31system.sku\0"
	"\1\32system.family\0"
	"\2\4planar.maker\0" "\2\5planar.product\0" "\2\6planar.version\0" "\2\7planar.serial\0" "\2\10planar.tag\0"
	"\2\12planar.location\0"
	"\3\4chassis.maker\0" "\3\6chassis.version\0" "\3\7chassis.serial\0" "\3\10chassis.tag\0"
	"\4\20processor.version\0";

static const char *put_smbios(struct writer *w, const struct boot_machine *m)
{
	const uint8_t *p = m->smbios.data, *end = p + m->smbios.len;
	char text[SMBIOS_TEXT];
	struct smbios_info info;
	uint32_t memory_kib = 0;
	const char *too_long = NULL;
	for (; p && smbios_whole(p, end); p = smbios_next(p, end)) {
		for (const char *n = smbios_names; n < smbios_names + sizeof(smbios_names) - 1;
		     n += strlen(n + 2) + 3) {
			if (*p != *n)
				continue;
			/* the kernel takes half of what there is room for here */
			if (smbios_text(p, end, (uint8_t)n[1], text) < 0 && !too_long)
				too_long = n + 2;
			if (!*text)
				continue;
			put(w, "smbios.", 7);
			put_text(w, n + 2, text);
		}
		/* a bank: MiB, or KiB with bit 15; all ones: unknown, or more than fits there */
		if (*p == SMBIOS_MEMORY && p[1] >= 14 && (p[12] & p[13]) != 0xff)
			memory_kib = capped_sum(memory_kib, (p[13] & 0x80) ? (p[13] & 0x7fu) << 8 | p[12] :
						((uint32_t)p[13] << 8 | p[12]) << 10);
	}
	if (memory_kib) {
		snprintf(text, sizeof(text), "%lu", (unsigned long)memory_kib);
		put_text(w, "smbios.memory.enabled", text);
	}
	(void)smbios_read(m->smbios.data, m->smbios.len, (unsigned)m->smbios_major << 8 | m->smbios_minor, &info);
	if (info.has_uuid)
		put_bytes(w, "smbios.system.uuid=", info.uuid, 16, "   - - - -     ");
	return too_long;
}

const char *freebsd_put_facts(struct writer *w, const char *kernel, bool root_image, const struct boot_machine *m)
{
	put_text(w, "kernelname", kernel);
	if (root_image)
		put_text(w, "vfs.root.mountfrom", "ufs:/dev/md0");
	put_network(w, &m->dhcp_ack[0]);
	put_acpi(w, &m->rsdp);
	return put_smbios(w, m);
}
