/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c32's words: which disk, which partition, which file where, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/pxelinux/chain.h"

static struct px_chain c;
static struct boot_why why;

static int parse(const char *args)
{
	why.text[0] = '\0';
	int err = px_chain_parse(&c, args, &why);
	assert_true(err == 0 || why.text[0]);
	return err;
}

static void test_disks(void **state)
{
	(void)state;
	static const struct { const char *args; enum disk_by by; uint8_t drive; unsigned partition; } rows[] = {
		{ "", DISK_BY_NUMBER, 0x80, 0 }, { "hd0 1", DISK_BY_NUMBER, 0x80, 1 },
		{ " hd2,5", DISK_BY_NUMBER, 0x82, 5 }, { "fd1", DISK_BY_NUMBER, 1, 0 },
		{ "boot 3 swap", DISK_BY_NUMBER, 0x80, 3 }, { "boot,2", DISK_BY_NUMBER, 0x80, 2 },
		{ "hd1 swap", DISK_BY_NUMBER, 0x81, 0 }, { "hd0 hd1 4", DISK_BY_NUMBER, 0x81, 4 },
		{ "mbr:0x12345678 2", DISK_BY_MBR, 0x80, 2 }, { "mbr=12345678", DISK_BY_MBR, 0x80, 0 },
		{ "label:Data", DISK_BY_LABEL, 0x80, 0 },
		{ "guid:00112233-4455-6677-8899-aabbccddeeff,1", DISK_BY_GUID, 0x80, 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(parse(rows[i].args) == 0);
		assert_true(c.wanted.by == rows[i].by && c.wanted.partition == rows[i].partition && !c.file[0]);
		assert_true(c.wanted.by != DISK_BY_NUMBER || c.wanted.drive == rows[i].drive);
		assert_true(c.wanted.by != DISK_BY_MBR || c.wanted.mbr == 0x12345678);
		assert_true(c.places.swap == (strstr(rows[i].args, "swap") != NULL) && c.places.hand);
	}
	/* the first three fields stand the other way round on a disk */
	assert_memory_equal(c.wanted.guid, "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	assert_true(parse("label=Data") == 0 && !strcmp(c.wanted.label, "Data"));
}

static bool at(const struct disk_place *p, unsigned seg, unsigned off, unsigned ip)
{
	return p->seg == seg && p->off == off && p->ip == ip;
}

static void test_files(void **state)
{
	(void)state;
	assert_true(parse("hd0 1 ntldr=http://h/a,b") == 0 && !strcmp(c.file, "http://h/a,b"));
	assert_true(at(&c.places.file, 0x2000, 0, 0) && at(&c.places.sector, 0, 0x7c00, 0x7c00));
	assert_true(c.places.with_sector && c.places.set_bpb && !c.places.hand && !c.places.patch);
	assert_true(parse("hd0 1 freedos=kernel.sys nosetbpb") == 0 && at(&c.places.file, 0x60, 0, 0));
	assert_true(at(&c.places.sector, 0x1fe0, 0x7c00, 0x7c00) && !c.places.set_bpb);
	assert_true(parse("hd0 1 msdos=io.sys") == 0 && at(&c.places.file, 0x70, 0, 0));
	assert_true(parse("hd0 1 msdos7=io.sys swap") == 0 && at(&c.places.file, 0x70, 0, 0x200) && c.places.swap);
	assert_true(parse("swap hd0 1 cmldr=c") == 0 && !strcmp(c.places.patch, "cmdcons") && c.places.swap);
	assert_true(parse("file=x seg=0x2000:: nosect") == 0 && at(&c.places.file, 0x2000, 0, 0));
	assert_true(!c.places.with_sector);
	assert_true(parse("file=x sect=0x1000 hptr") == 0 && at(&c.places.sector, 0x1000, 0x7c00, 0x7c00));
	assert_true(c.places.with_sector && c.places.hptr && at(&c.places.file, 0, 0x7c00, 0x7c00));
	assert_true(parse("hd0 1 bss=x.bss") == 0 && c.places.copy_bpb && c.places.file_bpb && !c.places.with_sector);
	assert_true(parse("hd0 1 bs=x.bs nohand warn") == 0 && !c.places.copy_bpb && c.places.file_bpb && c.wait);
	assert_true(!c.places.hand);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct { const char *args; int err; const char *said; } rows[] = {
		{ "hd0 isolinux=/isolinux.bin", -ENOTSUP, "no ISOLINUX" },
		{ "hd0 1 hide", -ENOTSUP, "written to a disk" },
		{ "grub=stage2", -ENOTSUP, "GRUB" }, { "fs", -ENOTSUP, "no disk" },
		{ "hd0 keeppxe", -ENOTSUP, "pxechn" },
		{ "hd0 nonsense", -ENOTSUP, "no such option" }, { "hdx", -ENOTSUP, "no such option" },
		{ "hd0 1 2", -ENOTSUP, "no such option" }, { "hd999", -ENOTSUP, "no such option" },
		{ "mbr:xyz", -EINVAL, "signature" }, { "guid:12", -EINVAL, "32" }, { "label:", -EINVAL, "name" },
		{ "guid:g0112233-4455-6677-8899-aabbccddeeff", -EINVAL, "32" },
		{ "ntldr=", -EINVAL, "file" }, { "seg=0x12345", -EINVAL, "SEGMENT" },
		{ "seg=1:2:3:4", -EINVAL, "SEGMENT" },
		{ "sect=x", -EINVAL, "SEGMENT" },
	};
	char longer[3 * PX_CHAIN_NAME_MAX];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(parse(rows[i].args) == rows[i].err && strstr(why.text, rows[i].said));
	assert_true(parse("hd0 nohide nosave nokeeppxe nomaps") == 0);
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_true(parse(longer) == -E2BIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disks), cmocka_unit_test(test_files), cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
