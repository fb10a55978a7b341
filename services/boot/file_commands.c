/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done with files besides booting them.  See file_commands.h. */
#include "services/boot/file_commands.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/md.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/boot/boot_commands.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/gzip/gunzip.h"
#include "services/image/image.h"
#include "services/image/image_commands.h"
#include "services/verify/verify_commands.h"
#include "services/script/setting_owner.h"

#define HASH_CHUNK 65536u		/* bytes between two turns of the other tasks */
#define UNPACKED_MAX (1u << 30)
#define FIRST_PAGE 0x1000u		/* page 0 is not there (kernel/paging.h) */

static int setting_failed(const struct call *c, const char *name, int err)
{
	return command_fail(err, "%s: setting %s: %s", c->cmd->name, name, err == -EINVAL ?
			    "not a name, type or value that settings can have" : err_text(err));
}

/* ---- checksums ---- */

static const struct {
	const char *name;
	mbedtls_md_type_t type;
} digests[] = {
	{ "md5sum", MBEDTLS_MD_MD5 }, { "sha1sum", MBEDTLS_MD_SHA1 }, { "sha224sum", MBEDTLS_MD_SHA224 },
	{ "sha256sum", MBEDTLS_MD_SHA256 }, { "sha384sum", MBEDTLS_MD_SHA384 }, { "sha512sum", MBEDTLS_MD_SHA512 },
};

/* 0 or -ENOMEM. */
static int digest(const mbedtls_md_info_t *md, const struct image *img, uint8_t out[MBEDTLS_MD_MAX_SIZE])
{
	mbedtls_md_context_t ctx;
	mbedtls_md_init(&ctx);
	int err = mbedtls_md_setup(&ctx, md, 0) ? -ENOMEM : 0;
	if (err == 0)
		mbedtls_md_starts(&ctx);
	for (size_t at = 0; err == 0 && at < img->len; at += HASH_CHUNK) {
		mbedtls_md_update(&ctx, img->data + at, img->len - at < HASH_CHUNK ? img->len - at : HASH_CHUNK);
		task_yield();
	}
	if (err == 0)
		mbedtls_md_finish(&ctx, out);
	mbedtls_md_free(&ctx);
	return err;
}

/* Into the setting, or shown. */
static int digest_one(const struct call *c, const struct image *img)
{
	uint8_t hash[MBEDTLS_MD_MAX_SIZE];
	char text[2 * sizeof(hash) + 1], name[SETTING_NAME_MAX + 8];
	size_t i = 0;
	while (strcmp(digests[i].name, c->cmd->name))
		i++;
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(digests[i].type);
	int err = digest(md, img, hash);
	if (err < 0)
		return err;
	value_format(VALUE_HEXRAW, hash, mbedtls_md_get_size(md), text, sizeof(text));
	if (!c->opt[0]) {
		log_line("%s  %s", text, img->name);
		return 0;
	}
	snprintf(name, sizeof(name), "%s%s", c->opt[0], strchr(c->opt[0], ':') ? "" : ":hexraw");
	err = setting_owner_set_raw(command_settings(), name, hash, mbedtls_md_get_size(md));
	return err < 0 ? setting_failed(c, c->opt[0], err) : setting_owner_apply(command_settings(), c->opt[0]);
}

static int cmd_digest(struct call *c)
{
	struct image *img;
	int err = 0;
	for (int i = 0; i < c->argc && err == 0; i++) {
		const struct boot_file f = { .ref = c->argv[i] };
		err = boot_get_file(&f, &img);
		if (err == 0)
			err = digest_one(c, img);
	}
	for (img = c->argc ? NULL : image_first(); img && err == 0; img = img->next)
		err = digest_one(c, img);
	return err;
}

/* ---- arguments, settings ---- */

static int cmd_imgargs(struct call *c)
{
	enum { OPT_NAME, OPT_TIMEOUT, OPT_QUIET, OPT_AUTOFREE };
	struct image *img;
	struct boot_file f = { .ref = c->argv[0], .name = c->opt[OPT_NAME], .role = IMAGE_MODULE,
			       .quiet = c->opt[OPT_QUIET] != NULL };
	int err = command_number(c->opt[OPT_TIMEOUT], "the timeout in ms", &f.timeout_ms);
	if (err == 0)
		err = boot_get_file(&f, &img);
	if (err < 0)
		return err;
	img->autofree = img->autofree || c->opt[OPT_AUTOFREE];
	char *args = image_args(c);
	err = args ? image_set_args(img, args) : -ENOMEM;
	free(args);
	return err;
}

enum { OPT_KEEP, OPT_TIMEOUT, OPT_QUIET, OPT_NAME };

/* What the options say of the file argv[i]: 0 or -EINVAL, said. */
static int take_file(const struct call *c, int i, struct boot_file *f)
{
	*f = (struct boot_file){ .ref = c->argv[i], .quiet = c->opt[OPT_QUIET] != NULL };
	return command_number(c->opt[OPT_TIMEOUT], "the timeout in ms", &f->timeout_ms);
}

static int cmd_imgset(struct call *c)
{
	const char *name = c->argv[0];
	struct boot_file f;
	struct image *img;
	int err = take_file(c, 1, &f);
	if (err == 0)
		err = boot_get_file(&f, &img);
	if (err < 0)
		return err;
	err = setting_owner_set_raw(command_settings(), name, img->data ? img->data : (const uint8_t *)"", img->len);
	if (!c->opt[OPT_KEEP])
		image_free(img);
	return err < 0 ? setting_failed(c, name, err) : setting_owner_apply(command_settings(), name);
}

/* ---- archives ---- */

static void unpack_turn(size_t used)
{
	(void)used;
	task_yield();
}

/* Without the end that says how it is packed. */
static char *unpacked_name(const char *name)
{
	static const char *const ends[] = { ".gz", ".zz", ".zlib", ".z" };
	char *copy = strdup(name);
	for (size_t i = 0; copy && i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(copy), end = strlen(ends[i]);
		if (len > end && !strcasecmp(copy + len - end, ends[i])) {
			copy[len - end] = '\0';
			break;
		}
	}
	return copy;
}

static int unpack(const struct image *img, struct membuf *out)
{
	struct gunzip_result res;
	void *scratch = malloc(GUNZIP_SCRATCH_LEN);
	if (!scratch)
		return -ENOMEM;
	if (!gunzip_probe(img->data, img->len) && !gunzip_probe_zlib(img->data, img->len)) {
		free(scratch);
		return command_fail(-ENOEXEC, "imgextract: %s is %s, and only gzip and zlib can be extracted",
				    img->name, image_type_text(image_type_probe(img->data, img->len)));
	}
	int err = gunzip(img->data, img->len, UNPACKED_MAX, scratch, out, &res, unpack_turn);
	free(scratch);
	if (err < 0)
		return command_fail(err, "imgextract: %s: %s, at byte %lu of %lu", img->name, res.why,
				    (unsigned long)res.used, (unsigned long)img->len);
	if (res.trailing)
		log_warn("imgextract: %s has %lu bytes behind what was packed; they are ignored", img->name,
			 (unsigned long)res.trailing);
	return 0;
}

static int cmd_imgextract(struct call *c)
{
	struct membuf b = { 0 };
	struct boot_file f;
	struct image *img, *new = NULL;
	char size[HUMAN_LEN];
	int err = take_file(c, 0, &f);
	if (err == 0)
		err = boot_get_file(&f, &img);
	if (err == 0)
		err = image_verify(img);
	if (err == 0)
		err = unpack(img, &b);
	if (err < 0)
		return err;
	char *name = c->opt[OPT_NAME] && *c->opt[OPT_NAME] ? strdup(c->opt[OPT_NAME]) : unpacked_name(img->name);
	if (name)
		new = image_add(&b, name, NULL, img->args);
	free(name);
	membuf_free(&b);
	if (!new)
		return -ENOMEM;
	new->vouched = img->vouched;	/* they are its own bytes */
	new->trusted = img->trusted;
	image_set_role(new, img->role == IMAGE_KERNEL ? IMAGE_KERNEL : IMAGE_MODULE);
	log_line("imgextract: %s: %s", new->name, human_size(new->len, size));
	if (!c->opt[OPT_KEEP])
		image_free(img);
	return 0;
}

/* ---- memory ---- */

static int cmd_imgmem(struct call *c)
{
	uint64_t place[2];
	struct membuf b = { 0 };
	for (int i = 0; i < 2; i++) {
		char *end;
		place[i] = strtoull(c->argv[i], &end, 0);
		if (!c->argv[i][0] || *end || c->argv[i][0] == '-')
			return command_fail(-EINVAL, "imgmem: %s is no number", c->argv[i]);
	}
	if (place[0] < FIRST_PAGE || place[0] > UINT32_MAX || place[1] > UINT32_MAX ||
	    place[0] + place[1] > 1ull << 32)
		return command_fail(-ERANGE, "imgmem: from %s on there are no %s bytes below 4 GiB, and the first %u "
				    "of all cannot be read", c->argv[0], c->argv[1], FIRST_PAGE);
	if (membuf_reserve(&b, (size_t)place[1]) < 0)
		return command_fail(-ENOMEM, "imgmem: no memory for %s bytes in one piece", c->argv[1]);
	for (; b.len < place[1]; task_yield()) {
		size_t n = place[1] - b.len < HASH_CHUNK ? (size_t)place[1] - b.len : HASH_CHUNK;
		memcpy(b.data + b.len, (const uint8_t *)(uintptr_t)place[0] + b.len, n);
		b.len += n;
	}
	struct image *img = image_add(&b, c->opt[0] ? c->opt[0] : c->argv[0], NULL, NULL);
	membuf_free(&b);
	if (!img)
		return -ENOMEM;
	image_set_role(img, IMAGE_MODULE);
	return 0;
}

#define DIGEST .options = "s/set=", .max = ANY_ARGS, .run = cmd_digest, .images = IMAGES_USED, .words = image_words, \
	.usage = "[--set setting] [NAME|URL...]"

const struct command file_commands[] = {
	{ .name = "sha256sum", DIGEST, .help = "checksums of images, or of what URLs name; --set keeps the last" },
	{ .name = "sha512sum", DIGEST },
	{ .name = "sha384sum", DIGEST },
	{ .name = "sha224sum", DIGEST },
	{ .name = "sha1sum", DIGEST },
	{ .name = "md5sum", DIGEST },
	{ .name = "imgargs", .options = "n/name= t/timeout= q/quiet a/autofree", .min = 1, .max = ANY_ARGS,
	  .run = cmd_imgargs, .images = IMAGES_USED,
	  .usage = "[--name n] [--timeout ms] [--quiet] [--autofree] NAME|URL [arguments]",
	  .help = "replace an image's arguments", .words = image_first_word },
	{ .name = "imgset", .options = "k/keep t/timeout= q/quiet", .min = 2, .max = 2, .run = cmd_imgset,
	  .images = IMAGES_USED,
	  .usage = "[--keep] [--timeout ms] SETTING[:type] NAME|URL",
	  .help = "make a setting of what an image or a URL holds" },
	{ .name = "imgextract", .options = "k/keep t/timeout= q/quiet n/name=", .min = 1, .max = 1,
	  .run = cmd_imgextract, .images = IMAGES_USED, .words = image_first_word,
	  .usage = "[--name n] [--keep] [--timeout ms] NAME|URL", .help = "unpack an image (gzip, zlib)" },
	{ .name = "imgmem", .options = "n/name= a/autofree", .min = 2, .max = 2, .run = cmd_imgmem,
	  .usage = "[--name n] ADDRESS LENGTH", .help = "make an image of a piece of memory" },
	{ 0 },
};
