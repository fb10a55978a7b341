/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's setup header, and the words of its command line; see linux.h. */
#include "services/boot/linux.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/checked.h"
#include "services/boot/linux_fields.h"

#define SECTOR 512u
#define SETUP_SECTS_DEFAULT 4u
#define PARA 16u			/* the protocol counts the kernel's length in these */
#define SETUP_MAX 0x9000u		/* below the heap in the 16-bit segment */
#define ARGS_MAX_OLD 255u
#define INITRD_LAST_OLD 0x37ffffffu
#define UNPACKED_SHARE 3u		/* before 2.10 nobody says what unpacking takes */

/*
 * A field of the header: 0 where the header, or the file, ends before it.  What a protocol does not have may hold
 * anything: iPXE keeps text there.
 */
static uint64_t field(const struct linux_kernel *k, uint32_t at, unsigned len)
{
	uint64_t v = 0;
	if (at + len <= k->header_end)
		memcpy(&v, k->data + at, len);
	return v;
}

/* The version's text up to the first blank. */
static void read_release(struct linux_kernel *k)
{
	uint32_t at = (uint32_t)field(k, LX_KERNEL_VERSION, 2) + 0x200;
	unsigned n = 0;
	if (at == 0x200)
		return;
	while (n < LINUX_RELEASE_LEN - 1 && at + n < k->setup_len && isgraph(k->data[at + n])) {
		k->release[n] = (char)k->data[at + n];
		n++;
	}
}

/* Where it goes, how much memory it needs there, where it is entered. */
static int read_place(struct linux_kernel *k, struct boot_why *why)
{
	bool told = k->version >= 0x20a;
	uint64_t pref = told ? field(k, LX_PREF_ADDRESS, 8) : 0;
	uint32_t start = (uint32_t)field(k, LX_CODE32_START, 4), need = told ? (uint32_t)field(k, LX_INIT_SIZE, 4) : 0;
	k->load = k->high ? LINUX_HIGH : LINUX_LOW;
	k->align = 1;
	k->memory = k->kernel_len;
	if (!k->high)
		return k->kernel_len <= LINUX_OLD_SETUP - LINUX_LOW ? 0 :
			boot_why(why, -ENOEXEC, "0x%x bytes of zImage do not fit below 0x%x", (unsigned)k->kernel_len,
				 LINUX_OLD_SETUP);
	if (k->relocatable) {
		k->align = (uint32_t)field(k, LX_KERNEL_ALIGNMENT, 4);
		if (!k->align || k->align & (k->align - 1))
			return boot_why(why, -ENOEXEC, "its alignment 0x%x is no power of two", (unsigned)k->align);
		if (pref > UINT32_MAX)
			return boot_why(why, -ENOEXEC, "it wants to be above 4 GiB, at 0x%llx",
					(unsigned long long)pref);
		k->load = pref ? (uint32_t)pref : LINUX_HIGH;
	}
	if (!need && !checked_product(k->kernel_len, UNPACKED_SHARE, &need))
		need = UINT32_MAX;
	k->memory = need > k->kernel_len ? need : k->kernel_len;
	uint32_t end;
	if (!checked_sum(k->load, k->memory, &end))
		return boot_why(why, -ENOEXEC, "it needs 0x%x bytes at 0x%x, past 4 GiB", (unsigned)k->memory,
				(unsigned)k->load);
	k->entry = start - LINUX_HIGH;
	k->entry32 = k->entry32 && (!k->setup_only || k->entry < k->kernel_len);
	if (k->entry32 && k->entry >= k->kernel_len)
		return boot_why(why, -ENOEXEC, "its 32-bit entry point 0x%x is outside of its 0x%x bytes",
				(unsigned)start, (unsigned)k->kernel_len);
	return 0;
}

int linux_open(struct linux_kernel *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	*k = (struct linux_kernel){ .data = data, .header_end = LX_HEADER + 15 };
	if (len < 2 * SECTOR || len > UINT32_MAX || field(k, LX_BOOT_FLAG, 2) != LX_BOOT_MAGIC)
		return boot_why(why, -ENOEXEC, "not a Linux kernel: there is no boot sector");
	if (!memcmp(data + LX_MAGIC, "HdrS", 4)) {
		k->header_end = LX_MAGIC + data[LX_MAGIC - 1];
		k->version = (uint16_t)field(k, LX_VERSION, 2);
		if (k->version < 0x200 || k->header_end < LX_CODE32_START + 4)
			return boot_why(why, -ENOEXEC, "its setup header is damaged");
	}
	uint32_t sects = data[LX_HEADER] ? data[LX_HEADER] : SETUP_SECTS_DEFAULT;
	k->setup_len = (sects + 1) * SECTOR;
	uint32_t need = 0;
	if (k->version >= 0x204 && !checked_product((uint32_t)field(k, LX_SYSSIZE, 4), PARA, &need))
		need = UINT32_MAX;
	if (len <= k->setup_len || capped_sum((uint32_t)len - k->setup_len, PARA - 1) < need)
		return boot_why(why, -ENOEXEC, "0x%x bytes long, 0x%x are needed: is it cut short?", (unsigned)len,
				(unsigned)capped_sum(k->setup_len, need));
	if (k->setup_len > SETUP_MAX)
		return boot_why(why, -ENOEXEC, "setup code of 0x%x bytes has no room", (unsigned)k->setup_len);
	k->kernel_len = (uint32_t)len - k->setup_len;
	k->high = field(k, LX_LOADFLAGS, 1) & LX_LOADED_HIGH;
	k->entry32 = k->high && k->version >= 0x203;
	k->setup_only = k->version < 0x208 || !field(k, LX_PAYLOAD_LENGTH, 4);
	k->relocatable = k->version >= 0x205 && field(k, LX_RELOCATABLE, 1);
	k->args_max = k->version >= 0x206 ? (uint32_t)field(k, LX_CMDLINE_SIZE, 4) : ARGS_MAX_OLD;
	if (!k->args_max)
		k->args_max = ARGS_MAX_OLD;
	if (k->version)
		k->initrd_last = k->version >= 0x203 ? (uint32_t)field(k, LX_INITRD_MAX, 4) : INITRD_LAST_OLD;
	read_release(k);
	return read_place(k, why);
}

static int read_vga(const char *value, uint16_t *vga)
{
	static const char names[][7] = { "ask", "ext", "normal" };	/* FFFDh, FFFEh, FFFFh */
	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(names[i]);
		if (!strncmp(value, names[i], len) && (!value[len] || value[len] == ' ')) {
			*vga = (uint16_t)(0xfffd + i);
			return 0;
		}
	}
	char *end;
	unsigned long v = strtoul(value, &end, 0);
	*vga = (uint16_t)v;
	return isdigit((unsigned char)*value) && (!*end || *end == ' ') && v <= UINT16_MAX ? 0 : -EINVAL;
}

static uint64_t read_mem(const char *value)
{
	char *end;
	uint64_t v = strtoull(value, &end, 0);
	static const char units[] = "KMGT";
	const char *unit = end != value && *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (end == value || v > UINT32_MAX)	/* "mem=nopentium" is one */
		return UINT64_MAX;
	if (unit)
		v <<= 10 * (unit - units + 1);
	return v;
}

int linux_read_words(const struct linux_kernel *k, const char *args, struct linux_words *w, struct boot_why *why)
{
	size_t len = strlen(args);
	*w = (struct linux_words){ .mem = UINT64_MAX };
	if (len > k->args_max)
		return boot_why(why, -EINVAL,
				"its command line is %u characters long, and this kernel takes %u at the most",
				(unsigned)len, (unsigned)k->args_max);
	for (const char *p = args; *p; p += strcspn(p, " ")) {
		p += strspn(p, " ");
		if (!strncmp(p, "vga=", 4)) {
			if (read_vga(p + 4, &w->vga) < 0)
				return boot_why(why, -EINVAL, "%.40s: vga= takes a mode's number, normal, ext or ask",
						p);
			w->has_vga = true;
		}
		if (!strncmp(p, "mem=", 4))
			w->mem = read_mem(p + 4);
	}
	return 0;
}
