/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is secret in URLs and passwords shows nowhere: a whole loader is given
 * them in its script, by DHCP and at the prompt, for downloads that go well
 * and that fail in every way; then the log is searched for them.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

static const char script[] =
	"#!ipxe\n"
	"echo begun\n"
	"set source http://tokenA@files.test\n"
	"imgfetch http://tokenA@files.test/file || echo failed\n"
	"imgfetch http://user:tokenB@files.test/file || echo failed\n"
	"imgfetch ${source}/none || echo failed\n"
	"imgfetch http://tokenA@nowhere.test/file || echo failed\n"
	"imgfetch http://tokenA@files.test:99/file || echo failed\n"
	"imgfetch --timeout 2000 http://tokenA@10.0.0.77/file || echo failed\n"
	"imgfetch tftp://tokenA@files.test/none || echo failed\n"
	"imgfetch odd://tokenA@files.test/none || echo failed\n"
	"imgfetch http://user:tok/enB@files.test/file || echo failed\n"
	"kernel http://tokenA@files.test/file key=http://tokenA@h/ || echo failed\n"
	"chain http://tokenA@files.test/file || echo failed\n"
	"imgverify --sha256sums http://tokenA@files.test/sums file || echo failed\n"
	"imgstat ||\n"
	"show source ||\n"
	"config nowhere ||\n"
	"set telnetd.password tokenC\n"
	"show telnetd.password-sha256 ||\n"
	"telnetd --password tokenC ||\n"
	"set password tokenC\nshow password\nset net0/password:nosuchtype tokenC ||\n"
	"imgset privkey:string http://files.test/key\nshow privkey:string ||\nshow ||\n"
	"set privkey:string tokenC\nshow privkey:string ||\nset password tokenC now | ||\n"
	"echo ${source} and http://tokenA@files.test/${source}\n"
	"nosuchcommand http://tokenA@files.test/ ||\n"
	"imgfetch --nosuchoption http://tokenA@files.test/ ||\n"
	"set http-proxy user:tokenB@proxy:3128 ||\n"
	"show http-proxy ||\n"
	"set fetch.connect-timeout 1\n"
	"set http-proxy http://user:tokenB@10.0.0.77:3128 ||\n"
	"show http-proxy ||\n"
	"imgfetch http://files.test/file ||\n"
	"clear http-proxy ||\n"
	"echo all of the script is done\n";

static bool script_is_done(void)
{
	return pc_said("all of the script is done");
}

static bool typed_is_done(void)
{
	return pc_said("\nall that was typed is done");
}

static void shows_none(void *arg)
{
	static const char *const secrets[] = { "tokenA", "tokenB", "tokenC", "enB@" };
	static char long_line[700];
	(void)arg;
	far_boot_file = "http://tokenA@files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/key", "tokenC\ntokenB and\ntokenA\n", 25);
	pc_file_setting("password=tokenB");
	CHECK(pc_file_has("tokenB"));
	pc_start(NULL);
	CHECK(machine_run(script_is_done, 300 * SECOND));
	CHECK(pc_said("begun"));
	CHECK(!pc_file_has("tokenB"));		/* for another NBP finds what lies there */
	/* cut in the middle of the token */
	memset(long_line, 'x', sizeof(long_line));
	memcpy(long_line, "echo ", 5);
	strcpy(long_line + 5 + 511 - 14, " http://tokenA@files.test/\n");
	pc_type("\x03");
	pc_type(long_line);
	pc_type("config\n\x1b[F\x1b[5~\x1b[5~\x18");		/* source is in its list */
	pc_type("imgfetch http://user:tokenB@files.test/none\n");
	pc_type("echo all that was typed is done\n");
	CHECK(machine_run(typed_is_done, 60 * SECOND));
	for (unsigned i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (pc_said(secrets[i]))
			fprintf(stderr, "%s is shown\n", secrets[i]);
		CHECK(!pc_said(secrets[i]));
	}
}

static bool alone(const void *arg)
{
	(void)arg;
	return machine_alone(shows_none, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "shows_none", alone, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
