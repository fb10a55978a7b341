/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting Linux: see protocol.h; the parts that think are behind linux.h and
 * initrd.h.  The kernel is entered in 32-bit mode with the zero page in ESI;
 * through its 16-bit setup code if it is too old for that, if it has no other
 * code, or if vga= asks for what only the setup code can do; --type has the
 * last word.  The modules, one behind the other, are
 * its initrd; they stay packed, the kernel unpacks them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/checked.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "services/boot/initrd.h"
#include "services/boot/linux.h"
#include "services/boot/protocol.h"

#define CRTC 0x3d4
#define INITRD_MAX 0xf0000000u
#define PARAS 16			/* real-mode segments begin at multiples of it */

struct linux_boot {
	struct linux_kernel kernel;
	struct linux_words words;
	struct linux_given given;
	bool real;			/* through the setup code */
	int kernel_item, given_item;
	int first_part, parts;		/* the initrd's items */
	uint8_t *buf;			/* what linux_build_* writes */
	size_t cap;
};

static size_t build(struct linux_boot *s, uint8_t *buf, size_t cap, uint16_t *sp)
{
	return s->real ? linux_build_setup(&s->given, buf, cap, sp) : linux_build_params(&s->given, buf, cap);
}

/* One part of the initrd: adjacent to the one before it, padded. */
static int add_part(struct boot *b, const char *what, const uint8_t *data, uint32_t len, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	uint32_t pad = -len & (INITRD_ALIGN - 1);
	if (!len)
		return 0;
	/* what stands behind the last part is not told: memdisk looks for a gzip file's trailer at the end */
	uint32_t had = (s->given.initrd_len + INITRD_ALIGN - 1) & ~(INITRD_ALIGN - 1);
	if (!checked_within(had, (uint64_t)len + pad, INITRD_MAX))
		return boot_why(why, -EFBIG, "its initrds are longer than 3.75 GiB together");
	s->given.initrd_len = had + len;
	s->parts++;
	return boot_add(b, &(struct handover_item){
		.what = what, .src = (uint32_t)(uintptr_t)data, .len = len, .zero = pad,
	}, why);
}

static void put_file_header(struct writer *w, const struct boot_piece *p)
{
	const char *path;
	if (initrd_is_file(p->img->name, p->img->args, &path))
		initrd_put_header(w, path, p->img->args, p->len);
}

static int add_initrd(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	const struct boot_piece *first = b->piece + 1, *end = first + b->modules;
	struct writer w = { 0 };
	const char *path;
	int rc = 0;
	s->first_part = (int)b->plan.items;
	initrd_put_trailer(&w);
	size_t trailer_len = w.len;
	for (const struct boot_piece *p = first; p < end; p++)
		put_file_header(&w, p);
	w = (struct writer){ .buf = boot_buffer(b, "a file's name in the initrd", w.len, why), .cap = w.len };
	if (!w.buf)
		return -ENOMEM;
	initrd_put_trailer(&w);
	for (const struct boot_piece *p = first; p < end && rc >= 0; p++) {
		const uint8_t *head = w.buf + w.len;
		put_file_header(&w, p);
		rc = add_part(b, "a file's name in the initrd", head, (uint32_t)(w.buf + w.len - head), why);
		if (rc >= 0)
			rc = add_part(b, p->img->name, p->data, p->len, why);
		if (rc >= 0 && initrd_is_file(p->img->name, p->img->args, &path))
			rc = add_part(b, "a file's name in the initrd", w.buf, (uint32_t)trailer_len, why);
	}
	if (rc >= 0 && s->parts && !s->kernel.initrd_last)
		return boot_why(why, -ENOEXEC, "it is too old a kernel to take an initrd");
	return rc;
}

/* Which entry: 0, or why the one that was asked for is none. */
static int choose_entry(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	const struct linux_kernel *k = &s->kernel;
	enum image_type type = b->protocol->type;
	if (type == IMAGE_LINUX32 && !k->entry32)
		return boot_why(why, -ENOEXEC, "it has no 32-bit entry point");
	s->real = type == IMAGE_LINUX16 ||
		(type == IMAGE_LINUX && (!k->entry32 || k->setup_only || s->words.has_vga));
	if (!s->real)
		b->own.apm = b->own.connect_apm();
	return 0;
}

static int linux_boot_open(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	const struct boot_piece *p = &b->piece[0];
	struct linux_kernel *k = &s->kernel;
	uint16_t sp;
	int rc = linux_open(k, p->data, p->len, why);
	if (rc == 0)
		rc = linux_read_words(k, p->img->args, &s->words, why);
	if (rc == 0)
		rc = choose_entry(b, why);
	if (rc < 0)
		return rc;
	s->given = (struct linux_given){
		.kernel = k, .words = &s->words, .args = p->img->args, .machine = b->machine, .map = &b->map,
	};
	s->kernel_item = rc = boot_add(b, &(struct handover_item){
		.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data + k->setup_len, .len = k->kernel_len,
		.zero = k->memory - k->kernel_len, .dst = k->load, .fixed = !k->relocatable,
	}, why);
	/* the final memory map may be longer */
	s->cap = build(s, NULL, 0, &sp) + sizeof(struct memmap);
	s->buf = boot_buffer(b, "what the kernel is told", s->cap, why);
	if (rc < 0 || !s->buf)
		return -ENOMEM;
	s->given_item = rc = boot_add(b, &(struct handover_item){
		.what = "what the kernel is told", .src = (uint32_t)(uintptr_t)s->buf,
		.len = (uint32_t)s->cap, .align = PARAS,
		.lo = BOOT_LOW, .hi = s->real ? BOOT_LOW_END : HANDOVER_LAST,
		.dst = LINUX_OLD_SETUP, .fixed = s->real && k->version < 0x202,
	}, why);
	if (rc >= 0)
		rc = add_initrd(b, why);
	return rc < 0 || !s->real ? rc : boot_add_real(b, why);
}

/* Where it would like to be, or the next place up that has room. */
static int place_kernel(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	struct handover_item *item = &b->plan.item[s->kernel_item];
	if (item->fixed)
		return 0;
	uint32_t len = item->len + item->zero;
	if (!handover_fits(&b->plan, item->dst, len) &&
	    handover_find(&b->plan, len, s->kernel.align, item->dst, HANDOVER_LAST, false, &item->dst) < 0)
		return boot_why(why, -ENOMEM, "no free memory of %u KiB for it from 0x%x on", (unsigned)(len / 1024),
				(unsigned)item->dst);
	item->fixed = true;
	return 0;
}

/* As high as the kernel's limits allow. */
static int place_initrd(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	uint32_t end = s->kernel.initrd_last < HANDOVER_LAST ? s->kernel.initrd_last + 1 : HANDOVER_LAST, at;
	if (!s->parts)
		return 0;
	if (s->words.mem < end)
		end = (uint32_t)s->words.mem;
	uint32_t room = (s->given.initrd_len + INITRD_ALIGN - 1) & ~(INITRD_ALIGN - 1);
	if (handover_find(&b->plan, room, PAGE_LEN, BOOT_HIGH, end, true, &at) < 0)
		return boot_why(why, -ENOMEM, "no free memory of %u KiB for its initrd below 0x%x",
				(unsigned)(s->given.initrd_len / 1024), (unsigned)end);
	s->given.initrd = at;
	for (struct handover_item *i = b->plan.item + s->first_part, *last = i + s->parts; i < last; i++) {
		i->dst = at;
		i->fixed = true;
		at += i->len + i->zero;
	}
	return 0;
}

static int linux_place(struct boot *b, struct boot_why *why)
{
	struct linux_boot *s = b->state;
	int rc = place_kernel(b, why);
	if (rc == 0 && !b->plan.item[s->given_item].fixed)
		boot_place_low(b, s->given_item);
	return rc ? rc : place_initrd(b, why);
}

static void say(const struct boot *b)
{
	const struct linux_boot *s = b->state;
	const struct linux_kernel *k = &s->kernel;
	char what[LINUX_RELEASE_LEN + 48];
	uint32_t at = s->given.load;
	snprintf(what, sizeof(what), "Linux %s (protocol %u.%02u, %s entry)", k->release, k->version >> 8,
		 k->version & 0xff, s->real ? "16-bit" : "32-bit");
	boot_say_kernel(b, what, at, at + k->memory, s->real ? s->given.at + 0x200 : at + k->entry);
	const struct handover_item *part = b->plan.item + s->first_part;
	for (unsigned i = 0; i < b->modules; i++) {
		const char *path;
		const struct image *img = b->piece[1 + i].img;
		bool file = initrd_is_file(img->name, img->args, &path);
		if (b->piece[1 + i].len)
			boot_say_module(b, i, part[file].dst);
		part += file * 2 + !!b->piece[1 + i].len;
	}
}

static void linux_placed(struct boot *b)
{
	struct linux_boot *s = b->state;
	s->given.load = b->plan.item[s->kernel_item].dst;
	s->given.at = b->plan.item[s->given_item].dst;
	say(b);
	if (!s->real) {
		b->regs = (struct entry_regs){ .esi = s->given.at, .esp = b->plan.keep_hi,
			.eip = s->given.load + s->kernel.entry };
		return;
	}
	struct real_regs r = { .flags = 2 };
	build(s, s->buf, s->cap, &r.sp);
	r.ss = r.ds = r.es = r.fs = r.gs = (uint16_t)(s->given.at / PARAS);
	r.cs = (uint16_t)(r.ds + 0x20);
	boot_enter_real(b, &r);
}

static uint8_t crtc(uint8_t index)
{
	outb(CRTC, index);
	return inb(CRTC + 1);
}

/* The setup code finds out the screen and, but for the end of base memory, the memory map by itself. */
static void linux_finish(struct boot *b)
{
	struct linux_boot *s = b->state;
	if (s->real) {
		boot_tell_base_memory(b);
		return;
	}
	unsigned columns = b->machine->text.columns;
	if (columns) {
		unsigned at = (unsigned)crtc(0x0e) << 8 | crtc(0x0f);
		s->given.cursor_row = (uint8_t)(at / columns);
		s->given.cursor_column = (uint8_t)(at % columns);
	}
	build(s, s->buf, s->cap, NULL);
}

#define LINUX_PROTOCOL(which) { \
	.type = (which), .real_mode = true, .state_len = sizeof(struct linux_boot), .gzip_modules = true, \
	.open = linux_boot_open, .place = linux_place, .placed = linux_placed, .finish = linux_finish, \
}

const struct boot_protocol linux_protocol = LINUX_PROTOCOL(IMAGE_LINUX);
const struct boot_protocol linux16_protocol = LINUX_PROTOCOL(IMAGE_LINUX16);
const struct boot_protocol linux32_protocol = LINUX_PROTOCOL(IMAGE_LINUX32);
