/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD kernels, amd64 and i386: which bytes go where, the boot flags, the
 * kernel environment, and the metadata ("modinfo") that tells the kernel of
 * itself and of its modules (FreeBSD's sys/linker.h, machine/metadata.h,
 * machine/bootinfo.h); and its modules (.ko), which the kernel links but the
 * loader lays out.  Pure.
 *
 * What a module depends on is freebsd_kld.h's.
 * Called by freebsd_protocol.c.
 */
#ifndef SERVICES_BOOT_FREEBSD_H
#define SERVICES_BOOT_FREEBSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/elf.h"
#include "services/boot/segment.h"
#include "services/boot/why.h"
#include "services/boot/writer.h"

#define FREEBSD_SEGMENTS_MAX 16u
#define FREEBSD_PAGE 4096u
#define FREEBSD_END_MAX 0x40000000u	/* the kernel and all that belongs to it lie in the first GiB */

struct boot_machine;
struct memmap;

/* In the file; lengths 0: it has none, or not whole. */
struct freebsd_symbols {
	uint32_t symtab, symtab_len, strtab, strtab_len;
};

struct freebsd_kernel {
	struct elf elf;
	struct segment seg[FREEBSD_SEGMENTS_MAX];
	unsigned segments;
	uint32_t lo, hi;		/* the memory that the segments take */
	uint64_t entry;			/* amd64: virtual; i386: physical */
	struct freebsd_symbols syms;
};

/* Checks all that can be checked without knowing the machine: 0, or -ENOEXEC with *why set.  data must outlive k. */
int freebsd_open(struct freebsd_kernel *k, const uint8_t *data, size_t len, struct boot_why *why);

void freebsd_read_symbols(const struct elf *e, struct freebsd_symbols *s);

/* A module (.ko). */
struct freebsd_ko {
	struct elf elf;
	uint32_t len, align;		/* the memory that it takes */
	uint32_t table[3];		/* amd64: the sections with symbols, their names and those of sections */
	uint32_t dynamic;		/* i386: where its dynamic section is in it */
	struct freebsd_symbols syms;	/* i386 */
	uint32_t ssym, esym;		/* i386: where its symbols are, equal: it has none */
};

/* Checks all of it: 0, or -ENOEXEC with *why set.  is64: as the kernel is.  data must outlive ko. */
int freebsd_ko_open(struct freebsd_ko *ko, bool is64, const uint8_t *data, size_t len, struct boot_why *why);
/* Writes it to out, ko->len zero bytes, as it will be at addr; and its section headers, shnum * shentsize bytes. */
void freebsd_ko_lay_out(struct freebsd_ko *ko, uint32_t addr, uint8_t *out, uint8_t *headers);

/* -s -v -h ... of the kernel's arguments: its "howto" word; 0 and *howto, or -EINVAL for a flag that there is not. */
int freebsd_flags(const char *args, uint32_t *howto, struct boot_why *why);

/*
 * The environment: strings "name=value", each with its NUL, one more at the
 * end; the kernel takes the first of several with one name.  freebsd_put_env
 * copies the lines name=value or name="value" of a text (a hints file,
 * loader.conf; # begins a comment); freebsd_put_args the words name=value of
 * the kernel's arguments; freebsd_put_facts what is known of the machine, and
 * returns the first of SMBIOS' texts that is left out because it is too long
 * ("chassis.serial"), or NULL.
 */
void freebsd_put_env(struct writer *w, const char *text, size_t len);
void freebsd_put_args(struct writer *w, const char *args);
const char *freebsd_put_facts(struct writer *w, const char *kernel, bool root_image, const struct boot_machine *m);
/*
 * The boot flags that an environment asks for, as FreeBSD's own loader reads it: boot_single and the like, that are
 * set to anything but "no", and the consoles of console="comconsole vidconsole".
 */
uint32_t freebsd_env_howto(const char *env, size_t len);

struct freebsd_module {
	const char *name, *type, *args;
	uint32_t addr, len;
	struct freebsd_ko ko;		/* if it is one: elf.data is set */
	const uint8_t *headers;		/* its section headers */
};

/* A longer text is not read: all of it would go to a kernel that takes far less. */
#define FREEBSD_ENV_MAX (1u << 20)

/* What the metadata says; addresses are physical. */
struct freebsd_given {
	const struct freebsd_kernel *kernel;
	const char *name, *args;
	const struct freebsd_module *module;
	unsigned modules;
	uint32_t howto, ssym, esym, env, modinfo, end;	/* end: of all that belongs to the kernel, page aligned */
	const struct memmap *map;
};

size_t freebsd_build_modinfo(const struct freebsd_given *g, uint8_t *buf, size_t cap);

/*
 * The stack that the kernel is entered with, at address `at`, and for i386
 * the bootinfo behind it; FREEBSD_STACK_LEN bytes at the most.
 */
#define FREEBSD_STACK_LEN 128u
void freebsd_build_stack(const struct freebsd_given *g, uint32_t at, uint8_t *buf);

/* freebsd64.asm: into long mode.  The block lies in low memory on a page of its own; EBX is its address. */
#define FREEBSD64_CODE_LEN 136
struct freebsd64_block {
	uint8_t code[FREEBSD64_CODE_LEN];
	uint32_t cr3, sp;
	uint64_t entry;
};
extern const uint8_t freebsd64_code[FREEBSD64_CODE_LEN];

#define FREEBSD64_TABLES_LEN (3 * 4096u)
/* Every GiB is the first GiB, in pages of 2 MiB; at: the tables' address, page aligned. */
void freebsd64_build_tables(uint32_t at, uint8_t *buf);

#endif
