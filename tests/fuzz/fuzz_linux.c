/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux kernels: what is accepted fits below 4 GiB and is entered in its own
 * bytes; what it is given is built within its bounds.  The command line is what
 * stands behind the file's last NUL, and names a file for the initrd, too.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memmap.h"
#include "services/boot/initrd.h"
#include "services/boot/linux.h"
#include "services/boot/writer.h"
#include "services/firmware/boot_machine.h"
#include "tests/fuzz/long_file.h"
#include "tests/fuzz/made_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_build(const struct linux_given *g)
{
	uint16_t sp;
	size_t len = linux_build_params(g, NULL, 0);
	uint8_t *buf = malloc(len);
	assert(linux_build_params(g, buf, len) == len);
	free(buf);
	len = linux_build_setup(g, NULL, 0, &sp);
	buf = malloc(len);
	assert(linux_build_setup(g, buf, len, &sp) == len && sp >= g->kernel->setup_len && sp < len);
	free(buf);
}

static void check_names(const char *args)
{
	const char *path;
	struct writer w = { 0 };
	if (!initrd_is_file(args, args, &path))
		return;
	initrd_put_header(&w, path, args, 1);
	w = (struct writer){ .buf = malloc(w.len), .cap = w.len };
	initrd_put_header(&w, path, args, 1);
	assert(w.len == w.cap && w.len % INITRD_ALIGN == 0);
	free(w.buf);
}

static void check(const uint8_t *data, size_t size, const char *args)
{
	static struct made_machine made;
	struct linux_kernel k;
	struct linux_words words;
	struct boot_why why = { "" };
	if (linux_open(&k, data, size, &why) < 0 || linux_read_words(&k, args, &words, &why) < 0) {
		assert(why.text[0]);
		return;
	}
	assert((uint64_t)k.setup_len + k.kernel_len == size && k.kernel_len <= k.memory &&
	       k.align && !(k.align & (k.align - 1)));
	assert((uint64_t)k.load + k.memory <= UINT32_MAX && (!k.entry32 || k.entry < k.kernel_len));
	make_machine(&made, data, size);
	struct linux_given g = { .kernel = &k, .words = &words, .args = args, .machine = &made.m, .map = &made.map };
	check_build(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char args[300];
	size_t args_len = 0;
	while (args_len < size && args_len < sizeof(args) - 1 && data[size - 1 - args_len])
		args_len++;
	memcpy(args, data + size - args_len, args_len);
	args[args_len] = '\0';
	check_names(args);
	check(data, size, args);
	check(long_file(data, size), LONG_FILE_LEN, args);
	return 0;
}
