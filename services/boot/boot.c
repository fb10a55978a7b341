/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The `boot` command's work: from the image store to the first instruction of
 * a kernel.  See boot.h.  Everything that can fail happens in
 * boot_prepare(), with the memory map of that moment; after leave_firmware()
 * only what the kernel is told is written anew, with the final map.
 */
#include "services/boot/boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/abi16.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/task.h"
#include "services/boot/protocol.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/progress.h"
#include "services/fetch/url.h"
#include "services/gzip/gunzip.h"

#define UNPACKED_MAX 0xf0000000u	/* the page allocator refuses long before */
#define URL_SHOWN 160
#define ITEMS_FIRST 16u
#define DRAW_US 250000u
#define UNPACKING_LEN 64
#define BDA_BASE_KIB 0x13
#define WIPES_MAX 128u			/* pieces of memory that are overwritten, besides those that others part */
/* docs/memory-map.md: arguments; undine.0 as it came, and the start-up code's data */
#define ARGUMENTS_LOW 0x1000u
#define ARGUMENTS_LOW_END 0x1808u
#define FILE_LOW 0x7c00u
#define FILE_LOW_END 0x6f000u
#define BASE_KIB_MAX 640u

/* Everything that can be booted.  image_type_probe() or --type says which it is. */
static const struct boot_protocol *const protocols[] = {
	&mb2_protocol, &mb1_protocol, &elf_protocol, &raw_protocol, &linux_protocol, &linux16_protocol,
	&linux32_protocol, &freebsd_protocol, &nbp_protocol, &bootsector_protocol,
};

struct boot_buffer {
	struct boot_buffer *next;
	void *p;
	size_t len;
};

static int fail(const struct boot *b, int err, const struct boot_why *why)
{
	const struct boot_piece *k = &b->piece[0];
	char url[URL_SHOWN];
	command_fail(err, "boot: %s (%s) cannot be booted: %s", k->img->name,
		     image_type_text(image_type_of(k->img, k->data, k->len)), why->text);
	url_redact(k->img->url, url, sizeof(url));
	if (!command_cause()->count)	/* it is this one's */
		url_redact(k->img->url, command_cause()->fact.url, CAUSE_URL_MAX);
	log_line("boot: nothing was changed; %s%s%simgstat lists the images, imgfree drops them",
		 *url ? "it came from " : "", url, *url ? "; " : "");
	return err;
}

static int no_memory(struct boot_why *why, const char *what, uint64_t need)
{
	char wanted[HUMAN_LEN], left[HUMAN_LEN];
	return boot_why(why, -ENOMEM, "no memory for %s (%s wanted, %s free in one piece); imgfree what is not needed",
			what, human_size(need, wanted), human_size(pages_free_largest(), left));
}

static int fail_unpack(const struct boot_piece *p, int err, const struct gunzip_result *res)
{
	char url[URL_SHOWN];
	url_redact(p->img->url, url, sizeof(url));
	command_fail(err, "boot: %s (%s): unpacking failed at byte %lu of %lu: %s; %s, or hand it over packed with "
		     "--nounzip", p->img->name, url, (unsigned long)res->used, (unsigned long)p->len, res->why,
		     err == -ENOMEM ? "imgfree what is not needed" : "fetch it again");
	return err;
}

/* What is being unpacked; one person boots at a time. */
static struct {
	const struct boot_piece *piece;
	uint64_t begun_us, drawn_us;
} unpacking;

/* Unpacking leaves the others their turn, and shows how far it is. */
static void unpack_turn(size_t used)
{
	uint64_t now = clock_us();
	task_yield();
	if (now - unpacking.drawn_us < DRAW_US)
		return;
	unpacking.drawn_us = now;
	char name[UNPACKING_LEN], line[PROGRESS_WIDTH + 1];
	snprintf(name, sizeof(name), "unpacking %s", unpacking.piece->img->name);
	uint64_t elapsed = now - unpacking.begun_us;
	progress_format(&(struct progress){ .name = name, .got = used, .total = unpacking.piece->len,
					    .elapsed_us = elapsed, .rate = rate_average(used, elapsed) }, line);
	console_live(line, -1);
}

/* gzip is unpacked by content.  A module with something else behind stays packed: an initrd in several parts. */
static int unpack_piece(struct boot_piece *p, void *scratch)
{
	struct gunzip_result res;
	char packed[HUMAN_LEN], size[HUMAN_LEN];
	if (p->img->no_unzip || !gunzip_probe(p->data, p->len))
		return 0;
	unpacking.piece = p;
	unpacking.begun_us = unpacking.drawn_us = clock_us();
	int rc = gunzip(p->data, p->len, UNPACKED_MAX, scratch, &p->unpacked, &res, unpack_turn);
	console_live(NULL, -1);
	if (rc)
		return fail_unpack(p, rc, &res);
	bool keep = res.trailing && p->img->role == IMAGE_MODULE;
	if (res.trailing)
		log_warn("boot: %s has %s behind its gzip data%s", p->img->name, human_size(res.trailing, size),
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

static int gather(struct boot *b, const struct image *kernel, struct boot_why *why)
{
	for (const struct image *i = image_first(); i; i = i->next)
		b->modules += i->role == IMAGE_MODULE;
	b->piece = calloc(b->modules + 1, sizeof(*b->piece));
	if (!b->piece) {
		b->modules = 0;
		return no_memory(why, "the list of modules", sizeof(*b->piece));
	}
	struct boot_piece *p = b->piece;
	p++->img = kernel;
	for (const struct image *i = image_first(); i; i = i->next)
		if (i->role == IMAGE_MODULE)
			p++->img = i;
	for (p = b->piece; p <= b->piece + b->modules; p++) {
		p->data = p->img->data;
		p->len = (uint32_t)p->img->len;
	}
	return 0;
}

static int choose_protocol(struct boot *b, struct boot_why *why)
{
	const struct boot_piece *k = &b->piece[0];
	enum image_type type = image_type_of(k->img, k->data, k->len);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i]->type == type)
			b->protocol = protocols[i];
	if (!b->protocol && image_type_mistake(type))
		return boot_why(why, -ENOEXEC, "%s%s", image_type_mistake(type),
				type == IMAGE_PAGE ? "; does its server have that file?" : "");
	if (!b->protocol)
		return boot_why(why, -ENOEXEC, "nothing in it says how to boot it: no boot header that I know, no ELF, "
					       "no script (#!ipxe); --type raw takes a flat binary (--load ADDRESS)");
	if (!b->protocol->real_mode)
		b->own.apm = b->own.connect_apm();
	b->state = calloc(1, b->protocol->state_len);
	return b->state ? 0 : no_memory(why, "the plan", b->protocol->state_len);
}

int boot_add(struct boot *b, const struct handover_item *item, struct boot_why *why)
{
	if (b->plan.items == b->items_max) {
		unsigned max = b->items_max ? 2 * b->items_max : ITEMS_FIRST;
		struct handover_item *more = realloc(b->plan.item, max * sizeof(*more));
		if (!more)
			return no_memory(why, "the plan", max * sizeof(*more));
		b->plan.item = more;
		b->items_max = max;
	}
	b->plan.item[b->plan.items] = *item;
	return (int)b->plan.items++;
}

void *boot_buffer(struct boot *b, const char *what, size_t len, struct boot_why *why)
{
	struct boot_buffer *buf = calloc(1, sizeof(*buf));
	void *p = buf ? pages_alloc(len) : NULL;
	if (!p) {
		free(buf);
		no_memory(why, what, len);
		return NULL;
	}
	memset(p, 0, len);
	*buf = (struct boot_buffer){ b->buffers, p, len };
	b->buffers = buf;
	return p;
}

int boot_add_module(struct boot *b, unsigned i, struct boot_why *why)
{
	const struct boot_piece *p = &b->piece[1 + i];
	return boot_add(b, &(struct handover_item){
		.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data, .len = p->len,
		.align = PAGE_LEN, .lo = BOOT_HIGH, .hi = HANDOVER_LAST,
	}, why);
}

int boot_add_real(struct boot *b, struct boot_why *why)
{
	b->real = boot_buffer(b, "the way to real mode", sizeof(*b->real), why);
	if (!b->real)
		return -ENOMEM;
	b->real_item = boot_add(b, &(struct handover_item){
		.what = "the way to real mode", .src = (uint32_t)(uintptr_t)b->real, .len = sizeof(*b->real),
		.align = 16, .lo = BOOT_LOW, .hi = BOOT_LOW_END,
	}, why);
	return b->real_item;
}

void boot_enter_real(struct boot *b, const struct real_regs *regs)
{
	uint32_t at = b->plan.item[b->real_item].dst;
	memcpy(b->real->code, realmode_code, sizeof(b->real->code));
	b->real->regs = *regs;
	b->regs = (struct entry_regs){ .ebx = at, .esp = b->plan.keep_hi, .eip = at };
}

void boot_place_low(struct boot *b, int item)
{
	struct handover_item *i = &b->plan.item[item];
	i->fixed = !handover_find(&b->plan, i->len, i->align, BOOT_LOW, BOOT_LOW_END, false, &i->dst);
}

void boot_tell_base_memory(struct boot *b)
{
	uint32_t kib = memmap_lower_kib(&b->map);
	if (kib <= BASE_KIB_MAX && kib > paging_bda_u16(BDA_BASE_KIB))
		paging_bda_set_u16(BDA_BASE_KIB, (uint16_t)kib);
}

void boot_say_kernel(const struct boot *b, const char *what, uint32_t lo, uint32_t hi, uint32_t entry)
{
	char size[HUMAN_LEN];
	const struct image *img = b->piece[0].img;
	log_line("boot: %s: %s, %s at 0x%lx-0x%lx, entry 0x%lx%s%s", img->name, what, human_size(hi - lo, size),
		 (unsigned long)lo, (unsigned long)hi, (unsigned long)entry, *img->args ? ", " : "", img->args);
}

void boot_say_module(const struct boot *b, unsigned i, uint32_t addr)
{
	char size[HUMAN_LEN];
	const struct boot_piece *p = &b->piece[1 + i];
	log_line("boot: module %u: %s, %s at 0x%lx%s%s", i + 1, p->img->name, human_size(p->len, size),
		 (unsigned long)addr, *p->img->args ? ", " : "", p->img->args);
}

/* The lowest destination of a fixed item that meets [lo, hi): false when none does. */
static bool met_by_fixed(const struct boot *b, uint32_t lo, uint32_t hi, uint32_t *lowest)
{
	bool met = false;
	for (unsigned n = 0; n < b->plan.items; n++) {
		const struct handover_item *i = &b->plan.item[n];
		if (!i->fixed || i->dst >= hi || (uint64_t)i->dst + i->len + i->zero <= lo ||
		    (met && i->dst >= *lowest))
			continue;
		*lowest = i->dst;
		met = true;
	}
	return met;
}

/* The copier's pages: the highest free ones that nothing fixed will cover. */
static int alloc_block(struct boot *b, struct boot_why *why)
{
	/* each thing that is left alone parts what is overwritten once more */
	b->moves_max = handover_moves_max(b->plan.items) + WIPES_MAX + b->plan.items + 2 * (b->modules + 1);
	b->block_len = sizeof(*b->block) + b->moves_max * sizeof(struct move) + COPIER_STACK_LEN;
	b->block_len = (b->block_len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	uint32_t below = HANDOVER_LAST;
	for (;;) {
		b->block = pages_alloc_range(b->block_len, 0, below);
		if (!b->block)
			return no_memory(why, "the copier", b->block_len);
		b->plan.keep_lo = (uint32_t)(uintptr_t)b->block;
		b->plan.keep_hi = b->plan.keep_lo + (uint32_t)b->block_len;
		if (!met_by_fixed(b, b->plan.keep_lo, b->plan.keep_hi, &below))
			break;
		pages_free(b->block, b->block_len);
		b->block = NULL;
	}
	b->plan.move = b->block->move;
	return 0;
}

static int make_plan(struct boot *b, struct boot_why *why)
{
	b->plan.map = &b->map;
	b->plan.order = calloc(handover_order_len(b->plan.items), sizeof(*b->plan.order));
	b->spared = calloc(2 * (b->modules + 1), sizeof(*b->spared));
	int rc = b->plan.order && b->spared ? alloc_block(b, why) : no_memory(why, "the plan", b->plan.items);
	if (rc == 0 && b->protocol->place)
		rc = b->protocol->place(b, why);
	if (rc == 0 && b->real)
		boot_place_low(b, b->real_item);
	if (rc == 0)
		rc = handover_place(&b->plan, why);
	if (rc == 0)
		rc = handover_plan(&b->plan, why);
	return rc;
}

/* All that can fail, and says in why what it is; -E without text: it has been said. */
static int prepare(struct boot *b, const struct image *kernel, void *scratch, struct boot_why *why)
{
	int rc = gather(b, kernel, why);
	if (rc == 0)
		rc = unpack_piece(&b->piece[0], scratch);
	if (rc == 0)
		rc = choose_protocol(b, why);
	for (unsigned i = 1; i <= b->modules && rc == 0 && !b->protocol->gzip_modules; i++)
		rc = unpack_piece(&b->piece[i], scratch);
	if (rc == 0)
		rc = b->protocol->open(b, why);
	if (rc >= 0)
		rc = make_plan(b, why);
	return rc;
}

static struct boot *under_way;	/* pages are no task's: what holds them must be known when its task ends */

static void discard(struct boot *b)
{
	if (!b)
		return;
	under_way = NULL;
	for (unsigned i = 0; b->piece && i <= b->modules; i++)
		membuf_free(&b->piece[i].unpacked);
	for (struct boot_buffer *buf = b->buffers, *next; buf; buf = next) {
		next = buf->next;
		pages_free(buf->p, buf->len);
		free(buf);
	}
	pages_free(b->block, b->block_len);
	free(b->plan.item);
	free(b->plan.order);
	free(b->spared);
	free(b->state);
	free(b->piece);
	free(b);
}

int boot_prepare(const struct boot_machine *m, struct boot **out)
{
	const struct image *kernel = image_kernel();
	if (kernel)
		return boot_prepare_image(m, kernel, out);
	*out = NULL;
	return command_fail(-ENOENT, "boot: there is no kernel to boot; fetch one with: kernel URL [arguments]");
}

int boot_prepare_image(const struct boot_machine *m, const struct image *kernel, struct boot **out)
{
	struct boot_why why = { "" };
	*out = NULL;
	struct boot *b = calloc(1, sizeof(*b));
	void *scratch = malloc(GUNZIP_SCRATCH_LEN);
	int rc = -ENOMEM;
	if (b && scratch) {
		under_way = b;
		b->own = *m;
		b->machine = &b->own;
		b->map = *m->map;
		rc = prepare(b, kernel, scratch, &why);
	} else {
		no_memory(&why, "the plan", GUNZIP_SCRATCH_LEN);
	}
	free(scratch);
	if (rc == 0) {
		memcpy(b->block->code, copier_code, COPIER_CODE_LEN);
		b->block->stack = b->plan.keep_hi;
		b->block->count = b->plan.moves;
		b->protocol->placed(b);
		*out = b;
		return 0;
	}
	if (why.text[0] && b && b->piece)
		fail(b, rc, &why);
	else if (why.text[0])
		command_fail(rc, "boot: %s", why.text);
	discard(b);
	return rc;
}

const char *boot_under_way(void)
{
	return under_way ? under_way->piece[0].img->name : NULL;
}

void boot_forget(void)
{
	discard(under_way);
}

static struct wipe_span span_of(const struct membuf *m)
{
	uint32_t lo = (uint32_t)(uintptr_t)m->data;
	return (struct wipe_span){ lo, lo + (uint32_t)m->cap };
}

static bool wipe(struct boot *b, uint32_t lo, uint32_t hi)
{
	return lo >= hi || wipe_add(&b->plan, (struct wipe_span){ lo, hi }, b->spared, 2 * (b->modules + 1),
				    b->moves_max);
}

static bool wipe_low(struct boot *b, uint32_t lo, uint32_t hi)
{
	return !memmap_is_usable(&b->map, lo, hi - lo) || wipe(b, lo, hi);
}

/* What is not free of [lo, hi), which is usable. */
static bool wipe_held(struct boot *b, uint32_t lo, uint32_t hi)
{
	uint32_t free_lo, free_hi;
	bool all = true;
	for (unsigned i = 0; pages_get_extent(i, &free_lo, &free_hi); i++) {
		if (free_lo >= hi || free_hi <= lo)
			continue;
		all = wipe(b, free_hi, hi) && all;
		hi = free_lo > lo ? free_lo : lo;
	}
	return wipe(b, lo, hi) && all;
}

/* PXE stays for another NBP, and where pxelinux's word for that is said to what runs in real mode: a DOS by memdisk. */
static bool keeps_pxe(const struct boot *b)
{
	static const char word[] = "keeppxe";
	bool said = false;
	for (const char *p = b->piece[0].img->args; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		said |= len == sizeof(word) - 1 && !memcmp(p, word, len);
		p += len;
	}
	return b->protocol->keep_pxe || (b->protocol->real_mode && said);
}

/* What is or was held of [lo, hi), which is usable: from the lowest on that was, what is free by now, too. */
static bool wipe_used(struct boot *b, uint32_t lo, uint32_t hi)
{
	uint32_t lowest = pages_lowest() < lo ? lo : pages_lowest() < hi ? pages_lowest() : hi;
	bool all = wipe_held(b, lo, lowest);
	return wipe(b, lowest, hi) && all;
}

/*
 * Behind all moves what the loader holds or has held is overwritten, for passwords and keys may be in it: its image,
 * stacks and arenas, and files that are not for the kernel; of low memory frames, and, where no ROM's own stays, what
 * came as undine.0.
 */
static void wipe_all(struct boot *b)
{
	const struct memmap *map = b->machine->map;
	bool all = true;
	for (unsigned i = 0; i <= b->modules; i++) {
		b->spared[2 * i] = span_of(&b->piece[i].img->buf);
		b->spared[2 * i + 1] = span_of(&b->piece[i].unpacked);
	}
	for (uint32_t i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->e[i];
		uint64_t lo = e->base > PAGES_LOW ? e->base : PAGES_LOW;
		uint64_t hi = e->base + e->len < PAGES_HIGH ? e->base + e->len : PAGES_HIGH;
		lo = (lo + PAGE_LEN - 1) & ~(uint64_t)(PAGE_LEN - 1);
		hi &= ~(uint64_t)(PAGE_LEN - 1);
		if (e->type == MEM_USABLE && lo < hi)
			all = wipe_used(b, (uint32_t)lo, (uint32_t)hi) && all;
	}
	if (!keeps_pxe(b))
		all = wipe_low(b, ARGUMENTS_LOW, ARGUMENTS_LOW_END) && wipe_low(b, FILE_LOW, FILE_LOW_END) &&
		      wipe_low(b, b->machine->resident, b->machine->resident + b->machine->resident_len) && all;
	else
		all = wipe(b, b->machine->resident + R_TX, b->machine->resident + b->machine->resident_len) && all;
	if (!all)
		log_warn("boot: memory is in so many pieces that some of the loader's is not overwritten");
	b->block->count = b->plan.moves;
}

static _Noreturn void enter(struct copier_block *block)
{
	paging_end();
	__asm__ volatile("jmp *%0" : : "b"(block) : "memory");
	__builtin_unreachable();
}

/* For those whose console ends with us. */
static void say_where(const struct image *img)
{
	const char *console = strstr(img->args, "console=");
	log_line("boot: starting %s; its own console is %.*s", img->name, console ? (int)strcspn(console, " ") : -1,
		 console ? console : "for it to choose: there is no console= in its arguments");
}

int boot_go(struct boot *b)
{
	say_where(b->piece[0].img);
	/* the BIOS's help is needed for the mode; the rest of what is said is for the serial line */
	if (b->video_mode && b->machine->set_mode(b->video_mode) < 0) {
		log_warn("boot: the graphics mode cannot be set; going on without");
		b->video_mode = 0;
	}
	int rc = b->machine->leave_firmware(&b->map, keeps_pxe(b));
	if (rc < 0) {
		if (b->video_mode)
			b->machine->set_mode(VBE_TEXT);
		discard(b);
		return rc;
	}
	if (b->protocol->finish)
		b->protocol->finish(b);
	b->block->regs = b->regs;
	wipe_all(b);
	log_line("boot: handing over to %s, entry 0x%lx", b->piece[0].img->name, (unsigned long)b->regs.eip);
	log_flush();
	enter(b->block);
}
