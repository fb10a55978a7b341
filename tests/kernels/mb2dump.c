/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb2dump: a Multiboot2 kernel that prints what it was given on COM1, one
 * "mb2: ..." line for each thing, and ends QEMU through isa-debug-exit.
 * Knows nothing of any loader.  Tests read the lines as key=value.
 */
#include "tests/kernels/kernlib.h"

#pragma GCC visibility push(hidden)

static uint32_t info_lo, info_hi;

/* --- the tags; at = first byte of the tag, size = with its header */

static void dump_module(uint32_t at)
{
	uint32_t start = get32(at + 8), end = get32(at + 12);
	print("mb2: module start=%x end=%x size=%u crc32=%x aligned=%u%s cmdline=\"%s\"\n", start, end, end - start,
	      crc32(start, end - start), !(start & 4095), overlap(start, end, info_lo, info_hi), text_at(at + 16));
}

static void dump_mmap(uint32_t at, uint32_t size)
{
	uint32_t step = get32(at + 8);
	print("mb2: mmap entry_size=%u version=%u count=%u\n", step, get32(at + 12), step ? (size - 16) / step : 0);
	for (uint32_t e = at + 16; step >= 24 && e + step <= at + size; e += step)
		print("mb2: mmap base=%X len=%X type=%u zero=%u\n", get64(e), get64(e + 8), get32(e + 16),
			get32(e + 20));
}

static void dump_network(uint32_t at, uint32_t size)
{
	uint32_t p = at + 8;
	print("mb2: network len=%u crc32=%x op=%u yiaddr=", size - 8, crc32(p, size - 8), get32(p) & 255);
	for (uint32_t i = 0; i < 4; i++)
		print(i ? ".%u" : "%u", get32(p + 16 + i) & 255);
	print(" chaddr=");
	for (uint32_t i = 0; i < 6; i++)
		print(i ? ":%b" : "%b", get32(p + 28 + i) & 255);
	print(" file=\"%s\"\n", text_at(p + 108));
	dump_bytes("mb2", "ack", p, size - 8);
}

static void dump_acpi(uint32_t at, uint32_t size)
{
	uint32_t p = at + 8, len = size - 8;
	print("mb2: rsdp len=%u rev=%u rsdt=%x sum1=%u sum2=%u ok=%u\n", len, get32(p + 12) >> 24, get32(p + 16),
		sum(p, 20),
	      sum(p, len), get64(p) == 0x2052545020445352ull && sum(p, len > 20 ? len : 20) == 0);
}

static void dump_vbe(uint32_t at)
{
	print("mb2: vbe mode=%x seg=%x off=%x len=%x\n", (uint32_t)get16(at + 8), (uint32_t)get16(at + 10),
	      (uint32_t)get16(at + 12), (uint32_t)get16(at + 14));
	dump_bytes("mb2", "vbe_control", at + 16, 512);
	dump_bytes("mb2", "vbe_mode", at + 528, 256);
}

static void dump_framebuffer(uint32_t at)
{
	uint32_t type = get32(at + 28) >> 8 & 255;
	struct framebuffer f = { .addr = get64(at + 8), .pitch = get32(at + 16), .width = get32(at + 20),
		.height = get32(at + 24),
		.bpp = get32(at + 28) & 255 };
	print("mb2: framebuffer addr=%X pitch=%u width=%u height=%u bpp=%u type=%u", f.addr, f.pitch, f.width, f.height,
	      (uint32_t)f.bpp, type);
	for (uint32_t i = 0; i < 3 && type == 1; i++) {
		f.position[i] = get16(at + 32 + 2 * i) & 255;
		f.size[i] = get16(at + 32 + 2 * i) >> 8;
		print(" %s=%u:%u", i == 0 ? "red" : i == 1 ? "green" : "blue", (uint32_t)f.size[i],
			(uint32_t)f.position[i]);
	}
	print("\n");
	if (type == 1)
		draw_framebuffer(&f);
}

/* The structures in the tag, counted to the one that ends the table. */
static void dump_smbios(uint32_t at, uint32_t size)
{
	uint32_t p = at + 16, end = at + size, count = 0, type = 0;
	while (p + 4 <= end && type != 127) {
		type = get32(p) & 255;
		p += get32(p) >> 8 & 255;
		while (p + 2 <= end && get16(p))
			p++;
		p += 2;
		count++;
	}
	print("mb2: smbios major=%u minor=%u len=%u count=%u last=%u complete=%u crc32=%x\n", get32(at + 8) & 255,
	      get32(at + 8) >> 8 & 255, size - 16, count, type, p == end, crc32(at + 16, size - 16));
}

static void dump_tag(uint32_t at, uint32_t type, uint32_t size)
{
	print("mb2: tag type=%u size=%u aligned=%u crc32=%x\n", type, size, !(at & 7), crc32(at + 8, size - 8));
	if (type == 1)
		print("mb2: cmdline=\"%s\"\n", text_at(at + 8));
	else if (type == 2)
		print("mb2: loader=\"%s\"\n", text_at(at + 8));
	else if (type == 3)
		dump_module(at);
	else if (type == 4)
		print("mb2: basic lower=%u upper=%u\n", get32(at + 8), get32(at + 12));
	else if (type == 5)
		print("mb2: bootdev biosdev=%x partition=%x\n", get32(at + 8), get32(at + 12));
	else if (type == 6)
		dump_mmap(at, size);
	else if (type == 7)
		dump_vbe(at);
	else if (type == 8)
		dump_framebuffer(at);
	else if (type == 9)
		dump_sections("mb2", at + 20, get32(at + 8), get32(at + 12), get32(at + 16));
	else if (type == 10)
		print("mb2: apm version=%x cseg=%x offset=%x cseg16=%x dseg=%x flags=%x"
		      " cseg_len=%x cseg16_len=%x dseg_len=%x\n",
		      (uint32_t)get16(at + 8), (uint32_t)get16(at + 10), get32(at + 12), (uint32_t)get16(at + 16),
		      (uint32_t)get16(at + 18), (uint32_t)get16(at + 20), (uint32_t)get16(at + 22),
		      (uint32_t)get16(at + 24),
		      (uint32_t)get16(at + 26));
	else if (type == 13)
		dump_smbios(at, size);
	else if (type == 14 || type == 15)
		dump_acpi(at, size);
	else if (type == 16)
		dump_network(at, size);
	else if (type == 21)
		print("mb2: load_base=%x\n", get32(at + 8));
}

void dump(uint32_t magic, uint32_t info)
{
	serial_init();
	print("\nmb2: begin\n");
	print("mb2: magic=%x info=%x\n", magic, info);
	dump_entry("mb2");
	if (magic != 0x36d76289 || info & 7) {
		print("mb2: end status=bad-magic\n");
		drain();
		return;
	}
	uint32_t total = get32(info), at = info + 8, end = info + total, type = 1;
	info_lo = info;
	info_hi = end;
	print("mb2: info total=%u reserved=%u%s\n", total, get32(info + 4),
	      info < (uint32_t)bss_end && (uint32_t)link_base < end ? " overlap=kernel" : "");
	while (at + 8 <= end && type) {
		uint32_t size = get32(at + 4);
		type = get32(at);
		if (size < 8 || size > end - at)
			break;
		dump_tag(at, type, size);
		at += (size + 7) & ~7u;
	}
	print("mb2: end status=%s\n", type == 0 && at == end ? "ok" : "bad-tags");
	drain();
}
