/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things are in Linux's setup header and zero page (boot.rst, "Details
 * of header fields"; zero-page.rst), for linux.c and linux_params.c.
 */
#ifndef SERVICES_BOOT_LINUX_FIELDS_H
#define SERVICES_BOOT_LINUX_FIELDS_H

enum {
	/* the setup header: the same offsets in the file and in the zero page */
	LX_HEADER = 0x1f1,		/* setup_sects */
	LX_SYSSIZE = 0x1f4,
	LX_VID_MODE = 0x1fa,
	LX_BOOT_FLAG = 0x1fe,
	LX_MAGIC = 0x202,		/* "HdrS"; the byte before says how long the header is from here */
	LX_VERSION = 0x206,
	LX_KERNEL_VERSION = 0x20e,
	LX_LOADER = 0x210,
	LX_LOADFLAGS = 0x211,
	LX_SETUP_MOVE_SIZE = 0x212,
	LX_CODE32_START = 0x214,
	LX_RAMDISK = 0x218,		/* address, then size */
	LX_HEAP_END = 0x224,
	LX_CMDLINE = 0x228,
	LX_INITRD_MAX = 0x22c,
	LX_KERNEL_ALIGNMENT = 0x230,
	LX_RELOCATABLE = 0x234,
	LX_CMDLINE_SIZE = 0x238,
	LX_PAYLOAD_LENGTH = 0x24c,
	LX_SETUP_DATA = 0x250,
	LX_PREF_ADDRESS = 0x258,
	LX_INIT_SIZE = 0x260,
	LX_HEADER_END = 0x290,		/* the zero page has other things from here on */

	/* the zero page */
	LX_SCREEN = 0x000,
	LX_APM = 0x040,
	LX_RSDP = 0x070,
	LX_ALT_MEM_K = 0x1e0,
	LX_E820_ENTRIES = 0x1e8,
	LX_E820 = 0x2d0,

	LX_BOOT_MAGIC = 0xaa55,
	LX_LOADED_HIGH = 1, LX_CAN_USE_HEAP = 0x80,	/* loadflags */
	LX_LOADER_UNKNOWN = 0xff,
	LX_E820_MAX = 128, LX_E820_LEN = 20,
	LX_SETUP_E820_EXT = 1, LX_SETUP_DATA_LEN = 16,	/* next, type, len */
};

#endif
