/* SPDX-License-Identifier: BSD-2-Clause */
/* What FreeBSD's own loader reads of a tree: loader.conf, linker.hints, and what modules say of each other. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/boot/freebsd.h"
#include "services/boot/freebsd_kld.h"
#include "services/boot/linker_hints.h"
#include "services/boot/loader_conf.h"
#include "tests/unit/fake_malloc.h"
#include "tests/unit/kld_file.h"

static struct loader_env env;
static struct loader_conf_bad bad_line;
static unsigned turns, turns_left;

/* Others had a turn; after turns_left of them nobody wants to go on. */
static bool turn(void *ctx)
{
	assert_ptr_equal(ctx, &turns);
	return ++turns <= turns_left;
}

/* The text is a block of exactly its length. */
static unsigned conf(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	assert_int_equal(loader_conf_read(&env, copy, len, &bad_line, NULL, NULL), 0);
	free(copy);
	return bad_line.line;
}

static void lines(void **state)
{
	(void)state;
	assert_int_equal(conf("# comment\n\n  kernel=\"kernel.old\" # more\r\nhint.uart.0.at=\"isa\"\n"
			      "kern.hz=100\nboot_verbose=YES#x\nempty=\"\"\n path = \"/boot/${kernel};${none}x\" \n"
			      "quote=\"a\\\"b\\\\c\\${kernel}\"\nkernel=\"last\""), 0);
	assert_string_equal(loader_env_get(&env, "kernel"), "last");
	assert_string_equal(loader_env_get(&env, "hint.uart.0.at"), "isa");
	assert_string_equal(loader_env_get(&env, "kern.hz"), "100");
	assert_string_equal(loader_env_get(&env, "empty"), "");
	assert_string_equal(loader_env_get(&env, "path"), "/boot/kernel.old;x");
	assert_string_equal(loader_env_get(&env, "quote"), "a\"b\\c${kernel}");
	assert_true(loader_env_yes(&env, "boot_verbose"));
	assert_false(loader_env_yes(&env, "kernel"));
	assert_null(loader_env_get(&env, "kern"));
	assert_string_equal(env.var[0], "kernel=last");		/* where it came first */
	assert_int_equal(env.count, 7);
	loader_env_free(&env);
}

static void bad_lines(void **state)
{
	static const char *const bad[] = { "x", "=1", "x=", "x=\"1", "x=\"1\" y", "x=1 2", "x=1\"", "x y=1",
		"x=\"${y\"", "x=\"${}\"", "x!=1" };
	char text[3 * LOADER_VALUE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "a=1\n%s\nb=2\n", bad[i]);
		assert_int_equal(conf(text), 2);
		assert_int_equal(bad_line.err, -EINVAL);
		assert_string_equal(loader_env_get(&env, "b"), "2");
		assert_null(loader_env_get(&env, "x"));
		loader_env_free(&env);
	}
	/* too long, too many */
	snprintf(text, sizeof(text), "a=%0*d\n", LOADER_VALUE_MAX - 1, 0);
	assert_int_equal(conf(text), 0);
	snprintf(text, sizeof(text), "\na=%0*d\n", LOADER_VALUE_MAX, 0);
	assert_int_equal(conf(text), 2);
	assert_int_equal(bad_line.err, -ENAMETOOLONG);
	assert_int_equal(conf("b=\"${a}x\""), 1);
	assert_int_equal(bad_line.err, -ENAMETOOLONG);
	snprintf(text, sizeof(text), "%0*d=1\n", LOADER_NAME_MAX, 0);
	assert_int_equal(conf(text), 1);
	assert_int_equal(bad_line.err, -ENAMETOOLONG);
	loader_env_free(&env);
	for (unsigned i = 0; i <= LOADER_VARS_MAX; i++) {
		snprintf(text, sizeof(text), "v%u=1", i);
		assert_int_equal(conf(text), i == LOADER_VARS_MAX);
	}
	assert_int_equal(bad_line.err, -ENOSPC);
	loader_env_free(&env);
}

/* A line is as long as it may be, with blanks; comments are not counted.  Others have their turns meanwhile. */
static void long_texts(void **state)
{
	enum { LEN = 4 * LOADER_LINE_MAX };
	char *text = malloc(LEN + 1);

	(void)state;
	memset(text, ' ', LEN);
	text[LEN] = '\0';
	memcpy(text + LEN - LOADER_LINE_MAX, "#", 1);
	assert_int_equal(conf(text), 0);
	memcpy(text + LEN - LOADER_LINE_MAX, "a=1", 3);
	assert_int_equal(conf(text), 0);
	assert_string_equal(loader_env_get(&env, "a"), "1");
	memcpy(text + LEN - LOADER_LINE_MAX - 1, "a=22", 4);
	assert_int_equal(conf(text), 1);
	assert_int_equal(bad_line.err, -ENAMETOOLONG);
	assert_string_equal(loader_env_get(&env, "a"), "1");
	for (size_t i = 0; i < LEN; i += 4)
		memcpy(text + i, "b=1\n", 4);
	turns = 0;
	turns_left = LEN;
	assert_int_equal(loader_conf_read(&env, text, LEN, &bad_line, turn, &turns), 0);
	assert_int_equal(turns, LEN / LOADER_CONF_TURN);
	turns = 0;
	turns_left = 2;
	assert_int_equal(loader_conf_read(&env, text, LEN, &bad_line, turn, &turns), -EINTR);
	assert_int_equal(turns, 3);
	loader_env_free(&env);
	free(text);
}

/* Memory that is short is no line that is wrong. */
static void short_of_memory(void **state)
{
	(void)state;
	fake_malloc_left = 0;
	assert_int_equal(loader_conf_read(&env, "a=1\n", 4, &bad_line, NULL, NULL), -ENOMEM);
	fake_malloc_left = -1;
	assert_int_equal(bad_line.line, 0);
	assert_int_equal(env.count, 0);
}

static void words(void **state)
{
	const char *list = " one;;two ", *word;
	size_t len;

	(void)state;
	assert_int_equal(loader_conf_word(&list, &word, "; "), 3);
	assert_int_equal(loader_conf_word(&list, &word, "; "), 3);
	assert_memory_equal(word, "two", 3);
	assert_int_equal(loader_conf_word(&list, &word, "; "), 0);
	assert_true(loader_conf_is_module("if_vlan_load=YES", &len));
	assert_int_equal(len, 7);
	assert_true(loader_conf_is_module("md_type=x", &len));
	assert_false(loader_conf_is_module("x_loader=YES", &len));
	assert_false(loader_conf_is_module("load=YES", &len));
	assert_false(loader_conf_is_module("_load=YES", &len));
	assert_false(loader_conf_is_module("hw.x_load=YES", &len));
	assert_false(loader_conf_is_module("a=x_load", &len));
}

static void hints(void **state)
{
	uint8_t *data = malloc(400);
	char file[LINKER_HINTS_NAME_MAX];
	struct kld_version want = { 2, 3, 9 };
	size_t len = kld_hint(data, 0, "cam", 1, "cam.ko");

	(void)state;
	len = kld_hint(data, len, "usb", 2, "usb2.ko");
	len = kld_hint(data, len, "usb", 5, "usb5.ko");
	len = kld_hint(data, len, "usb", 4, "usb4.ko");
	assert_true(linker_hints_good(data, len));
	assert_true(linker_hints_find(data, len, "cam", NULL, file));
	assert_string_equal(file, "cam.ko");
	assert_true(linker_hints_find(data, len, "usb", &want, file));
	assert_string_equal(file, "usb5.ko");
	want.preferred = 4;
	assert_true(linker_hints_find(data, len, "usb", &want, file));
	assert_string_equal(file, "usb4.ko");
	assert_false(linker_hints_find(data, len, "cam", &want, file));
	assert_false(linker_hints_find(data, len, "us", NULL, file));
	/* cut anywhere; what is said before is read */
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut ? cut : 1);

		memcpy(part, data, cut);
		assert_int_equal(linker_hints_find(part, cut, "cam", NULL, file), cut >= 28);
		assert_int_equal(linker_hints_good(part, cut), cut >= 4);
		free(part);
	}
	data[0] = 2;
	assert_false(linker_hints_find(data, len, "cam", NULL, file));
	assert_false(linker_hints_good(data, len));
	free(data);
}

/* "has name 3, needs other 1-9": the file is a block of exactly its length. */
static const char *facts(const void *file, size_t len)
{
	static char out[300];
	struct freebsd_kld k;
	struct kld_fact f;
	struct boot_why why;
	void *copy = malloc(len ? len : 1);
	size_t n = 0;

	memcpy(copy, file, len);
	out[0] = '\0';
	if (freebsd_kld_open(&k, copy, len, &why) < 0)
		strcpy(out, "none");
	else
		while (freebsd_kld_next(&k, &f))
			n += (size_t)sprintf(out + n, "%s%s %s %d-%d", n ? ", " : "",
					     f.kind == KLD_DEPENDS ? "needs" : "has", f.module, (int)f.version.min,
					     (int)f.version.max);
	free(copy);
	return out;
}

static void objects(void **state)
{
	struct kld_file f = kld_file("usb", 3, "cam", 1, 9);
	struct freebsd_ko ko;
	struct boot_why why;

	(void)state;
	assert_int_equal(freebsd_ko_open(&ko, true, (const uint8_t *)&f, sizeof(f), &why), 0);
	assert_string_equal(facts(&f, sizeof(f)), "has usb 3-3, needs cam 1-9");
	for (size_t cut = 0; cut < sizeof(f); cut++)
		facts(&f, cut);
	f = kld_file("usb", 3, NULL, 0, 0);
	assert_string_equal(facts(&f, sizeof(f)), "has usb 3-3");
	/* a name without an end, a pointer that leads nowhere, another kind of relocation */
	f = kld_file("usb", 3, "cam", 1, 9);
	memset(f.data.needs_name, 'x', sizeof(f.data.needs_name));
	assert_string_equal(facts(&f, sizeof(f)), "has usb 3-3");
	f = kld_file("usb", 3, "cam", 1, 9);
	f.of_data[0].r_addend = 1 << 20;
	f.of_data[2].r_addend = sizeof(f.data) - 11;
	assert_string_equal(facts(&f, sizeof(f)), "");
	f = kld_file("usb", 3, "cam", 1, 9);
	f.of_set[0].r_info = ELF64_R_INFO(1, R_X86_64_PC32);
	assert_string_equal(facts(&f, sizeof(f)), "needs cam 1-9");
	f.symbols[1].st_shndx = 7;
	assert_string_equal(facts(&f, sizeof(f)), "");
}

/*
 * An object with as many relocations for its pointers as there is room for, none of which is for the pointers that it
 * has: the work that it may make is bounded, and others have their turns meanwhile.
 */
static void work(void **state)
{
	enum { POINTERS = 2 * FREEBSD_KLD_FACTS_MAX, RELOCATIONS = 100000 };
	struct kld_file f = kld_file("usb", 3, NULL, 0, 0);
	size_t set = sizeof(f), relocations = set + 8 * POINTERS;
	size_t len = relocations + sizeof(Elf64_Rela) * RELOCATIONS;
	uint8_t *file = calloc(1, len);
	struct kld_fact fact;
	struct freebsd_kld k;
	struct boot_why why;

	(void)state;
	f.s[2].sh_offset = set;
	f.s[2].sh_size = 8 * POINTERS;
	f.s[4].sh_offset = relocations;
	f.s[4].sh_size = sizeof(Elf64_Rela) * RELOCATIONS;
	memcpy(file, &f, sizeof(f));
	memset(file + relocations, 0xff, len - relocations);
	assert_int_equal(freebsd_kld_open(&k, file, len, &why), 0);
	k.turn = turn;
	k.ctx = &turns;
	k.work = FREEBSD_KLD_WORK_MAX - 20 * FREEBSD_KLD_TURN;
	turns = 0;
	turns_left = UINT32_MAX;
	assert_false(freebsd_kld_next(&k, &fact));
	assert_int_equal(k.err, -E2BIG);
	assert_int_equal(k.work, FREEBSD_KLD_WORK_MAX + 1);
	assert_int_equal(turns, 20);
	/* whoever stops it */
	assert_int_equal(freebsd_kld_open(&k, file, len, &why), 0);
	k.turn = turn;
	k.ctx = &turns;
	turns = 0;
	turns_left = 3;
	assert_false(freebsd_kld_next(&k, &fact));
	assert_int_equal(k.err, -EINTR);
	assert_int_equal(turns, 4);
	assert_int_equal(k.work, 4 * FREEBSD_KLD_TURN);
	/* too many pointers, that lead nowhere soon */
	f.s[4].sh_size = 0;
	memcpy(file, &f, sizeof(f));
	assert_int_equal(freebsd_kld_open(&k, file, len, &why), 0);
	assert_false(freebsd_kld_next(&k, &fact));
	assert_int_equal(k.err, -E2BIG);
	assert_int_equal(k.facts, FREEBSD_KLD_FACTS_MAX + 1);
	free(file);
}

/* i386's modules and all kernels: pointers are addresses. */
static void linked(void **state)
{
	enum { AT = 0x1000, PHDR = sizeof(Elf32_Ehdr), SHDR = PHDR + sizeof(Elf32_Phdr),
		DATA = SHDR + 3 * sizeof(Elf32_Shdr) };
	uint8_t file[600] = { 0 };
	const Elf32_Ehdr e = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1, ELFOSABI_FREEBSD },
		.e_type = ET_DYN, .e_machine = EM_386, .e_version = 1, .e_phoff = PHDR, .e_shoff = SHDR,
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1, .e_shentsize = sizeof(Elf32_Shdr), .e_shnum = 3,
		.e_shstrndx = 2 };
	const Elf32_Phdr p = { .p_type = PT_LOAD, .p_vaddr = AT, .p_filesz = sizeof(file), .p_memsz = sizeof(file) };
	const Elf32_Shdr set = { .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = DATA, .sh_size = 8 };
	const Elf32_Shdr names = { .sh_type = SHT_STRTAB, .sh_offset = DATA + 100, .sh_size = 1 + sizeof(KLD_SET) };
	/* two pointers, one of them astray; then the metadata, its data and name */
	const uint32_t data[] = { AT + DATA + 8, 5, 1, 3, AT + DATA + 24, AT + DATA + 28, 7 };

	(void)state;
	memcpy(file, &e, sizeof(e));
	memcpy(file + PHDR, &p, sizeof(p));
	memcpy(file + SHDR + sizeof(set), &set, sizeof(set));
	memcpy(file + SHDR + 2 * sizeof(set), &names, sizeof(names));
	memcpy(file + DATA, data, sizeof(data));
	strcpy((char *)file + DATA + 28, "kernel");
	strcpy((char *)file + DATA + 101, KLD_SET);
	assert_string_equal(facts(file, sizeof(file)), "has kernel 7-7");
	for (size_t cut = 0; cut < sizeof(file); cut++)
		facts(file, cut);
}

static void howto(void **state)
{
	static const char on[] = "boot_single=YES\0boot_verbose=\0boot_serial=no\0boot_serial=YES\0xboot_ddb=1";
	static const char both[] = "boot_multicons=NO\0console=comconsole,vidconsole", one[] = "console= nullconsole x";

	(void)state;
	assert_int_equal(freebsd_env_howto(on, sizeof(on)), 0x802);
	assert_int_equal(freebsd_env_howto(both, sizeof(both)), 0x20001000);
	assert_int_equal(freebsd_env_howto(one, sizeof(one)), 0x10000);
	assert_int_equal(freebsd_env_howto("", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(bad_lines), cmocka_unit_test(long_texts),
		cmocka_unit_test(short_of_memory), cmocka_unit_test(work),
		cmocka_unit_test(words), cmocka_unit_test(hints),
		cmocka_unit_test(objects), cmocka_unit_test(linked), cmocka_unit_test(howto),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
