/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fbsddump: a kernel that is loaded and entered as FreeBSD's are, amd64 and
 * i386, and prints on COM1 what it was given, one "fbsd: ..." line for each
 * thing.  Knows nothing of any loader.  Tests read the lines as key=value.
 */
#include "tests/kernels/kernlib.h"

#pragma GCC visibility push(hidden)

extern uint32_t found[8];
static uint32_t word, is64;
static uint32_t bss[1000];

static void dump_env(uint32_t at)
{
	for (const char *p = text_at(at); *p;) {
		print("fbsd: env \"%s\"\n", p);
		while (*p++)
			;
	}
}

static void dump_smap(uint32_t at, uint32_t len)
{
	print("fbsd: smap count=%u rest=%u\n", len / 20, len % 20);
	for (; len >= 20; at += 20, len -= 20)
		print("fbsd: smap base=%X len=%X type=%u\n", get64(at), get64(at + 8), get32(at + 16));
}

/* The symbols: a word with the length, the table, the same for the names; the first name with any letters. */
static void dump_symbols(uint32_t ssym, uint32_t esym)
{
	uint32_t len = get32(ssym), names = (ssym + word + len + word - 1) & -word;
	uint32_t end = (names + word + get32(names) + word - 1) & -word, count = 0;
	for (uint32_t at = ssym + word; at < ssym + word + len; at += is64 ? 24 : 16) {
		const char *p = text_at(names + word + get32(at)), *q = "link_base";
		while (*q && *p == *q)
			p++, q++;
		count += !*p && !*q;
	}
	print("fbsd: symbols len=%u names=%u complete=%u link_base=%u\n", len, get32(names), end == esym, count);
}

static void dump_word(const char *name, uint32_t at, uint32_t len)
{
	print("fbsd: %s=%X len=%u\n", name, len == 8 ? get64(at) : get32(at), len);
}

static uint32_t dump_records(uint32_t at)
{
	uint32_t ssym = 0, addr = 0;
	for (;;) {
		uint32_t type = get32(at), len = get32(at + 4), data = at + 8;
		if (!type)
			break;
		at = data + ((len + word - 1) & -word);
		if (type == 1)
			print("fbsd: name \"%s\"\n", text_at(data));
		else if (type == 2)
			print("fbsd: type \"%s\"\n", text_at(data));
		else if (type == 6)
			print("fbsd: args \"%s\"\n", text_at(data));
		else if (type == 3)
			dump_word("addr", data, len), addr = get32(data);
		else if (type == 4)
			print("fbsd: size=%u len=%u crc32=%x aligned=%u\n", get32(data), len, crc32(addr, get32(data)), !(addr & 4095));
		else if (type == 0x8002)
			print("fbsd: elfhdr len=%u magic=%x\n", len, get32(data));
		else if (type == 0x8003)
			dump_word("ssym", data, len), ssym = get32(data);
		else if (type == 0x8004) {
			dump_word("esym", data, len);
			dump_symbols(ssym, get32(data));
		} else if (type == 0x8006) {
			dump_word("envp", data, len);
			dump_env(get32(data));
		} else if (type == 0x8007)
			dump_word("howto", data, len);
		else if (type == 0x8008)
			dump_word("kernend", data, len);
		else if (type == 0x9006)
			dump_word("modulep", data, len);
		else if (type == 0x9001)
			dump_smap(data, len);
		else
			print("fbsd: record type=%x len=%u crc32=%x\n", type, len, crc32(data, len));
	}
	return at + 8;
}

void dump(uint32_t stack, uint32_t amd64)
{
	uint32_t clean = 1;
	for (unsigned i = 0; i < 1000; i++)
		clean &= !bss[i];
	is64 = amd64;
	word = is64 ? 8 : 4;
	serial_init();
	print("fbsd: begin amd64=%u\n", is64);
	print("fbsd: cpu cr0=%x cr3=%x cr4=%x efer=%x flags=%x cs=%x mapping=%u bss_zero=%u\n", found[0], found[1], found[2], found[3],
	      found[4], found[6], found[7], clean);
	uint32_t modulep = get32(stack + 4), end = get32(stack + 8);
	if (!is64) {
		uint32_t info = get32(stack + 24);
		modulep = get32(stack + 28);
		end = get32(stack + 32);
		print("fbsd: stack howto=%x device=%x zeros=%u\n", get32(stack + 4), get32(stack + 8),
		      !(get32(stack + 12) | get32(stack + 16) | get32(stack + 20)));
		print("fbsd: bootinfo version=%u size=%u base=%u ext=%u ssym=%x esym=%x kernend=%x envp=%x modulep=%x\n", get32(info),
		      get32(info + 48), get32(info + 56), get32(info + 60), get32(info + 64), get32(info + 68), get32(info + 72),
		      get32(info + 76), get32(info + 80));
	}
	print("fbsd: given modulep=%x kernend=%x aligned=%u\n", modulep, end, !(end & 4095));
	uint32_t last = dump_records(modulep);
	print("fbsd: last=%x inside=%u self_crc32=%x\n", last, last <= end && (uint32_t)bss_end < modulep,
	      crc32((uint32_t)link_base, (uint32_t)(text_end - link_base)));
	print("fbsd: end\n");
	drain();
}
