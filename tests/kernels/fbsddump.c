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
static void dump_symbols(uint32_t ssym, uint32_t esym, const char *name)
{
	uint32_t len = get32(ssym), names = (ssym + word + len + word - 1) & -word;
	uint32_t end = (names + word + get32(names) + word - 1) & -word, count = 0;
	for (uint32_t at = ssym + word; at < ssym + word + len; at += is64 ? 24 : 16) {
		const char *p = text_at(names + word + get32(at)), *q = name;
		while (*q && *p == *q)
			p++, q++;
		count += !*p && !*q;
	}
	print("fbsd: symbols len=%u names=%u complete=%u %s=%u\n", len, get32(names), end == esym, name, count);
}

static void dump_word(const char *name, uint32_t at, uint32_t len)
{
	print("fbsd: %s=%X len=%u\n", name, len == 8 ? get64(at) : get32(at), len);
}

static void put32(uint32_t at, uint32_t v)
{
	*(volatile uint32_t *)(uintptr_t)at = v;
}

static bool same(const char *p, const char *q)
{
	while (*p && *p == *q)
		p++, q++;
	return *p == *q;
}

/* The value of `facts` in a table of symbols, moved by its section (headers at sections) or by base. */
static uint32_t find_facts(uint32_t table, uint32_t count, uint32_t names, uint32_t sections, uint32_t base)
{
	for (uint32_t n = 0; n < count; n++) {
		uint32_t sym = table + n * (is64 ? 24 : 16);
		if (!same(text_at(names + get32(sym)), "facts"))
			continue;
		return is64 ? get32(sections + get16(sym + 6) * 64u + 16) + get32(sym + 8) : base + get32(sym + 4);
	}
	return 0;
}

static void dump_facts(uint32_t at)
{
	uint32_t zeros = get32(at + word), clean = 1, aligned = get32(at + 2 * word);
	for (unsigned i = 0; i < 1000; i++)
		clean &= !get32(zeros + 4 * i);
	print("fbsd: linked text=\"%s\" zeros=%u value=%u aligned=%u crc32=%x\n", text_at(get32(at)), clean,
		get32(aligned),
	      !(aligned & 255), crc32(get32(at + 3 * word), 4));
}

/* As the kernel links an object file: its section headers say where its loader has put what. */
static void link_object(uint32_t sections, uint32_t len, uint32_t addr, uint32_t size)
{
	uint32_t lowest = -1u, inside = 1, aligned = 1, symtab = 0, done = 0;
	for (uint32_t s = sections; s < sections + len; s += 64) {
		uint32_t at = get32(s + 16), align = get32(s + 48);
		if (!at)
			continue;
		lowest = at < lowest ? at : lowest;
		inside &= at >= addr && at + get32(s + 32) <= addr + size;
		aligned &= !align || !(at & (align - 1));
		if (get32(s + 4) == 2)
			symtab = s;
	}
	for (uint32_t s = sections; symtab && s < sections + len; s += 64) {
		uint32_t target = get32(sections + get32(s + 44) * 64 + 16);
		if (get32(s + 4) != 4 || !get32(s + 16))
			continue;
		for (uint32_t r = get32(s + 16), end = r + get32(s + 32); r < end; r += 24) {
			uint32_t sym = get32(symtab + 16) + get32(r + 12) * 24;
			if (get32(r + 8) != 1)			/* R_X86_64_64 */
				continue;
			put32(target + get32(r), get32(sections + get16(sym + 6) * 64u + 16) + get32(sym + 8) +
				get32(r + 16));
			done++;
		}
	}
	print("fbsd: object lowest=%u inside=%u aligned=%u relocations=%u\n", lowest == addr, inside, aligned, done);
	if (symtab)
		dump_facts(find_facts(get32(symtab + 16), get32(symtab + 32) / 24,
			get32(sections + get32(symtab + 40) * 64 + 16),
				      sections, 0));
}

/* As it links a shared object: by its dynamic section. */
static void link_shared(uint32_t dynamic, uint32_t addr)
{
	uint32_t tag[24] = { 0 };
	for (uint32_t d = addr + dynamic; get32(d); d += 8)
		if (get32(d) < 24)
			tag[get32(d)] = get32(d + 4);
	uint32_t symtab = addr + tag[6], rel = addr + tag[17], done = 0;
	for (uint32_t r = rel; r < rel + tag[18]; r += 8) {
		uint32_t at = addr + get32(r), kind = get32(r + 4) & 255;
		if (kind == 8)					/* R_386_RELATIVE */
			put32(at, get32(at) + addr), done++;
		else if (kind == 1 || kind == 6)		/* R_386_32, R_386_GLOB_DAT */
			put32(at, (kind == 1 ? get32(at) : 0) + addr + get32(symtab + (get32(r + 4) >> 8) * 16 + 4)),
				done++;
	}
	print("fbsd: shared relocations=%u\n", done);
	dump_facts(find_facts(symtab, get32(addr + tag[4] + 4), addr + tag[5], 0, addr));
}

static uint32_t dump_records(uint32_t at)
{
	uint32_t ssym = 0, addr = 0, size = 0, files = 0;
	for (;;) {
		uint32_t type = get32(at), len = get32(at + 4), data = at + 8;
		if (!type)
			break;
		at = data + ((len + word - 1) & -word);
		files += type == 1;
		if (type == 1)
			print("fbsd: name \"%s\"\n", text_at(data));
		else if (type == 2)
			print("fbsd: type \"%s\"\n", text_at(data));
		else if (type == 6)
			print("fbsd: args \"%s\"\n", text_at(data));
		else if (type == 3)
			dump_word("addr", data, len), addr = get32(data);
		else if (type == 4)
			print("fbsd: size=%u len=%u crc32=%x aligned=%u\n", size = get32(data), len,
				crc32(addr, get32(data)), !(addr & 4095));
		else if (type == 0x8002)
			print("fbsd: elfhdr len=%u magic=%x\n", len, get32(data));
		else if (type == 0x8003)
			dump_word("ssym", data, len), ssym = get32(data);
		else if (type == 0x8004) {
			dump_word("esym", data, len);
			dump_symbols(ssym, get32(data), files == 1 ? "link_base" : "facts");
		} else if (type == 0x8006) {
			dump_word("envp", data, len);
			dump_env(get32(data));
		} else if (type == 0x8009 && files > 1 && is64) {
			link_object(data, len, addr, size);
		} else if (type == 0x8005 && files > 1) {
			link_shared(get32(data), addr);
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
	print("fbsd: cpu cr0=%x cr3=%x cr4=%x efer=%x flags=%x cs=%x mapping=%u bss_zero=%u\n", found[0], found[1],
		found[2], found[3],
	      found[4], found[6], found[7], clean);
	uint32_t modulep = get32(stack + 4), end = get32(stack + 8);
	if (!is64) {
		uint32_t info = get32(stack + 24);
		modulep = get32(stack + 28);
		end = get32(stack + 32);
		print("fbsd: stack howto=%x device=%x zeros=%u\n", get32(stack + 4), get32(stack + 8),
		      !(get32(stack + 12) | get32(stack + 16) | get32(stack + 20)));
		print("fbsd: bootinfo version=%u size=%u base=%u ext=%u ssym=%x esym=%x"
		      " kernend=%x envp=%x modulep=%x\n", get32(info),
		      get32(info + 48), get32(info + 56), get32(info + 60), get32(info + 64), get32(info + 68),
		      get32(info + 72),
		      get32(info + 76), get32(info + 80));
	}
	print("fbsd: given modulep=%x kernend=%x aligned=%u\n", modulep, end, !(end & 4095));
	uint32_t last = dump_records(modulep);
	print("fbsd: last=%x inside=%u self_crc32=%x\n", last, last <= end && (uint32_t)bss_end < modulep,
	      crc32((uint32_t)link_base, (uint32_t)(text_end - link_base)));
	print("fbsd: end\n");
	drain();
}
