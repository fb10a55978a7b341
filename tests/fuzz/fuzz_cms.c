/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signature's file, and what it says of some contents that those of the corpus are for; by the root that has signed
 * its signers, and then once more where the first certificate that the file brings is believed itself.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/tls/roots.h"
#include "services/tls/tls.h"
#include "services/verify/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char contents[] = "#!ipxe\necho the signed one ran\n";

static uint32_t random32(void)
{
	return 4;
}

static int64_t now_s(void)
{
	return 1798761600;		/* 2027-01-01 */
}

static int digest(void *ctx, mbedtls_md_type_t md, uint8_t *sum)
{
	assert(ctx == contents);
	return mbedtls_md(mbedtls_md_info_from_type(md), (const uint8_t *)contents, strlen(contents), sum);
}

static void judge(struct cms *c, const char *root)
{
	struct cms_question q = {
		.clock = { .now_s = now_s() }, .digest = digest, .ctx = (void *)contents,
	};
	struct cms_verdict v;

	assert(roots_set(ROOTS_FINGERPRINTS, root) == 0);
	int err = cms_verify(c, &q, &v);

	assert(err == 0 ? *v.by && !*v.chain.why : err == -EACCES && *v.chain.why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct tls_machine machine = { .random32 = random32, .now_s = now_s };
	/* of the root that has signed what is in the corpus */
	static const char root[] = "c076c052a36db314f40631b20203ff62081eaf57c8c46c09660ab4c4b93c13fa";
	struct cms c;
	const char *why = NULL;

	tls_setup(&machine);
	if (cms_parse(&c, data, len, &why) < 0) {
		assert(why && *why && !c.der && !c.certs.raw.p && !c.count);
		return 0;
	}
	assert(c.count && c.count <= CMS_SIGNERS_MAX);
	judge(&c, root);
	if (c.certs.raw.p) {
		char sum[ROOTS_HASH_TEXT];

		roots_sum(ROOTS_FINGERPRINTS, &c.certs, sum);
		judge(&c, sum);
	}
	cms_free(&c);
	return 0;
}
