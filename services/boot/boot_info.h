/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel is told, whatever the form: the input of the builders of
 * Multiboot2 (mb2_info.c) and Multiboot (mb1_info.c) information.  Pure.
 */
#ifndef SERVICES_BOOT_BOOT_INFO_H
#define SERVICES_BOOT_BOOT_INFO_H

#include "kernel/memmap.h"
#include "services/boot/kernel_file.h"
#include "services/firmware/boot_machine.h"
#include "services/firmware/vbe.h"

#define BOOT_INFO_SLACK (MEMMAP_MAX * 24 + 32)

struct boot_module {
	uint32_t start, end;		/* physical; both 0 when it is empty */
	const char *name, *args;	/* joined by a blank */
	bool no_name;			/* args alone */
};

enum boot_console {
	BOOT_CONSOLE_NONE,		/* the kernel can use none that there is */
	BOOT_CONSOLE_TEXT,
	BOOT_CONSOLE_GRAPHICS,
};

/* What a kernel's header says about its console. */
struct boot_console_wish {
	bool graphics;			/* it wants a graphics mode */
	bool text;			/* it can do with the text screen */
	bool required;			/* it does not run without either */
	struct vbe_wish mode;
};

struct boot_info {
	const char *name, *args;	/* the kernel's, as in boot_module */
	bool no_name;
	const char *loader;		/* "Undine 1.0" */
	uint32_t at;			/* where the information will be */
	uint32_t load_base;		/* where the lowest segment is */
	const struct boot_module *module;
	unsigned modules;
	const struct memmap *map;	/* at most MEMMAP_MAX entries */
	const struct kernel_file *kernel;	/* for its section headers */
	uint32_t syms_addr;		/* where syms_lo of the file is in memory */
	const struct boot_machine *machine;	/* all of it but the map */
	enum boot_console console;
	struct vbe_mode mode;		/* if graphics */
};

struct writer;

/*
 * The console, if it is not BOOT_CONSOLE_NONE: 24 bytes and, with graphics, 6
 * of colours.  (Multiboot's specification has those at 110 in its table; its
 * multiboot.h and GRUB, so all kernels, at 112, where this puts them.)
 */
void boot_info_put_framebuffer(struct writer *w, const struct boot_info *in);

#endif
