/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress lines, sizes, rates and times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/console/progress.h"

static void test_human(void **state)
{
	char b[HUMAN_LEN];
	(void)state;
	assert_string_equal(human_size(0, b), "0 bytes");
	assert_string_equal(human_size(1, b), "1 byte");
	assert_string_equal(human_size(1023, b), "1023 bytes");
	assert_string_equal(human_size(1024, b), "1.0 KiB");
	assert_string_equal(human_size(1536, b), "1.5 KiB");
	assert_string_equal(human_size(102400, b), "100 KiB");
	assert_string_equal(human_size(1468006, b), "1.3 MiB");
	assert_string_equal(human_size(UINT64_MAX, b), "15.9 EiB");
	assert_string_equal(human_rate(999, b), "999 B/s");
	assert_string_equal(human_rate(1500, b), "1.5 kB/s");
	assert_string_equal(human_rate(9800000, b), "9.8 MB/s");
	assert_string_equal(human_rate(UINT64_MAX, b), "18.4 EB/s");
	assert_string_equal(human_time(7, b), "0:07");
	assert_string_equal(human_time(754, b), "12:34");
	assert_string_equal(human_time(3723, b), "1:02:03");
	assert_string_equal(human_elapsed(35900, b), "35 ms");
	assert_string_equal(human_elapsed(420000, b), "0.4 s");
	assert_string_equal(human_elapsed(75900000, b), "75.9 s");
	assert_string_equal(human_elapsed(754000000, b), "12:34");
}

static void expect(struct progress p, const char *line)
{
	char out[PROGRESS_WIDTH + 1];
	assert_int_equal(progress_format(&p, out), strlen(line));
	assert_string_equal(out, line);
}

static void test_lines(void **state)
{
	(void)state;
	expect((struct progress){ "xen.gz", 1468006, 3250586, 150000, 9800000, "", 0 },
	       "xen.gz [==========>             ]  45% 1.3/3.1 MiB 9.8 MB/s 0:01 left");
	expect((struct progress){ "xen.gz", 0, 3250586, 0, 0, "", 0 },
	       "xen.gz [>                       ]   0% 0.0/3.1 MiB 0 B/s, stalled");
	expect((struct progress){ "xen.gz", 100, 100, 10000, 10000, "", 0 },
	       "xen.gz [========================] 100% 100/100 bytes 10.0 kB/s 0:00 left");
	expect((struct progress){ "initrd.gz", 13002343, 0, 1500000, 9800000, "", 0 },
	       "initrd.gz 12.4 MiB 9.8 MB/s 0:01, length unknown");
	expect((struct progress){ "x", 20, 10, 1500000, 5, "", 0 }, "x 20 bytes 5 B/s 0:01, length unknown");
	expect((struct progress){ "xen.gz", 1468006, 3250586, 150000, 9800000, "10.0.0.1:80", 1 },
	       "xen.gz [========>          ]  45% 1.3/3.1 MiB 9.8 MB/s 0:01 left 10.0.0.1 try 2");
	expect((struct progress){ "initrd.gz", 13002343, 0, 1500000, 9800000, "10.0.0.1:80", 0 },
	       "initrd.gz 12.4 MiB 9.8 MB/s 0:01, length unknown 10.0.0.1");
	expect((struct progress){ "a-name-that-is-much-too-long-for-a-line.img.gz", 1, 2, 1, 1, "192.168.100.100:80",
				   2 },
	       "a-name-that-i..a-line.img.gz [=====>     ]  50% 1/2 bytes 1 B/s 0:01 left try 3");
	expect((struct progress){ "a-name-that-is-much-too-long-for-a-line.img.gz", 1, 2, 1, 1, "", 0 },
	       "a-name-that-i..a-line.img.gz [========>        ]  50% 1/2 bytes 1 B/s 0:01 left");
}

static void test_never_too_wide(void **state)
{
	(void)state;
	print_message("seed 5\n");
	srand(5);
	for (int i = 0; i < 100000; i++) {
		char name[64], out[PROGRESS_WIDTH + 1];
		size_t len = (size_t)rand() % sizeof(name);
		memset(name, 'n', len);
		name[len] = '\0';
		uint64_t r[4];
		for (int k = 0; k < 4; k++)
			r[k] = ((uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand()) >> rand() % 64;
		struct progress p = { name, r[0], r[1], r[2], r[3], i % 3 ? "255.255.255.255:65535" : "",
				      i % 2 ? (unsigned)r[0] : 0 };
		int n = progress_format(&p, out);
		assert_int_equal(n, strlen(out));
		assert_true(n <= PROGRESS_WIDTH);
	}
}

static void test_rate(void **state)
{
	struct rate_meter m;
	(void)state;
	rate_begin(&m, 1000000);
	assert_int_equal(rate_sample(&m, 0, 1250000), 0);
	assert_int_equal(rate_sample(&m, 1000000, 1500000), 4000000);	/* the first bytes count whole */
	assert_int_equal(rate_sample(&m, 1000001, 1550000), 4000000);	/* too soon */
	assert_int_equal(rate_sample(&m, 1000000, 1750000), 3000000);
	for (int i = 1; i <= 7; i++)
		assert_int_not_equal(rate_sample(&m, 1000000, 1750000 + (uint64_t)i * 250000), 0);
	assert_int_equal(rate_sample(&m, 1000000, 3750000), 0);		/* two seconds without a byte */
	assert_int_equal(rate_average(UINT64_MAX, 2000000), UINT64_MAX / 2);
	assert_int_equal(rate_average(5, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_human), cmocka_unit_test(test_lines), cmocka_unit_test(test_never_too_wide),
		cmocka_unit_test(test_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
