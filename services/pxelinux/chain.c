/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c32's words.  See chain.h. */
#include "services/pxelinux/chain.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"
#define WORD_MAX PX_CHAIN_NAME_MAX
#define FIRST_HARD_DISK 0x80u
#define BOOT_AT 0x7c00u
#define DISKS_MAX 0x7fu
#define PARTITION_MAX 4096u
#define DISK_AND_PARTITION "it is hdN, fdN, boot, mbr:ID, guid:GUID or label:NAME, and a partition's number"

/* If the word is "NAME:rest" or "NAME=rest", the rest, else NULL. */
static const char *value(const char *word, const char *name)
{
	size_t len = strlen(name);
	return !strncmp(word, name, len) && (word[len] == '=' || word[len] == ':') ? word + len + 1 : NULL;
}

static int wrong(struct boot_why *why, const char *word, const char *what)
{
	return boot_why(why, -EINVAL, "%.60s: %s", word, what);
}

static bool whole_number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;
	*out = strtoul(text, &end, 0);
	return isdigit((unsigned char)*text) && !*end && *out <= max;
}

/* "SEG:OFF:IP", of which the last ones may be left out or empty. */
static int place(const char *text, struct disk_place *p, uint16_t otherwise, const char *word, struct boot_why *why)
{
	uint16_t *const parts[] = { &p->seg, &p->off, &p->ip };
	*p = (struct disk_place){ .off = otherwise, .ip = otherwise };
	for (unsigned i = 0; i < 3 && *text; i++) {
		char *end;
		unsigned long n = strtoul(text, &end, 0);
		if (end != text)
			*parts[i] = (uint16_t)n;
		if ((*end && *end != ':') || n > 0xffff)
			return wrong(why, word, "it is to be SEGMENT:OFFSET:IP");
		text = *end ? end + 1 : end;
	}
	return *text ? wrong(why, word, "it is to be SEGMENT:OFFSET:IP") : 0;
}

static bool guid(const char *text, uint8_t out[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned n = 0;
	for (; *text && n < 32; text++) {
		if (*text == '-' || *text == '{' || *text == '}')
			continue;
		int c = tolower((unsigned char)*text);
		if (!isxdigit(c))
			return false;
		uint8_t *at = &out[order[n / 2]];
		*at = (uint8_t)(*at << 4 | (isdigit(c) ? c - '0' : c - 'a' + 10));
		n++;
	}
	return n == 32 && (!*text || !strcmp(text, "}"));
}

/* Which disk: 0; 1, the word is something else; -E. */
static int take_disk(struct px_chain *c, const char *word, struct boot_why *why)
{
	struct disk_wanted *w = &c->wanted;
	const char *text;
	unsigned long n;
	if ((!strncmp(word, "hd", 2) || !strncmp(word, "fd", 2)) && whole_number(word + 2, DISKS_MAX, &n)) {
		w->by = DISK_BY_NUMBER;
		w->drive = (uint8_t)(n + (*word == 'h' ? FIRST_HARD_DISK : 0));
	} else if (!strcmp(word, "boot")) {
		w->by = DISK_BY_NUMBER;
		w->drive = FIRST_HARD_DISK;
	} else if ((text = value(word, "mbr"))) {
		char *end;
		w->by = DISK_BY_MBR;
		w->mbr = (uint32_t)strtoul(text, &end, 16);
		return *end || end == text ? wrong(why, word, "an MBR's signature is to be mbr:0x12345678") : 0;
	} else if ((text = value(word, "guid"))) {
		w->by = DISK_BY_GUID;
		return guid(text, w->guid) ? 0 : wrong(why, word, "a GUID has 32 hexadecimal digits");
	} else if ((text = value(word, "label"))) {
		w->by = DISK_BY_LABEL;
		snprintf(w->label, sizeof(w->label), "%s", text);
		return *text && strlen(text) < sizeof(w->label) ? 0 : wrong(why, word, "it is no partition's name");
	} else {
		return 1;
	}
	return 0;
}

/* Options that name a file, and what they say of it. */
static const struct loader {
	const char *name;
	struct disk_place file, sector;
	bool with_sector, set_bpb, hand;
	const char *patch;		/* written behind the sector's jump */
	uint8_t bpb_of_file;		/* 1: set in the file; 2: taken from the sector's, too */
} loaders[] = {
	{ "file", { 0, BOOT_AT, BOOT_AT }, { 0, BOOT_AT, BOOT_AT }, .hand = true },
	{ "ntldr", { .seg = 0x2000 }, { 0, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "reactos", { 0, 0x8000, 0x8100 }, { 0, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "cmldr", { .seg = 0x2000 }, { 0, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true,
	  .patch = "cmdcons" },
	{ "freedos", { .seg = 0x60 }, { 0x1fe0, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "msdos", { .seg = 0x70 }, { 0x8000, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "pcdos", { .seg = 0x70 }, { 0x8000, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "msdos7", { .seg = 0x70, .ip = 0x200 }, { 0x8000, BOOT_AT, BOOT_AT }, .with_sector = true, .set_bpb = true },
	{ "drmk", { .seg = 0x70 }, { .seg = 0x2000 }, .with_sector = true, .set_bpb = true },
	{ "bss", { 0, BOOT_AT, BOOT_AT }, { 0, BOOT_AT, BOOT_AT }, .set_bpb = true, .hand = true, .bpb_of_file = 2 },
	{ "bs", { 0, BOOT_AT, BOOT_AT }, { 0, BOOT_AT, BOOT_AT }, .hand = true, .bpb_of_file = 1 },
};

static int take_loader(struct px_chain *c, const char *word, struct boot_why *why)
{
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		const struct loader *l = &loaders[i];
		const char *file = value(word, l->name);
		if (!file)
			continue;
		if (!*file || strlen(file) >= sizeof(c->file))
			return wrong(why, word, "it is no file's name");
		strcpy(c->file, file);
		c->places = (struct disk_places){
			.file = l->file, .sector = l->sector, .with_sector = l->with_sector, .set_bpb = l->set_bpb,
			.hand = l->hand, .patch = l->patch, .swap = c->places.swap,
			.file_bpb = l->bpb_of_file > 0, .copy_bpb = l->bpb_of_file > 1,
		};
		return 0;
	}
	return 1;
}

/* Those that change a disk, or an image as only their own authors know it. */
static const struct { const char *word, *why; } refused[] = {
	{ "isolinux", "there is no ISOLINUX here; KERNEL memdisk with INITRD x.iso boots a CD" },
	{ "grub", "GRUB Legacy is not patched; start GRUB by its own boot sector: chain.c32 hd0" },
	{ "grubcfg", "GRUB Legacy is not patched; start GRUB by its own boot sector: chain.c32 hd0" },
	{ "grldr", "GRUB4DOS is not patched; start it by its own boot sector, or grub.exe by KERNEL" },
	{ "save", "nothing is written to a disk" }, { "hide", "nothing is written to a disk" },
	{ "hideall", "nothing is written to a disk" }, { "unhide", "nothing is written to a disk" },
	{ "unhideall", "nothing is written to a disk" }, { "mbrchs", "nothing is written to a disk" },
	{ "fixchs", "nothing is written to a disk" }, { "break", "nothing is written to a disk" },
	{ "keeppxe", "what needs the ROM's PXE is started by pxechn.c32, or by its name alone" },
	{ "keepexe", "what needs the ROM's PXE is started by pxechn.c32, or by its name alone" },
	{ "fs", "we have been started from no disk, so that there is no partition of ours" },
};

static int take_refused(const char *word, struct boot_why *why)
{
	size_t len = strcspn(word, "=:");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strlen(refused[i].word) == len && !strncmp(word, refused[i].word, len))
			return boot_why(why, -ENOTSUP, "%.60s: %s", word, refused[i].why);
	return 1;
}

static int take_option(struct px_chain *c, const char *word, struct boot_why *why)
{
	struct disk_places *p = &c->places;
	const struct { const char *word; bool *to; } flags[] = {
		{ "setbpb", &p->set_bpb }, { "filebpb", &p->file_bpb }, { "hand", &p->hand }, { "hptr", &p->hptr },
		{ "sect", &p->with_sector }, { "maps", &p->with_sector }, { "swap", &p->swap },
		{ "warn", &c->wait },
	};
	bool no = !strncmp(word, "no", 2);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(word + 2 * no, flags[i].word)) {
			*flags[i].to = !no;
			return 0;
		}
	/* what is so here without a word */
	static const char *const others[] = { "save", "hide", "mbrchs", "fixchs", "file", "break", "relax", "prefmbr",
					      "strict", "keeppxe", "keepexe" };
	for (size_t i = 0; no && i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(word + 2, others[i]))
			return 0;
	const char *text = value(word, "seg");
	if (text)
		return place(text, &p->file, 0, word, why);
	if (!(text = value(word, "sect")))
		return take_refused(word, why);
	p->with_sector = true;
	return place(text, &p->sector, BOOT_AT, word, why);
}

int px_chain_parse(struct px_chain *c, const char *args, struct boot_why *why)
{
	char word[WORD_MAX];
	bool disk = false;
	*c = (struct px_chain){ .wanted = { .drive = FIRST_HARD_DISK }, .places = { .hand = true,
		.file = { 0, BOOT_AT, BOOT_AT }, .sector = { 0, BOOT_AT, BOOT_AT } } };
	for (args += strspn(args, BLANKS); *args; args += strspn(args, BLANKS)) {
		static const char *const comma_after[] = { "hd", "fd", "boot", "mbr", "guid" };
		size_t len = strcspn(args, BLANKS);
		unsigned long n;
		for (size_t i = 0; i < sizeof(comma_after) / sizeof(comma_after[0]); i++)
			if (!strncmp(args, comma_after[i], strlen(comma_after[i])))
				len = strcspn(args, BLANKS ",");
		if (len >= sizeof(word))
			return boot_why(why, -E2BIG, "%.60s...: it is too long", args);
		memcpy(word, args, len);
		word[len] = '\0';
		args += len;
		bool partition = disk && *word && whole_number(word, PARTITION_MAX, &n);
		disk = false;
		if (partition) {
			c->wanted.partition = (unsigned)n;
		} else if (*word) {
			int taken = take_disk(c, word, why);
			disk = taken == 0;
			taken = taken == 1 ? take_loader(c, word, why) : taken;
			taken = taken == 1 ? take_option(c, word, why) : taken;
			if (taken)
				return taken < 0 ? taken : boot_why(why, -ENOTSUP, "%.60s: no such option is known; "
								    DISK_AND_PARTITION, word);
		}
		args += *args == ',';
	}
	return 0;
}
