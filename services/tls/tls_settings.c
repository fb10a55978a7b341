/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's side of TLS: see tls_settings.h.  Called by main.c. */
#include "services/tls/tls_settings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "kernel/arena.h"
#include "kernel/random.h"
#include "services/command/run.h"
#include "services/firmware/machine.h"
#include "services/script/settings.h"
#include "services/tls/client_cert.h"
#include "services/tls/roots.h"
#include "services/tls/tls.h"
#include "services/tls/tls_random.h"

static struct arena arena;		/* connections that are kept outlive the task that has made them */

static void *tls_alloc(size_t n, size_t len)
{
	if (!tls_lasting)		/* a checksum of some task's: it goes with the task */
		return calloc(n, len);
	void *p = len && n > SIZE_MAX / len ? NULL : arena_alloc(&arena, n * len);

	if (p)
		memset(p, 0, n * len);
	return p;
}

/* Keys may have been in it. */
static void tls_free(void *p)
{
	if (p)
		mbedtls_platform_zeroize(p, arena_block_len(p));
	arena_free(p);
}

void tls_begin(void)
{
	static const struct tls_machine machine = {
		.random32 = random_u32, .now_s = machine_wall_clock, .alloc = tls_alloc, .free = tls_free,
	};

	arena_init(&arena, "tls");
	tls_setup(&machine);
}

/* As it was set: the caller's to free; NULL where nothing was. */
static int text_of(const char *name, char **text)
{
	struct settings set = *command_settings();
	int err;

	set.lookup = NULL;
	err = settings_text(&set, name, text);
	return err < 0 && err != -ENOENT ? err : 0;
}

static int apply_sums(const char *name, enum roots_kind kind)
{
	char *text;
	int err = text_of(name, &text);

	if (err == 0)
		err = roots_set(kind, text ? text : "");
	free(text);
	if (err == 0)
		return 0;
	roots_set(kind, "");
	if (err == -E2BIG)
		return command_fail(err, "%s may name %u; none of them is believed now", name, ROOTS_MAX);
	return command_fail(err, "%s is to be SHA-256 sums, 64 hexadecimal digits each, one after the other; none is "
			    "believed now", name);
}

static int apply_clock(void)
{
	char *text;
	int err = text_of("trust-clock", &text);
	bool mend = text && !strcmp(text, "mend");

	if (err == 0 && text && !mend && strcmp(text, "refuse"))
		err = command_fail(-EINVAL, "trust-clock is refuse or mend, and not %.40s; a clock that cannot be "
			"right is "
				   "refused", text);
	tls_mend_clock(mend);
	free(text);
	return err;
}

int tls_apply_settings(void)
{
	int err = apply_sums("trust", ROOTS_FINGERPRINTS), pins = apply_sums("trust-pin", ROOTS_PINS);
	int bundles = apply_sums("trust-bundle", ROOTS_BUNDLES), at = apply_clock();

	return err < 0 ? err : pins < 0 ? pins : bundles < 0 ? bundles : at;
}

int tls_apply_client_cert(void)
{
	struct settings set = *command_settings();
	struct setting_value cert = { .len = 0 }, key = { .len = 0 };
	const char *why = NULL;

	set.lookup = NULL;
	if (settings_fetch(&set, "cert", &cert) < 0)
		cert.len = 0;
	if (settings_fetch(&set, "privkey", &key) < 0)
		key.len = 0;
	int err = client_cert_set(cert.raw, cert.len, key.raw, key.len, &why);
	return err == -EBADMSG ? command_fail(err, "%s; it stays as it was", why) : err;
}
