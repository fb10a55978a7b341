/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking over PCI's functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/firmware/pci_scan.h"

static uint32_t there[8];		/* functions, ended by PCI_FUNCTIONS */
static uint32_t several[8];		/* those of them whose header says that there are more */
static unsigned reads, turns;

static bool in(const uint32_t *list, uint32_t f)
{
	for (; *list != PCI_FUNCTIONS; list++)
		if (*list == f)
			return true;
	return false;
}

static bool read_fake(uint32_t function, unsigned at, uint32_t *value)
{
	reads++;
	assert_true(function < PCI_FUNCTIONS && !(at & 3));
	*value = !in(there, function) ? 0xffffffff : at ? in(several, function) ? 0x800000 : 0 : 0x12348086;
	return function < 0x10000 - 8;
}

static void turn(void)
{
	turns++;
}

static void test_walk(void **state)
{
	static const uint32_t are[8] = { 0, 0x18, 0x1a, 0x21, 0x100, PCI_FUNCTIONS }, more[8] = { 0x18, PCI_FUNCTIONS };
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		there[i] = are[i];
		several[i] = more[i];
	}
	assert_int_equal(pci_next(0, 0x200, read_fake, turn), 0);
	assert_int_equal(pci_next(1, 0x200, read_fake, turn), 0x18);
	assert_int_equal(pci_next(0x19, 0x200, read_fake, turn), 0x1a);
	/* 0x21 is behind a device that is not there: nobody would find it */
	assert_int_equal(pci_next(0x1b, 0x200, read_fake, turn), 0x100);
	assert_int_equal(pci_next(0x101, 0x200, read_fake, turn), 0x200);
	assert_int_equal(pci_next(0, 0, read_fake, turn), 0);
	turns = reads = 0;
	assert_int_equal(pci_next(0x101, PCI_FUNCTIONS, read_fake, turn), PCI_FUNCTIONS);
	assert_true(turns > 8000 && reads < 3 * 8192);
	assert_int_equal(pci_next(0, 0x10, read_fake, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_walk) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
