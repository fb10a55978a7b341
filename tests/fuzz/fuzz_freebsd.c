/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD kernels: what is accepted lies in its file and in the first GiB, and
 * its metadata is as long as promised.  The same bytes are a module of either
 * architecture, a hints file, the arguments, the DHCP packet and SMBIOS's table.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/freebsd.h"
#include "services/firmware/boot_machine.h"
#include "tests/fuzz/long_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_all(struct writer *w, const uint8_t *data, size_t size, const char *args)
{
	struct boot_machine m = { .dhcp_ack[0] = { data, (uint32_t)size }, .smbios = { data, (uint32_t)size } };
	freebsd_put_args(w, args);
	freebsd_put_env(w, (const char *)data, size);
	freebsd_put_facts(w, "k", true, &m);
}

static void check_env(const uint8_t *data, size_t size, const char *args)
{
	struct writer w = { 0 };
	put_all(&w, data, size, args);
	w = (struct writer){ .buf = malloc(w.len), .cap = w.len };
	put_all(&w, data, size, args);
	assert(w.len == w.cap && !w.buf[w.len - 1]);
	for (size_t at = 0; at < w.len; at += strlen((char *)w.buf + at) + 1)
		assert(strchr((char *)w.buf + at, '='));
	free(w.buf);
}

#define LAID_OUT_MAX (64u << 20)	/* more takes memory and shows nothing new */

static void check_ko(bool is64, const uint8_t *data, size_t size)
{
	struct freebsd_module m = { .name = "m", .type = "t", .args = "" };
	struct boot_why why = { "" };
	if (freebsd_ko_open(&m.ko, is64, data, size, &why) < 0) {
		assert(why.text[0]);
		return;
	}
	struct freebsd_ko *ko = &m.ko;
	assert(ko->len <= FREEBSD_END_MAX && ko->align >= FREEBSD_PAGE && !(ko->align & (ko->align - 1)));
	if (ko->len > LAID_OUT_MAX || (uint64_t)ko->elf.shnum * ko->elf.shentsize > LAID_OUT_MAX)
		return;
	uint32_t headers_len = ko->elf.shnum * ko->elf.shentsize, len = ko->len;
	uint8_t *out = calloc(1, len + 1), *headers = malloc(headers_len + 1);
	freebsd_ko_lay_out(ko, 1u << 29, out, headers);
	assert(ko->len == len);
	free(out);
	free(headers);
}

static void check_kernel(const uint8_t *data, size_t size, const char *args)
{
	static const struct memmap map = { .count = 1, .e = { { 0, 0x9f000, MEM_USABLE, 1 } } };
	struct freebsd_kernel k;
	struct boot_why why = { "" };
	if (freebsd_open(&k, data, size, &why) < 0) {
		assert(why.text[0]);
		return;
	}
	assert(k.segments && k.lo < k.hi && k.hi <= FREEBSD_END_MAX);
	for (unsigned i = 0; i < k.segments; i++)
		assert(k.seg[i].len <= k.seg[i].mem && (uint64_t)k.seg[i].offset + k.seg[i].len <= size);
	assert((uint64_t)k.syms.symtab + k.syms.symtab_len <= size &&
	       (uint64_t)k.syms.strtab + k.syms.strtab_len <= size);
	/* the same bytes as its module: as they are, and, where they are one, laid out */
	struct freebsd_module m[2] = {
		{ .name = "data", .type = "t", .args = args, .len = 1 }, { .name = "m", .type = "elf", .args = "" },
	};
	struct freebsd_given g = { .kernel = &k, .name = "k", .args = args, .map = &map, .module = m, .modules = 1 };
	uint8_t *headers = NULL;
	if (freebsd_ko_open(&m[1].ko, k.elf.is64, data, size, &why) == 0 && m[1].ko.len <= LAID_OUT_MAX &&
	    m[1].ko.elf.shnum * m[1].ko.elf.shentsize <= LAID_OUT_MAX) {
		m[1].headers = headers = calloc(1, m[1].ko.elf.shnum * m[1].ko.elf.shentsize + 1);
		g.modules = 2;
	}
	uint8_t stack[FREEBSD_STACK_LEN];
	freebsd_build_stack(&g, 0x9000, stack);
	size_t len = freebsd_build_modinfo(&g, NULL, 0);
	uint8_t *buf = malloc(len);
	assert(freebsd_build_modinfo(&g, buf, len) == len);
	free(buf);
	free(headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_why why = { "" };
	uint32_t howto;
	char *args = malloc(size + 1);
	memcpy(args, data, size);
	args[size] = '\0';
	check_env(data, size, args);
	if (freebsd_flags(args, &howto, &why) < 0)
		assert(why.text[0]);
	for (int longer = 0; longer <= 1; longer++) {
		const uint8_t *file = longer ? long_file(data, size) : data;
		size_t len = longer ? LONG_FILE_LEN : size;
		check_ko(false, file, len);
		check_ko(true, file, len);
		check_kernel(file, len, args);
	}
	free(args);
	return 0;
}
