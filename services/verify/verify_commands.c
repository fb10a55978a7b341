/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether images are what they have to be.  See verify_commands.h. */
#include "services/verify/verify_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/image/image.h"
#include "services/image/image_commands.h"
#include "services/image/sums.h"
#include "services/tls/tls.h"
#include "services/trust/trust_check.h"
#include "services/verify/signature.h"
#include "services/verify/vouch.h"

#define HEX_LEN (2 * SHA256_LEN + 1)
#define HASH_CHUNK 65536u	/* bytes between two turns of the other tasks */

/* The list in force: until the setting names another, the next try, or something that it does not vouch for. */
static struct membuf list;
static char list_url[URL_TEXT_MAX];
static bool list_vouched;		/* it was taken under the policy `signed` */

static void hash_bytes(const void *data, size_t len, uint8_t hash[SHA256_LEN])
{
	mbedtls_sha256_context ctx;
	mbedtls_sha256_init(&ctx);
	mbedtls_sha256_starts(&ctx, 0);
	for (size_t at = 0; at < len; at += HASH_CHUNK) {
		mbedtls_sha256_update(&ctx, (const uint8_t *)data + at, len - at < HASH_CHUNK ? len - at : HASH_CHUNK);
		task_yield();
	}
	mbedtls_sha256_finish(&ctx, hash);
	mbedtls_sha256_free(&ctx);
}

static const char *hex(const uint8_t hash[SHA256_LEN], char text[HEX_LEN])
{
	value_format(VALUE_HEXRAW, hash, SHA256_LEN, text, HEX_LEN);
	return text;
}

/* Compares with what `by` wants: 0 or -EBADMSG, said. */
static int compare_bytes(const char *name, const void *data, size_t len, const uint8_t wanted[SHA256_LEN],
			 const char *by)
{
	uint8_t hash[SHA256_LEN];
	char is[HEX_LEN], has_to_be[HEX_LEN];
	hash_bytes(data, len, hash);
	if (!memcmp(hash, wanted, sizeof(hash)))
		return 0;
	return command_fail(-EBADMSG, "%.32s: its SHA-256 is %s, and %s wants %s", name, hex(hash, is), by,
			    hex(wanted, has_to_be));
}

/* The same, and remembers. */
static int compare(struct image *img, const uint8_t wanted[SHA256_LEN], const char *by)
{
	int err = compare_bytes(img->name, img->data, img->len, wanted, by);
	img->trust = err < 0 ? IMAGE_BAD : IMAGE_GOOD;
	return err;
}

/* The list's URL for messages. */
static const char *list_name(void)
{
	static char shown[64];
	url_redact(list_url, shown, sizeof(shown));
	return shown;
}

/* Under the policy `signed`: it is none that has been replaced since. */
static int check_age(void)
{
	struct sums_about a;
	char today[CHAIN_DAY_MAX];
	struct chain_clock clock = tls_clock();
	int32_t least = 0;

	if (sums_read_about((const char *)list.data, list.len, &a) < 0)
		return command_fail(-EBADMSG, "%s: its issue or valid-until is not understood: they are to be like "
				    "\"# issue: 7\" and \"# valid-until: 2027-06-30\"", list_name());
	int err = settings_number(command_settings(), "trust-min-issue", &least);
	if ((err < 0 && err != -ENOENT) || least < 0 || a.issue < (uint32_t)least)
		return command_fail(-EACCES, "%s: its issue is %lu, and trust-min-issue wants %ld or a later one: it "
				    "is an old list", list_name(), (unsigned long)a.issue, (long)least);
	if (!a.until[0])
		return 0;
	if (chain_today(&clock, today) < 0)
		return command_fail(-EACCES, "%s: whether it is valid still cannot be told by this machine's clock: "
				    "ntp SERVER sets it", list_name());
	return strcmp(today, a.until) <= 0 ? 0 :
	       command_fail(-EACCES, "%s: it was valid until %s, and this machine's clock says %s: have a newer one "
			    "signed", list_name(), a.until, today);
}

static int ask_for_list(const char *url)
{
	int err = vouch_ask(&(struct vouch_subject){
		.kind = TRUST_LIST, .name = "list of checksums", .url = url, .led_to = download_led_to(),
		.data = list.data, .len = list.len,
	});
	return err == 0 && trust_policy() == TRUST_SIGNED ? check_age() : err;
}

/* The list at url is here: 1, or -E, said. */
static int get_list_from(const char *url)
{
	if (list.data && !strcmp(url, list_url) && (list_vouched || trust_policy() != TRUST_SIGNED))
		return 1;
	membuf_free(&list);
	for (struct image *img = image_first(); img; img = img->next)
		if (img->trust == IMAGE_LISTED)
			img->trust = IMAGE_UNCHECKED;
	snprintf(list_url, sizeof(list_url), "%s", url);
	int err = download(url, &list, "list of checksums", 0, 0);
	if (err >= 0 && list.len > SUMS_LIST_MAX) {
		membuf_free(&list);
		return command_fail(-EFBIG,
				    "%s: a list of checksums longer than %u MiB is not read; name a shorter one",
				    list_name(), SUMS_LIST_MAX >> 20);
	}
	if (err >= 0 && image_type_probe(list.data, list.len) == IMAGE_PAGE)
		err = command_fail(-EBADMSG, "%s begins like a web page, not like a list of checksums", list_name());
	if (err == 0)
		err = ask_for_list(url);
	list_vouched = trust_policy() == TRUST_SIGNED;
	if (err < 0)
		membuf_free(&list);
	return err < 0 ? err : 1;
}

/* The list that the setting names is here: 1, or 0 when there is no such setting, or -E, said. */
static int get_list(void)
{
	char *ref, *url = NULL;
	int err = settings_text(command_settings(), "sha256sums", &ref);
	if (err == -ENOENT)
		return 0;
	if (err < 0)
		return command_fail(err, "sha256sums cannot be read as a URL (%s); nothing is booted until it can",
				    err_text(err));
	err = download_resolve(ref, &url);
	if (err == 0)
		err = get_list_from(url);
	free(ref);
	free(url);
	return err;
}

void verify_forget(void)
{
	membuf_free(&list);
}

int list_vouches(const char *url, const char *name, const void *data, size_t data_len)
{
	size_t len;
	uint8_t hash[SHA256_LEN];
	int rc = *url ? get_list() : 0;
	if (rc <= 0)
		return rc;
	const char *listed = sums_name(list_url, url, &len);
	if (sums_find((const char *)list.data, list.len, listed, len, hash, task_yield) < 0)
		return 0;
	rc = compare_bytes(name, data, data_len, hash, list_name());
	if (rc < 0)
		verify_forget();	/* as below */
	return rc < 0 ? rc : 1;
}

static int verify_listed(struct image *img)
{
	size_t len;
	uint8_t hash[SHA256_LEN];
	const char *name = sums_name(list_url, img->url, &len);
	if (sums_find((const char *)list.data, list.len, name, len, hash, task_yield) == 0) {
		int err = compare(img, hash, list_name());
		if (!err)
			img->trust = IMAGE_LISTED;
		else
			verify_forget();	/* the list may be what is wrong, and be mended */
		return err;
	}
	if (img->role == IMAGE_FILE)
		return 0;
	verify_forget();
	return command_fail(-ENOENT, "%s: the list %s says nothing of %.*s; it will not be booted", img->name,
			    list_name(), (int)len, name);
}

static enum trust_kind kind_of(const struct image *img)
{
	if (img->role == IMAGE_FILE || image_type_of(img, img->data, img->len) == IMAGE_SCRIPT)
		return TRUST_SCRIPT;
	return img->role == IMAGE_KERNEL ? TRUST_KERNEL : TRUST_MODULE;
}

static int ask_for(const struct image *img)
{
	struct vouch_subject s = {
		.kind = kind_of(img), .name = img->name, .url = img->url, .led_to = img->base, .data = img->data,
		.len = img->len, .trusted = img->trusted,
	};
	return vouch_ask(&s);
}

int image_verify(struct image *img)
{
	/* a line by `kenv` was not fetched: who has written it runs already */
	bool own = !*img->url && !strcmp(img->type, "kenv") && trust_policy() == TRUST_SIGNED;
	int err = img->vouched || own ? 0 : ask_for(img);
	if (err < 0)
		return err;
	img->vouched = trust_policy() == TRUST_SIGNED;
	if (img->trust == IMAGE_BAD)
		return command_fail(-EBADMSG, "%s: its SHA-256 is not what it has to be; fetch it again", img->name);
	/* a line by `kenv` was not fetched: it is as good as the script */
	int rc = *img->url && !trust_is_unlocked() ? get_list() : 0;
	if (rc <= 0)
		return rc;
	return img->trust == IMAGE_LISTED ? 0 : verify_listed(img);
}

int image_verify_all(void)
{
	int err = 0;
	for (struct image *img = image_first(); img && err == 0; img = img->next)
		if (img->role != IMAGE_FILE)
			err = image_verify(img);
	return err;
}

static int cmd_imgverify(struct call *c)
{
	uint8_t wanted[SHA256_LEN];
	struct image *img = image_find(c->argv[0]);
	const char *given = c->opt[0];
	if (c->argc > 1)
		return signature_verify(c);
	if (!img)
		return command_fail(-ENOENT, "imgverify: no image is called %s; imgstat lists them", c->argv[0]);
	if (given && (strlen(given) != 2 * SHA256_LEN || sums_parse(given, strlen(given), wanted)))
		return command_fail(-EINVAL, "imgverify: a SHA-256 has 64 hexadecimal digits");
	int rc = given ? compare(img, wanted, "--sha256") : get_list();
	if (!given && rc == 0)
		return command_fail(-EINVAL,
				    "imgverify: neither --sha256 nor the setting sha256sums says what it has to be");
	if (!given && rc > 0)
		rc = verify_listed(img);
	if (rc == 0)
		log_line("%s: verified", img->name);
	return rc;
}

/* What imgtrust wants.  It outlives a fault of the task: what was for good stays. */
static bool only_trusted, for_good;

static int cmd_imgtrust(struct call *c)
{
	bool only = !c->opt[0];

	if (for_good && only != only_trusted)
		return command_fail(-EACCES, "imgtrust: --permanent has settled that %s is executed, until this "
				    "machine starts anew", only_trusted ? "only what is trusted" : "all");
	int err = only && c->opt[1] ? trust_settle() : 0;
	if (err < 0)
		return err;
	only_trusted = only;
	for_good |= c->opt[1] != NULL;
	return 0;
}

int image_may_run(const struct image *img)
{
	if (!only_trusted || img->trusted)
		return 0;
	return command_fail(-EACCES, "%s: it is not trusted, and imgtrust has only that executed: imgverify %s "
			    "SIGNATURE-URL first", img->name, img->name);
}

const struct command verify_commands[] = {
	{ .name = "imgverify", .options = "/sha256= s/signer= k/keep t/timeout= q/quiet", .min = 1, .max = 2,
	  .run = cmd_imgverify, .images = IMAGES_USED,
	  .usage = "[--sha256 hex] NAME | [--signer CN] [--keep] [--timeout ms] NAME|URL SIGNATURE-NAME|URL",
	  .help = "check an image against its signature, its checksum, or the list that sha256sums names",
	  .words = image_words },
	{ .name = "imgtrust", .options = "a/allow p/permanent", .max = 0, .run = cmd_imgtrust,
	  .usage = "[--allow] [--permanent]", .help = "execute only what imgverify has found a good signature of" },
	{ 0 },
};
