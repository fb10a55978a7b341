/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb1dump: a Multiboot kernel that prints what it was given on COM1, one
 * "mb1: ..." line for each thing, and ends QEMU through isa-debug-exit.
 * Knows nothing of any loader.  Tests read the lines as key=value.
 */
#include "tests/kernels/kernlib.h"

#pragma GCC visibility push(hidden)

static void dump_modules(uint32_t count, uint32_t at, uint32_t info)
{
	print("mb1: modules count=%u\n", count);
	for (uint32_t i = 0; i < count; i++, at += 16) {
		uint32_t start = get32(at), end = get32(at + 4), line = get32(at + 8);
		print("mb1: module start=%x end=%x size=%u crc32=%x aligned=%u%s cmdline=\"%s\"\n", start, end,
			end - start,
		      crc32(start, end - start), !(start & 4095), overlap(start, end, info, info + 120),
		      line ? text_at(line) : "");
	}
}

static void dump_mmap(uint32_t at, uint32_t len)
{
	for (uint32_t end = at + len; at < end; at += get32(at) + 4)
		print("mb1: mmap entry_size=%u base=%X len=%X type=%u\n", get32(at), get64(at + 4), get64(at + 12),
			get32(at + 20));
}

static void dump_drives(uint32_t at, uint32_t len)
{
	print("mb1: drives len=%u\n", len);
	for (uint32_t end = at + len; at < end && get32(at); at += get32(at))
		print("mb1: drive size=%u number=%b mode=%u cylinders=%u heads=%u sectors=%u\n", get32(at),
			get32(at + 4) & 255,
		      get32(at + 4) >> 8 & 255, (uint32_t)get16(at + 6), get32(at + 8) & 255, get32(at + 8) >> 8 & 255);
}

static void dump_apm(uint32_t at)
{
	print("mb1: apm version=%x cseg=%x offset=%x cseg16=%x dseg=%x flags=%x"
	      " cseg_len=%x cseg16_len=%x dseg_len=%x\n",
	      (uint32_t)get16(at), (uint32_t)get16(at + 2), get32(at + 4), (uint32_t)get16(at + 8),
	      (uint32_t)get16(at + 10),
	      (uint32_t)get16(at + 12), (uint32_t)get16(at + 14), (uint32_t)get16(at + 16), (uint32_t)get16(at + 18));
}

static void dump_vbe(uint32_t info)
{
	uint32_t control = get32(info + 72), mode = get32(info + 76);
	print("mb1: vbe mode=%x seg=%x off=%x len=%x\n", (uint32_t)get16(info + 80), (uint32_t)get16(info + 82),
	      (uint32_t)get16(info + 84), (uint32_t)get16(info + 86));
	dump_bytes("mb1", "vbe_control", control, 512);
	dump_bytes("mb1", "vbe_mode", mode, 256);
}

static void dump_framebuffer(uint32_t at)
{
	uint32_t type = get32(at + 20) >> 8 & 255;
	struct framebuffer f = { .addr = get64(at), .pitch = get32(at + 8), .width = get32(at + 12),
		.height = get32(at + 16),
		.bpp = get32(at + 20) & 255 };
	print("mb1: framebuffer addr=%X pitch=%u width=%u height=%u bpp=%u type=%u", f.addr, f.pitch, f.width, f.height,
	      (uint32_t)f.bpp, type);
	for (uint32_t i = 0; i < 3 && type == 1; i++) {
		f.position[i] = get16(at + 24 + 2 * i) & 255;
		f.size[i] = get16(at + 24 + 2 * i) >> 8;
		print(" %s=%u:%u", i == 0 ? "red" : i == 1 ? "green" : "blue", (uint32_t)f.size[i],
			(uint32_t)f.position[i]);
	}
	print("\n");
	if (type == 1)
		draw_framebuffer(&f);
}

void dump(uint32_t magic, uint32_t info)
{
	serial_init();
	print("\nmb1: begin\nmb1: magic=%x info=%x\n", magic, info);
	dump_entry("mb1");
	if (magic != 0x2badb002) {
		print("mb1: end status=bad-magic\n");
		drain();
		return;
	}
	uint32_t flags = get32(info);
	print("mb1: flags=%x%s\n", flags, overlap(info, info + 120, 0, 0));
	if (flags & 1)
		print("mb1: basic lower=%u upper=%u\n", get32(info + 4), get32(info + 8));
	if (flags & 2)
		print("mb1: bootdev=%x\n", get32(info + 12));
	if (flags & 4)
		print("mb1: cmdline=\"%s\"\n", text_at(get32(info + 16)));
	if (flags & 8)
		dump_modules(get32(info + 20), get32(info + 24), info);
	if (flags & 16)
		print("mb1: aout tabsize=%u strsize=%u addr=%x\n", get32(info + 28), get32(info + 32),
			get32(info + 36));
	if (flags & 32)
		dump_sections("mb1", get32(info + 36), get32(info + 28), get32(info + 32), get32(info + 40));
	if (flags & 64)
		dump_mmap(get32(info + 48), get32(info + 44));
	if (flags & 128)
		dump_drives(get32(info + 56), get32(info + 52));
	if (flags & 256)
		print("mb1: config addr=%x len=%u\n", get32(info + 60), (uint32_t)get16(get32(info + 60)));
	if (flags & 512)
		print("mb1: loader=\"%s\"\n", text_at(get32(info + 64)));
	if (flags & 1024)
		dump_apm(get32(info + 68));
	if (flags & 2048)
		dump_vbe(info);
	if (flags & 4096)
		dump_framebuffer(info + 88);
	print("mb1: end status=ok\n");
	drain();
}
