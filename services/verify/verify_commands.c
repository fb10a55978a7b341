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
#include "services/trust/trust_check.h"
#include "services/verify/signature.h"

#define HEX_LEN (2 * SHA256_LEN + 1)
#define HASH_CHUNK 65536u	/* bytes between two turns of the other tasks */

/* The list in force: until the setting names another, the next try, or something that it does not vouch for. */
static struct membuf list;
static char list_url[URL_TEXT_MAX];

static void hash_image(const struct image *img, uint8_t hash[SHA256_LEN])
{
	mbedtls_sha256_context ctx;
	mbedtls_sha256_init(&ctx);
	mbedtls_sha256_starts(&ctx, 0);
	for (size_t at = 0; at < img->len; at += HASH_CHUNK) {
		mbedtls_sha256_update(&ctx, img->data + at, img->len - at < HASH_CHUNK ? img->len - at : HASH_CHUNK);
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

/* Compares with what `by` wants and remembers: 0 or -EBADMSG, said. */
static int compare(struct image *img, const uint8_t wanted[SHA256_LEN], const char *by)
{
	uint8_t hash[SHA256_LEN];
	char is[HEX_LEN], has_to_be[HEX_LEN];
	hash_image(img, hash);
	img->trust = memcmp(hash, wanted, sizeof(hash)) ? IMAGE_BAD : IMAGE_GOOD;
	if (img->trust == IMAGE_GOOD)
		return 0;
	return command_fail(-EBADMSG, "%.32s: its SHA-256 is %s, and %s wants %s", img->name, hex(hash, is), by,
			    hex(wanted, has_to_be));
}

/* The list's URL for messages. */
static const char *list_name(void)
{
	static char shown[64];
	url_redact(list_url, shown, sizeof(shown));
	return shown;
}

/* The list at url is here: 1, or -E, said. */
static int get_list_from(const char *url)
{
	if (list.data && !strcmp(url, list_url))
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
		err = trust_check(TRUST_LIST, "list of checksums", url, list.data, list.len);
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

int image_verify(struct image *img)
{
	int err = trust_check(kind_of(img), img->name, img->url, img->data, img->len);
	if (err < 0)
		return err;
	if (img->trust == IMAGE_BAD)
		return command_fail(-EBADMSG, "%s: its SHA-256 is not what it has to be; fetch it again", img->name);
	/* a line by `kenv` was not fetched: it is as good as the script */
	int rc = *img->url ? get_list() : 0;
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
