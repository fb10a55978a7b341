/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot2 as a boot protocol: see protocol.h; the parts that think are behind multiboot2.h. */
#include <errno.h>

#include "kernel/pages.h"
#include "kernel/version.h"
#include "services/boot/multiboot2.h"
#include "services/boot/protocol.h"

struct mb2 {
	struct mb2_kernel kernel;
	uint32_t base_delta;		/* what relocation adds to every linked address */
	unsigned first_module;		/* item numbers; the kernel's segments come first */
	int syms_item, info_item;
	struct mb2_module *module;
	struct mb2_info info;
	uint8_t *info_buf;
	size_t info_cap;
};

/* All of the boot information but the addresses, which come later and do not change its length. */
static int fill_info(struct boot *b, struct boot_why *why)
{
	struct mb2 *s = b->state;
	const struct image *img = b->piece[0].img;
	s->module = boot_buffer(b, "the list of modules", (b->modules + 1) * sizeof(*s->module), why);
	if (!s->module)
		return -ENOMEM;
	for (unsigned i = 0; i < b->modules; i++) {
		const struct image *m = b->piece[1 + i].img;
		s->module[i] = (struct mb2_module){ .name = m->name, .args = m->args, .no_name = m->no_name };
	}
	s->info = (struct mb2_info){
		.name = img->name, .args = img->args, .no_name = img->no_name,
		.loader = "Undine " UNDINE_VERSION,
		.module = s->module, .modules = b->modules,
		.map = &b->map, .kernel = &s->kernel, .machine = b->machine,
	};
	s->info_cap = mb2_info_max(&s->info);
	s->info_buf = boot_buffer(b, "the boot information", s->info_cap, why);
	return s->info_buf ? 0 : -ENOMEM;
}

static int mb2_open(struct boot *b, struct boot_why *why)
{
	struct mb2 *s = b->state;
	const struct mb2_kernel *k = &s->kernel;
	const struct boot_piece *p = &b->piece[0];
	int rc = mb2_kernel_open(&s->kernel, p->data, p->len, why);
	if (rc == 0)
		rc = fill_info(b, why);
	for (unsigned i = 0; i < k->segments && rc >= 0; i++)
		rc = boot_add(b, &(struct handover_item){
			.what = p->img->name, .src = (uint32_t)p->data + k->seg[i].offset,
			.len = k->seg[i].len, .zero = k->seg[i].mem - k->seg[i].len,
			.dst = k->seg[i].addr, .fixed = !k->header.relocatable,
		}, why);
	s->first_module = b->plan.items;
	for (unsigned i = 0; i < b->modules && rc >= 0; i++)
		rc = boot_add_module(b, i, why);
	if (rc >= 0)
		rc = s->syms_item = boot_add(b, &(struct handover_item){
			.what = "the ELF symbols", .src = (uint32_t)p->data + k->syms_lo,
			.len = k->syms_hi - k->syms_lo, .align = PAGE_LEN, .lo = BOOT_HIGH, .hi = HANDOVER_LAST,
		}, why);
	if (rc >= 0)
		rc = s->info_item = boot_add(b, &(struct handover_item){
			.what = "the boot information", .src = (uint32_t)s->info_buf, .len = (uint32_t)s->info_cap,
			.align = 8, .lo = BOOT_LOW, .hi = HANDOVER_LAST,
		}, why);
	return rc < 0 ? rc : 0;
}

/* Where a relocatable kernel goes: where it is linked if it does not care and can, else as it prefers. */
static int choose_base(const struct boot *b, uint32_t *base, struct boot_why *why)
{
	const struct mb2_kernel *k = &((struct mb2 *)b->state)->kernel;
	const struct mb2_header *h = &k->header;
	uint32_t len = k->hi - k->lo, end = h->max_addr == UINT32_MAX ? UINT32_MAX : h->max_addr + 1;
	bool fits = k->lo >= h->min_addr && k->hi <= end && !(k->lo & (h->align - 1));
	*base = k->lo;
	if (h->preference == MB2_PREFER_NONE && fits && !handover_check(b->plan.map, k->lo, len, why))
		return 0;
	if (handover_find(&b->plan, len, h->align, h->min_addr, end, h->preference == MB2_PREFER_HIGH, base))
		return boot_why(why, -ENOMEM, "no free memory of %lu KiB for it between 0x%lx and 0x%lx, aligned to 0x%lx",
				(unsigned long)(len + 1023) / 1024, (unsigned long)h->min_addr, (unsigned long)end,
				(unsigned long)h->align);
	return 0;
}

static int mb2_place(struct boot *b, struct boot_why *why)
{
	struct mb2 *s = b->state;
	if (s->kernel.header.relocatable) {
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

static void mb2_placed(struct boot *b)
{
	struct mb2 *s = b->state;
	const struct mb2_kernel *k = &s->kernel;
	s->info.load_base = k->lo + s->base_delta;
	s->info.syms_addr = b->plan.item[s->syms_item].dst;
	b->regs = (struct entry_regs){
		.eax = MB2_LOADER_MAGIC, .ebx = b->plan.item[s->info_item].dst,
		.esp = b->plan.keep_hi, .eip = k->entry + s->base_delta,
	};
	boot_say_kernel(b, mb2_kernel_text(k), s->info.load_base, k->hi + s->base_delta, b->regs.eip);
	for (unsigned i = 0; i < b->modules; i++) {
		s->module[i].start = b->plan.item[s->first_module + i].dst;
		s->module[i].end = s->module[i].start + b->piece[1 + i].len;
		boot_say_module(b, i, s->module[i].start);
	}
}

static void mb2_finish(struct boot *b)
{
	struct mb2 *s = b->state;
	mb2_info_build(&s->info, s->info_buf, s->info_cap);
}

const struct boot_protocol mb2_protocol = {
	.type = IMAGE_MULTIBOOT2, .state_len = sizeof(struct mb2),
	.open = mb2_open, .place = mb2_place, .placed = mb2_placed, .finish = mb2_finish,
};
