/* SPDX-License-Identifier: BSD-2-Clause */
/* The image store, and what an image is by its content. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/boot/probes.h"
#include "services/image/image.h"
#include "tests/unit/fake_pages.h"

static struct image *add(const char *name, const char *text)
{
	struct membuf b = { 0 };
	assert_int_equal(membuf_append(&b, text, strlen(text)), 0);
	struct image *img = image_add(&b, name, "http://h/x", NULL);
	assert_non_null(img);
	assert_null(b.data);
	return img;
}

static void order_and_names(void **state)
{
	(void)state;
	struct image *a = add("xen", "1"), *b = add("initrd", "22"), *c = add("initrd", "333");
	assert_ptr_equal(image_first(), a);
	assert_ptr_equal(a->next, b);
	assert_ptr_equal(b->next, c);
	assert_null(c->next);
	assert_int_equal(image_count(), 3);
	assert_ptr_equal(image_find("initrd"), b);
	assert_null(image_find("Initrd"));
	assert_memory_equal(c->data, "333", 3);
	assert_int_equal(c->len, 3);
	image_free(b);
	assert_ptr_equal(image_find("initrd"), c);
	unsigned first = image_ticket(), second = image_ticket();
	b = add("late", "4");
	struct image *d = add("later", "5");
	image_place(b, second);
	image_place(d, first);
	assert_ptr_equal(c->next, d);
	assert_ptr_equal(d->next, b);
	assert_null(b->next);
	image_place(d, second + 1);
	assert_ptr_equal(b->next, d);
	image_free(b);
	image_free(d);
	image_free(NULL);
	struct image stranger = { .name = NULL };	/* what the store does not have it leaves alone */
	image_free(&stranger);
	assert_int_equal(image_count(), 2);
	image_free_behind(a);
	assert_ptr_equal(image_last(), a);
	image_free_behind(NULL);
	assert_null(image_last());
	add("xen", "1");
	image_free_all();
	assert_null(image_first());
	assert_int_equal(fake_pages_held, 0);
}

static void one_kernel(void **state)
{
	(void)state;
	struct image *a = add("a", "1"), *b = add("b", "2");
	assert_int_equal(a->role, IMAGE_FILE);
	assert_null(image_kernel());
	image_set_role(a, IMAGE_KERNEL);
	image_set_role(a, IMAGE_KERNEL);
	assert_ptr_equal(image_kernel(), a);
	image_set_role(b, IMAGE_KERNEL);
	assert_ptr_equal(image_kernel(), b);
	assert_int_equal(a->role, IMAGE_FILE);
	image_set_role(a, IMAGE_MODULE);
	assert_ptr_equal(image_kernel(), b);
	image_free_all();
}

static void strings_are_copied(void **state)
{
	(void)state;
	char name[] = "name", args[] = "a b";
	struct membuf b = { 0 };
	struct image *img = image_add(&b, name, NULL, args);
	name[0] = args[0] = 'X';
	assert_string_equal(img->name, "name");
	assert_string_equal(img->args, "a b");
	assert_string_equal(img->url, "");
	assert_int_equal(image_set_args(img, "other"), 0);
	assert_string_equal(img->args, "other");
	assert_int_equal(image_set_args(img, img->args), 0);
	assert_string_equal(img->args, "other");
	assert_int_equal(image_set_args(img, NULL), 0);
	assert_string_equal(img->args, "");
	image_free_all();
}

/* Small files take the pages they need, and those below a big buffer's; without memory to move they stay. */
static void small_files_move(void **state)
{
	(void)state;
	static const char text[] = "some bytes";
	for (int short_of_memory = 0; short_of_memory < 2; short_of_memory++) {
		struct membuf b = { 0 };
		assert_int_equal(membuf_reserve(&b, 256 * 1024), 0);
		assert_int_equal(membuf_append(&b, text, sizeof(text)), 0);
		const uint8_t *before = b.data;
		fake_pages_limit = short_of_memory ? fake_pages_held : SIZE_MAX;
		struct image *img = image_add(&b, "n", "u", "a");
		fake_pages_limit = SIZE_MAX;
		assert_non_null(img);
		assert_int_equal(img->data == before, short_of_memory);
		assert_memory_equal(img->data, text, sizeof(text));
		assert_int_equal(fake_pages_held, 4096);
		image_free_all();
		assert_int_equal(fake_pages_held, 0);
	}
}

/* Wherever memory ends: nothing is lost, nothing is half there. */
static void no_memory(void **state)
{
	(void)state;
	struct membuf b = { 0 };
	assert_int_equal(membuf_append(&b, "data", 4), 0);
	for (long blocks = 0; blocks < 5; blocks++) {
		fake_arena_left = blocks;
		assert_null(image_add(&b, "n", "u", "a"));
		assert_non_null(b.data);
		assert_null(image_first());
	}
	fake_arena_left = -1;
	struct image *img = image_add(&b, "n", "u", "a");
	fake_arena_left = 0;
	assert_true(image_set_args(img, "new") < 0);
	assert_string_equal(img->args, "a");
	fake_arena_left = -1;
	image_free_all();
	assert_int_equal(fake_pages_held, 0);
}

static enum image_type probe(const char *data, size_t len)
{
	return image_type_probe((const uint8_t *)data, len);
}

/* --type decides for kernels; for modules it is a word for their kernel. */
static void types_by_name(void **state)
{
	(void)state;
	struct image *img = add("a", "#!ipxe");
	assert_int_equal(image_type_of(img, img->data, img->len), IMAGE_SCRIPT);
	assert_int_equal(image_set_type(img, "multiboot2"), 0);
	assert_int_equal(image_type_of(img, img->data, img->len), IMAGE_MULTIBOOT2);
	assert_int_equal(image_set_type(img, "nonsense"), 0);
	assert_int_equal(image_type_of(img, img->data, img->len), IMAGE_UNKNOWN);
	image_set_role(img, IMAGE_MODULE);
	assert_int_equal(image_type_of(img, img->data, img->len), IMAGE_SCRIPT);
	image_free_all();
}

static void types(void **state)
{
	(void)state;
	char linux_head[0x210] = { 0 };
	memcpy(linux_head + 0x202, "HdrS", 4);
	assert_int_equal(probe("", 0), IMAGE_EMPTY);
	assert_int_equal(probe("x", 1), IMAGE_UNKNOWN);
	assert_int_equal(probe("#!ipxe", 6), IMAGE_SCRIPT);
	assert_int_equal(probe("#!ipx", 5), IMAGE_UNKNOWN);
	assert_int_equal(probe("#!gpxe\n", 7), IMAGE_SCRIPT);
	assert_int_equal(probe("#!gpxf\n", 7), IMAGE_UNKNOWN);
	assert_int_equal(probe("\xef\xbb\xbf#!ipxe", 9), IMAGE_SCRIPT_BOM);
	assert_int_equal(probe("\xff\xfe#\0!\0i\0", 8), IMAGE_SCRIPT_UTF16);
	assert_int_equal(probe("\xfe\xff\0#\0!\0i", 8), IMAGE_SCRIPT_UTF16);
	assert_int_equal(probe("#\0!\0i\0", 6), IMAGE_SCRIPT_UTF16);
	assert_int_equal(probe("\0#\0!\0i", 6), IMAGE_SCRIPT_UTF16);
	assert_int_equal(probe("\xff\xfe#\0x\0", 6), IMAGE_UNKNOWN);
	assert_int_equal(probe("#!ipxe\recho x\r", 14), IMAGE_SCRIPT_CR);
	assert_int_equal(probe("#!ipxe\r\necho x\r", 15), IMAGE_SCRIPT);
	assert_int_equal(probe("\n#!ipxe\n", 8), IMAGE_SCRIPT_LATE);
	assert_int_equal(probe("# mine\n#! iPXE", 14), IMAGE_SCRIPT_LATE);
	assert_int_equal(probe("#! ipxe", 7), IMAGE_SCRIPT_LATE);
	assert_int_equal(probe("#!IPXE\n", 7), IMAGE_SCRIPT_LATE);
	char far[1030];			/* it is looked for in the first KiB */
	memset(far, '\n', sizeof(far));
	memcpy(far + 1018, "#!ipxe", 6);
	assert_int_equal(probe(far, sizeof(far)), IMAGE_SCRIPT_LATE);
	memmove(far + 1019, far + 1018, 6);
	far[1018] = '\n';
	assert_int_not_equal(probe(far, sizeof(far)), IMAGE_SCRIPT_LATE);
	assert_int_equal(probe("#!/bin/ipxe\n", 12), IMAGE_UNKNOWN);
	assert_int_equal(probe("# of #!ipxe\n", 12), IMAGE_UNKNOWN);
	assert_int_equal(probe("x#!ipxe", 7), IMAGE_UNKNOWN);
	assert_int_equal(probe("x\n\0\n#!ipxe", 10), IMAGE_UNKNOWN);
	assert_int_equal(probe("#!ipx\ne", 7), IMAGE_UNKNOWN);
	assert_non_null(strstr(image_type_mistake(IMAGE_SCRIPT_CR), "CR alone"));
	assert_non_null(strstr(image_type_mistake(IMAGE_SCRIPT_LATE), "not #!ipxe"));
	assert_non_null(strstr(image_type_mistake(IMAGE_SCRIPT_BOM), "byte order mark"));
	assert_non_null(strstr(image_type_mistake(IMAGE_SCRIPT_UTF16), "UTF-16"));
	assert_null(image_type_mistake(IMAGE_SCRIPT));
	assert_null(image_type_mistake(IMAGE_UNKNOWN));
	assert_int_equal(probe("<!DOCTYPE html>", 15), IMAGE_PAGE);
	assert_int_equal(probe("\xef\xbb\xbf \r\n\t<HtMl lang=en>", 20), IMAGE_PAGE);
	assert_int_equal(probe("\n<h1>404", 8), IMAGE_PAGE);
	assert_int_equal(probe("<html", 4), IMAGE_UNKNOWN);
	assert_int_equal(probe("<?xml", 5), IMAGE_UNKNOWN);
	assert_int_equal(probe(" \n", 2), IMAGE_UNKNOWN);
	assert_int_equal(probe("\0<html>", 7), IMAGE_UNKNOWN);
	assert_int_equal(probe("\x1f\x8b\x08\0\0\0\0\0\0\3x", 11), IMAGE_GZIP);
	assert_int_equal(probe("070701000", 9), IMAGE_CPIO);
	assert_int_equal(probe("\3757zXZ\0\0", 7), IMAGE_XZ);
	assert_int_equal(probe("\x28\xb5\x2f\xfd", 4), IMAGE_ZSTD);
	assert_int_equal(probe("BZh91AY", 7), IMAGE_BZIP2);
	assert_int_equal(probe("\x02!L\x18xx", 6), IMAGE_LZ4);
	static const char nbp[4096] = "\xea\x05\0\xc0\x07";
	uint32_t multiboot2[] = { 0xe85250d6, 0, 24, -(0xe85250d6u + 24), 0, 8 },
		multiboot[] = { 0x1badb002, 0, -0x1badb002u };
	/* not without those who know them */
	assert_int_equal(probe((char *)multiboot2, sizeof(multiboot2)), IMAGE_UNKNOWN);
	image_set_probes(boot_probes);
	assert_int_equal(probe((char *)multiboot2, sizeof(multiboot2)), IMAGE_MULTIBOOT2);
	assert_int_equal(probe((char *)multiboot, sizeof(multiboot)), IMAGE_MULTIBOOT);
	assert_int_equal(probe(nbp, sizeof(nbp)), IMAGE_NBP);
	assert_int_equal(probe(linux_head, sizeof(linux_head)), IMAGE_LINUX);
	assert_int_equal(probe(linux_head, 0x205), IMAGE_UNKNOWN);
	memcpy(linux_head, nbp, 5);	/* memtest86+ */
	assert_int_equal(probe(linux_head, sizeof(linux_head)), IMAGE_LINUX);
	assert_int_equal(probe("\177ELF\1\1\1", 8), IMAGE_ELF);
	assert_int_equal(probe("\177ELF\1\1\1", 7), IMAGE_UNKNOWN);
	assert_int_equal(probe("\177ELF\1\1\1\11", 8), IMAGE_FREEBSD);
	assert_int_equal(probe("\177ELF\2\1\1\11", 8), IMAGE_FREEBSD);
	assert_int_equal(probe("#!ipxe", 6), IMAGE_SCRIPT);
	image_set_probes(NULL);
	assert_int_equal(image_type_named("multiboot2"), IMAGE_MULTIBOOT2);
	assert_int_equal(image_type_named("gzip"), IMAGE_UNKNOWN);
	assert_int_equal(image_type_named(""), IMAGE_UNKNOWN);
	for (enum image_type t = IMAGE_UNKNOWN; t < IMAGE_TYPES; t++)
		assert_true(strlen(image_type_text(t)) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_and_names), cmocka_unit_test(one_kernel), cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(no_memory), cmocka_unit_test(small_files_move), cmocka_unit_test(types),
		cmocka_unit_test(types_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
