/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start-up code's 32-bit half: installs the resident segment, reads the
 * memory map, unpacks the loader proper to the top of usable memory below
 * 4 GiB, adds the distance to its link address wherever tools/pack.py noted an
 * absolute address, and jumps to it.  Runs in base memory, without paging.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <lzma/LzmaDec.h>

#include "kernel/boot_params.h"
#include "kernel/e820.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/keep.h"
#include "kernel/start/start.h"
#include "kernel/start/streams.h"

#define ROM_AREA_LEN (8u << 20)
#define UNPACK_LEN (4u << 20)
#define PAGE_TABLES_LEN (1u << 20)
#define KEPT_LEN (2u << 20)	/* below the loader: what an earlier life may have kept there over a reset */
#define PROBS_LEN (32u << 10)	/* what LzmaDec.c asks for where lc + lp <= 4 */
#define COM1 0x3f8
#define INITRD_MAX (1u << 20)	/* it is a script */

static struct boot_params params;

static void serial_init(void)
{
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x80);	/* divisor latch */
	outb(COM1 + 0, 1);	/* 115200 */
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 0x03);	/* 8N1 */
	outb(COM1 + 2, 0xc7);	/* FIFOs on and empty */
	outb(COM1 + 4, 0x03);	/* DTR, RTS */
}

/* COM1 is left as the firmware has set it until there is something to say: the console may be elsewhere. */
static void say(const char *text)
{
	static bool ready;
	if (!ready)
		serial_init();
	ready = true;
	for (; *text; text++) {
		struct bios_regs r = { .intno = 0x10, .eax = 0x0e00 | (uint8_t)*text, .ebx = 7 };
		gate_bios(&r);
		for (unsigned spin = 0; spin < 10000 && !(inb(COM1 + 5) & 0x20); spin++)
			;
		outb(COM1, (uint8_t)*text);
	}
}

static void say_kib(uint64_t bytes)
{
	char digits[24], *p = digits + sizeof digits - 1;
	uint32_t kib = (uint32_t)(bytes >> 10);
	*p = 0;
	do
		*--p = (char)('0' + kib % 10);
	while (kib /= 10);
	say(p);
	say(" KiB");
}

static _Noreturn void give_up(const char *why)
{
	say("undine: ");
	say(why);
	say("; back to the boot ROM\r\n");
	gate_exit(params.caller_ss, params.caller_sp, 1);
}

static uint32_t crc32(const uint8_t *p, uint32_t len)
{
	static uint32_t table[256];
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
	}
	uint32_t crc = ~0u;
	while (len--)
		crc = crc >> 8 ^ table[(uint8_t)crc ^ *p++];
	return ~crc;
}

/* The whole file came, as it was packed. */
static bool is_intact(const struct payload *pk)
{
	const uint8_t *from = (const uint8_t *)&pk->packed_len;
	return pk->packed_len <= (uint32_t)(start_bss - pk->data) &&
	       crc32(from, (uint32_t)(pk->data - from) + pk->packed_len) == pk->crc;
}

static void relocate_at(uint8_t *at, uint32_t delta)
{
	uint32_t value;
	memcpy(&value, at, 4);
	value += delta;
	memcpy(at, &value, 4);
}

/*
 * The relocation list: distances from one absolute address to the next, one
 * byte each, or 0 and four bytes where 255 is not enough; tools/pack.py.
 */
static void relocate(uint8_t *image, const uint8_t *list, uint32_t len, uint32_t delta)
{
	uint8_t *at = image;
	for (const uint8_t *end = list + len; list < end;) {
		uint32_t step = *list++;
		if (!step) {
			memcpy(&step, list, 4);
			list += 4;
		}
		relocate_at(at += step, delta);
	}
}

/* LzmaDec.c's only allocation: PROBS_LEN bytes that unpack() has put aside. */
static uint8_t *probs;

static void *give_probs(ISzAllocPtr p, size_t len)
{
	(void)p;
	return len <= PROBS_LEN ? probs : NULL;
}

static void take_back(ISzAllocPtr p, void *address)
{
	(void)p;
	(void)address;
}

/* Bytes of the payload unpacked, and what unpack() works in. */
static uint32_t plain_len(const struct payload *pk)
{
	return pk->streams_len + pk->stored_len - pk->text_len + pk->syms_len + pk->relocs_len;
}

static uint32_t work_len(const struct payload *pk)
{
	return PROBS_LEN + pk->sites_n * 4 + plain_len(pk);
}

/*
 * Unpacks to dest and relocates it, with work_len() bytes at work: false when the bytes are not what was packed.
 * Symbols and relocation list come to lie behind the image.
 */
static bool unpack(const struct payload *pk, uint8_t *dest, uint8_t *work)
{
	static const ISzAlloc alloc = { give_probs, take_back };
	uint32_t tail_len = pk->syms_len + pk->relocs_len, rest_len = pk->stored_len - pk->text_len + tail_len;
	uint32_t *sites = (uint32_t *)(work + PROBS_LEN), delta = (uint32_t)dest - pk->link_base;
	uint8_t *plain = (uint8_t *)(sites + pk->sites_n);
	SizeT len = plain_len(pk), packed_len = pk->packed_len;
	ELzmaStatus status;

	probs = work;
	if (LzmaDecode(plain, &len, pk->data, &packed_len, pk->props, LZMA_PROPS_SIZE, LZMA_FINISH_ANY, &status,
		       &alloc) != SZ_OK || len != plain_len(pk))
		return false;
	const struct streams_head *h = (const struct streams_head *)plain;
	if (h->text_len != pk->text_len ||
	    streams_join(h, pk->streams_len, dest, pk->link_base, sites, pk->sites_n) != (int)pk->sites_n)
		return false;
	memcpy(dest + pk->text_len, plain + pk->streams_len, rest_len);
	if (crc32(dest, pk->text_len + rest_len) != pk->plain_crc)
		return false;
	memmove(dest + pk->image_len, dest + pk->stored_len, tail_len);
	memset(dest + pk->stored_len, 0, pk->image_len - pk->stored_len);
	for (uint32_t i = 0; i < pk->sites_n; i++)
		relocate_at(dest + sites[i], delta);
	relocate(dest, dest + pk->image_len + pk->syms_len, pk->relocs_len, delta);
	return true;
}

/* What an earlier life has kept, if it is as that has left it, and memory still. */
static void find_keep(void)
{
	struct keep *k = start_keep;
	if (k && k->magic == KEEP_MAGIC && k->crc == crc32((const uint8_t *)k + KEEP_CRC_FROM, KEEP_CRC_LEN) &&
	    memmap_is_usable(&params.map, (uint32_t)k, k->len))
		params.keep = k;
}

/* What came as an initrd, if it is in memory still. */
static void find_initrd(void)
{
	const struct linux_start *given = start_linux;
	params.as_linux = given != NULL;
	if (!given || !given->initrd_len)
		return;
	if (given->initrd_len > INITRD_MAX || given->initrd < 0x100000 ||
	    !memmap_is_usable(&params.map, given->initrd, given->initrd_len)) {
		params.initrd_refused = given->initrd_len;
		return;
	}
	params.initrd = (const uint8_t *)given->initrd;
	params.initrd_len = given->initrd_len;
}

/* By signature alone: whether it can be used is for drivers/undi to find out. */
static bool pxe_is_resident(void)
{
	const struct caller_frame *f = &params.caller;
	if (params.keep && params.keep->rom_lost)
		return false;
	if (!memcmp((const void *)(((uint32_t)f->arg[1] << 4) + f->arg[0]), "!PXE", 4) ||
	    !memcmp((const void *)(((uint32_t)f->es << 4) + (uint16_t)f->ebx), "PXENV+", 6))
		return true;
	struct bios_regs r = { .intno = 0x1a, .eax = 0x5650 };
	gate_bios(&r);
	return (uint16_t)r.eax == 0x564e && !(r.flags & EFLAGS_CF);
}

/* By the PCI BIOS (2.1, 3.3): the device of this class with index 1. */
static bool has_second_card(void)
{
	struct bios_regs r = { .intno = 0x1a, .eax = 0xb103, .ecx = 0x020000, .esi = 1 };
	gate_bios(&r);
	return !(r.flags & EFLAGS_CF) && !(r.eax & 0xff00);
}

/* The highest `need` bytes below hi. */
static uint32_t find_place(uint32_t need, uint64_t hi)
{
	return (uint32_t)memmap_find_top(&params.map, need, 4096, 0x100000, hi);
}

/* Where it is unpacked: not where a life before a reset of ours has kept its log, if there is room besides. */
static uint32_t choose_work(uint32_t len, uint32_t dest)
{
	uint32_t below = dest > KEPT_LEN ? find_place(len, dest - KEPT_LEN) : 0;
	return below ? below : find_place(len, dest);
}

/*
 * Where the loader goes: to the top.  Where no PXE stack is resident, or there
 * is a second card, a driver may yet come out of an option ROM, and iPXE's
 * then uses memory that the map calls free: it has put parts of itself at the top while the BIOS
 * started, unpacks below what INT 15h AH=88h calls the top (64 MiB at most),
 * and settles at the top.  So the loader stays below all that.
 */
static uint32_t choose_place(uint32_t need, uint32_t work)
{
	if (pxe_is_resident() && !has_second_card())
		return find_place(need, 1ull << 32);
	struct bios_regs r = { .intno = 0x15, .eax = 0x8800 };
	gate_bios(&r);
	uint32_t unpack_hi = r.flags & EFLAGS_CF ? 0 : 0x100000 + ((r.eax & 0xffff) << 10);
	uint32_t low = find_place(need + ROM_AREA_LEN, 1ull << 32);
	/* page tables come to lie below the loader */
	if (low < unpack_hi + PAGE_TABLES_LEN && low + need + UNPACK_LEN > unpack_hi)
		low = find_place(need, unpack_hi - UNPACK_LEN);
	if (!low || !choose_work(work, low))
		return find_place(need, 1ull << 32);
	params.rom_area = low + need;
	return low;
}

_Noreturn void unpack_main(uint32_t ss, uint32_t sp)
{
	const struct payload *pk = &start_payload;

	params.magic = BP_MAGIC;
	params.caller_ss = (uint16_t)ss;
	params.caller_sp = (uint16_t)sp;
	memcpy(&params.caller, (const void *)((ss << 4) + sp), sizeof params.caller);
	if (start_args)
		strncpy(params.args, start_args, sizeof params.args - 1);
	params.options = start_options;
	params.file_len = (uint32_t)(pk->data + pk->packed_len) - NBP_AT;
	params.base_kib = *(volatile uint16_t *)0x413;
	serial_init();

	params.resident = (((uint32_t)params.base_kib << 10) - R_LEN) & ~0xfffu;
	gate_install(params.resident, resident_code, (uint32_t)(resident_code_end - resident_code));

	if (!is_intact(pk))
		give_up("undine.0 was damaged on its way (CRC does not match); check the TFTP server's file");
	if (e820_read(&params.map) < 0)
		give_up("the BIOS does not tell the memory map (INT 15h AX=E820h, E801h, AH=88h)");
	find_keep();
	find_initrd();
	if (params.keep)		/* for as long as places are chosen */
		memmap_reserve(&params.map, (uint32_t)params.keep, params.keep->len);
	if (params.initrd_len)
		memmap_reserve(&params.map, (uint32_t)params.initrd, params.initrd_len);
	uint32_t unpacked = pk->image_len + pk->syms_len + pk->relocs_len;
	uint32_t need = (unpacked + params.initrd_len + 0xfff) & ~0xfffu;
	uint32_t dest = choose_place(need, work_len(pk)), work = dest ? choose_work(work_len(pk), dest) : 0;
	if (!work) {
		say("undine: needs ");
		say_kib(need + work_len(pk));
		say(" of memory above 1 MiB, has ");
		say_kib((uint64_t)memmap_upper_kib(&params.map) << 10);
		say("\r\n");
		give_up("too little memory");
	}

	e820_read(&params.map);
	if (!unpack(pk, (uint8_t *)dest, (uint8_t *)work))
		give_up("undine.0 arrived whole, but does not unpack (CRC does not match): bad memory, or not free as "
			"E820 says");

	uint8_t *image = (uint8_t *)dest;
	params.image = dest;
	params.image_len = pk->image_len + pk->syms_len;
	if (params.initrd_len) {
		memcpy(image + unpacked, params.initrd, params.initrd_len);
		params.initrd = image + unpacked;
		params.image_len = unpacked + params.initrd_len;
	}
	params.syms = dest + pk->image_len;
	params.syms_len = pk->syms_len;
	((void (*)(struct boot_params *))(dest + pk->entry))(&params);
	__builtin_unreachable();
}
