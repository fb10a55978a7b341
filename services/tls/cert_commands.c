/* SPDX-License-Identifier: BSD-2-Clause */
/* The store of certificates, for people and scripts.  See cert_commands.h. */
#include "services/tls/cert_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/image/image.h"
#include "services/tls/revoked.h"
#include "services/tls/roots.h"
#include "services/trust/trust_check.h"

#define LIST_SILENCE_MS 10000u		/* a server of lists that says nothing holds what is to be fetched up so long */
#define LISTS_AGAIN_US 60000000u	/* after one that could not be had */
#define FILE_MAX (1u << 20)		/* Mozilla's bundle has 220 KiB */

static int store(const char *name, const void *data, size_t len, const char *cn)
{
	int n = len > FILE_MAX ? -EFBIG : roots_store(data, len, cn);

	switch (n) {
	case -EBADMSG:
		return command_fail(n, "%s holds no certificate, neither as PEM nor as DER", name);
	case -ENOENT:
		return command_fail(n, "%s holds no certificate of the common name %s", name, cn);
	case -ENOSPC:
		return command_fail(n, "the store of certificates is full (%u); certfree empties it", ROOTS_STORED_MAX);
	case -EFBIG:
		return command_fail(n, "%s is longer than the %u MiB that certificates may have", name, FILE_MAX >> 20);
	case -ENOMEM:
		return command_fail(n, "%s: no memory for its certificates", name);
	default:
		log_line("certstore: %d certificate%s of %s", n, n == 1 ? "" : "s", name);
		return 0;
	}
}

/* Those of all images that have some. */
static int store_all(const struct call *c)
{
	unsigned stored = 0;

	for (struct image *img = image_first(), *next; img; img = next) {
		next = img->next;
		if (img->len > FILE_MAX || roots_store(img->data, img->len, c->opt[0]) < 0)
			continue;
		stored++;
		if (!c->opt[1])
			image_free(img);
	}
	return stored ? 0 : command_fail(-ENOENT, "no image holds a certificate; certstore URL fetches one");
}

static int cmd_certstore(struct call *c)
{
	uint32_t timeout_ms = 0;
	struct image *img = c->argc ? image_find(c->argv[0]) : NULL;
	struct membuf file = { 0 };
	char *url = NULL;
	int err = command_number(c->opt[2], "--timeout", &timeout_ms);

	if (err < 0)
		return err;
	if (!c->argc)
		return store_all(c);
	if (img) {
		err = store(img->name, img->data, img->len, c->opt[0]);
		if (err == 0 && !c->opt[1])
			image_free(img);
		return err;
	}
	err = download_resolve(c->argv[0], &url);
	if (err == 0)
		err = download(url, &file, NULL, timeout_ms, 0);
	if (err == 0)
		err = store(c->argv[0], file.data, file.len, c->opt[0]);
	membuf_free(&file);
	free(url);
	return err;
}

static int cmd_certstat(struct call *c)
{
	char name[ROOTS_NAME_MAX], sum[ROOTS_HASH_TEXT];
	unsigned shown = 0;

	for (const mbedtls_x509_crt *crt = roots_stored(); crt; crt = crt->next) {
		if (c->opt[0] && !roots_is_called(crt, c->opt[0]))
			continue;
		bool trusted = roots_has(ROOTS_FINGERPRINTS, crt), pinned = roots_has(ROOTS_PINS, crt);

		roots_name(&crt->subject, name);
		roots_sum(ROOTS_FINGERPRINTS, crt, sum);
		const char *whose = trusted ? " [trusted]" : pinned ? " [pinned]" : roots_in_bundle(crt) ?
				    " [trusted for servers]" : "";
		log_line("%s: %s%s, until %04d-%02d-%02d", name, sum, whose, crt->valid_to.year, crt->valid_to.mon,
			 crt->valid_to.day);
		shown++;
	}
	if (!shown && c->opt[0])
		return command_fail(-ENOENT, "no certificate of the common name %s is stored", c->opt[0]);
	return 0;
}

static int cmd_certfree(struct call *c)
{
	if (!roots_free(c->opt[0]) && c->opt[0])
		return command_fail(-ENOENT, "no certificate of the common name %s is stored", c->opt[0]);
	return 0;
}

/* ---- lists of what was taken back ---- */

static uint64_t lists_from_us;		/* they are fetched from then on; CLOCK_NEVER: they are here */

int cert_apply_lists(void)
{
	revoked_forget();
	revoked_set_rule(REVOKED_REFUSED);	/* until the policy is known */
	lists_from_us = 0;
	return 0;
}

void cert_forget(void)
{
	roots_free(NULL);
	revoked_forget();
	lists_from_us = 0;
}

static int fetch_list(const char *ref)
{
	struct membuf file = { 0 };
	char *url = NULL;
	int err = download_resolve(ref, &url);

	if (err == 0)
		err = download(url, &file, "list of revoked certificates", LIST_SILENCE_MS, DOWNLOAD_TRY);
	if (err < 0)
		log_warn("crl: %s", download_error());
	else if ((err = revoked_add(file.data, file.len)) < 0)
		log_warn("crl: %.60s is %s", ref, err == -EFBIG ? "longer than 64 KiB" : err == -ENOMEM ?
			 "more than there is memory for" :
			 "no list of certificates that were taken back, neither as PEM nor as DER");
	membuf_free(&file);
	free(url);
	return err;
}

static void fetch_lists(char *urls)
{
	bool all = true;

	lists_from_us = CLOCK_NEVER;		/* and what is fetched for this needs none */
	revoked_forget();
	for (char *at = urls + strspn(urls, " ,"), *end; *at; at = end + strspn(end, " ,")) {
		end = at + strcspn(at, " ,");
		if (*end)
			*end++ = '\0';
		all = fetch_list(at) == 0 && all;
	}
	if (!all)
		lists_from_us = clock_us() + LISTS_AGAIN_US;
}

void cert_fetch_lists(void)
{
	char *urls = NULL;
	int err = settings_text(command_settings(), "crl", &urls);
	bool wanted = err < 0 ? err != -ENOENT : *urls;

	revoked_set_rule(!wanted ? REVOKED_IGNORED : trust_policy() == TRUST_OPEN ? REVOKED_WARNED : REVOKED_REFUSED);
	if (wanted && urls && clock_us() >= lists_from_us)
		fetch_lists(urls);
	free(urls);
}

const struct command cert_commands[] = {
	{ .name = "certstore", .options = "s/subject= k/keep t/timeout=", .min = 0, .max = 1, .run = cmd_certstore,
	  .usage = "[--subject CN] [--keep] [URL or NAME]",
	  .help = "keep a file's certificates, to complete the chains of servers" },
	{ .name = "certstat", .options = "s/subject=", .max = 0, .run = cmd_certstat, .usage = "[--subject CN]",
	  .help = "the certificates that are kept, with their fingerprints" },
	{ .name = "certfree", .options = "s/subject=", .max = 0, .run = cmd_certfree, .usage = "[--subject CN]",
	  .help = "forget certificates that are kept" },
	{ 0 },
};
