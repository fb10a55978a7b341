/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands as scripts use them, from the script to the wire: what each says, what it succeeds and fails at, and with
 * which words.  A row is a script; "well" at its end is where it should come to.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 8

static const struct row {
	const char *script;		/* without its first line */
	const char *said[SAID_MAX];	/* in the log */
	const char *never;
} rows[] = {
	/* forms: what the server is sent comes back as a script that says it */
	{ "params\nparam mac ${net0/mac}\nparam two words and  more\nchain echo##params\necho well\n",
	  { "asked: POST /echo HTTP/1.1 type application/x-www-form-urlencoded body mac=02%3A00%3A00%3A00%3A00%3A01"
	    "&two=words%20and%20more", "well" }, NULL },
	{ "params --name a --method put\nparam --params a --header X-Token it is me\nparam --params a k v\n"
	  "chain http://files.test/echo##params=a || goto out\nchain echo##params=a\n:out\necho well\n",
	  { "asked: PUT /echo HTTP/1.1 token it is me type application/x-www-form-urlencoded body k=v",
	    "echo##params=a: no list of parameters is there for it", "asked: GET /echo HTTP/1.1", "well" }, NULL },
	{ "params -m get\nparam a b\nparam -H X-Token t\nimgfetch --name it echo?x##params\nimgstat\nchain it\n",
	  { "asked: GET /echo?x&a=b HTTP/1.1 token t body", "it: " }, "##params" },
	{ "params\nparams --delete\nparams -d -n none\nparam a b || echo well\n",
	  { "param: there is no list to add a to; params makes one", "well" }, NULL },
	{ "params --method HEAD || echo well\n",
	  { "params: --method is to be GET, POST or PUT, not HEAD", "well" }, NULL },
	{ "params\nparam --header Host h || echo one\nparam --header X:Y z || echo two\n",
	  { "param: Host is said by Undine itself", "one", "param: no header can be called X:Y", "two" }, NULL },
	/* what scripts ask of the machine */
	{ "cpuid 0 || goto out\ncpuid --ext --ecx 31 && goto out ||\ncpuid -a -c 31 || echo no bit\n"
	  "cpuid 32 || echo no such bit\necho well\n:out\n",
	  { "no bit", "cpuid: bits go from 0 to 31", "no such bit", "well" }, NULL },
	{ ":next\npciscan addr || goto done\necho found ${addr} ${addr:busdevfn}\ngoto next\n:done\n"
	  "isset ${addr} && echo well\n",
	  { "found 0x0 0000:00:00.0", "found 0x18 0000:00:03.0", "found 0x1a 0000:00:03.2",
	    "found 0x100 0000:01:00.0", "well" }, "0x19" },
	{ "set a:string x\npciscan a || echo well\n",
	  { "pciscan a: not a setting that holds a PCI address", "well" }, NULL },
	{ "usbscan dev || echo well\n",
	  { "usbscan: Undine drives no USB", "so dev stays as it is", "well" }, NULL },
	/* what is not here, and what need not be */
	{ "shim --allow-pxe x ; sync --timeout 5 && startpxe && stoppxe net0 && echo well\n"
	  "startpxe net7 || echo no net7\n",
	  { "well", "startpxe: there is no interface net7", "no net7" }, NULL },
	{ "imgtrust --allow --permanent || sanhook --drive 0x81 iscsi:x || iwstat || fcels -p 1 || "
	  "certstat --subject a || echo well\n",
	  { "imgtrust: no signatures are checked yet; set sha256sums URL",
	    "sanhook: there are no SAN drives yet; memdisk",
	    "iwstat: there are no wireless cards here", "fcels: there is no Fibre",
	    "certstat: there are no cert", "well" },
	  "usage" },
	{ "nstat && ipstat && profstat && echo well\n", { "10.0.0.1 ", "ip_in ", "fetch2", "well" }, NULL },
	/* one that has been sent is not sent again */
	{ "params\nparam a b\nchain reset##params || echo well\n",
	  { "http://files.test/reset: 10.0.0.1:80 ", "well" }, "trying again" },
};

static bool has_ended(void)
{
	return pc_said("all is tried again in") || pc_ended();
}

static void plays(void *arg)
{
	const struct row *row = *(const struct row *const *)arg;
	static char script[4096];
	CHECK(snprintf(script, sizeof(script), "#!ipxe\n%s", row->script) < (int)sizeof(script));
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
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
	const struct test tests[] = { { "each plays", each_plays, NULL } };
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
