/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of a FreeBSD kernel; see freebsd.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "services/boot/boot_machine.h"
#include "services/boot/freebsd.h"

enum { BOOTP_YIADDR = 16, BOOTP_CHADDR = 28, BOOTP_OPTIONS = 240, OPT_MASK = 1, OPT_ROUTER = 3, OPT_END = 255 };

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

static void put_text(struct writer *w, const char *name, const char *value)
{
	put(w, name, strlen(name));
	put_u8(w, '=');
	put(w, value, strlen(value) + 1);
}

static void put_ip(struct writer *w, const char *name, const uint8_t *ip)
{
	char text[16];
	if (!ip)
		return;
	snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	put_text(w, name, text);
}

/* A four-byte option of a DHCP packet, the first of its kind, or NULL. */
static const uint8_t *dhcp_ip(const struct boot_bytes *packet, uint8_t code)
{
	for (uint32_t at = BOOTP_OPTIONS; at + 1 < packet->len && packet->data[at] != OPT_END;) {
		const uint8_t *o = packet->data + at;
		if (!*o) {
			at++;
			continue;
		}
		if (*o == code && o[1] >= 4 && at + 6 <= packet->len)
			return o + 2;
		at += 2u + o[1];
	}
	return NULL;
}

static void put_network(struct writer *w, const struct boot_bytes *packet)
{
	char text[18];
	if (packet->len < BOOTP_OPTIONS)
		return;
	const uint8_t *mac = packet->data + BOOTP_CHADDR;
	put_ip(w, "boot.netif.ip", packet->data + BOOTP_YIADDR);
	put_ip(w, "boot.netif.netmask", dhcp_ip(packet, OPT_MASK));
	put_ip(w, "boot.netif.gateway", dhcp_ip(packet, OPT_ROUTER));
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	put_text(w, "boot.netif.hwaddr", text);
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

void freebsd_put_facts(struct writer *w, const char *kernel, bool root_image, const struct boot_machine *m)
{
	put_text(w, "kernelname", kernel);
	if (root_image)
		put_text(w, "vfs.root.mountfrom", "ufs:/dev/md0");
	put_network(w, &m->dhcp_ack[0]);
	put_acpi(w, &m->rsdp);
}
