/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip files: whatever comes, the output stays within its bound, and after an error nothing is left. */
#include <assert.h>
#include <stdint.h>

#include "services/gzip/gunzip.h"
#include "tests/unit/fake_pages.h"

#define OUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t scratch[GUNZIP_SCRATCH_LEN / 8];
	struct membuf out = { 0 };
	struct gunzip_result res;
	int rc = gunzip(data, size, OUT_MAX, scratch, &out, &res, NULL);
	if (rc == 0) {
		assert(gunzip_probe(data, size) && res.members && !res.why);
		assert(out.len <= OUT_MAX && res.used + res.trailing <= size);
	} else {
		assert(rc < 0 && res.why && !out.data && !out.len);
	}
	membuf_free(&out);
	assert(fake_pages_held == 0);
	return 0;
}
