/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb2dump: a Multiboot2 kernel that prints what it was given on COM1, one
 * "mb2: ..." line for each thing, and ends QEMU through isa-debug-exit.
 * Knows nothing of any loader; runs wherever it is put (compiled as PIE
 * without absolute addresses).  Tests read the lines as key=value.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

struct state {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags, cr0, cr4, cs, ds, es, fs, gs, ss, bss_zero;
};
extern struct state state;
extern const uint8_t link_base[], text_end[], bss_end[];

void *memcpy(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);
void dump(uint32_t magic, uint32_t info);

static uint32_t crc_table[256];
static uint32_t info_lo, info_hi;

void *memcpy(void *dst, const void *src, size_t len)
{
	uint8_t *d = dst;
	for (const uint8_t *s = src; len--;)
		*d++ = *s++;
	return dst;
}

void *memset(void *dst, int c, size_t len)
{
	for (uint8_t *d = dst; len--;)
		*d++ = (uint8_t)c;
	return dst;
}

/* --- COM1 */

static void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static uint8_t inb(uint16_t port)
{
	uint8_t v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void serial_init(void)
{
	outb(0x3f9, 0);		/* no interrupts */
	outb(0x3fb, 0x80);	/* divisor 1: 115200 */
	outb(0x3f8, 1);
	outb(0x3f9, 0);
	outb(0x3fb, 3);		/* 8N1 */
	outb(0x3fa, 7);
	outb(0x3fc, 3);
}

static void put_char(char c)
{
	while (!(inb(0x3fd) & 0x20))
		;
	outb(0x3f8, (uint8_t)c);
}

static void drain(void)
{
	while (!(inb(0x3fd) & 0x40))
		;
}

static void put_hex(uint64_t v, int digits)
{
	for (int shift = digits * 4 - 4; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[v >> shift & 15]);
}

static void put_dec(uint32_t v)
{
	if (v >= 10)
		put_dec(v / 10);
	put_char((char)('0' + v % 10));
}

/* %s string, %u decimal, %x 8 hex digits, %X 16 hex digits, %b 2 hex digits */
static void print(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt == '\n')
			put_char('\r');
		if (*fmt != '%') {
			put_char(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == 's')
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put_char(*s);
		else if (*fmt == 'u')
			put_dec(va_arg(ap, uint32_t));
		else if (*fmt == 'x')
			put_hex(va_arg(ap, uint32_t), 8);
		else if (*fmt == 'b')
			put_hex(va_arg(ap, uint32_t), 2);
		else if (*fmt == 'X')
			put_hex(va_arg(ap, uint64_t), 16);
	}
	va_end(ap);
}

/* --- helpers */

static uint32_t get32(uint32_t at)
{
	return *(const volatile uint32_t *)at;
}

static uint16_t get16(uint32_t at)
{
	return *(const volatile uint16_t *)at;
}

static uint64_t get64(uint32_t at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static const char *text_at(uint32_t at)
{
	return (const char *)at;
}

/* zlib's crc32 of [at, at + len) */
static uint32_t crc32(uint32_t at, uint32_t len)
{
	if (!crc_table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;
			for (int k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
			crc_table[i] = c;
		}
	uint32_t crc = 0xffffffffu;
	for (const uint8_t *p = (const uint8_t *)at; len--; p++)
		crc = crc >> 8 ^ crc_table[(crc ^ *p) & 255];
	return ~crc;
}

static uint8_t sum(uint32_t at, uint32_t len)
{
	uint8_t s = 0;
	for (const uint8_t *p = (const uint8_t *)at; len--; p++)
		s = (uint8_t)(s + *p);
	return s;
}

static bool a20_on(void)
{
	volatile uint32_t *low = (volatile uint32_t *)0x510, *high = (volatile uint32_t *)0x100510;
	uint32_t kept = *low, other = *high;
	*low = ~other;
	bool on = *high == other;
	*low = kept;
	return on;
}

/* "" or a complaint when [lo, hi) covers the kernel or the information. */
static const char *overlap(uint32_t lo, uint32_t hi)
{
	if (lo < (uint32_t)bss_end && (uint32_t)link_base < hi)
		return " overlap=kernel";
	return lo < info_hi && info_lo < hi ? " overlap=info" : "";
}

/* --- the tags; at = first byte of the tag, size = with its header */

static void dump_module(uint32_t at)
{
	uint32_t start = get32(at + 8), end = get32(at + 12);
	print("mb2: module start=%x end=%x size=%u crc32=%x aligned=%u%s cmdline=\"%s\"\n", start, end, end - start,
	      crc32(start, end - start), !(start & 4095), overlap(start, end), text_at(at + 16));
}

static void dump_mmap(uint32_t at, uint32_t size)
{
	uint32_t step = get32(at + 8);
	print("mb2: mmap entry_size=%u version=%u count=%u\n", step, get32(at + 12), step ? (size - 16) / step : 0);
	for (uint32_t e = at + 16; step >= 24 && e + step <= at + size; e += step)
		print("mb2: mmap base=%X len=%X type=%u zero=%u\n", get64(e), get64(e + 8), get32(e + 16), get32(e + 20));
}

/* Section headers; names are read through sh_addr, so wrong addresses show. */
static void dump_sections(uint32_t at)
{
	uint32_t num = get32(at + 8), step = get32(at + 12), names = get32(at + 16);
	bool wide = step >= 64;
	print("mb2: elf num=%u entsize=%u shndx=%u\n", num, step, names);
	uint32_t strings = num > names ? get32(at + 20 + names * step + (wide ? 16 : 12)) : 0;
	for (uint32_t i = 0; i < num; i++) {
		uint32_t s = at + 20 + i * step;
		uint32_t addr = get32(s + (wide ? 16 : 12)), size = get32(s + (wide ? 32 : 20));
		uint32_t type = get32(s + 4), flags = get32(s + 8);
		print("mb2: section name=%s type=%u flags=%u addr=%x size=%u", strings ? text_at(strings + get32(s)) : "",
		      type, flags, addr, size);
		if (type && type != 8 && !(flags & 2))
			print(" crc32=%x%s", crc32(addr, size), overlap(addr, addr + size));
		print("\n");
	}
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
}

static void dump_acpi(uint32_t at, uint32_t size)
{
	uint32_t p = at + 8, len = size - 8;
	print("mb2: rsdp len=%u rev=%u rsdt=%x sum1=%u sum2=%u ok=%u\n", len, get32(p + 12) >> 24, get32(p + 16), sum(p, 20),
	      sum(p, len), get64(p) == 0x2052545020445352ull && sum(p, len > 20 ? len : 20) == 0);
}

static void dump_tag(uint32_t at, uint32_t type, uint32_t size)
{
	print("mb2: tag type=%u size=%u aligned=%u\n", type, size, !(at & 7));
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
	else if (type == 8)
		print("mb2: framebuffer addr=%X pitch=%u width=%u height=%u bpp=%u type=%u\n", get64(at + 8), get32(at + 16),
		      get32(at + 20), get32(at + 24), get32(at + 28) & 255, get32(at + 28) >> 8 & 255);
	else if (type == 9)
		dump_sections(at);
	else if (type == 10)
		print("mb2: apm version=%x\n", (uint32_t)get16(at + 8));
	else if (type == 14 || type == 15)
		dump_acpi(at, size);
	else if (type == 16)
		dump_network(at, size);
	else if (type == 21)
		print("mb2: load_base=%x\n", get32(at + 8));
}

static void dump_entry(uint32_t magic, uint32_t info)
{
	struct state *s = &state;
	print("mb2: magic=%x info=%x\n", magic, info);
	print("mb2: regs eax=%x ebx=%x ecx=%x edx=%x esi=%x edi=%x ebp=%x\n", s->eax, s->ebx, s->ecx, s->edx, s->esi, s->edi,
	      s->ebp);
	print("mb2: flags eflags=%x if=%u df=%u cr0=%x pe=%u pg=%u cr4=%x\n", s->eflags, s->eflags >> 9 & 1,
	      s->eflags >> 10 & 1, s->cr0, s->cr0 & 1, s->cr0 >> 31, s->cr4);
	print("mb2: segs cs=%x ds=%x es=%x fs=%x gs=%x ss=%x\n", s->cs, s->ds, s->es, s->fs, s->gs, s->ss);
	print("mb2: a20=%u\n", a20_on());
	print("mb2: self start=%x text_end=%x end=%x crc32=%x bss_zero=%u\n", (uint32_t)link_base, (uint32_t)text_end,
	      (uint32_t)bss_end, crc32((uint32_t)link_base, (uint32_t)(text_end - link_base)), s->bss_zero & 1);
}

void dump(uint32_t magic, uint32_t info)
{
	serial_init();
	print("\nmb2: begin\n");
	dump_entry(magic, info);
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
