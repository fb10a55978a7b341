/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of images.  See signature.h. */
#include "services/verify/signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/image/image.h"
#include "services/tls/cert_commands.h"
#include "services/tls/tls.h"
#include "services/verify/cms.h"

#define HASH_CHUNK 65536u		/* bytes between two turns of the other tasks */

/* imgverify's options, as its row in verify_commands.c has them. */
enum { OPT_SHA256, OPT_SIGNER, OPT_KEEP, OPT_TIMEOUT, OPT_QUIET };

static int digest(void *ctx, mbedtls_md_type_t md, uint8_t *sum)
{
	const struct bytes_signed *b = ctx;
	mbedtls_md_context_t m;
	int err;

	mbedtls_md_init(&m);
	err = mbedtls_md_setup(&m, mbedtls_md_info_from_type(md), 0) == 0 && mbedtls_md_starts(&m) == 0 ? 0 : -ENOMEM;
	for (size_t at = 0; at < b->len && err == 0; at += HASH_CHUNK) {
		mbedtls_md_update(&m, (const uint8_t *)b->data + at, b->len - at < HASH_CHUNK ? b->len - at :
				  HASH_CHUNK);
		task_yield();
		if (command_interrupted())
			err = -EINTR;
	}
	if (err == 0)
		mbedtls_md_finish(&m, sum);
	mbedtls_md_free(&m);
	return err;
}

int signature_check(const struct bytes_signed *what, const struct bytes_signed *file, const char *signer,
		    char by[ROOTS_NAME_MAX])
{
	struct bytes_signed signed_bytes = *what;
	struct cms_question q = {
		.signer = signer, .clock = tls_clock(), .digest = digest, .ctx = &signed_bytes,
	};
	struct cms_verdict *v = malloc(sizeof(*v));
	struct cms *c = malloc(sizeof(*c));
	const char *why;

	cert_fetch_lists();
	int err = v && c ? cms_parse(c, file->data, file->len, &why) : -ENOMEM;

	if (err < 0) {
		command_fail(err, "%s does not vouch for %s: %s", file->name, what->name,
			     err == -ENOMEM ? "there is no memory to read it; imgfree drops images" : why);
	} else {
		err = cms_verify(c, &q, v);
		cms_free(c);
		if (err == -EACCES)
			command_fail(err, "%s does not vouch for %s: %s", file->name, what->name, v->chain.why);
		else if (err < 0 && err != -EINTR)
			command_fail(err, "%s: no memory to verify its signature; imgfree drops images", what->name);
	}
	if (err == 0) {
		if (v->chain.warning[0])
			log_warn("%s: %s", file->name, v->chain.warning);
		strcpy(by, v->by);
	}
	free(v);
	free(c);
	return err;
}

/* The image of that name, or what it is the URL of, which is kept with that role: 0 or -E, said. */
static int acquire(const char *ref, uint32_t timeout_ms, bool quiet, enum image_role role, struct image **out)
{
	struct membuf b = { 0 };
	char *url, *name;
	int err;

	*out = image_find(ref);
	if (*out)
		return 0;
	err = download_resolve(ref, &url);
	if (err < 0)
		return err;
	err = download(url, &b, NULL, timeout_ms, quiet ? DOWNLOAD_SILENT : 0);
	name = err == 0 ? download_name(url) : NULL;
	*out = name ? image_add(&b, name, url, NULL) : NULL;
	if (err == 0 && (!*out || image_set_base(*out, download_led_to()) < 0))
		err = command_fail(-ENOMEM, "not enough memory to keep %s; imgfree drops images", name ? name : ref);
	membuf_free(&b);
	free(name);
	free(url);
	if (err < 0)
		image_free(*out);
	else
		image_set_role(*out, role);
	return err;
}

int signature_verify(const struct call *c)
{
	struct image *img, *file;
	char by[ROOTS_NAME_MAX];
	uint32_t timeout_ms = 0;

	if (c->opt[OPT_SHA256])
		return command_fail(-EINVAL, "imgverify: --sha256 takes the image's name alone, and no signature");
	int err = command_number(c->opt[OPT_TIMEOUT], "--timeout", &timeout_ms);

	if (err == 0)
		err = acquire(c->argv[0], timeout_ms, c->opt[OPT_QUIET], IMAGE_MODULE, &img);

	if (err == 0) {
		img->trusted = false;		/* until all of it has gone well */
		err = acquire(c->argv[1], timeout_ms, c->opt[OPT_QUIET], IMAGE_FILE, &file);
	}
	if (err < 0)
		return err;
	struct bytes_signed what = { img->name, img->data, img->len };
	struct bytes_signed signature = { file->name, file->data, file->len };

	err = signature_check(&what, &signature, c->opt[OPT_SIGNER], by);
	if (err == 0) {
		img->trusted = true;
		log_line("%s: signed by %s", img->name, by);
	}
	if (!c->opt[OPT_KEEP] && file != img)
		image_free(file);
	return err;
}
