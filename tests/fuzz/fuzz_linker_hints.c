/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's linker.hints, of which a module named "m" is asked for; and the same bytes as a module's file. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/boot/freebsd_kld.h"
#include "services/boot/linker_hints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kld_version want = { 1, 2, 5 };
	char file[LINKER_HINTS_NAME_MAX], any[LINKER_HINTS_NAME_MAX];
	uint8_t *copy = malloc(size ? size : 1);
	struct freebsd_kld k;
	struct kld_fact fact;
	struct boot_why why = { "" };
	unsigned facts = 0;

	memcpy(copy, data, size);
	if (linker_hints_find(copy, size, "m", &want, file)) {
		assert(linker_hints_good(copy, size) && *file && !strchr(file, '/'));
		assert(linker_hints_find(copy, size, "m", NULL, any));
	}
	if (freebsd_kld_open(&k, copy, size, &why) < 0)
		assert(why.text[0]);
	else
		while (freebsd_kld_next(&k, &fact))
			assert(*fact.module && ++facts <= FREEBSD_KLD_FACTS_MAX && k.work <= FREEBSD_KLD_WORK_MAX);
	free(copy);
	return 0;
}
