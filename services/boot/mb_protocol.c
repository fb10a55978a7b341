/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot protocols that hand a kernel one block of information in EBX:
 * Multiboot2, Multiboot, and kernels without any header (ELF, and flat files
 * that --load and --entry place), which get Multiboot2's.  See protocol.h; the
 * parts that think are behind multiboot2.h and multiboot1.h.
 */
#include <errno.h>
#include <stdio.h>

#include "kernel/checked.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/version.h"
#include "services/boot/multiboot1.h"
#include "services/boot/multiboot2.h"
#include "services/boot/protocol.h"

#define RAW_LOAD 0x100000u		/* where flat files go without --load */

struct mb {
	const char *what;		/* "Multiboot2" */
	uint32_t magic;			/* EAX */
	size_t (*build)(const struct boot_info *in, void *buf, size_t cap);
	struct kernel_file kernel;
	struct mb2_header header;	/* relocation; all zero without a Multiboot2 header */
	struct boot_console_wish console;
	uint32_t base_delta;		/* what relocation adds to every linked address */
	unsigned first_module;		/* item numbers; the kernel's segments come first */
	int syms_item, info_item;
	struct boot_module *module;
	struct boot_info info;
	uint8_t *info_buf;
	size_t info_cap;
};

/* Graphics if it is wanted and there is a mode, else the text screen if that will do. */
static int choose_console(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	const struct boot_machine *m = b->machine;
	s->info.console = s->console.text && m->text.addr ? BOOT_CONSOLE_TEXT : BOOT_CONSOLE_NONE;
	if (s->console.graphics && !m->find_mode(&s->console.mode, &s->info.mode)) {
		s->info.console = BOOT_CONSOLE_GRAPHICS;
		b->video_mode = s->info.mode.number;
	}
	if (s->info.console == BOOT_CONSOLE_NONE && s->console.required)
		return boot_why(why, -ENOTSUP, "it requires a console, and this machine has none that it can use");
	return 0;
}

/* All of the boot information but the addresses, which come later and do not change its length. */
static int fill_info(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	const struct image *img = b->piece[0].img;
	s->module = boot_buffer(b, "the list of modules", (b->modules + 1) * sizeof(*s->module), why);
	if (!s->module)
		return -ENOMEM;
	for (unsigned i = 0; i < b->modules; i++) {
		const struct image *m = b->piece[1 + i].img;
		s->module[i] = (struct boot_module){ .name = m->name, .args = m->args, .no_name = m->no_name };
	}
	s->info = (struct boot_info){
		.name = img->name, .args = img->args, .no_name = img->no_name,
		.loader = "Undine " UNDINE_VERSION,
		.module = s->module, .modules = b->modules,
		.map = &b->map, .kernel = &s->kernel, .machine = b->machine,
	};
	int rc = choose_console(b, why);
	if (rc)
		return rc;
	s->info_cap = s->build(&s->info, NULL, 0) + BOOT_INFO_SLACK;
	s->info_buf = boot_buffer(b, "the boot information", s->info_cap, why);
	return s->info_buf ? 0 : -ENOMEM;
}

/* What all four have in common, once the file has been read. */
static int add_all(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	const struct kernel_file *k = &s->kernel;
	const struct boot_piece *p = &b->piece[0];
	int rc = fill_info(b, why);
	for (unsigned i = 0; i < k->segments && rc >= 0; i++)
		rc = boot_add(b, &(struct handover_item){
			.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data + k->seg[i].offset,
			.len = k->seg[i].len, .zero = k->seg[i].mem - k->seg[i].len,
			.dst = k->seg[i].addr, .fixed = !s->header.relocatable,
		}, why);
	s->first_module = b->plan.items;
	for (unsigned i = 0; i < b->modules && rc >= 0; i++)
		rc = boot_add_module(b, i, why);
	if (rc >= 0)
		rc = s->syms_item = boot_add(b, &(struct handover_item){
			.what = "the ELF symbols", .src = (uint32_t)(uintptr_t)p->data + k->syms_lo,
			.len = k->syms_hi - k->syms_lo, .align = PAGE_LEN, .lo = BOOT_HIGH, .hi = HANDOVER_LAST,
		}, why);
	if (rc >= 0)
		rc = s->info_item = boot_add(b, &(struct handover_item){
			.what = "the boot information", .src = (uint32_t)(uintptr_t)s->info_buf,
			.len = (uint32_t)s->info_cap,
			.align = 8, .lo = BOOT_LOW, .hi = HANDOVER_LAST,
		}, why);
	return rc;
}

static void use_mb2(struct mb *s, const char *what)
{
	s->what = what;
	s->magic = MB2_LOADER_MAGIC;
	s->build = mb2_info_build;
}

static int multiboot2_open(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	use_mb2(s, "Multiboot2");
	int rc = mb2_open(&s->header, &s->kernel, b->piece[0].data, b->piece[0].len, why);
	s->console = s->header.console;
	return rc ? rc : add_all(b, why);
}

static int multiboot1_open(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	struct mb1_header h;
	s->what = "Multiboot";
	s->magic = MB1_LOADER_MAGIC;
	s->build = mb1_info_build;
	int rc = mb1_open(&h, &s->kernel, b->piece[0].data, b->piece[0].len, why);
	s->console = h.console;
	return rc ? rc : add_all(b, why);
}

static int elf_kernel_open(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	use_mb2(s, "no boot header");
	s->console.text = true;
	int rc = kernel_open_elf(&s->kernel, b->piece[0].data, b->piece[0].len, NULL, why);
	return rc ? rc : add_all(b, why);
}

static int raw_open(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	const struct image *img = b->piece[0].img;
	uint32_t load = img->has_load ? img->load : RAW_LOAD;
	use_mb2(s, "no boot header");
	s->console.text = true;
	int rc = kernel_open_raw(&s->kernel, b->piece[0].len, load, img->has_entry ? img->entry : load, why);
	return rc ? rc : add_all(b, why);
}

/* Where a relocatable kernel goes: where it is linked if it does not care and can, else as it prefers. */
static int choose_base(struct boot *b, uint32_t *base, struct boot_why *why)
{
	const struct mb *s = b->state;
	const struct kernel_file *k = &s->kernel;
	const struct mb2_header *h = &s->header;
	uint32_t len = k->hi - k->lo, end = h->max_addr == UINT32_MAX ? UINT32_MAX : h->max_addr + 1;
	bool fits = k->lo >= h->min_addr && k->hi <= end && !(k->lo & (h->align - 1));
	*base = k->lo;
	if (h->preference == MB2_PREFER_NONE && fits && handover_fits(&b->plan, k->lo, len))
		return 0;
	if (handover_find_over(&b->plan, len, h->align, h->min_addr, end, h->preference == MB2_PREFER_HIGH, base))
		return boot_why(why, -ENOMEM,
				"no free memory of %lu KiB for it between 0x%lx and 0x%lx, aligned to 0x%lx",
				(unsigned long)capped_sum(len, 1023) / 1024, (unsigned long)h->min_addr,
				(unsigned long)end, (unsigned long)h->align);
	return 0;
}

static int mb_place(struct boot *b, struct boot_why *why)
{
	struct mb *s = b->state;
	if (s->header.relocatable) {
		uint32_t base;
		int rc = choose_base(b, &base, why);
		if (rc)
			return rc;
		s->base_delta = base - s->kernel.lo;
		for (unsigned i = 0; i < s->kernel.segments; i++) {
			b->plan.item[i].dst += s->base_delta;
			b->plan.item[i].fixed = true;
		}
	}
	boot_place_low(b, s->info_item);
	return 0;
}

static void mb_placed(struct boot *b)
{
	struct mb *s = b->state;
	const struct kernel_file *k = &s->kernel;
	char what[48];
	s->info.at = b->plan.item[s->info_item].dst;
	s->info.load_base = k->lo + s->base_delta;
	s->info.syms_addr = b->plan.item[s->syms_item].dst;
	b->regs = (struct entry_regs){
		.eax = s->magic, .ebx = s->info.at, .esp = b->plan.keep_hi, .eip = k->entry + s->base_delta,
	};
	snprintf(what, sizeof(what), "%s %s", s->what, !k->is_elf ? "flat" : k->elf.is64 ? "ELF64" : "ELF32");
	boot_say_kernel(b, what, s->info.load_base, k->hi + s->base_delta, b->regs.eip);
	for (unsigned i = 0; i < b->modules; i++) {
		s->module[i].start = b->plan.item[s->first_module + i].dst;
		s->module[i].end = s->module[i].start + b->piece[1 + i].len;
		boot_say_module(b, i, s->module[i].start);
	}
	if (s->info.console == BOOT_CONSOLE_GRAPHICS)
		log_line("boot: graphics mode %ux%u, %u bits", s->info.mode.width, s->info.mode.height,
			 s->info.mode.bpp);
}

static void mb_finish(struct boot *b)
{
	struct mb *s = b->state;
	if (s->info.console == BOOT_CONSOLE_GRAPHICS && !b->video_mode)
		s->info.console = s->console.text ? BOOT_CONSOLE_TEXT : BOOT_CONSOLE_NONE;
	s->build(&s->info, s->info_buf, s->info_cap);
}

#define MB_PROTOCOL(what, opens) { .type = what, .state_len = sizeof(struct mb), .open = opens, .place = mb_place, \
	.placed = mb_placed, .finish = mb_finish }

const struct boot_protocol mb2_protocol = MB_PROTOCOL(IMAGE_MULTIBOOT2, multiboot2_open);
const struct boot_protocol mb1_protocol = MB_PROTOCOL(IMAGE_MULTIBOOT, multiboot1_open);
const struct boot_protocol elf_protocol = MB_PROTOCOL(IMAGE_ELF, elf_kernel_open);
const struct boot_protocol raw_protocol = MB_PROTOCOL(IMAGE_RAW, raw_open);
