/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting FreeBSD: see protocol.h; the parts that think are behind freebsd.h.
 * From the kernel's own addresses upwards: the kernel, its symbols, the
 * modules, the environment, the metadata.  The stack that it is entered with
 * is in low memory; for amd64 the way into long mode and its page tables too.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/checked.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "services/boot/freebsd.h"
#include "services/boot/protocol.h"
#include "services/firmware/smbios.h"

#define STACK_AT (PAGE_LEN - FREEBSD_STACK_LEN)	/* in the low block's first page, which is also below it */
#define ENV_TYPE "kenv"

static const char symbols[] = "the symbols", low[] = "the kernel's first stack";

struct freebsd_boot {
	struct freebsd_kernel kernel;
	struct freebsd_given given;
	struct freebsd_module *module;
	uint32_t sizes[4];		/* the words before the symbols: low and high half of each */
	uint8_t *low, *env, *modinfo;
	size_t modinfo_cap;
	int low_item;
	uint32_t at;			/* where the next piece goes */
};

static bool is_env(const struct image *img)
{
	return !strcmp(img->type, ENV_TYPE);
}

/* The next piece, at the next multiple of align. */
static int add_next(struct boot *b, const char *what, const void *src, uint32_t len, uint32_t align,
		    struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	if (!checked_align(s->at, align, &s->at) || !checked_within(s->at, len, FREEBSD_END_MAX))
		return boot_why(why, -ENOMEM, "%s does not fit into the first GiB behind the kernel", what);
	struct handover_item item = {
		.what = what, .src = (uint32_t)(uintptr_t)src, .len = len, .dst = s->at, .fixed = true,
	};
	int rc = boot_add(b, &item, why);
	s->at += len;
	return rc;
}

static int add_kernel(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	const struct freebsd_kernel *k = &s->kernel;
	const struct boot_piece *p = &b->piece[0];
	uint32_t word = k->elf.is64 ? 8 : 4;
	int rc = 0;
	for (unsigned i = 0; i < k->segments && rc >= 0; i++)
		rc = boot_add(b, &(struct handover_item){
			.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data + k->seg[i].offset,
			.len = k->seg[i].len, .zero = k->seg[i].mem - k->seg[i].len,
			.dst = k->seg[i].addr, .fixed = true,
		}, why);
	s->at = (k->hi + word - 1) & -word;
	if (rc < 0 || !k->syms.symtab_len)
		return rc;
	s->given.ssym = s->at;
	s->sizes[0] = k->syms.symtab_len;
	s->sizes[2] = k->syms.strtab_len;
	rc = add_next(b, symbols, s->sizes, word, word, why);
	if (rc >= 0)
		rc = add_next(b, symbols, p->data + k->syms.symtab, k->syms.symtab_len, word, why);
	if (rc >= 0)
		rc = add_next(b, symbols, s->sizes + 2, word, word, why);
	if (rc >= 0)
		rc = add_next(b, symbols, p->data + k->syms.strtab, k->syms.strtab_len, word, why);
	s->given.esym = s->at = (s->at + word - 1) & -word;
	return rc;
}

/* A kernel module, laid out in pages of its own, its section headers behind it. */
static int add_ko(struct boot *b, const struct boot_piece *p, struct freebsd_module *m, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	struct freebsd_ko *ko = &m->ko;
	bool is64 = s->kernel.elf.is64;
	int rc = freebsd_ko_open(ko, is64, p->data, p->len, why);
	if (rc) {
		struct boot_why cause = *why;
		return boot_why(why, rc, "%s is no module for it: %s", p->img->name, cause.text);
	}
	uint8_t *out = boot_buffer(b, p->img->name, ko->len + (size_t)ko->elf.shnum * ko->elf.shentsize, why);
	if (!out)
		return -ENOMEM;
	rc = add_next(b, p->img->name, out, ko->len, ko->align, why);
	if (rc < 0)
		return rc;
	m->type = is64 ? "elf obj module" : "elf module";
	m->addr = s->at - ko->len;
	m->len = ko->len;
	m->headers = out + ko->len;
	freebsd_ko_lay_out(ko, m->addr, out, out + ko->len);
	return rc;
}

static int add_modules(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	int rc = 0;
	s->module = boot_buffer(b, "the list of modules", (b->modules + 1) * sizeof(*s->module), why);
	if (!s->module)
		return -ENOMEM;
	for (unsigned i = 0; i < b->modules && rc >= 0; i++) {
		const struct boot_piece *p = &b->piece[1 + i];
		const struct image *img = p->img;
		if (is_env(img) && p->len > FREEBSD_ENV_MAX)
			return boot_why(why, -EFBIG, "its environment %s has %u bytes, %u at the most are read",
					img->name, (unsigned)p->len, FREEBSD_ENV_MAX);
		if (is_env(img))
			continue;
		struct freebsd_module *m = &s->module[s->given.modules++];
		*m = (struct freebsd_module){ .name = img->name, .type = *img->type ? img->type : "mfs_root",
			.args = img->args };
		if (*img->type ? !strcmp(img->type, "elf") : elf_probe(p->data, p->len)) {
			rc = add_ko(b, p, m, why);
			continue;
		}
		rc = add_next(b, img->name, p->data, p->len, PAGE_LEN, why);
		m->addr = s->at - p->len;
		m->len = p->len;
	}
	return rc;
}

/* The user's words come before ours: the kernel takes the first.  Returns what freebsd_put_facts() does. */
static const char *put_env(const struct boot *b, struct writer *w)
{
	const struct freebsd_boot *s = b->state;
	bool root = false;
	freebsd_put_args(w, s->given.args);
	for (unsigned i = 1; i <= b->modules; i++)
		if (is_env(b->piece[i].img))
			freebsd_put_env(w, (const char *)b->piece[i].data, b->piece[i].len);
	for (unsigned i = 0; i < s->given.modules; i++)
		root |= !strcmp(s->module[i].type, "mfs_root") || !strcmp(s->module[i].type, "md_image");
	const char *too_long = freebsd_put_facts(w, s->given.name, root, b->machine);
	put_u8(w, 0);
	return too_long;
}

/* The environment and, last of all, the metadata: its length allows for a longer memory map. */
static int add_tables(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	struct freebsd_given *g = &s->given;
	struct writer w = { 0 };
	const char *too_long = put_env(b, &w);
	if (too_long)
		log_warn("freebsd: smbios.%s, says SMBIOS, is longer than %d characters; %s is not told it",
			 too_long, SMBIOS_TEXT - 1, g->name);
	w = (struct writer){ .buf = boot_buffer(b, "the environment", w.len, why), .cap = w.len };
	s->modinfo_cap = freebsd_build_modinfo(g, NULL, 0) + sizeof(struct memmap);
	s->modinfo = boot_buffer(b, "the metadata", s->modinfo_cap, why);
	if (!w.buf || !s->modinfo)
		return -ENOMEM;
	put_env(b, &w);
	g->howto |= freebsd_env_howto((const char *)w.buf, w.len);
	int rc = add_next(b, "the environment", w.buf, (uint32_t)w.len, PAGE_LEN, why);
	g->env = s->at - (uint32_t)w.len;
	if (rc >= 0)
		rc = add_next(b, "the metadata", s->modinfo, (uint32_t)s->modinfo_cap, PAGE_LEN, why);
	g->modinfo = s->at - (uint32_t)s->modinfo_cap;
	g->end = (s->at + PAGE_LEN - 1) & -PAGE_LEN;
	return rc;
}

static bool has_long_mode(void)
{
	uint32_t a, b, c, d = 0;
	__cpuid(0x80000000, a, b, c, d);
	if (a > 0x80000000)
		__cpuid(0x80000001, a, b, c, d);
	else
		d = 0;
	return d >> 29 & 1;
}

static int add_low(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	uint32_t len = PAGE_LEN + (s->kernel.elf.is64 ? FREEBSD64_TABLES_LEN : 0);
	s->low = boot_buffer(b, low, len, why);
	if (!s->low)
		return -ENOMEM;
	return s->low_item = boot_add(b, &(struct handover_item){
		.what = low, .src = (uint32_t)(uintptr_t)s->low, .len = len, .align = PAGE_LEN,
		.lo = BOOT_LOW, .hi = BOOT_LOW_END,
	}, why);
}

static int freebsd_boot_open(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	const struct boot_piece *p = &b->piece[0];
	s->given = (struct freebsd_given){ .kernel = &s->kernel, .name = p->img->name, .args = p->img->args,
		.map = &b->map };
	int rc = freebsd_open(&s->kernel, p->data, p->len, why);
	if (rc == 0 && s->kernel.elf.is64 && !has_long_mode())
		rc = boot_why(why, -ENOTSUP, "it is for amd64, and this processor is not");
	if (rc == 0)
		rc = freebsd_flags(p->img->args, &s->given.howto, why);
	if (rc == 0)
		rc = add_kernel(b, why);
	if (rc >= 0)
		rc = add_modules(b, why);
	s->given.module = s->module;
	if (rc >= 0)
		rc = add_tables(b, why);
	return rc < 0 ? rc : add_low(b, why);
}

static int freebsd_place(struct boot *b, struct boot_why *why)
{
	struct freebsd_boot *s = b->state;
	(void)why;
	boot_place_low(b, s->low_item);
	return 0;
}

static void freebsd_placed(struct boot *b)
{
	struct freebsd_boot *s = b->state;
	const struct freebsd_kernel *k = &s->kernel;
	uint32_t at = b->plan.item[s->low_item].dst;
	boot_say_kernel(b, k->elf.is64 ? "FreeBSD amd64" : "FreeBSD i386", k->lo, k->hi, (uint32_t)k->entry);
	for (unsigned i = 0, n = 0; i < b->modules; i++)
		if (!is_env(b->piece[1 + i].img))
			boot_say_module(b, i, s->module[n++].addr);
	b->regs = (struct entry_regs){ .esp = at + STACK_AT, .eip = (uint32_t)k->entry };
	if (!k->elf.is64)
		return;
	struct freebsd64_block *block = (struct freebsd64_block *)s->low;
	memcpy(block->code, freebsd64_code, sizeof(block->code));
	block->cr3 = at + PAGE_LEN;
	block->sp = at + STACK_AT;
	block->entry = k->entry;
	freebsd64_build_tables(at + PAGE_LEN, s->low + PAGE_LEN);
	b->regs.ebx = b->regs.eip = at;
}

static void freebsd_finish(struct boot *b)
{
	struct freebsd_boot *s = b->state;
	freebsd_build_modinfo(&s->given, s->modinfo, s->modinfo_cap);
	freebsd_build_stack(&s->given, b->regs.esp, s->low + STACK_AT);
}

const struct boot_protocol freebsd_protocol = {
	.type = IMAGE_FREEBSD, .state_len = sizeof(struct freebsd_boot),
	.open = freebsd_boot_open, .place = freebsd_place, .placed = freebsd_placed, .finish = freebsd_finish,
};
