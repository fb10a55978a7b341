/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader says when a try has failed: the cause and what failed for it, in the log, at the end of the try
 * and as `status` has it - by what it is asked, and by what it answers.
 */
#include <string.h>

#include "net/netdev.h"
#include "services/cause/cause.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 6
#define PAGE "<!DOCTYPE html><title>Welcome</title>\n"
#define PAGE_SUM "eab9c01d930a9b9e559c3be0e685b4fda9b8567d320899c292d1de3fc14e8e1f"
#define WANTED_SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char long_line[17000] = "#!ipxe\nkernel nothing || echo none\n";

static const struct failing {
	const char *script;		/* NULL: the server has none */
	const char *said[SAID_MAX];	/* in the log */
	const char *never;
} failings[] = {
	/* the fact, what failed for it, and the try's last word */
	{ "#!ipxe\nkernel nothing\nboot\n",
	  { "http://files.test/nothing: 404", "boot.ipxe:2: kernel nothing: failed",
	    "The script has failed: http://files.test/nothing: 404 " }, "not found" },
	{ NULL,
	  { "http://files.test/boot.ipxe: 404", "Getting a script has failed: http://files.test/boot.ipxe: 404 " },
	  "not found" },
	/* what no command has said */
	{ "#!ipxe\nkernl xen\n",
	  { "kernl: no such command; help lists them", "boot.ipxe:2: kernl xen: failed",
	    "The script has failed: kernl: no such command" }, "not a format" },
	{ "#!ipxe\niseq a b\n", { "boot.ipxe:2: iseq a b: \"a\" is not \"b\"", "has failed: \"a\" is not \"b\"." },
	  "range" },
	{ long_line, { "boot.ipxe:3: (the line itself): the line is longer",
	  "has failed: the line is longer than 16383 bytes" },
	  "404." },
	{ "#!ipxe\n", { "The script has ended without booting anything." }, NULL },
	/* a failure that was caught is not the cause of the next */
	{ "#!ipxe\nkernel nothing || echo none\niseq a b\n", { "has failed: \"a\" is not \"b\"." }, NULL },
	/* the way to a server */
	{ "#!ipxe\nroute add 10.9.9.0/24 10.0.0.77\nkernel http://10.9.9.9/x\n",
	  { "10.9.9.9:80 does not answer, for the gateway 10.0.0.77 does not answer ARP; trying again ",
	    "has failed: http://10.9.9.9/x: 10.9.9.9:80 does not answer, for the gateway 10.0.0.77 does not " },
	  NULL },
	{ "#!ipxe\nkernel http://10.0.0.99/x\n",
	  { "failed: http://10.0.0.99/x: 10.0.0.99:80 does not answer, nor does its machine answer ARP: is it on?" },
	  NULL },
	{ "#!ipxe\nkernel tftp://10.0.0.99/x\n",
	  { "has failed: tftp://10.0.0.99/x: 10.0.0.99:69: ", ", nor does its machine answer ARP: is it on?" }, NULL },
	/* what servers send instead of files */
	{ "#!ipxe\nkernel page\nboot\n",
	  { "boot: page (web page) cannot be booted: it begins like a web page",
	    "it came from http://files.test/page; ",
	    "has failed: http://files.test/page: boot: page (web page) cannot be booted: it begins like " },
	  "not a format" },
	{ "#!ipxe\nchain page\n", { "has failed: http://files.test/page: boot: page (web page) cannot be " }, NULL },
	{ "#!ipxe\nmodule page || echo none\nboot\n",
	  { "page: it begins like a web page; does the server have that file? It came from http://files.test/page",
	    "has failed: boot: there is no kernel to boot" }, NULL },
	{ "<html>\n", { "not from DHCP boot file: it begins like a web page: http://files.test/boot.ipxe",
			"No script was found." }, NULL },
	{ "\xef\xbb\xbf#!ipxe\necho hi\n",
	  { "not from DHCP boot file: it is a script behind a byte order mark (save it as UTF-8 without one): http:",
	    "No script was found." }, NULL },
	/* what the machine says of itself */
	{ "#!ipxe\nfalse || echo error ${errno:int32}\nisset ${unixtime} && echo at ${cwduri}.\n"
	  "echo ${builtin/platform} ${memmap/0.0.4.0:int32} <${smbios/99.1.0}${usb/1}${acpi/1.2.3.4.5}>\n"
	  "isset ${cpuid/0.0} && isset ${cpuvendor} && echo a processor\nset platform other\n"
	  "echo ${platform} ${builtin/platform}\nset z abc\ninc z\n",
	  { "\nerror 8\n", "\nat http://files.test/.\n", "\npcbios 0 <>\n", "\na processor\n", "\nother pcbios\n",
	    "inc: z is of type string, and only integers are counted up: set z:int32 makes it one" }, NULL },
	/* settings of a link act at once */
	{ "#!ipxe\nset net0/mtu 1000\nifstat\nset netX/mtu 100 || echo ${net0/mtu:int16} stays\nclear net0/mtu\n"
	  "ifstat && show --quiet mtu && show -q nothing\n",
	  { "link up, mtu 1000\n", "net0/mtu is to be a number from 576 on; it stays 1000", "\n1000 stays\n",
	    ", mtu 1500\n", "has failed: show nothing: not set." }, NULL },
	{ "#!ipxe\nset a 1\nset net0/x 2\nset net0/y 3\nset net01/x 4\nclear net0/\n"
	  "echo <${net0/x}${net0/y}> ${a} ${net01/x}\nclear a/\nset netX/x 5\nclear netX/\necho <${net0/x}>\n",
	  { "\n<> 1 4\n", "\n<>\n" }, NULL },
	/* --timeout: without progress, not in all */
	{ "#!ipxe\nimgfetch --timeout 5000 http://files.test/steady && echo all of it\n"
	  "imgfetch --timeout 1000 http://files.test/steady\n",
	  { "\nall of it\n", "has failed: http://files.test/steady: nothing more of it came for 1000 ms (--timeout)" },
	  NULL },
	{ "#!ipxe\nimgfetch -t3000 http://files.test/silent\n",
	  { "has failed: http://files.test/silent: nothing more of it came for 3000 ms (--timeout)" }, NULL },
	{ "#!ipxe\ntimeout 7 imgfetch --timeout 5000 http://files.test/steady\n",
	  { "has failed: imgfetch was not done within 7 s." }, "\nall of it\n" },
	/* what goes beyond iPXE */
	{ "#!ipxe\nretry 3 kernel http://files.test/missing\n",
	  { "retry: kernel has failed; again in 1 s (2 of 3)", "retry: kernel has failed; again in 2 s (3 of 3)",
	    "boot.ipxe:2: retry 3 kernel http://files.test/missing: failed",
	    "has failed: http://files.test/missing: 404" },
	  "(4 of 3)" },
	{ "#!ipxe\nretry --pause 0 2 iseq a b || echo now\nretry 2 echo once\nretry 0 echo none\n",
	  { "\nnow\n", "\nonce\n", "retry: the number of tries is to be 1 or more" }, "\nnone" },
	{ "#!ipxe\ntimeout 2 sleep 60 || echo over\ntimeout 60 sleep 1\necho done\ntimeout 3 prompt\n",
	  { "\nover\n", "\ndone\n", "has failed: prompt was not done within 3 s." }, NULL },
	{ "#!ipxe\ntimeout 5 retry 9 timeout 20 sleep 60\n",
	  { "has failed: retry was not done within 5 s." }, "9 of 9" },
	{ "#!ipxe\nretry 1 retry 1 retry 1 retry 1 retry 1 retry 1 retry 1 retry 1 retry 1 echo deep\n",
	  { "retry: commands may stand in one another 8 deep at the most" }, "\ndeep" },
	{ "#!ipxe\nset list one two\nforeach x ${list} three -- echo <${x}> ${}\necho after ${x}\n"
	  "foreach x a b -- iseq ${x} a\n",
	  { "<one>", "<two>", "<three>", "after three", "\"b\" is not \"a\"" }, NULL },
	{ "#!ipxe\nforeach x a b c -- goto here\necho not\n:here\necho it is ${x}\nforeach x a b echo\n",
	  { "\nit is a\n", "foreach: -- is missing before the command" }, "\nnot\n" },
	{ "#!ipxe\nset a 0x10\ncompare ${a} > 9 && echo more\ncompare ${a} < 9 || echo not less\n"
	  "compare -1 < 4294967295 && compare 010 == 8 && compare 3 != 4 && compare 3 <= 3 && echo all\n"
	  "compare 3 ge 4\n",
	  { "\nmore\n", "\nnot less\n", "\nall\n", "has failed: 3 ge 4 is not so." }, NULL },
	{ "#!ipxe\ncompare 1 << 2 || compare x < 2\n",
	  { "compare: << is none of < <= == != >= > lt le eq ne ge gt", "compare: x is no number" }, NULL },
	{ "#!ipxe\nanswer who http://files.test/inner.ipxe\necho it says: ${who}.\n"
	  "answer n:int8 http://files.test/page || answer who http://files.test/missing\n",
	  { "it says: #!ipxe", "module missing.", "has failed: http://files.test/missing: 404" }, NULL },
	/* checksums: both, and whose */
	{ "#!ipxe\nset sha256sums http://files.test/sums\nkernel page\n",
	  { "has failed: page: its SHA-256 is " PAGE_SUM ", and http://files.test/sums wants " WANTED_SUM "." },
	  "malformed data" },
	{ "#!ipxe\nimgfetch page\nimgverify --sha256 " WANTED_SUM " page\n",
	  { "has failed: page: its SHA-256 is " PAGE_SUM ", and --sha256 wants " WANTED_SUM "." }, NULL },
	{ "#!ipxe\nset sha256sums http://files.test/page\nkernel sums\n",
	  { "has failed: http://files.test/page begins like a web page, not like a list of checksums." }, NULL },
	/* names: who said what */
	{ "#!ipxe\nkernel http://mute.test/x\n",
	  { "the address of mute.test is not to be had: name server 10.0.0.1 is silent; trying again ",
	    "has failed: http://mute.test/x: the address of mute.test is not to be had: name server 10.0.0.1 is " },
	  NULL },
	{ "#!ipxe\nkernel http://nowhere.test/x\n",
	  { "has failed: http://nowhere.test/x: there is no host nowhere.test, says name server 10.0.0.1; check " },
	  NULL },
	{ "#!ipxe\nping -c 1 nowhere.test\n",
	  { "has failed: there is no host nowhere.test, says name server 10.0.0.1; check the name" }, NULL },
	/* through scripts that call scripts */
	{ "#!ipxe\nchain inner.ipxe\n",
	  { "inner.ipxe:2: module missing: failed", "  called by boot.ipxe:2: chain inner.ipxe",
	    "The script has failed: http://files.test/missing: 404 " }, NULL },
};

static bool has_failed(void)
{
	return pc_said("all is tried again in");
}

static bool is_told(void)
{
	return pc_said("dhcp: check cable and server, then try `dhcp` again");
}

static bool is_declined(void)
{
	return far_declined;
}

static bool has_other(void)
{
	return pc_said("dhcp: ACK 10.0.0.101 from 10.0.0.1 on net0");
}

static void start(const struct failing *f)
{
	static const char inner[] = "#!ipxe\nmodule missing\n", sums[] = WANTED_SUM "  page\n";
	memset(long_line + strlen(long_line), 'x', sizeof(long_line) - 1 - strlen(long_line));
	far_boot_file = "http://files.test/boot.ipxe";
	if (f->script)
		far_serve("/boot.ipxe", f->script, strlen(f->script));
	far_serve("/inner.ipxe", inner, strlen(inner));
	far_serve("/page", PAGE, strlen(PAGE));
	far_serve("/sums", sums, strlen(sums));
	pc_start(NULL);
	CHECK(machine_run(has_failed, 60 * SECOND));
}

static void says(void *arg)
{
	const struct failing *f = *(const struct failing *const *)arg;
	start(f);
	for (unsigned i = 0; i < SAID_MAX && f->said[i]; i++)
		CHECK(pc_said(f->said[i]));
	CHECK(!f->never || !pc_said(f->never));
}

static bool each_says(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(failings) / sizeof(failings[0]); i++) {
		const struct failing *f = &failings[i];
		good = machine_alone(says, &f) && good;
	}
	return good;
}

/* Nobody gives an address, and a person at the prompt is told what a try does by itself. */
static void no_lease(void *arg)
{
	(void)arg;
	far_dark = true;
	pc_start(NULL);
	CHECK(machine_run(has_failed, 60 * SECOND));
	CHECK(pc_said("dhcp: no lease on net0: no server answered 7 DISCOVERs in 41 s; the card has heard nothing "));
	CHECK(pc_said("Getting a script has failed: no lease on net0: no server answered 7 DISCOVERs in 41 s; "));
	CHECK(pc_said("machine: a machine without a name (no address, 02:00:00:00:00:01), serial number "));
	CHECK(!pc_said("then try"));
	pc_type("dhcp\n");
	CHECK(machine_run(is_told, 60 * SECOND));
}

/* Words of a server and of a person that are refused are said, and are not why there is no script. */
static void refused_settings(void *arg)
{
	(void)arg;
	far_settings = "http-proxy=socks://h fetch.patience=x";
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start("mirrors=nonsense retry-timeout=many");
	CHECK(machine_run(has_failed, 60 * SECOND));
	CHECK(pc_said("mirrors: the folder with number 1 of them is no URL"));
	CHECK(pc_said("http-proxy: socks://h is no proxy"));
	CHECK(pc_said("Getting a script has failed: http://files.test/boot.ipxe: 404 Not Found"));
	for (unsigned i = 0; i < cause_kept()->cause.count; i++)
		CHECK(!strncmp(cause_kept()->cause.failed[i], "not from ", 9));	/* another source */
}

/* ---- a card that can tell that its cable is out ---- */

#define NO_LINK " has no link, says its card: the cable is out, or the switch's port is off"

static const char *from;		/* when the cable is pulled */

static bool is_time(void)
{
	return pc_said(from);
}

/* When it is out from then on, the last line of the try names it, and none says that a server is silent. */
static const struct pulled {
	const char *from, *script, *said[3], *never;
} pulled[] = {
	{ "dhcp: DISCOVER", "#!ipxe\n",
	  { "dhcp: no lease on net0: it" NO_LINK, "Getting a script has failed: no lease on net0: it" NO_LINK },
	  "no server answered" },
	{ "begun\n", "#!ipxe\necho begun\nsleep 1\nkernel http://10.0.0.1/page\n",
	  { "has failed: http://10.0.0.1/page: 10.0.0.1:80 does not answer; net0" NO_LINK }, "ARP" },
	{ "begun\n", "#!ipxe\necho begun\nsleep 1\nkernel tftp://10.0.0.1/page\n",
	  { "has failed: tftp://10.0.0.1/page: 10.0.0.1:69: ", "; net0" NO_LINK }, "ARP" },
	{ "begun\n", "#!ipxe\necho begun\nsleep 1\nkernel ftp://10.0.0.1/page\n",
	  { "has failed: ftp://10.0.0.1/page: 10.0.0.1:21 does not answer; net0" NO_LINK }, "ARP" },
	{ "begun\n", "#!ipxe\necho begun\nsleep 1\nkernel nfs://10.0.0.1/page\n",
	  { "has failed: nfs://10.0.0.1/page: 10.0.0.1:", "; net0" NO_LINK }, "ARP" },
	{ "begun\n", "#!ipxe\necho begun\nsleep 1\nkernel http://other.test/page\n",
	  { "has failed: http://other.test/page: the address of other.test is not to be had: ", "; net0" NO_LINK },
	  NULL },
	{ "begun\n", "#!ipxe\necho begun\nkernel http://10.0.0.1/steady\n",
	  { "has failed: http://10.0.0.1/steady: ", "; net0" NO_LINK }, "ARP" },
};

static void pull(void *arg)
{
	const struct pulled *p = *(const struct pulled *const *)arg;
	from = p->from;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", p->script, strlen(p->script));
	pc_start(NULL);
	CHECK(machine_run(is_time, 20 * SECOND));
	if (strstr(p->script, "steady"))
		machine_run(NULL, 5 * SECOND);
	far_dark = true;
	far_card()->link_up = false;
	CHECK(machine_run(has_failed, 600 * SECOND));
	for (unsigned i = 0; i < 3 && p->said[i]; i++)
		CHECK(pc_said(p->said[i]));
	CHECK(!p->never || !pc_said(p->never));
}

static bool each_pulled(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(pulled) / sizeof(pulled[0]); i++) {
		const struct pulled *p = &pulled[i];
		good = machine_alone(pull, &p) && good;
	}
	return good;
}

/* Somebody has the address: he answers the first probe, or only the second. */
static unsigned deaf_to, probes;

static void has_it_already(const uint8_t *f, size_t len)
{
	static const uint8_t mac[6] = { 0x02, 0xbb, 0xbb, 0xbb, 0xbb, 0x01 };
	uint8_t reply[60] = { 0 };
	/* an ARP request for 10.0.0.100, of nobody's: a probe */
	if (len < 42 || f[12] != 8 || f[13] != 6 || f[21] != 1 || memcmp(f + 28, "\0\0\0\0", 4) ||
	    memcmp(f + 38, "\12\0\0\144", 4) || probes++ < deaf_to)
		return;
	memcpy(reply, f + 6, 6);
	memcpy(reply + 6, mac, 6);
	memcpy(reply + 12, f + 12, 10);
	reply[21] = 2;
	memcpy(reply + 22, mac, 6);
	memcpy(reply + 28, f + 38, 4);
	memcpy(reply + 32, f + 6, 6);
	far_put(reply, sizeof(reply));
}

static bool has_booted_script(void)
{
	return pc_said("this is 10.0.0.101");
}

static void conflict(void *arg)
{
	static const char script[] = "#!ipxe\necho this is ${net0/ip}\nsleep 3\necho this is still ${net0/ip}\n";
	deaf_to = *(unsigned *)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_crowd = has_it_already;
	pc_start(NULL);
	CHECK(machine_run(deaf_to ? has_failed : has_booted_script, 60 * SECOND));
	CHECK(machine_run(is_declined, 60 * SECOND));
	CHECK(pc_said("dhcp: DECLINE: 10.0.0.100, which 10.0.0.1 gives us on net0, is in use by 02:bb:bb:bb:bb:01; "));
	CHECK_INT(far_declined, 1);
	CHECK(machine_run(has_other, 60 * SECOND));
	CHECK(pc_said("this is 10.0.0.100") == !!deaf_to);
}

static bool conflicts(const void *arg)
{
	unsigned first = 0, second = 1;
	(void)arg;
	return machine_alone(conflict, &first) && machine_alone(conflict, &second);
}

static bool no_lease_alone(const void *arg)
{
	(void)arg;
	return machine_alone(no_lease, NULL);
}

static bool refused_alone(const void *arg)
{
	(void)arg;
	return machine_alone(refused_settings, NULL);
}

static bool has_answered(void)
{
	return pc_said("\"called by boot.ipxe:2: chain inner.ipxe\"]}");
}

/* The same from the prompt, also when another command has failed since. */
static void status(void *arg)
{
	(void)arg;
	start(&failings[sizeof(failings) / sizeof(failings[0]) - 1]);
	pc_type("imgstat nothing\nstatus\nstatus --json\n");
	CHECK(machine_run(has_answered, 10 * SECOND));
	CHECK(pc_said("  machine   "));
	CHECK(pc_said("  tries     1 failed, the first "));
	CHECK(pc_said("  cause     http://files.test/missing: 404 "));
	CHECK(pc_said("            inner.ipxe:2: module missing"));
	CHECK(pc_said("            called by boot.ipxe:2: chain inner.ipxe"));
	CHECK(pc_said("  net0      link up, 10.0.0.100 by 10.0.0.1, "));
	CHECK(pc_said("  runs      no script, 0 images fetched"));
	CHECK(pc_said("{\"what\":\"404 "));
	CHECK(pc_said("\"url\":\"http://files.test/missing\","));
	CHECK(pc_said("\"peer\":\"10.0.0.1:80\","));
	CHECK(pc_said("\"status\":404,"));
}

static bool status_alone(const void *arg)
{
	(void)arg;
	return machine_alone(status, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "each says", each_says, NULL }, { "status", status_alone, NULL },
		{ "no lease", no_lease_alone, NULL }, { "conflicts", conflicts, NULL },
		{ "settings that are refused", refused_alone, NULL },
		{ "the cable is out", each_pulled, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
