/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The `boot` command's work: from the image store to the first instruction of
 * a kernel.  See boot_service.h.  Everything that can fail happens in
 * boot_prepare(), with the memory map of that moment; after leave_firmware()
 * only the boot information is written anew, with the final map.
 */
#include "services/boot/boot_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/memmap.h"
#include "kernel/pages.h"
#include "kernel/version.h"
#include "services/boot/copier.h"
#include "services/boot/handover.h"
#include "services/boot/multiboot2.h"
#include "services/boot/rsdp.h"
#include "services/console/progress.h"
#include "services/fetch/url.h"
#include "services/image/gunzip.h"
#include "services/image/image.h"

#define INFO_LO 0x1000u			/* the boot information: above the BIOS's data, */
#define INFO_HI 0xa0000u		/* in base memory if it fits */
#define MODULE_LO 0x100000u		/* modules never go below 1 MiB */
#define UNPACKED_MAX 0xf0000000u	/* the page allocator refuses long before */
#define EBDA_SCANNED 1024u		/* ACPI 6.5, 5.2.5.1 */
#define URL_SHOWN 160
#define ROM_LO 0xe0000u
#define ROM_LEN 0x20000u

/* An image as it will be handed over. */
struct piece {
	const struct image *img;
	const uint8_t *data;
	uint32_t len;
	struct membuf unpacked;		/* owned; data points into it unless it is empty */
};

struct boot {
	const struct boot_machine *machine;
	unsigned modules;
	struct piece *piece;		/* the kernel, then the modules */
	struct mb2_kernel kernel;
	uint32_t base_delta;		/* what relocation adds to every linked address */
	struct handover plan;		/* items: segments, modules, symbols, information */
	struct handover_item *mod_item, *syms_item, *info_item;
	struct mb2_info info;
	struct mb2_module *module;
	uint8_t *info_buf;
	size_t info_cap;
	struct copier_block *block;
	size_t block_len;
	struct memmap final;
};

static int fail(const struct boot *b, int err, const struct boot_why *why)
{
	const struct image *img = b->piece[0].img;
	enum image_type type = image_type_probe(b->piece[0].data, b->piece[0].len);
	log_line("boot: %s (%s) cannot be booted: %s", img->name, image_type_text(type), why->text);
	log_line("boot: nothing was changed; imgstat lists the images, imgfree drops them");
	return err;
}

static int fail_memory(const char *what, uint64_t need)
{
	char wanted[HUMAN_LEN], left[HUMAN_LEN];
	log_line("boot: no memory for %s (%s wanted, %s free in one piece); imgfree what is not needed", what,
		 human_size(need, wanted), human_size(pages_free_largest(), left));
	return -ENOMEM;
}

static int fail_unpack(const struct piece *p, int err, const struct gunzip_result *res)
{
	char url[URL_SHOWN];
	url_redact(p->img->url, url, sizeof(url));
	log_line("boot: %s (%s): unpacking failed at byte %lu of %lu: %s; %s, or hand it over packed with --nounzip",
		 p->img->name, url, (unsigned long)res->used, (unsigned long)p->len, res->why,
		 err == -ENOMEM ? "imgfree what is not needed" : "fetch it again");
	return err;
}

/* gzip is unpacked by content.  A module with something else behind stays packed: an initrd in several parts. */
static int unpack_piece(struct piece *p, void *scratch)
{
	struct gunzip_result res;
	char packed[HUMAN_LEN], size[HUMAN_LEN];
	p->data = p->img->data;
	p->len = (uint32_t)p->img->len;
	if (p->img->no_unzip || !gunzip_probe(p->data, p->len))
		return 0;
	int rc = gunzip(p->data, p->len, UNPACKED_MAX, scratch, &p->unpacked, &res);
	if (rc)
		return fail_unpack(p, rc, &res);
	bool keep = res.trailing && p->img->role == IMAGE_MODULE;
	if (res.trailing)
		log_line("boot: %s has %s behind its gzip data%s", p->img->name, human_size(res.trailing, size),
			 keep ? ", so it stays packed" : " and are ignored");
	if (keep) {
		membuf_free(&p->unpacked);
		return 0;
	}
	log_line("boot: %s: unpacked from %s to %s", p->img->name, human_size(p->len, packed),
		 human_size(p->unpacked.len, size));
	p->data = p->unpacked.data;
	p->len = (uint32_t)p->unpacked.len;
	return 0;
}

static int gather(struct boot *b, const struct image *kernel)
{
	for (const struct image *i = image_first(); i; i = i->next)
		b->modules += i->role == IMAGE_MODULE;
	b->piece = calloc(b->modules + 1, sizeof(*b->piece));
	b->module = calloc(b->modules + 1, sizeof(*b->module));
	void *scratch = malloc(GUNZIP_SCRATCH_LEN);
	int rc = b->piece && b->module && scratch ? 0 : fail_memory("the list of modules", GUNZIP_SCRATCH_LEN);
	unsigned n = 1;
	if (rc == 0)
		b->piece[0].img = kernel;
	for (const struct image *i = image_first(); i && rc == 0; i = i->next)
		if (i->role == IMAGE_MODULE)
			b->piece[n++].img = i;
	for (n = 0; n <= b->modules && rc == 0; n++)
		rc = unpack_piece(&b->piece[n], scratch);
	free(scratch);
	return rc;
}

static void find_rsdp(struct mb2_info *info, uint32_t ebda)
{
	if (ebda >= INFO_LO && ebda <= INFO_HI - EBDA_SCANNED)
		info->rsdp = rsdp_find((const uint8_t *)ebda, EBDA_SCANNED, &info->rsdp_len);
	if (!info->rsdp)
		info->rsdp = rsdp_find((const uint8_t *)ROM_LO, ROM_LEN, &info->rsdp_len);
}

/* All of the boot information but the addresses, which come later and do not change its length. */
static void fill_info(struct boot *b)
{
	const struct image *img = b->piece[0].img;
	b->info = (struct mb2_info){
		.name = img->name, .args = img->args, .no_name = img->no_name,
		.loader = "Undine " UNDINE_VERSION,
		.module = b->module, .modules = b->modules,
		.map = b->machine->map, .kernel = &b->kernel,
		.dhcp_ack = b->machine->dhcp_ack, .dhcp_ack_len = (uint32_t)b->machine->dhcp_ack_len,
	};
	find_rsdp(&b->info, b->machine->ebda);
	for (unsigned i = 0; i < b->modules; i++) {
		img = b->piece[1 + i].img;
		b->module[i] = (struct mb2_module){ .name = img->name, .args = img->args, .no_name = img->no_name };
	}
}

static int list_items(struct boot *b)
{
	const struct mb2_kernel *k = &b->kernel;
	b->plan.map = b->machine->map;
	b->plan.items = k->segments + b->modules + 2;
	struct handover_item *item = b->plan.item = calloc(b->plan.items, sizeof(*item));
	if (!item)
		return fail_memory("the plan", b->plan.items * sizeof(*item));
	for (unsigned i = 0; i < k->segments; i++)
		*item++ = (struct handover_item){
			.what = b->piece[0].img->name, .src = (uint32_t)b->piece[0].data + k->seg[i].offset,
			.len = k->seg[i].len, .zero = k->seg[i].mem - k->seg[i].len,
			.dst = k->seg[i].addr, .fixed = !k->header.relocatable,
		};
	b->mod_item = item;
	for (unsigned i = 1; i <= b->modules; i++)
		*item++ = (struct handover_item){
			.what = b->piece[i].img->name, .src = (uint32_t)b->piece[i].data, .len = b->piece[i].len,
			.align = PAGE_LEN, .lo = MODULE_LO, .hi = HANDOVER_LAST,
		};
	b->syms_item = item++;
	*b->syms_item = (struct handover_item){
		.what = "the ELF symbols", .src = (uint32_t)b->piece[0].data + k->syms_lo,
		.len = k->syms_hi - k->syms_lo, .align = PAGE_LEN, .lo = MODULE_LO, .hi = HANDOVER_LAST,
	};
	b->info_item = item;
	*b->info_item = (struct handover_item){
		.what = "the boot information", .src = (uint32_t)b->info_buf, .len = (uint32_t)b->info_cap,
		.align = 8, .lo = INFO_LO, .hi = HANDOVER_LAST,
	};
	return 0;
}

/* The lowest start of a fixed segment that meets [lo, hi), or 0. */
static uint32_t met_segment(const struct boot *b, uint32_t lo, uint32_t hi)
{
	const struct mb2_kernel *k = &b->kernel;
	uint32_t lowest = 0;
	for (unsigned i = 0; i < k->segments && !k->header.relocatable; i++)
		if (lo < k->seg[i].addr + k->seg[i].mem && k->seg[i].addr < hi && (!lowest || k->seg[i].addr < lowest))
			lowest = k->seg[i].addr;
	return lowest;
}

/* The copier's pages: the highest free ones that no segment will cover. */
static int alloc_block(struct boot *b)
{
	b->block_len = sizeof(*b->block) + handover_moves_max(b->plan.items) * sizeof(struct move) + COPIER_STACK_LEN;
	b->block_len = (b->block_len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	uint32_t below = HANDOVER_LAST;
	for (;;) {
		b->block = pages_alloc_range(b->block_len, 0, below);
		if (!b->block)
			return fail_memory("the copier", b->block_len);
		uint32_t lo = (uint32_t)b->block, hi = lo + (uint32_t)b->block_len;
		below = met_segment(b, lo, hi);
		if (!below) {
			b->plan.keep_lo = lo;
			b->plan.keep_hi = hi;
			b->plan.move = b->block->move;
			return 0;
		}
		pages_free(b->block, b->block_len);
		b->block = NULL;
	}
}

/* Where a relocatable kernel goes: where it is linked if it does not care and can, else as it prefers. */
static int choose_base(struct boot *b, uint32_t *base, struct boot_why *why)
{
	const struct mb2_kernel *k = &b->kernel;
	const struct mb2_header *h = &k->header;
	uint32_t len = k->hi - k->lo, end = h->max_addr == UINT32_MAX ? UINT32_MAX : h->max_addr + 1;
	bool fits = k->lo >= h->min_addr && k->hi <= end && !(k->lo & (h->align - 1));
	*base = k->lo;
	if (h->preference == MB2_PREFER_NONE && fits && !handover_check(b->machine->map, k->lo, len, why))
		return 0;
	if (handover_find(&b->plan, len, h->align, h->min_addr, end, h->preference == MB2_PREFER_HIGH, base))
		return boot_why(why, -ENOMEM, "no free memory of %lu KiB for it between 0x%lx and 0x%lx, aligned to 0x%lx",
				(unsigned long)(len + 1023) / 1024, (unsigned long)h->min_addr, (unsigned long)end,
				(unsigned long)h->align);
	return 0;
}

static int relocate(struct boot *b, struct boot_why *why)
{
	uint32_t base;
	int rc = choose_base(b, &base, why);
	if (rc)
		return rc;
	b->base_delta = base - b->kernel.lo;
	for (unsigned i = 0; i < b->kernel.segments; i++) {
		b->plan.item[i].dst += b->base_delta;
		b->plan.item[i].fixed = true;
	}
	return 0;
}

static int make_plan(struct boot *b, struct boot_why *why)
{
	int rc = b->kernel.header.relocatable ? relocate(b, why) : 0;
	struct handover_item *info = b->info_item;
	if (rc == 0 && !handover_find(&b->plan, info->len, info->align, INFO_LO, INFO_HI, false, &info->dst))
		info->fixed = true;
	if (rc == 0)
		rc = handover_place(&b->plan, why);
	if (rc == 0)
		rc = handover_plan(&b->plan, why);
	return rc;
}

static void use_plan(struct boot *b)
{
	for (unsigned i = 0; i < b->modules; i++) {
		b->module[i].start = b->mod_item[i].dst;
		b->module[i].end = b->mod_item[i].dst + b->piece[1 + i].len;
	}
	b->info.load_base = b->kernel.lo + b->base_delta;
	b->info.syms_addr = b->syms_item->dst;
	memcpy(b->block->code, copier_code, COPIER_CODE_LEN);
	b->block->stack = b->plan.keep_hi;
	b->block->count = b->plan.moves;
	b->block->regs = (struct entry_regs){
		.eax = MB2_LOADER_MAGIC, .ebx = b->info_item->dst,
		.esp = b->plan.keep_hi, .eip = b->kernel.entry + b->base_delta,
	};
}

static void report(const struct boot *b)
{
	char size[HUMAN_LEN];
	const struct image *img = b->piece[0].img;
	const struct mb2_kernel *k = &b->kernel;
	log_line("boot: %s: %s, %s at 0x%lx-0x%lx, entry 0x%lx%s%s", img->name, mb2_kernel_text(k),
		 human_size(k->hi - k->lo, size), (unsigned long)(k->lo + b->base_delta),
		 (unsigned long)(k->hi + b->base_delta), (unsigned long)b->block->regs.eip, *img->args ? ", " : "",
		 img->args);
	for (unsigned i = 0; i < b->modules; i++) {
		img = b->piece[1 + i].img;
		log_line("boot: module %u: %s, %s at 0x%lx%s%s", i + 1, img->name, human_size(b->piece[1 + i].len, size),
			 (unsigned long)b->module[i].start, *img->args ? ", " : "", img->args);
	}
}

static int prepare(struct boot *b)
{
	struct boot_why why;
	int rc = mb2_kernel_open(&b->kernel, b->piece[0].data, b->piece[0].len, &why);
	if (rc)
		return fail(b, rc, &why);
	fill_info(b);
	b->info_cap = mb2_info_max(&b->info);
	b->info_buf = pages_alloc(b->info_cap);
	if (!b->info_buf)
		return fail_memory("the boot information", b->info_cap);
	rc = list_items(b);
	if (rc == 0)
		rc = alloc_block(b);
	if (rc)
		return rc;
	rc = make_plan(b, &why);
	if (rc)
		return fail(b, rc, &why);
	use_plan(b);
	report(b);
	return 0;
}

int boot_prepare(const struct boot_machine *m, struct boot **out)
{
	const struct image *kernel = image_kernel();
	*out = NULL;
	if (!kernel) {
		log_line("boot: there is no kernel to boot; fetch one with: kernel URL [arguments]");
		return -ENOENT;
	}
	struct boot *b = calloc(1, sizeof(*b));
	if (!b)
		return fail_memory("the plan", sizeof(*b));
	b->machine = m;
	int rc = gather(b, kernel);
	if (rc == 0)
		rc = prepare(b);
	if (rc) {
		boot_cancel(b);
		return rc;
	}
	*out = b;
	return 0;
}

static _Noreturn void enter(struct copier_block *block)
{
	__asm__ volatile("jmp *%0" : : "b"(block) : "memory");
	__builtin_unreachable();
}

int boot_go(struct boot *b)
{
	int rc = b->machine->leave_firmware(&b->final);
	if (rc < 0) {
		boot_cancel(b);
		return rc;
	}
	if (b->final.count)
		b->info.map = &b->final;
	mb2_info_build(&b->info, b->info_buf, b->info_cap);
	log_line("boot: handing over to %s, entry 0x%lx", b->info.name, (unsigned long)b->block->regs.eip);
	log_flush();
	enter(b->block);
}

void boot_cancel(struct boot *b)
{
	for (unsigned i = 0; b->piece && i <= b->modules; i++)
		membuf_free(&b->piece[i].unpacked);
	pages_free(b->info_buf, b->info_cap);
	pages_free(b->block, b->block_len);
	free(b->plan.item);
	free(b->module);
	free(b->piece);
	free(b);
}
