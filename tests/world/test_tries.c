/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries: what keeps a machine from booting is mended while it waits, and it
 * boots by itself, with nothing of the try before in its way.
 */
#include <stdio.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "kernel/clock.h"
#include "kernel/service.h"
#include "kernel/user32.h"
#include "net/netdev.h"
#include "sdk/include/undine_abi.h"
#include "services/console/console.h"
#include "tests/unit/umod_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

static void start(const char *script, const char *args)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_say("/boot.ipxe", script);
	kernels_serve(0);
	pc_start(args);
}

static void boots_within(unsigned seconds)
{
	CHECK(machine_run(pc_ended, seconds * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	kernels_arrived(pc_hand_over());
}

static bool alone(const void *fn)
{
	return machine_alone(*(void (*const *)(void *))fn, NULL);
}

/* ---- nothing outlives its try ---- */

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void sum_of(const char *path, char text[65])
{
	uint8_t digest[32];
	const struct far_file *f = far_find(path);
	CHECK_INT(mbedtls_sha256(f->data, f->len, digest, 0), 0);
	for (unsigned i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

static const char listed_script[] =
	"#!ipxe\nset sha256sums http://files.test/SUMS\nkernel kernel a=1\nmodule one first word\nmodule two second\n"
	"boot\n";

/* The list's names are right from the second try on, its sums from the third. */
static void list_is_mended(void *arg)
{
	static const char *const names[] = { "kernel", "one", "two" };
	char sums[512] = "", digest[65];
	(void)arg;
	start(listed_script, NULL);
	far_say("/SUMS", ZEROS "  another\n");
	CHECK(pc_says("says nothing of kernel", 60 * SECOND));
	CHECK(pc_says("is tried again in", 1 * SECOND));
	far_say("/SUMS", ZEROS "  kernel\n" ZEROS "  one\n" ZEROS "  two\n");
	CHECK(pc_says("kernel: its SHA-256 is ", 120 * SECOND));
	machine_run(NULL, SECOND);
	for (unsigned i = 0; i < 3; i++) {
		sum_of(names[i], digest);
		sprintf(sums + strlen(sums), "%s  %s\n", digest, names[i]);
	}
	far_say("/SUMS", sums);
	boots_within(200);
}

static unsigned lookups, connections;

static void count_anew(const uint8_t *frame, size_t len)
{
	if (len < 48 || frame[12] != 8 || frame[14] != 0x45)
		return;
	lookups += frame[23] == 17 && frame[37] == 53;
	connections += frame[23] == 6 && frame[47] == 2;	/* SYN */
}

/* Ten seconds later all that was found out would still be good. */
static void all_is_asked_anew(void *arg)
{
	(void)arg;
	start("#!ipxe\nkernel missing\n", "retry-timeout=10");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	far_crowd = count_anew;
	CHECK(pc_says("try 2,", 11 * SECOND));
	CHECK(pc_says("404 Not Found", 10 * SECOND));
	machine_run(NULL, 5 * SECOND);
	CHECK_INT(lookups, 1);
	CHECK_INT(connections, 1);
}

/* Without a proxy it does not matter who is asked without one: the connection stays. */
static void connection_is_kept(void *arg)
{
	(void)arg;
	far_crowd = count_anew;
	start("#!ipxe\nimgfetch one\nset no-proxy .other\nimgfetch two && echo both are here\nshell\n", NULL);
	CHECK(pc_says("both are here", 60 * SECOND));
	CHECK_INT(connections, 1);
	CHECK(!pc_said("is no proxy"));
}

/* Anybody's. */
static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdTCCARugAwIBAgIUFyNEmg8yRR18ATxV+FQx5ZcJ9eAwCgYIKoZIzj0EAwIw\n"
	"DzENMAsGA1UEAwwEVGVzdDAgFw0yNjExMzAxNDUyNTJaGA8yMTI2MTEwNjE0NTI1\n"
	"MlowDzENMAsGA1UEAwwEVGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFHC\n"
	"Z2kXUw6RAWJkUumVfLjf7un20prh3NTqwcdNXTNL9mPlLsUbfnbNMLF8GozSVPV6\n"
	"6AT8lJOl1bY9EPuxChOjUzBRMB0GA1UdDgQWBBQYe8zV8bGRVqYGqvLhV2YDZ3+n\n"
	"PzAfBgNVHSMEGDAWgBQYe8zV8bGRVqYGqvLhV2YDZ3+nPzAPBgNVHRMBAf8EBTAD\n"
	"AQH/MAoGCCqGSM49BAMCA0gAMEUCIGlgGeXhE87obYI6m+AC+eSSktlq9vBgxl5+\n"
	"JOx/kv+AAiEAofBNx8h1kPsnroyf/h3EA4sh8+6IsOUFtlhMRte4+ug=\n"
	"-----END CERTIFICATE-----\n";

static int rests(struct user32 *u, const struct space *s)
{
	(void)s;
	u->frame.eax = UNDINE_SLEEP;
	u->frame.ebx = 1000;
	return USER32_CALL;
}

/* What a script has done to the machine is undone before the next: images, certificates, modules, routes. */
static void nothing_is_left(void *arg)
{
	static uint8_t module[UMOD_FILE_LEN];
	(void)arg;
	umod_make(module);
	pc_module = rests;
	far_gateway = 0x0a000001;
	far_serve("/m.umod", module, sizeof(module));
	far_say("/ca.pem", certificate);
	start("#!ipxe\nrun --background m.umod\ncertstore ca.pem\nimgfetch --name kept ca.pem\n"
	      "route del default\nroute add 10.9.0.0/16 10.0.0.77\n"
	      "certstat --subject Test && imgargs kept x && echo all is there\nkernel missing\n", "retry-timeout=20");
	CHECK(pc_says("all is there", 60 * SECOND));
	CHECK(pc_says("is tried again in", 60 * SECOND));
	far_silent_port = 67;		/* no new lease puts routes right */
	far_say("/boot.ipxe", "#!ipxe\nkill m.umod && goto wrong ||\ncertstat --subject Test && goto wrong ||\n"
	      "imgargs kept x && goto wrong ||\nkernel http://10.9.0.1/kernel a=1\nmodule one first word\n"
	      "module two second\nboot\n:wrong\necho it is left\nsleep 100000\n");
	boots_within(60);
}

/* A try takes no more of the machine than the one before: a script that takes some each time boots at last. */
static void tries_add_up_to_nothing(void *arg)
{
	static uint8_t module[UMOD_FILE_LEN];
	(void)arg;
	umod_make(module);
	pc_module = rests;
	far_serve("/m.umod", module, sizeof(module));
	far_say("/ca.pem", certificate);
#define TAKES "#!ipxe\nrun --background m.umod\ncertstore ca.pem\nvcreate --tag 5 net0\n" \
	"route add 10.8.0.0/16 10.0.0.77\nparams\nparam a b\nmenu M\nitem a A\nconsole --x 640 ||\n"
	start(TAKES "kernel missing\n", "retry-timeout=1 retry-max=1");
	CHECK(pc_says("try 40,", 3000 * SECOND));
	far_say("/boot.ipxe", TAKES "kernel kernel a=1\nmodule one first word\nmodule two second\nboot\n");
	boots_within(30);
#undef TAKES
}

/* ---- who is there, and how long ---- */

static const char failing[] = "#!ipxe\ntelnetd --insecure\nkernel missing\n";
static const char boot_script[] = "#!ipxe\nkernel kernel a=1\nmodule one first word\nmodule two second\nboot\n";

static void mend(void)
{
	far_say("/boot.ipxe", boot_script);
}

static void fail_once(const char *script)
{
	start(script, NULL);
	CHECK(pc_says("is tried again in", 60 * SECOND));
}

static const char *awaited;

static bool has_heard(void)
{
	return far_heard(awaited);
}

/* Neither makes the pause longer than presence is. */
static void interrupted(void *arg)
{
	(void)arg;
	start(failing, NULL);
	CHECK(pc_says("kernel missing", 60 * SECOND));
	pc_type("\x03");
	CHECK(pc_says("is tried again in", 10 * SECOND));
	pc_type("x");
	mend();
	CHECK(!machine_run(pc_ended, 295 * SECOND));
	boots_within(15);
}

static bool types_junk(void)
{
	static uint64_t next_us;
	static unsigned n;
	if (clock_us() >= next_us) {
		next_us = clock_us() + 50 * SECOND;
		pc_type(++n % 3 ? "~%" : "\n");
	}
	return pc_ended();
}

/* A terminal server's noise holds a try for an hour. */
static void junk(void *arg)
{
	(void)arg;
	fail_once(failing);
	mend();
	uint64_t begun = clock_us();
	CHECK(machine_run(types_junk, 4000 * SECOND));
	CHECK(clock_us() - begun > 3500 * SECOND);
	CHECK_INT(pc_end, PC_BOOTED);
}

/* A script's `|| shell` is no place to stay for ever. */
static void shell_in_script(void *arg)
{
	(void)arg;
	start("#!ipxe\nkernel missing || shell || sleep 100000\nsleep 100000\n", NULL);
	CHECK(pc_says("Prompt within the script", 60 * SECOND));
	CHECK(pc_says("is tried again in", 1 * SECOND));
	mend();
	boots_within(70);
}

/* Option 211 is a pause, too, where nothing else says one. */
static void reboot_time(void *arg)
{
	(void)arg;
	far_reboot_s = 20;
	fail_once("#!ipxe\nkernel missing\n");
	far_reboot_s = 0;
	machine_run(NULL, 10 * SECOND);
	CHECK(!pc_said("try 2,"));
	CHECK(pc_says("try 2,", 11 * SECOND));
	CHECK(!machine_run(pc_ended, 5000 * SECOND));
	CHECK(!pc_said("try 3,"));
	pc_type("set retry-timeout 5\n");
	mend();
	boots_within(320);
}

static void wrong_numbers(void *arg)
{
	(void)arg;
	fail_once(failing);
	pc_type("set retry-max soon\n");
	CHECK(pc_says("retry-max is to be a number", 5 * SECOND));
	pc_type("set menu-idle -1\nset presence -1\nset boot-timeout 5\nshow\n");
	CHECK(pc_says("menu-idle is to be a number", 5 * SECOND));
	CHECK(pc_says("presence is to be a number, 0 to 2147483647; it is not heeded", 5 * SECOND));
	CHECK(pc_says("boot-timeout:string = 5", 5 * SECOND));
	CHECK(!pc_said("retry-max:string"));
	CHECK(!pc_said("menu-idle:string"));
}

/* ---- what cuts a pause short ---- */

static void link_comes_up(void *arg)
{
	(void)arg;
	start(boot_script, "retry-timeout=600");
	far_dark = true;
	CHECK(pc_says("dhcp: DISCOVER", 10 * SECOND));
	far_card()->link_up = false;
	CHECK(pc_says("is tried again in", 300 * SECOND));
	machine_run(NULL, 60 * SECOND);
	far_card()->link_up = true;
	far_dark = false;
	boots_within(15);
}

static void service_is_back(void *arg)
{
	(void)arg;
	start(failing, "retry-timeout=600");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	machine_run(NULL, 60 * SECOND);
	mend();
	task_crash(service_find("dns")->task);
	boots_within(15);
}

/* What the script had set goes with the shell, and so does what came of it; what the machine was given is there. */
static void shell_is_back(void *arg)
{
	(void)arg;
	start("#!ipxe\nset http-proxy http://10.0.0.77:1\nset trust-policy closed\nset of-script yes\nshell\n",
	      "given=yes retry-timeout=600");
	CHECK(pc_says("Prompt within", 60 * SECOND));
	task_crash(service_find("shell")->task);
	CHECK(pc_says("The shell has been started again after a fault", 10 * SECOND));
	CHECK(pc_says("trust-policy is \"closed\" still", 10 * SECOND));
	pc_type("echo it has ${given} and ${of-script}none\n");
	CHECK(pc_says("it has yes and none", 10 * SECOND));
	pc_type("cat http://files.test/boot.ipxe\n");
	CHECK(pc_says("set of-script yes", 10 * SECOND));
}

/* What comes and goes all the time makes no try each second. */
static bool flaps(void)
{
	far_card()->link_up = clock_us() / SECOND % 2;
	return pc_ended();
}

static void link_flaps(void *arg)
{
	(void)arg;
	start(failing, "retry-timeout=600");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	CHECK(!machine_run(flaps, 95 * SECOND));
	CHECK(pc_said("try 5,"));
	CHECK(!pc_said("try 11,"));
	far_card()->link_up = false;
	machine_run(NULL, SECOND);
	far_card()->link_up = true;
	mend();
	boots_within(15);
}

/* ---- leases ---- */

/* An hour: the machine goes on with the one it has, and is told what has changed when the server is back. */
static void server_dies_after_the_lease(void *arg)
{
	(void)arg;
	far_settings = "retry-timeout=66";
	fail_once(failing);
	far_silent_port = 67;
	CHECK(pc_says("its lease is good for this try", 100 * SECOND));
	CHECK(pc_says("The script has failed", 5 * SECOND));
	pc_type("show retry-timeout\n");
	CHECK(pc_says("retry-timeout:string = 66", 10 * SECOND));
	far_call_telnet();
	awaited = "undine> ";
	CHECK(machine_run(has_heard, 10 * SECOND));
	mend();
	boots_within(360);
}

/* The lease has run out, too; what it said stays. */
static void server_is_dead_for_hours(void *arg)
{
	(void)arg;
	far_settings = "retry-timeout=900 presence=5";
	fail_once(failing);
	far_silent_port = 67;
	CHECK(pc_says("the lease ran out", 4000 * SECOND));
	CHECK(pc_says("Getting a script has failed", 2000 * SECOND));
	pc_type("show retry-timeout\n");
	CHECK(pc_says("retry-timeout:string = 900", 10 * SECOND));
	mend();
	machine_run(NULL, 60 * SECOND);
	CHECK_INT(pc_end, PC_RUNS);
	far_silent_port = 0;
	boots_within(60);
}

/* What is written into the file needs no server: from the first pause on, and at each try. */
static void file_holds(void *arg)
{
	(void)arg;
	pc_file_setting("retry-timeout=20");
	pc_file_setting("telnetd.insecure=yes");
	pc_file_setting("colour=green");
	start(boot_script, NULL);
	far_silent_port = 67;
	CHECK(pc_says("is tried again in", 60 * SECOND));
	CHECK(pc_said("is tried again in 1") || pc_said("is tried again in 20 s"));
	CHECK(pc_says("try 3,", 200 * SECOND));
	machine_run(NULL, 45 * SECOND);
	pc_type("echo it is ${colour} and ${retry-timeout}\n");
	CHECK(pc_says("it is green and 20", 5 * SECOND));
	CHECK(pc_said("telnetd: listening on port 23"));
	far_silent_port = 0;
	boots_within(330);
}

/* A server that comes back begins the try, long before the pause is over; until then nothing is said. */
static void server_comes_back(void *arg)
{
	(void)arg;
	start(boot_script, "retry-timeout=1000");
	far_silent_port = 67;
	CHECK(pc_says("is tried again in", 60 * SECOND));
	unsigned before = far_handshakes();
	machine_run(NULL, 300 * SECOND);
	CHECK(!pc_said("trying again in a minute"));
	far_silent_port = 0;
	boots_within(60);
	CHECK(pc_said("a DHCP server is back"));
	CHECK_INT(far_handshakes() - before, 1);
}

/* The server's word at the time of each try counts. */
static void boot_file_is_mended(void *arg)
{
	(void)arg;
	start(boot_script, NULL);
	far_boot_file = "http://files.test/missing.ipxe";
	CHECK(pc_says("is tried again in", 60 * SECOND));
	far_boot_file = "http://files.test/boot.ipxe";
	boots_within(70);
}

/* A session lives through tries, and sees them; Ctrl-C in the handshake leaves the lease, too. */
static void session_stays(void *arg)
{
	(void)arg;
	fail_once(failing);
	far_call_telnet();
	awaited = "undine> ";
	CHECK(machine_run(has_heard, 10 * SECOND));
	CHECK(pc_says("try 4,", 1000 * SECOND));
	CHECK(!pc_said("is gone"));
	far_telnet_say("echo one and the same\r\n");
	awaited = "console: typed by session 1";
	CHECK(machine_run(has_heard, 10 * SECOND));
	far_silent_port = 67;
	far_telnet_say("dhcp\r\n");
	CHECK(pc_says("dhcp: DISCOVER again", 10 * SECOND));
	far_telnet_say("\x03");
	CHECK(pc_says("its lease stays in force", 10 * SECOND));
	far_telnet_say("dhcp --timeout 5000 || echo dhcp is dead\r\n");
	CHECK(pc_says("and the one it has stays", 20 * SECOND));
	far_telnet_say("echo and here still\r\n");
	awaited = "and here still";
	CHECK(machine_run(has_heard, 10 * SECOND));
	mend();
	far_telnet_hang_up();
	boots_within(200);
}

/* A lease that is kept meanwhile ends as one that is not: by its time, or by its server's word. */
static void kept_lease_ends(void *arg)
{
	(void)arg;
	far_lease_s = 50;
	start("#!ipxe\nkernel missing\n", "presence=5");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	far_silent_port = 67;
	machine_run(NULL, 20 * SECOND);
	pc_type("dhcp\n");
	CHECK(pc_says("dhcp: DISCOVER again", 10 * SECOND));
	pc_type("\x03ifstat\n");
	CHECK(pc_says("address 10.0.0.100", 5 * SECOND));
	pc_type("dhcp\n");
	CHECK(pc_says("the lease on net0 ran out", 30 * SECOND));
	CHECK(pc_says("dhcp: no lease on net0", 40 * SECOND));
	pc_type("ifstat\n");
	CHECK(pc_says("no address; dhcp gets one", 5 * SECOND));
	far_silent_port = 0;
	mend();
	boots_within(60);
}

static void server_takes_it_back(void *arg)
{
	(void)arg;
	start("#!ipxe\nkernel missing\n", "presence=5");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	far_dhcp_refuses = true;
	pc_type("dhcp\n");
	CHECK(pc_says("refused the request", 10 * SECOND));
	CHECK(pc_says("dhcp: no lease on net0", 60 * SECOND));
	pc_type("ifstat\n");
	CHECK(pc_says("no address; dhcp gets one", 5 * SECOND));
	far_dhcp_refuses = false;
	mend();
	boots_within(100);
}

/* ---- fallbacks ---- */

/* In their order, each time so many tries have failed. */
static void falls_back(void *arg)
{
	(void)arg;
	far_say("/other.ipxe", "#!ipxe\necho another has its turn\n");
	far_say("/last.ipxe", boot_script);
	start(failing, "fallback=http://files.test/missing,disk,http://files.test/other.ipxe fallback-after=2 "
	      "retry-timeout=10");
	CHECK(pc_says("is tried again in", 60 * SECOND));
	CHECK(!pc_said("Falling back"));
	CHECK(pc_says("Falling back to http://files.test/missing.", 60 * SECOND));
	CHECK(pc_says("Falling back to disk.", 1 * SECOND));
	CHECK(pc_says("another has its turn", 10 * SECOND));
	CHECK(pc_says("other.ipxe has not booted anything either", 10 * SECOND));
	CHECK(pc_says("try 4,", 60 * SECOND));
	CHECK(!pc_said("try 5,"));
	pc_type("set fallback http://files.test/last.ipxe\n");
	CHECK(pc_says("undine> set fallback", 10 * SECOND));
	mend();
	boots_within(400);
}

static void falls_back_to_boot(void *arg)
{
	(void)arg;
	far_say("/last.ipxe", boot_script);
	start(failing, "fallback=disk,http://files.test/last.ipxe,exit");
	boots_within(200);
}

/* `exit`, when an endless script has had its time; not while somebody is there. */
static void is_late(void *arg)
{
	(void)arg;
	start("#!ipxe\n:again\necho again and\nsleep 1\ngoto again\n", "fallback=exit boot-timeout=100");
	CHECK(pc_says("again and", 60 * SECOND));
	pc_type("x");
	CHECK(!machine_run(pc_ended, 290 * SECOND));
	CHECK(machine_run(pc_ended, 20 * SECOND));
	CHECK(pc_said("Stopped by boot-timeout"));
	CHECK_INT(pc_end, PC_EXITED);
	CHECK_INT(pc_status, 1);
}

/* Without a fallback: the pause that is named is kept, and the script that is mended meanwhile boots. */
static void is_late_and_waits(void *arg)
{
	(void)arg;
	start("#!ipxe\n:again\necho again and\nsleep 1\ngoto again\n", "boot-timeout=100");
	CHECK(pc_says("Stopped by boot-timeout", 160 * SECOND));
	CHECK(pc_says("is tried again in", 1 * SECOND));
	mend();
	CHECK(!machine_run(pc_ended, 40 * SECOND));	/* 45 s at the least */
	boots_within(30);
	CHECK(!pc_said("try 3,"));
}

/* Nor is a machine taken away from whoever is there. */
static void somebody_works(void *arg)
{
	(void)arg;
	start(failing, "fallback=exit fallback-after=1");
	CHECK(pc_says("script: fetching", 60 * SECOND));
	pc_type("echo here\n");
	CHECK(pc_says("is tried again in", 5 * SECOND));
	CHECK(!machine_run(pc_ended, 290 * SECOND));
	CHECK(!pc_said("Falling back"));
	CHECK(machine_run(pc_ended, 60 * SECOND));
	CHECK_INT(pc_end, PC_EXITED);
}

static void endless_script(void *arg)
{
	(void)arg;
	start("#!ipxe\n:again\nsleep 1000\ngoto again\n", NULL);
	CHECK(pc_says("taken from DHCP boot file", 60 * SECOND));
	mend();
	CHECK(!machine_run(pc_ended, 21500 * SECOND));
	boots_within(300);
}

/* ---- what is seen of it ---- */

static struct screen seen = { .name = "seen", .columns = 80, .rows = 24, .can = SCREEN_ERASE | SCREEN_FULL };
static char sight[1u << 20];

static bool shows(const char *text)
{
	console_repaint();
	size_t n = console_take(&seen, sight, sizeof(sight));
	return memmem(sight, n, text, strlen(text));
}

static void note_is_seen(void *arg)
{
	(void)arg;
	fail_once(failing);
	console_join(&seen);
	machine_run(NULL, SECOND);
	CHECK(shows("undine>   (try 2 in "));
	machine_run(NULL, 15 * SECOND);
	CHECK(shows("; failing for 0:1"));
	pc_type("ping -q 10.0.0.9\n");
	machine_run(NULL, 3 * SECOND);
	CHECK(shows("(try 2 in 4:5"));
	machine_run(NULL, 60 * SECOND);
	CHECK(shows("(try 2 in 3:5"));
	pc_type("\x03");
	machine_run(NULL, SECOND);
	CHECK(shows("undine>   (try 2 in 5:00"));
	pc_type("set presence 5\n");
	machine_run(NULL, SECOND);
	CHECK(shows("undine>   (try 2 in 0:0"));
	pc_type("set retry-timeout 0\n");
	machine_run(NULL, SECOND);
	CHECK(!shows("(try"));
	CHECK(!machine_run(pc_ended, 1000 * SECOND));
	CHECK(!pc_said("try 2,"));
}

int main(int argc, char **argv)
{
	static void (*const all[])(void *) = {
		list_is_mended, interrupted, junk, shell_in_script, note_is_seen, link_comes_up, service_is_back,
		link_flaps, server_dies_after_the_lease, server_is_dead_for_hours, server_comes_back,
		boot_file_is_mended, session_stays, falls_back, falls_back_to_boot, is_late, somebody_works,
		endless_script, all_is_asked_anew, reboot_time, wrong_numbers, kept_lease_ends,
		server_takes_it_back, is_late_and_waits, shell_is_back, nothing_is_left, tries_add_up_to_nothing,
		file_holds, connection_is_kept,
	};
	const struct test tests[] = {
		{ "list is mended", alone, &all[0] },
		{ "interrupted", alone, &all[1] },
		{ "junk", alone, &all[2] },
		{ "shell in a script", alone, &all[3] },
		{ "note is seen", alone, &all[4] },
		{ "link comes up", alone, &all[5] },
		{ "service is back", alone, &all[6] },
		{ "link flaps", alone, &all[7] },
		{ "server dies after the lease", alone, &all[8] },
		{ "server is dead for hours", alone, &all[9] },
		{ "server comes back", alone, &all[10] },
		{ "boot file is mended", alone, &all[11] },
		{ "session stays", alone, &all[12] },
		{ "falls back", alone, &all[13] },
		{ "falls back to boot", alone, &all[14] },
		{ "is late", alone, &all[15] },
		{ "somebody works", alone, &all[16] },
		{ "endless script", alone, &all[17] },
		{ "all is asked anew", alone, &all[18] },
		{ "reboot time", alone, &all[19] },
		{ "wrong numbers", alone, &all[20] },
		{ "kept lease ends", alone, &all[21] },
		{ "server takes it back", alone, &all[22] },
		{ "is late and waits", alone, &all[23] },
		{ "shell is back", alone, &all[24] },
		{ "nothing is left", alone, &all[25] },
		{ "tries add up to nothing", alone, &all[26] },
		{ "what the file says holds", alone, &all[27] },
		{ "connection is kept", alone, &all[28] },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
