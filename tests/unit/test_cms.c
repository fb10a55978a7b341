/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures beside files, as OpenSSL makes them in every form, and what is none, or by nobody whose word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/cms.h>
#include <openssl/rsa.h>

#include "services/tls/tls.h"
#include "services/verify/cms.h"
#include "tests/unit/tls_server.h"
#include "tests/unit/short_memory.h"

#define NOW 1798761600			/* 2027-01-01 */
#define MADE(...) make_cert(&(struct make){ .now_s = NOW, __VA_ARGS__ })
#define SIGNER .basic = "", .use = "critical,digitalSignature", .extended = "codeSigning", .key_id = true
#define FORM (CMS_BINARY | CMS_DETACHED | CMS_PARTIAL)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct made root, middle, signer;
static const char contents[] = "a kernel's bytes";
static const char *of = contents;	/* what it is compared with */
static unsigned sums;			/* how often it was summed up */
static int64_t now_s = NOW;
static struct cms_verdict verdict;

static uint32_t random32(void)
{
	return 4;
}

static int64_t now(void)
{
	return now_s;
}

static void trust(const X509 *crt)
{
	assert_int_equal(roots_set(ROOTS_FINGERPRINTS, crt ? sum_text(crt, false) : ""), 0);
}

static int make_all(void **state)
{
	static const struct tls_machine machine = { .random32 = random32, .now_s = now };
	(void)state;
	tls_setup(&machine);
	root = MADE(.name = "Root");
	middle = MADE(.name = "Middle", .by = &root);
	signer = MADE(.name = "Signer", .by = &middle, SIGNER);
	trust(root.crt);
	return 0;
}

static int unmake_all(void **state)
{
	(void)state;
	unmake(&root);
	unmake(&middle);
	unmake(&signer);
	roots_set(ROOTS_FINGERPRINTS, "");
	return 0;
}

struct file {
	uint8_t *der;
	size_t len;
};

/* Signed by several, with the chain's certificates. */
static struct file sign(const struct made *const *by, unsigned count, unsigned flags, const EVP_MD *md, bool pss)
{
	struct file f = { 0 };
	BIO *in = BIO_new_mem_buf(contents, sizeof(contents));
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags | FORM);

	for (unsigned i = 0; i < count; i++) {
		CMS_SignerInfo *si = CMS_add1_signer(cms, by[i]->crt, by[i]->key, md,
						     flags | FORM | (pss ? CMS_KEY_PARAM : 0));
		if (!si)
			ERR_print_errors_fp(stderr);
		assert_non_null(si);
		if (pss)
			EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(si), RSA_PKCS1_PSS_PADDING);
	}
	if (!(flags & CMS_NOCERTS)) {
		CMS_add1_cert(cms, middle.crt);
		CMS_add1_cert(cms, root.crt);
	}
	assert_int_equal(CMS_final(cms, in, NULL, flags | FORM), 1);
	f.len = (size_t)i2d_CMS_ContentInfo(cms, &f.der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return f;
}

static struct file sign_usual(const struct made *by, unsigned flags)
{
	return sign(&by, 1, flags, EVP_sha256(), false);
}

static int digest(void *ctx, mbedtls_md_type_t md, uint8_t *sum)
{
	(void)ctx;
	sums++;
	if (!of)
		return -EINTR;
	return mbedtls_md(mbedtls_md_info_from_type(md), (const uint8_t *)of, strlen(of) + 1, sum) ? -ENOMEM : 0;
}

/* What is said of it in verdict.chain.why. */
static int judge(const void *data, size_t len, const char *wanted)
{
	struct cms c;
	const char *why;
	int err = cms_parse(&c, data, len, &why);

	memset(&verdict, 0, sizeof(verdict));
	if (err < 0) {
		snprintf(verdict.chain.why, sizeof(verdict.chain.why), "%s", why);
		assert_null(c.der);
		return err;
	}
	struct cms_question q = { .signer = wanted, .clock = tls_clock(), .digest = digest };

	err = cms_verify(&c, &q, &verdict);
	cms_free(&c);
	return err;
}

static void vouches(const struct file *f, const char *by)
{
	int err = judge(f->der, f->len, NULL);

	if (err < 0)
		print_message("%s\n", verdict.chain.why);
	assert_int_equal(err, 0);
	assert_string_equal(verdict.by, by);
}

static void refuses(const struct file *f, const char *wanted, int err, const char *text)
{
	assert_int_equal(judge(f->der, f->len, wanted), err);
	if (!strstr(verdict.chain.why, text))
		print_message("%s, and not: %s\n", verdict.chain.why, text);
	assert_non_null(strstr(verdict.chain.why, text));
}

static void drop(struct file *f)
{
	OPENSSL_free(f->der);
	*f = (struct file){ 0 };
}

static void every_form(void **state)
{
	static const unsigned forms[] = { 0, CMS_NOATTR, CMS_USE_KEYID, CMS_NOATTR | CMS_USE_KEYID, CMS_NOSMIMECAP };
	const EVP_MD *hashes[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	struct made rsa = MADE(.name = "RSA", .by = &middle, .rsa = 2048, SIGNER);
	struct made p384 = MADE(.name = "P-384", .by = &middle, .curve = "P-384", SIGNER);
	const struct made *keys[] = { &signer, &rsa, &p384 };
	static const char *const names[] = { "CN=Signer", "CN=RSA", "CN=P-384" };
	(void)state;
	for (unsigned i = 0; i < COUNT(forms); i++)
		for (unsigned h = 0; h < COUNT(hashes); h++)
			for (unsigned k = 0; k < COUNT(keys); k++) {
				struct file f = sign(&keys[k], 1, forms[i], hashes[h], false);
				vouches(&f, names[k]);
				of = "other bytes";
				refuses(&f, NULL, -EACCES, forms[i] & CMS_NOATTR ? "is not by the key of CN=" :
					"is for other contents");
				of = contents;
				drop(&f);
			}
	for (unsigned h = 0; h < COUNT(hashes); h++) {
		struct file f = sign(&keys[1], 1, 0, hashes[h], true);
		vouches(&f, "CN=RSA");
		drop(&f);
	}
	unmake(&rsa);
	unmake(&p384);
}

static void as_pem(void **state)
{
	static const char *const kinds[] = { "CMS", "PKCS7" };
	struct file f = sign_usual(&signer, 0);
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		BIO *b = BIO_new(BIO_s_mem());
		char *text;
		PEM_write_bio(b, kinds[i], "", f.der, (long)f.len);
		long len = BIO_get_mem_data(b, &text);
		assert_int_equal(judge(text, (size_t)len, NULL), 0);
		assert_int_equal(judge(text, (size_t)len - 40, NULL), -EBADMSG);
		BIO_free(b);
	}
	drop(&f);
}

static void several_signers(void **state)
{
	struct made other = MADE(.name = "Other", .by = &middle, SIGNER), stranger_root = MADE(.name = "Elsewhere");
	struct made stranger = MADE(.name = "Stranger", .by = &stranger_root, SIGNER);
	const struct made *both[] = { &other, &signer }, *mixed[] = { &signer, &stranger };
	const struct made *many[] = { &signer, &other, &stranger, &signer, &other };
	(void)state;
	struct file f = sign(both, 2, 0, EVP_sha256(), false);
	assert_int_equal(judge(f.der, f.len, NULL), 0);
	assert_int_equal(judge(f.der, f.len, "Signer"), 0);
	assert_string_equal(verdict.by, "CN=Signer");
	refuses(&f, "Root", -EACCES, "is not by a signer with the common name Root");
	drop(&f);
	f = sign(mixed, 2, CMS_NOATTR, EVP_sha256(), false);	/* each has to be right, unless one is named */
	refuses(&f, NULL, -EACCES, "ends where CN=Elsewhere is missing: sign with -certfile CA");
	assert_int_equal(judge(f.der, f.len, "Signer"), 0);
	refuses(&f, "Stranger", -EACCES, "CN=Elsewhere is missing");
	drop(&f);
	f = sign(many, 5, CMS_NOCERTS, EVP_sha256(), false);
	refuses(&f, NULL, -EBADMSG, "more than 4 signers");
	drop(&f);
	unmake(&other);
	unmake(&stranger);
	unmake(&stranger_root);
}

/* The certificate, and those above it, may be in the store instead. */
static void certificates_from_the_store(void **state)
{
	struct file f = sign_usual(&signer, CMS_NOCERTS), by_key = sign_usual(&signer, CMS_NOCERTS | CMS_USE_KEYID);
	const struct made *all[] = { &signer, &middle, &root };
	(void)state;
	refuses(&f, NULL, -EACCES, "lacks its signer's certificate");
	refuses(&f, "Signer", -EACCES, "is not by a signer with the common name Signer");
	for (unsigned i = 0; i < 3; i++) {
		uint8_t *der = NULL;
		int len = i2d_X509(all[i]->crt, &der);
		assert_int_equal(roots_store(der, (size_t)len, NULL), 1);
		OPENSSL_free(der);
	}
	vouches(&f, "CN=Signer");
	vouches(&by_key, "CN=Signer");
	trust(NULL);
	refuses(&f, NULL, -EACCES, "no root is trusted");
	trust(root.crt);
	roots_free(NULL);
	drop(&f);
	drop(&by_key);
}

static void whose_word_does_not_count(void **state)
{
	const struct {
		struct make make;
		const char *text;
	} cases[] = {
		{ { .from_days = -30, .to_days = -2 }, "expired on 2026-12-30" },
		{ { .from_days = 2, .to_days = 30 }, "not valid before" },
		{ { .use = "", }, "is not for signing what is run" },
		{ { .use = "keyEncipherment" }, "is not for signing what is run" },
		{ { .extended = "serverAuth" }, "is not for signing what is run" },
		{ { .extended = "anyExtendedKeyUsage" }, "is not for signing what is run" },
		{ { .names = "DNS:no.extended.use" }, "is not for signing what is run" },
		{ { .rsa = 1024 }, "too weak" },
		{ { .md = EVP_sha1() }, "signed by a hash that is broken" },
	};
	struct file f;
	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct make m = cases[i].make;
		m.now_s = NOW;
		m.name = "x";
		m.by = &middle;
		m.basic = "";
		m.use = m.use ? m.use : "digitalSignature";
		m.extended = m.extended || m.names ? m.extended : "codeSigning";
		struct made made = make_cert(&m);
		f = sign_usual(&made, 0);
		refuses(&f, NULL, -EACCES, cases[i].text);
		drop(&f);
		unmake(&made);
	}
	struct made own = MADE(.name = "Own", SIGNER);	/* by itself, which nobody believes; and then somebody does */
	f = sign_usual(&own, CMS_NOATTR);
	refuses(&f, NULL, -EACCES, "leads to CN=Own, which trust does not name");
	trust(own.crt);
	vouches(&f, "CN=Own");
	drop(&f);
	f = sign_usual(&signer, 0);
	refuses(&f, NULL, -EACCES, "leads to CN=Root, which trust does not name");
	trust(root.crt);
	now_s = 100;
	refuses(&f, NULL, -EACCES, "clock says 1970-01-01");
	now_s = NOW;
	drop(&f);
	unmake(&own);
	/* a CA may sign what is run no more than others */
	f = sign_usual(&middle, 0);
	refuses(&f, NULL, -EACCES, "is not for signing what is run");
	drop(&f);
}

static void broken_hashes(void **state)
{
	const struct made *by = &signer;
	struct file f = sign(&by, 1, 0, EVP_sha1(), false);
	(void)state;
	refuses(&f, NULL, -EBADMSG, "made by a hash that is broken");
	drop(&f);
}

static void what_is_no_signature(void **state)
{
	static const char *const texts[] = { "", "\x30", "#!ipxe\n", "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n" };
	uint8_t *der = NULL;
	struct file f;
	(void)state;
	for (unsigned i = 0; i < COUNT(texts); i++) {
		f = (struct file){ (uint8_t *)texts[i], strlen(texts[i]) };
		refuses(&f, NULL, -EBADMSG, "is no signature in the form of CMS");
	}
	f = (struct file){ NULL, (size_t)i2d_X509(root.crt, &der) };
	f.der = der;
	refuses(&f, NULL, -EBADMSG, "is no signature in the form of CMS");
	drop(&f);
	f = (struct file){ calloc(1, 70000), 70000 };
	refuses(&f, NULL, -EBADMSG, "64 KiB");
	free(f.der);
	BIO *in = BIO_new_mem_buf(contents, sizeof(contents));
	CMS_ContentInfo *cms = CMS_sign(signer.crt, signer.key, NULL, in, CMS_BINARY);
	f = (struct file){ 0 };
	f.len = (size_t)i2d_CMS_ContentInfo(cms, &f.der);
	refuses(&f, NULL, -EBADMSG, "has contents of its own: sign without -nodetach");
	drop(&f);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
	f.len = (size_t)i2d_CMS_ContentInfo(cms, &f.der);
	refuses(&f, NULL, -EBADMSG, "has no signer");
	drop(&f);
	CMS_ContentInfo_free(cms);
}

/*
 * Cut off anywhere it is none; changed anywhere it vouches for nothing else than it did, and for that only where what
 * was changed says nothing: numbers of versions, the list of hashes, certificates that are not needed.
 */
static void damage(void **state)
{
	static const unsigned forms[] = { 0, CMS_NOATTR | CMS_USE_KEYID };
	(void)state;
	trust(signer.crt);			/* the chain's signatures are not what this is about */
	for (unsigned i = 0; i < COUNT(forms); i++) {
		struct file f = sign_usual(&signer, forms[i]);
		unsigned taken = 0, tried = 0;
		for (size_t len = 0; len < f.len; len++)
			assert_int_equal(judge(f.der, len, NULL), -EBADMSG);
		for (size_t at = i; at < f.len; at += at + 200 > f.len ? 3 : 19, tried++) {
			uint8_t was = f.der[at];
			f.der[at] ^= 1u << (at % 8);
			int err = judge(f.der, f.len, NULL);
			assert_true(err == 0 || err == -EACCES || err == -EBADMSG);
			assert_true(err == 0 || *verdict.chain.why);
			taken += err == 0;
			of = "other bytes";
			assert_true(err < 0 || judge(f.der, f.len, NULL) == -EACCES);
			of = contents;
			f.der[at] = was;
		}
		vouches(&f, "CN=Signer");
		assert_true(taken < tried / 2);
		drop(&f);
	}
	trust(root.crt);
}

static void an_attribute_of_another_type(void **state)
{
	static const uint8_t data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
	struct file f = sign_usual(&signer, 0);
	unsigned found = 0;
	(void)state;
	for (size_t at = f.len - sizeof(data); at; at--)
		if (!memcmp(f.der + at, data, sizeof(data)) && !found++)
			f.der[at + sizeof(data) - 1] = 2;
	assert_int_equal(found, 2);		/* what it is, and the attribute that has to say the same */
	refuses(&f, NULL, -EBADMSG, "for contents of another type");
	drop(&f);
	/* nor without attributes, where nothing that is signed says what it is */
	f = sign_usual(&signer, CMS_NOATTR);
	for (size_t at = f.len - sizeof(data); at; at--)
		if (!memcmp(f.der + at, data, sizeof(data)))
			f.der[at + sizeof(data) - 1] = 2;
	refuses(&f, NULL, -EBADMSG, "for contents of another type than data");
	drop(&f);
}

/* A file of CAs that is named as a whole is for servers. */
static void a_bundle_signs_nothing(void **state)
{
	struct file f = sign_usual(&signer, 0);
	uint8_t *der = NULL, sum[32];
	char hex[65];
	int len = i2d_X509(root.crt, &der);
	(void)state;
	EVP_Digest(der, (size_t)len, sum, NULL, EVP_sha256(), NULL);
	for (unsigned i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
	assert_int_equal(roots_set(ROOTS_BUNDLES, hex), 0);
	assert_int_equal(roots_store(der, (size_t)len, NULL), 1);
	assert_true(roots_in_bundle(roots_stored()));
	trust(NULL);
	refuses(&f, NULL, -EACCES, "leads to CN=Root, which trust does not name");
	trust(root.crt);
	vouches(&f, "CN=Signer");
	roots_free(NULL);
	roots_set(ROOTS_BUNDLES, "");
	OPENSSL_free(der);
	drop(&f);
}

/* What is not to be believed costs no look at the contents; and the look can be broken off. */
static void no_work_for_strangers(void **state)
{
	struct made stranger = MADE(.name = "Stranger", SIGNER);
	struct file f = sign_usual(&stranger, 0);
	(void)state;
	sums = 0;
	refuses(&f, NULL, -EACCES, "which trust does not name");
	assert_int_equal(sums, 0);
	drop(&f);
	f = sign_usual(&signer, 0);
	of = NULL;
	assert_int_equal(judge(f.der, f.len, NULL), -EINTR);
	of = contents;
	drop(&f);
	unmake(&stranger);
}

static struct file judged;

static int judge_it(void)
{
	return judge(judged.der, judged.len, NULL);
}

static void leave_it(void)
{
}

static void short_of_memory(void **state)
{
	static const struct tls_machine machine = { random32, now, short_alloc, short_free };
	struct made rsa = MADE(.name = "Signer", .by = &middle, SIGNER, .rsa = 2048);
	(void)state;
	tls_setup(&machine);
	left = SIZE_MAX;
	trust(root.crt);
	for (unsigned i = 0; i < 4; i++) {
		const struct made *by = i & 1 ? &rsa : &signer;
		struct file f = sign(&by, 1, 0, EVP_sha256(), i == 3);
		BIO *b = BIO_new(BIO_s_mem());
		if (i == 2)
			PEM_write_bio(b, "CMS", "", f.der, (long)f.len);
		else
			BIO_write(b, f.der, (int)f.len);
		judged.len = (size_t)BIO_get_mem_data(b, (char **)&judged.der);
		try_with_more_each_time(judge_it, leave_it);
		BIO_free(b);
		drop(&f);
	}
	unmake(&rsa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form), cmocka_unit_test(as_pem), cmocka_unit_test(several_signers),
		cmocka_unit_test(certificates_from_the_store), cmocka_unit_test(whose_word_does_not_count),
		cmocka_unit_test(broken_hashes), cmocka_unit_test(what_is_no_signature), cmocka_unit_test(damage),
		cmocka_unit_test(an_attribute_of_another_type), cmocka_unit_test(no_work_for_strangers),
		cmocka_unit_test(a_bundle_signs_nothing),
		cmocka_unit_test(short_of_memory),	/* last: it leaves another allocator */
	};
	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
