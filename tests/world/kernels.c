/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See kernels.h.  Multiboot2 2.0, 3.1.2 (header), 3.2 (machine state), 3.6 (boot information);
 * Multiboot 0.6.96, 3.1 and 3.3; Linux' Documentation/arch/x86/boot.rst; FreeBSD's stand/i386/libi386 for amd64.
 */
#include "tests/world/kernels.h"

#include <elf.h>
#include <string.h>
#include <zlib.h>

#include "gen/abi16.h"
#include "kernel/gate.h"
#include "services/boot/freebsd.h"
#include "services/boot/nbp.h"
#include "services/boot/realmode.h"
#include "services/dhcp/dhcp_packet.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define KERNEL_LEN	150001u
#define KERNEL_AT	0x200000u
#define KERNEL_BSS	70000u
#define ENTRY		256u
#define ONE_LEN		70003u
#define TWO_LEN		50000u

static uint8_t kernel[KERNEL_LEN], one[ONE_LEN], two[TWO_LEN];

static void fill(uint8_t *p, size_t len, size_t seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = far_byte(i + seed);
}

void kernels_serve(unsigned cuts)
{
	const uint32_t magic = 0xe85250d6, header[] = {
		magic, 0, 48, -(magic + 48),
		2, 24, KERNEL_AT, KERNEL_AT, KERNEL_AT + KERNEL_LEN, KERNEL_AT + KERNEL_LEN + KERNEL_BSS,
		3, 12, KERNEL_AT + 64, 0,
		0, 8,
	};
	fill(kernel, KERNEL_LEN, 1);
	fill(one, ONE_LEN, 2);
	fill(two, TWO_LEN, 3);
	memcpy(kernel, header, sizeof(header));
	((uint32_t *)kernel)[2] = sizeof(header);
	((uint32_t *)kernel)[3] = -(magic + (uint32_t)sizeof(header));
	far_serve("/kernel", kernel, KERNEL_LEN)->cuts = cuts;
	far_serve("/one", one, ONE_LEN)->cuts = cuts;
	far_serve("/two", two, TWO_LEN)->cuts = cuts;
}

static const void *at(uint32_t address)
{
	return (const void *)(uintptr_t)address;
}

void kernels_arrived(struct entry_regs regs)
{
	static const uint8_t zeros[KERNEL_BSS];
	const struct { const uint8_t *data; size_t len; const char *line; } want[] = {
		{ one, ONE_LEN, "one first word" }, { two, TWO_LEN, "two second" },
	};
	unsigned modules = 0;
	CHECK_INT(regs.eax, 0x36d76289);
	CHECK_INT(regs.eip, KERNEL_AT + 64);
	CHECK(!memcmp(at(KERNEL_AT), kernel, KERNEL_LEN));
	CHECK(!memcmp(at(KERNEL_AT + KERNEL_LEN), zeros, KERNEL_BSS));
	const uint32_t *tag = at(regs.ebx + 8);
	for (; tag[0]; tag += (tag[1] + 7) / 8 * 2) {
		if (tag[0] == 1)
			CHECK(!strcmp((const char *)(tag + 2), "kernel a=1"));
		if (tag[0] != 3)
			continue;
		CHECK(modules < 2);
		CHECK_INT(tag[3] - tag[2], want[modules].len);
		CHECK(!memcmp(at(tag[2]), want[modules].data, want[modules].len));
		CHECK(!strcmp((const char *)(tag + 4), want[modules].line));
		modules++;
	}
	CHECK_INT(modules, 2);
}

/* ---- others ---- */

#define LINUX_SETUP	(5 * 512u)
#define LINUX_LEN	(LINUX_SETUP + 0x8000u)
#define LINUX_MEMORY	0x30000u
#define STORED_MAX	65535u

#define WINDOW64	0xffffffffc0000000u	/* FreeBSD's amd64 addresses */

#define NBP_LEN		4000u
#define NBP_LONG_LEN	9000u

static uint8_t nbp[NBP_LEN], nbp_long[NBP_LONG_LEN], undine[NBP_LEN];
static uint8_t kernel1[KERNEL_LEN], freebsd[KERNEL_LEN], linux_file[LINUX_LEN], packed[KERNEL_LEN + 100];

static void set(uint8_t *at, uint64_t v, size_t len)
{
	memcpy(at, &v, len);
}

static uint32_t get32(const void *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static void make_multiboot(void)
{
	const uint32_t magic = 0x1badb002, flags = 0x10000, header[] = {
		magic, flags, -(magic + flags), KERNEL_AT, KERNEL_AT, KERNEL_AT + KERNEL_LEN,
		KERNEL_AT + KERNEL_LEN + KERNEL_BSS, KERNEL_AT + 64,
	};
	fill(kernel1, KERNEL_LEN, 4);
	memcpy(kernel1, header, sizeof(header));
}

/* gzip's stored blocks (RFC 1951, 3.2.4; RFC 1952, 2.3): how many bytes. */
static size_t pack(uint8_t *out, const uint8_t *p, size_t len)
{
	static const uint8_t head[10] = { 0x1f, 0x8b, 8 };
	uint8_t *begin = out, *from = out + sizeof(head);
	uint32_t sum = (uint32_t)crc32(0, p, (uInt)len), all = (uint32_t)len;
	memcpy(out, head, sizeof(head));
	for (out = from; len;) {
		uint16_t part = (uint16_t)(len < STORED_MAX ? len : STORED_MAX);
		out[0] = part == len;
		set(out + 1, part, 2);
		set(out + 3, (uint16_t)~part, 2);
		memcpy(out + 5, p, part);
		out += 5 + part;
		p += part;
		len -= part;
	}
	set(out, sum, 4);
	set(out + 4, all, 4);
	return (size_t)(out + 8 - begin);
}

static void make_linux(void)
{
	fill(linux_file, LINUX_LEN, 5);
	memset(linux_file, 0, LINUX_SETUP);
	linux_file[0x1f1] = 4;
	set(linux_file + 0x1f4, (LINUX_LEN - LINUX_SETUP) / 16, 4);
	set(linux_file + 0x1fe, 0xaa55, 2);
	linux_file[0x201] = 0x62;
	memcpy(linux_file + 0x202, "HdrS", 4);
	set(linux_file + 0x206, 0x20f, 2);
	set(linux_file + 0x24c, LINUX_LEN - LINUX_SETUP, 4);
	set(linux_file + 0x20e, 0x100, 2);
	linux_file[0x211] = 1;
	set(linux_file + 0x214, 0x100000, 4);
	set(linux_file + 0x22c, 0x7fffffff, 4);
	set(linux_file + 0x230, 0x200000, 4);
	linux_file[0x234] = 1;
	set(linux_file + 0x238, 2047, 4);
	set(linux_file + 0x258, 0x200000, 8);
	set(linux_file + 0x260, LINUX_MEMORY, 4);
	strcpy((char *)linux_file + 0x300, "6.1.0-world (nobody) #1");
}

/* One segment, that is the whole file. */
static void make_freebsd(void)
{
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
			ELFOSABI_FREEBSD },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_entry = WINDOW64 + KERNEL_AT + ENTRY, .e_phoff = sizeof(header), .e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1, .e_shentsize = sizeof(Elf64_Shdr),
	};
	const Elf64_Phdr segment = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = WINDOW64 + KERNEL_AT, .p_paddr = KERNEL_AT,
		.p_filesz = KERNEL_LEN, .p_memsz = KERNEL_LEN + KERNEL_BSS, .p_align = 4096,
	};
	fill(freebsd, KERNEL_LEN, 6);
	memcpy(freebsd, &header, sizeof(header));
	memcpy(freebsd + sizeof(header), &segment, sizeof(segment));
}

/* They begin with a jump over itself that holds at 7C00h only. */
static void make_nbp(uint8_t *p, size_t len)
{
	fill(p, len, len);
	memcpy(p, "\xea\5\0\xc0\7", 5);
}

static void make_nbps(void)
{
	make_nbp(nbp, NBP_LEN);
	make_nbp(nbp_long, NBP_LONG_LEN);
	make_nbp(undine, NBP_LEN);
	set(undine + NBP_MAGIC_AT, NBP_MAGIC, 4);
	far_serve("/nbp", nbp, NBP_LEN);
	far_serve("/nbp-long", nbp_long, NBP_LONG_LEN);
	far_serve("/next.0", undine, NBP_LEN);
}

void kernels_serve_others(void)
{
	make_nbps();
	make_multiboot();
	make_freebsd();
	make_linux();
	far_serve("/kernel1", kernel1, KERNEL_LEN);
	far_serve("/freebsd", freebsd, KERNEL_LEN);
	far_serve("/kernel.gz", packed, pack(packed, kernel, KERNEL_LEN));
	far_serve("/linux", linux_file, LINUX_LEN);
	far_serve("/linux.img", linux_file, LINUX_LEN);
	far_serve("/memdisk", linux_file, LINUX_LEN);
}

void kernels_arrived_multiboot(struct entry_regs regs)
{
	const uint8_t *info = at(regs.ebx);
	CHECK_INT(regs.eax, 0x2badb002);
	CHECK_INT(regs.eip, KERNEL_AT + 64);
	CHECK(!memcmp(at(KERNEL_AT), kernel1, KERNEL_LEN));
	CHECK(!strcmp(at(get32(info + 16)), "kernel1 b"));
	CHECK_INT(get32(info + 20), 2);
	const uint8_t *module = at(get32(info + 24));
	CHECK_INT(get32(module + 4) - get32(module), ONE_LEN);
	CHECK(!memcmp(at(get32(module)), one, ONE_LEN));
	CHECK(!memcmp(at(get32(module + 16)), two, TWO_LEN));
	CHECK(!strcmp(at(get32(module + 24)), "two second"));
}

void kernels_arrived_linux(struct entry_regs regs)
{
	const uint8_t *zero_page = at(regs.esi), *initrd = at(get32(zero_page + 0x218));
	CHECK(!memcmp(at(regs.eip), linux_file + LINUX_SETUP, LINUX_LEN - LINUX_SETUP));
	CHECK(!strcmp(at(get32(zero_page + 0x228)), "quiet"));
	CHECK_INT(get32(zero_page + 0x21c), (ONE_LEN + 3) / 4 * 4 + (TWO_LEN + 3) / 4 * 4);
	CHECK(!memcmp(initrd, one, ONE_LEN));
	CHECK(!memcmp(initrd + (ONE_LEN + 3) / 4 * 4, two, TWO_LEN));
	CHECK(zero_page[0x1e8] >= 2);	/* pieces of the memory map */
}

/* The metadata's next record of that type (FreeBSD's sys/linker.h); NULL: there is none. */
static const uint32_t *record(const uint32_t *r, uint32_t type)
{
	while (r[0] && r[0] != type)
		r += 2 + (r[1] + 7) / 8 * 2;
	return r[0] ? r : NULL;
}

void kernels_arrived_freebsd(struct entry_regs regs)
{
	enum { NAME = 1, TYPE = 2, ADDR = 3, SIZE = 4, ENVP = 0x8006, HOWTO = 0x8007, KERNEND = 0x8008 };
	static const uint8_t zeros[KERNEL_BSS];
	const uint8_t *block = at(regs.ebx);		/* the way into long mode, its tables, stack and entry */
	const uint32_t *stack = at(regs.esp), *info, *r;
	uint64_t entry;
	memcpy(&entry, block + FREEBSD64_CODE_LEN + 8, sizeof(entry));
	CHECK_INT(regs.eip, regs.ebx);
	CHECK_INT(get32(block + FREEBSD64_CODE_LEN), regs.ebx + 4096);
	CHECK_INT(get32(block + FREEBSD64_CODE_LEN + 4), regs.esp);
	CHECK(entry == WINDOW64 + KERNEL_AT + ENTRY);
	CHECK(!memcmp(at(KERNEL_AT), freebsd, KERNEL_LEN));
	CHECK(!memcmp(at(KERNEL_AT + KERNEL_LEN), zeros, KERNEL_BSS));
	info = at(stack[1]);
	CHECK(!strcmp((const char *)(info + 2), "freebsd"));
	CHECK_INT(record(info, HOWTO)[2], 2);		/* -s */
	CHECK_INT(record(info, KERNEND)[2], stack[2]);
	CHECK(!strcmp(at(record(info, ENVP)[2]), "a=1"));
	r = record(record(info, HOWTO), NAME);		/* the first module */
	CHECK(!strcmp((const char *)(r + 2), "one"));
	CHECK(!strcmp((const char *)(record(r, TYPE) + 2), "mfs_root"));
	CHECK_INT(record(r, SIZE)[2], ONE_LEN);
	CHECK(!memcmp(at(record(r, ADDR)[2]), one, ONE_LEN));
	CHECK(record(r, ADDR)[2] + ONE_LEN <= stack[2]);
}

/* ---- what is entered in real mode ---- */

static struct real_regs real_regs(struct entry_regs regs)
{
	const struct realmode_block *block = pc_at(regs.eip);
	CHECK_INT(regs.ebx, regs.eip);
	CHECK(!memcmp(block->code, realmode_code, sizeof(block->code)));
	CHECK_INT(block->regs.cs << 4, 0);
	CHECK_INT(block->regs.ip, NBP_BASE);
	CHECK(block->regs.flags & 0x200);
	return block->regs;
}

static bool option_is(unsigned number, const char *text)
{
	char value[64];
	int len = dhcp_option(pc_at(PC_ACK), PC_ACK_LEN, number, 0, (uint8_t *)value, sizeof(value));
	return len == (int)strlen(text) && !memcmp(value, text, (size_t)len);
}

/* As the ROM has left them to us. */
static struct real_regs knows_pxe(struct entry_regs regs)
{
	struct real_regs r = real_regs(regs);
	CHECK_INT((uint32_t)r.es * 16 + r.ebx, PC_PXENV);
	return r;
}

void kernels_arrived_nbp(struct entry_regs regs)
{
	static const uint8_t server[] = { 10, 0, 0, 9 };
	struct real_regs r = knows_pxe(regs);
	const uint8_t *ack = pc_at(PC_ACK);
	static const uint8_t zeros[R_LEN - R_TX];
	CHECK_INT(r.ss * 16u + r.sp, PC_STACK);
	CHECK(!memcmp(pc_at(NBP_BASE), nbp, NBP_LEN));
	CHECK(!memcmp(pc_at(MACHINE_LOW + R_TX), zeros, sizeof(zeros)));	/* frames are not left to it */
	CHECK(!memcmp(ack + 20, server, sizeof(server)));
	CHECK(!strcmp((const char *)ack + 108, "other.0"));
	CHECK(option_is(210, "/dir/"));
	CHECK(option_is(53, "\5"));
}

void kernels_arrived_nbp_by_pxechn(struct entry_regs regs)
{
	static const uint8_t server[] = { 10, 0, 0, 1 };
	const uint8_t *ack = pc_at(PC_ACK);
	knows_pxe(regs);
	CHECK(!memcmp(pc_at(NBP_BASE), nbp, NBP_LEN));
	CHECK(!memcmp(ack + 20, server, sizeof(server)));
	CHECK(!strcmp((const char *)ack + 108, "nbp"));
	CHECK(option_is(210, "/dir/") && option_is(209, "conf"));
	CHECK(option_is(53, "\5"));
}

void kernels_arrived_long_nbp(struct entry_regs regs)
{
	struct real_regs r = knows_pxe(regs);
	uint32_t sp = r.ss * 16u + r.sp;
	CHECK(!memcmp(pc_at(NBP_BASE), nbp_long, NBP_LONG_LEN));
	CHECK(sp >= NBP_BASE + NBP_LONG_LEN || sp + 8 <= NBP_BASE);
	const struct segoff *stack = pc_at(sp);
	CHECK(!memcmp(pc_at(segoff_linear(stack[0])), "\xcd\x18", 2));
	CHECK_INT(segoff_linear(stack[1]), PC_BANG);
	CHECK(!strcmp((const char *)pc_at(PC_ACK) + 108, "undine.0"));
}

void kernels_arrived_undine(struct entry_regs regs)
{
	const uint8_t *there = pc_at(NBP_BASE);
	knows_pxe(regs);
	CHECK(!strcmp(pc_at(get32(there + NBP_ARGS)), "script=x"));
	memcpy(undine + NBP_ARGS, there + NBP_ARGS, 4);
	CHECK(!memcmp(there, undine, NBP_LEN));
}
