/* SPDX-License-Identifier: BSD-2-Clause */
/* See kernlib.h. */
#include "tests/kernels/kernlib.h"

#include <stdarg.h>

#pragma GCC visibility push(hidden)

void *memcpy(void *dst, const void *src, size_t len);
void *memset(void *dst, int c, size_t len);

static uint32_t crc_table[256];

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

void serial_init(void)
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

void drain(void)
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

void print(const char *fmt, ...)
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

uint32_t get32(uint32_t at)
{
	return *(const volatile uint32_t *)at;
}

uint16_t get16(uint32_t at)
{
	return *(const volatile uint16_t *)at;
}

uint64_t get64(uint32_t at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

const char *text_at(uint32_t at)
{
	return (const char *)at;
}

uint32_t crc32(uint32_t at, uint32_t len)
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

uint8_t sum(uint32_t at, uint32_t len)
{
	uint8_t s = 0;
	for (const uint8_t *p = (const uint8_t *)at; len--; p++)
		s = (uint8_t)(s + *p);
	return s;
}

bool a20_on(void)
{
	volatile uint32_t *low = (volatile uint32_t *)0x510, *high = (volatile uint32_t *)0x100510;
	uint32_t kept = *low, other = *high;
	*low = ~other;
	bool on = *high == other;
	*low = kept;
	return on;
}

void dump_bytes(const char *word, const char *thing, uint32_t at, uint32_t len)
{
	print("%s: %s bytes=", word, thing);
	for (uint32_t i = 0; i < len; i++)
		put_hex(*(const uint8_t *)(at + i), 2);
	print("\n");
}

void dump_entry(const char *word)
{
	const struct state *s = &state;
	print("%s: regs eax=%x ebx=%x ecx=%x edx=%x esi=%x edi=%x ebp=%x\n", word, s->eax, s->ebx, s->ecx, s->edx,
		s->esi, s->edi,
	      s->ebp);
	print("%s: flags eflags=%x if=%u df=%u cr0=%x pe=%u pg=%u cr4=%x\n", word, s->eflags, s->eflags >> 9 & 1,
	      s->eflags >> 10 & 1, s->cr0, s->cr0 & 1, s->cr0 >> 31, s->cr4);
	print("%s: segs cs=%x ds=%x es=%x fs=%x gs=%x ss=%x\n", word, s->cs, s->ds, s->es, s->fs, s->gs, s->ss);
	print("%s: a20=%u\n", word, a20_on());
	print("%s: self start=%x text_end=%x end=%x crc32=%x bss_zero=%u\n", word, (uint32_t)link_base,
		(uint32_t)text_end,
	      (uint32_t)bss_end, crc32((uint32_t)link_base, (uint32_t)(text_end - link_base)), s->bss_zero & 1);
}

const char *overlap(uint32_t lo, uint32_t hi, uint32_t info_lo, uint32_t info_hi)
{
	if (lo < (uint32_t)bss_end && (uint32_t)link_base < hi)
		return " overlap=kernel";
	return lo < info_hi && info_lo < hi ? " overlap=info" : "";
}

/* The names are read through sh_addr, so wrong addresses show. */
void dump_sections(const char *word, uint32_t at, uint32_t num, uint32_t step, uint32_t names)
{
	bool wide = step >= 64;
	print("%s: elf num=%u entsize=%u shndx=%u\n", word, num, step, names);
	uint32_t strings = num > names ? get32(at + names * step + (wide ? 16 : 12)) : 0;
	for (uint32_t i = 0; i < num; i++) {
		uint32_t s = at + i * step;
		uint32_t addr = get32(s + (wide ? 16 : 12)), size = get32(s + (wide ? 32 : 20));
		uint32_t type = get32(s + 4), flags = get32(s + 8);
		print("%s: section name=%s type=%u flags=%u addr=%x size=%u", word,
			strings ? text_at(strings + get32(s)) : "",
		      type, flags, addr, size);
		if (type && type != 8 && !(flags & 2))
			print(" crc32=%x%s", crc32(addr, size), overlap(addr, addr + size, 0, 0));
		print("\n");
	}
}

static void put_pixel(const struct framebuffer *f, uint32_t x, uint32_t y, uint32_t value)
{
	uint8_t *p = (uint8_t *)(uint32_t)f->addr + y * f->pitch + x * ((f->bpp + 7) / 8);
	for (uint32_t i = 0; i < (f->bpp + 7u) / 8; i++)
		p[i] = (uint8_t)(value >> i * 8);
}

/* Three squares of 32 pixels in the corner, red, green and blue, for a look at the screen. */
void draw_framebuffer(const struct framebuffer *f)
{
	for (uint32_t y = 0; y < 32; y++)
		for (uint32_t x = 0; x < 96; x++)
			put_pixel(f, x, y, ((1u << f->size[x / 32]) - 1) << f->position[x / 32]);
}
