/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TFTP server whose datagrams end, are lost with all that follow, are an error's or have another byte, after each
 * byte of what it says, once and each time.  Each download ends in the right bytes (SHA-256) or in a sentence, within
 * its budget.
 */
#include <string.h>

#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/far_tftp.h"
#include "tests/world/machine.h"

#define EACH (sizeof(void *) == 4 ? 7u : 1u)	/* in 32 bit every seventh */

static const struct row {
	const char *name, *url;
	unsigned times, step;
} rows[] = {
#define HOW(word, times, step) \
	{ "TFTP, " word, "tftp://files.test/told", times, step }, \
	{ "multicast, " word, "tftm://files.test/told", times, step }, \
	{ "MTFTP, " word, "mtftp://files.test/told?group=239.0.0.9&port=1758", times, step }
	HOW("once", 1, 1), HOW("always", 1000, 17),
};

static void each_byte(const void *arg)
{
	const struct row *row = arg;
	asker_start();
	asker_fetch(row->url, 60);
	asker_has(FAR_TOLD_LEN);
	size_t said = far_tftp.said;
	CHECK(said > FAR_TOLD_LEN + 8);
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < said; i += row->step * EACH) {
			far_tftp = (struct far_tftp){ .at = i, .how = how, .times = row->times };
			asker_fetch(row->url, 3000);
			asker_ended(FAR_TOLD_LEN, row->times == 1 ? 60 : 200);
			if (row->times == 1 && how == FAR_STALL)
				asker_has(FAR_TOLD_LEN);
		}
	far_tftp = (struct far_tftp){ .times = 0 };
	asker_fetch(row->url, 60);
	asker_has(FAR_TOLD_LEN);
	asker_leaves_nothing();
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	return machine_rows(each_byte, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), only);
}
