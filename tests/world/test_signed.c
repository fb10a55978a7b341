/* SPDX-License-Identifier: BSD-2-Clause */
/* imgverify with signatures and imgtrust, from the script to the wire: what may be executed, and what is said of it. */
#include <stdint.h>
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/signed_files.h"

#define SECOND 1000000ull
#define SAID_MAX 8
#define BEGIN "set trust " SIGNED_ROOT "\n"

static const char kernel[] = "no kernel's bytes";
static uint8_t damaged[sizeof(script_signature)];
static char script[4096];

static const struct row {
	const char *script;		/* without its first line */
	const char *said[SAID_MAX];	/* in the log */
	const char *never;
} rows[] = {
	/* what is signed runs, and nothing else */
	{ BEGIN "imgtrust --permanent\nchain good || echo one\nimgfetch good\nimgfetch --name k kernel\n"
	  "imgexec good || echo two\nimgverify good good.sig && imgstat\nchain good || echo three\n"
	  "boot k || echo four\nimgtrust --allow || imgtrust && imgtrust --permanent && echo well\n",
	  { "good: it is not trusted, and imgtrust has only that executed: imgverify good SIGNATURE-URL first",
	    "one", "two", "good: signed by CN=Signer", "31 bytes, module, script, trusted", "the signed one ran",
	    "four", "well" }, "three" },
	{ BEGIN "imgtrust && imgtrust --allow\nchain good && imgtrust --permanent --allow && imgtrust || "
	  "chain good && echo well\n",
	  { "the signed one ran", "imgtrust: --permanent has settled that all is executed", "well" }, "not trusted" },
	/* both by their URLs, the signer's name, and what stays in the store */
	{ BEGIN "imgverify -s Signer good good.sig && imgstat good && imgstat good.sig || "
	  "imgverify --keep --signer Signer good http://files.test/good.sig && imgstat good.sig && echo well\n",
	  { "good: signed by CN=Signer", "imgstat: no image is called good.sig", "  good.sig: 919 bytes, file",
	    "well" }, NULL },
	{ BEGIN "imgverify --signer Other good good.sig || echo one\nimgtrust\nimgexec good || echo well\n",
	  { "good.sig does not vouch for good: it is not by a signer with the common name Other", "one",
	    "it is not trusted", "well" }, "signed one ran" },
	/* none, another's, damaged, nobody's; and what was trusted is not any more */
	{ BEGIN "imgverify kernel good.sig || echo one\nimgverify good kernel || echo two\n"
	  "imgverify good bad.sig || echo three\nimgverify good none || echo four\n"
	  "imgverify none good.sig || echo five\nimgverify good good.sig && imgverify good bad.sig || "
	  "imgtrust && imgexec good || echo well\n",
	  { "good.sig does not vouch for kernel: it is not by the key of CN=Signer for this file", "one",
	    "kernel does not vouch for good: it is no signature in the form of CMS", "two",
	    "bad.sig does not vouch for good: it is not by the key of CN=Signer", "none: 404", "well" },
	  "signed one ran" },
	{ "imgverify good good.sig || echo one\nset trust-pin " SIGNED_ROOT "\nimgverify good good.sig || echo well\n",
	  { "does not vouch for good: no root is trusted: set trust to", "one",
	    "its chain leads to CN=Root, which trust does not name; its fingerprint is " SIGNED_ROOT_SUM, "well" },
	  NULL },
	{ "imgverify --sha256 00 a b || imgverify --timeout x good good.sig || echo well\n",
	  { "--sha256 takes the image's name alone", "--timeout", "well" }, "signed by" },
};

static bool has_ended(void)
{
	return pc_said("all is tried again in") || pc_ended();
}

static void plays(void *arg)
{
	const struct row *row = *(const struct row *const *)arg;

	CHECK(snprintf(script, sizeof(script), "#!ipxe\n%s", row->script) < (int)sizeof(script));
	memcpy(damaged, script_signature, sizeof(damaged));
	damaged[sizeof(damaged) - 1] ^= 1;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/good", signed_script, strlen(signed_script));
	far_serve("/good.sig", script_signature, sizeof(script_signature));
	far_serve("/bad.sig", damaged, sizeof(damaged));
	far_serve("/kernel", kernel, strlen(kernel));
	pc_start(NULL);
	CHECK(machine_run(has_ended, 120 * SECOND));
	for (unsigned i = 0; i < SAID_MAX && row->said[i]; i++)
		if (!pc_said(row->said[i])) {
			fprintf(stderr, "%s\nnot said: %s\n", script, row->said[i]);
			abort();
		}
	CHECK(!row->never || !pc_said(row->never));
}

static bool each_plays(const void *arg)
{
	bool good = true;

	(void)arg;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		good = machine_alone(plays, &row) && good;
	}
	return good;
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "each_plays", each_plays, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
