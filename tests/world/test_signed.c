/* SPDX-License-Identifier: BSD-2-Clause */
/* imgverify with signatures and imgtrust, from the script to the wire: what may be executed, and what is said of it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "kernel/space.h"
#include "kernel/user32.h"
#include "sdk/include/undine_abi.h"
#include "tests/unit/umod_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/signed_files.h"

#define SECOND 1000000ull
#define SAID_MAX 8
#define OTHER_ROOT "00" SIGNED_ROOT_REST
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
	/* for good, and so is whom to believe; what is set already may be said again */
	{ BEGIN "imgtrust --permanent\nset trust " OTHER_ROOT " || echo one\n"
	  "set net0/trust-pin " OTHER_ROOT " || echo two\nclear trust || echo three\n"
	  "set trust-clock mend || echo four\nset 175.90 " OTHER_ROOT " || set trust " SIGNED_ROOT " && "
	  "chain good || imgverify good good.sig && echo five\nautoboot || echo well\n",
	  { "trust: imgtrust --permanent has settled whom to believe", "one", "two", "three", "four",
	    "five", "boot.ipxe: it is not trusted", "well" }, "signed one ran" },
	/* nor does chain.c32 start what is not, in a boot sector's place */
	{ BEGIN "imgtrust\nchain.c32 hd0 file=kernel || echo well\n",
	  { "kernel: it is not trusted, and imgtrust", "well" }, NULL },
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
	/* a server that does not answer is waited for as long as was said */
	{ BEGIN "imgverify --timeout 700 http://192.0.2.66/a good.sig || imgverify --timeout 700 good "
	  "http://192.0.2.66/b || echo well\n",
	  { "a: nothing more of it came for 700 ms (--timeout)", "b: nothing more of it came for 700 ms (--timeout)",
	    "well" }, "signed by" },
	{ "imgverify --sha256 00 a b || imgverify --timeout x good good.sig || echo well\n",
	  { "--sha256 takes the image's name alone", "--timeout", "well" }, "signed by" },
};

/* ---- the policy `signed` ---- */

#define POLICY "!trust-policy=signed", "!trust=" SIGNED_ROOT
#define TREE "config-order=pxelinux", "210:string=http://files.test/tree/"
#define LIST "!sha256sums=http://files.test/SUMS"

static const struct policy {
	const char *file[5], *args, *dhcp;
	const uint8_t *beside;		/* the boot script's signature; NULL: damaged */
	const char *list;		/* NULL: none */
	const uint8_t *list_signature;
	const char *said[SAID_MAX], *never;
} policies[] = {
	/* a signature beside it */
	{ .file = { POLICY }, .beside = script_signature,
	  .said = { "trust: boot.ipxe may be used, by the word of CN=Signer, who has signed it",
		    "the signed one ran" } },
	{ .file = { POLICY }, .never = "the signed one ran",
	  .said = { "its .sig does not vouch for boot.ipxe: it is not by the key of CN=Signer",
		    "boot.ipxe: this script is refused: trust-policy is \"signed\", and nobody whom trust names" } },
	/* nobody lowers it, or names another whom to believe: neither arguments nor DHCP; nor is it the file's order */
	{ .file = { "!trust=00:" SIGNED_ROOT, "trust-policy=signed" }, .beside = script_signature,
	  .said = { "none is believed now", "no root is trusted", "this script is refused" },
	  .never = "the signed one ran" },
	{ .file = { "trust-policy=signed" }, .beside = script_signature, .never = "the signed one ran",
	  .dhcp = "trust=" SIGNED_ROOT, .args = "net0/trust=" SIGNED_ROOT " 175.90=" SIGNED_ROOT,
	  .said = { "trust: this setting is refused: trust-policy is \"signed\"", "net0/trust: this setting is refused",
		    "no root is trusted", "this script is refused" } },
	{ .file = { POLICY }, .args = "trust-policy=open telnetd.insecure=1 trust-hosts=files.test",
	  .dhcp = "trust-policy=open telnetd.insecure=1", .never = "telnetd: listening",
	  .said = { "telnetd.insecure: this setting is refused", "trust-hosts: this setting is refused",
		    "this script is refused" } },
	{ .dhcp = "trust-policy=signed trust=" SIGNED_ROOT, .said = { "trust: this setting is refused" },
	  .beside = script_signature, .never = "the signed one ran" },
	/* a list, which is signed; its issue, and how long it is valid */
	{ .file = { POLICY, LIST, "!trust-min-issue=7" }, .list = signed_list, .list_signature = list_signature,
	  .said = { "trust: list of checksums may be used, by the word of CN=Signer",
		    "trust: boot.ipxe may be used, by the word of the list that sha256sums names",
		    "the signed one ran" } },
	{ .file = { POLICY, LIST, "!trust-min-issue=8" }, .list = signed_list, .list_signature = list_signature,
	  .said = { "SUMS: its issue is 7, and trust-min-issue wants 8 or a later one", "this script is refused" },
	  .beside = script_signature, .never = "the signed one ran" },
	{ .file = { POLICY, LIST }, .list = signed_old_list, .list_signature = old_list_signature,
	  .said = { "SUMS: it was valid until 2026-11-29, and this machine's clock says 2026-11-30",
		    "this script is refused" }, .never = "the signed one ran" },
	{ .file = { POLICY, LIST }, .list = signed_list, .list_signature = old_list_signature,
	  .said = { "its .sig does not vouch for list of checksums", "this list of checksums is refused",
		    "this script is refused" }, .never = "the signed one ran" },
	/* pxelinux's tree as the place where a script is looked for: its configuration is signed, its kernel not */
	{ .file = { "!trust-policy=signed", "!trust=" SIGNED_TREE_ROOT, TREE }, .never = "no kernel's bytes",
	  .said = { "trust: default may be used, by the word of CN=Tree signer", "the signed tree is read",
		    "script: taken from pxelinux's configuration", "kernel: this kernel is refused" } },
	{ .file = { POLICY, TREE }, .never = "the signed tree is read",
	  .said = { "its .sig does not vouch for default", "default: this script is refused" } },
	/* nor does anybody name lists of what was taken back, or one that cannot be had: then nobody is believed */
	{ .file = { POLICY }, .args = "crl=http://files.test/none", .beside = script_signature,
	  .said = { "crl: this setting is refused", "the signed one ran" } },
	{ .file = { POLICY, "!crl=http://files.test/none http://files.test/boot.ipxe" }, .beside = script_signature,
	  .said = { "crl: http://files.test/none: 404", "boot.ipxe is no list of certificates that were taken back",
		    "its .sig does not vouch for boot.ipxe: whether its certificate was taken back cannot be told: "
		    "of what crl names nothing is a list by CN=Root", "this script is refused" },
	  .never = "the signed one ran" },
	/* each that has shown a pinned key, by https too, and not beside others who are believed */
	{ .file = { POLICY, "!trust-hosts=*" }, .never = "the signed one ran",
	  .said = { "trust-hosts * counts only where a final trust-pin", "this script is refused" } },
	{ .file = { "!trust-policy=signed", "!trust-pin=" SIGNED_ROOT, "!trust-hosts=*" },
	  .said = { "this script is refused" }, .never = "the signed one ran" },
	/* a host that the file names has to be asked by https */
	{ .file = { POLICY, "!trust-hosts=files.test" }, .never = "the signed one ran",
	  .said = { "this script is refused" } },
	{ .file = { POLICY, "trust-hosts=files.test" }, .never = "the signed one ran",
	  .said = { "trust-hosts does not count, for it is not final", "this script is refused" } },
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

static void keeps_to_it(void *arg)
{
	const struct policy *p = *(const struct policy *const *)arg;

	memcpy(damaged, script_signature, sizeof(damaged));
	damaged[sizeof(damaged) - 1] ^= 1;
	for (unsigned i = 0; i < 5 && p->file[i]; i++)
		pc_file_setting(p->file[i]);
	far_settings = p->dhcp;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", signed_script, strlen(signed_script));
	far_serve("/boot.ipxe.sig", p->beside ? p->beside : damaged, sizeof(damaged));
	far_serve("/tree/pxelinux.cfg/default", signed_config, strlen(signed_config));
	far_serve("/tree/pxelinux.cfg/default.sig", config_signature, sizeof(config_signature));
	far_serve("/tree/kernel", kernel, strlen(kernel));
	if (p->list) {
		far_serve("/SUMS", p->list, strlen(p->list));
		far_serve("/SUMS.sig", p->list_signature, p->list_signature == list_signature ?
			  sizeof(list_signature) : sizeof(old_list_signature));
	}
	pc_start(p->args);
	CHECK(machine_run(has_ended, 120 * SECOND));
	for (unsigned i = 0; i < SAID_MAX && p->said[i]; i++)
		if (!pc_said(p->said[i])) {
			fprintf(stderr, "%s %s: not said: %s\n", p->file[0] ? p->file[0] : "", p->dhcp ? p->dhcp : "",
				p->said[i]);
			abort();
		}
	CHECK(!p->never || !pc_said(p->never));
}

/* ---- a password at the machine itself ---- */

#define PASSWORD_KEPT "unlock-password-pbkdf2=1000:saltsalt:" \
	"065b9ee2aa43080a534df94516ab42c82b235aa69643adeca224c6ef009c839d"

static const char unsigned_script[] = "#!ipxe\necho it is ${n}, and nobody has signed it\n";
static const char *heard;

static bool has_heard(void)
{
	return far_heard(heard);
}

static void type(const char *keys, const char *said)
{
	pc_type(keys);
	if (!pc_says(said, 60 * SECOND)) {
		fprintf(stderr, "after %s not said: %s\n", keys, said);
		abort();
	}
}

static void begin_locked(const char *kept)
{
	pc_file_setting("!trust-policy=signed");
	pc_file_setting("!trust=" SIGNED_ROOT);
	pc_file_setting(kept);
	pc_file_setting("telnetd.insecure=1");
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", unsigned_script, strlen(unsigned_script));
	pc_start(NULL);
	CHECK(pc_says("all is tried again in", 120 * SECOND));
	type("set n one\nchain boot.ipxe || echo shut 1\n", "\nshut 1\n");
}

/* A module's order is not the word of who has started it. */
static int orders(struct user32 *u, const struct space *s)
{
	static const char order[] = "chain boot.ipxe";
	static bool ordered;

	u->frame.esi = u->frame.edi = u->frame.ebp = u->frame.ecx = u->frame.edx = 0;
	u->frame.ebx = UMOD_FILE_DATA + 256;
	if (!ordered) {
		ordered = true;
		CHECK_INT(space_write(s, UMOD_FILE_DATA + 256, order, sizeof(order)), 0);
		u->frame.eax = UNDINE_RUN;
		return USER32_CALL;
	}
	CHECK_INT((int)u->frame.eax, -EACCES);
	u->frame.eax = UNDINE_EXIT;
	u->frame.ebx = 0;
	return USER32_CALL;
}

static void unlocks(void *arg)
{
	static uint8_t module[UMOD_FILE_LEN];
	(void)arg;
	begin_locked("!" PASSWORD_KEPT);
	far_call_telnet();
	heard = "undine> ";
	CHECK(machine_run(has_heard, 10 * SECOND));
	far_telnet_say("unlock || echo far 1\r\n");
	CHECK(pc_says("unlock: only at this machine's own screen or serial port", 10 * SECOND));
	pc_type("unlock || echo shut 2\n");
	CHECK(pc_shows("password, here:", 10 * SECOND));
	type("open\x08n that\n", "unlock: that is not the password");
	type("unlock || echo shut 3\n", "the next one is taken in 1 s");
	/* half of it by somebody else */
	type("sleep 2 && echo slept\n", "\nslept");
	pc_type("unlock || echo shut 4\n");
	CHECK(pc_shows("password, here:", 10 * SECOND));
	far_telnet_say("open");
	CHECK(!machine_run(pc_ended, SECOND));
	type("here\n", "a part of it was typed far away");
	type("chain boot.ipxe || echo shut 5\n", "\nshut 5\n");
	pc_type("unlock && echo well\n");
	CHECK(pc_shows("password, here:", 10 * SECOND));
	type("opem\x08n it\n", "\nwell");
	type("chain boot.ipxe\n", "it is one, and nobody has signed it");
	umod_make(module);
	umod_put32(module + 84 + 20, 4096);		/* a page of data more than the file has */
	far_serve("/m.umod", module, sizeof(module));
	pc_module = orders;
	type("set n three\nrun http://files.test/m.umod && echo ran\n", "\nran");
	CHECK(!pc_said("it is three"));
	type("set trust-policy open || echo shut 6\n", "\nshut 6\n");
	/* for those at the machine, and until the next try */
	far_telnet_say("set n two\r\nchain boot.ipxe || echo far 2\r\n");
	CHECK(pc_says("\nfar 2\n", 10 * SECOND));
	type("chain boot.ipxe\n", "it is two, and nobody has signed it");
	CHECK(pc_says("Nobody is there: try 2,", 3600 * SECOND));
	CHECK(pc_says("all is tried again in", 120 * SECOND));
	type("echo again\n", "\nagain");
	type("chain boot.ipxe || echo shut 7\n", "\nshut 7\n");
	CHECK(!pc_said("open it"));
}

/* A list that nobody has signed, taken meanwhile, says nothing to others. */
static void keeps_no_list(void *arg)
{
	static const char list[] =
		"d594886e270fcae899d93cb667643947371febbca1e604ebc3af0b5e58b92f0f  kernel\n";
	(void)arg;
	pc_file_setting(LIST);
	far_serve("/SUMS", list, strlen(list));
	far_serve("/kernel", kernel, strlen(kernel));
	begin_locked("!" PASSWORD_KEPT);
	far_call_telnet();
	heard = "undine> ";
	CHECK(machine_run(has_heard, 10 * SECOND));
	pc_type("unlock && echo well\n");
	CHECK(pc_shows("password, here:", 10 * SECOND));
	type("open it\n", "\nwell");
	type("imgfetch http://files.test/kernel && imgverify kernel\n", "kernel: verified");
	far_telnet_say("kernel http://files.test/kernel || echo far 1\r\nboot || echo far 2\r\n");
	CHECK(pc_says("\nfar 2\n", 10 * SECOND));
	CHECK(pc_said("list of checksums is refused"));
	CHECK(!pc_said("by the word of the list"));
}

static void stays_locked(void *arg)
{
	const char *kept = *(const char *const *)arg;
	(void)arg;
	begin_locked(kept);
	if (*kept != '!') {
		type("unlock || echo shut 2\n", "unlock: this file has no password for that");
		return;
	}
	pc_type("unlock || echo shut 2\n");
	CHECK(pc_shows("password, here:", 10 * SECOND));
	type("open it\n", "it opens for nobody");
	type("chain boot.ipxe || echo shut 3\n", "\nshut 3\n");
}

static unsigned lists_asked;

static void counts(const char *request)
{
	lists_asked += !strncmp(request, "GET /none ", 10);
}

/* A list that cannot be had is asked for once, whoever else vouches for the file. */
static void asks_once(void *arg)
{
	(void)arg;
	pc_file_setting("!sha256sums=http://files.test/none");
	far_serve("/m", signed_list, strlen(signed_list));
	far_serve("/m.sig", list_signature, sizeof(list_signature));
	begin_locked("menu-idle=900");
	far_asked = counts;
	type("module http://files.test/m || echo shut 2\n", "\nshut 2\n");
	CHECK_INT(lists_asked, 1);
}

/* It is so in the next try, too, and after a fault: then the same may be said again, and nothing else. */
static void stays_settled(void *arg)
{
	static const char failing[] = "#!ipxe\n" BEGIN "set crl http://files.test/none\nimgtrust --permanent\n"
		"imgverify good good.sig && chain good\necho try ${n}\nimgfetch none\n";
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", failing, strlen(failing));
	far_serve("/good", signed_script, strlen(signed_script));
	far_serve("/good.sig", script_signature, sizeof(script_signature));
	pc_start(NULL);
	CHECK(pc_says("the signed one ran", 60 * SECOND));
	CHECK(pc_says("all is tried again in", 60 * SECOND));
	CHECK(pc_says("Nobody is there: try 2,", 3600 * SECOND));
	CHECK(pc_says("all is tried again in", 120 * SECOND));
	CHECK(!pc_said("has settled"));
	type("set trust " OTHER_ROOT " || echo shut 1\n", "\nshut 1\n");
	type("clear crl || echo shut 2\n", "\nshut 2\n");
	type("crash shell\n", "shell: service started again");
	type("set trust " OTHER_ROOT " || echo shut 3\n", "\nshut 3\n");
	type("set trust " SIGNED_ROOT " && echo the same\n", "\nthe same\n");
	type("set crl http://files.test/none && echo this, too\n", "\nthis, too\n");
	type("imgverify http://files.test/good http://files.test/good.sig && imgexec good\n",
	     "good: signed by CN=Signer");
}

static bool settled_for_good(const void *arg)
{
	(void)arg;
	return machine_alone(stays_settled, NULL);
}

static bool a_password_unlocks(const void *arg)
{
	static const char *kept[] = { PASSWORD_KEPT, "!unlock-password-pbkdf2=open it" };
	bool good = machine_alone(unlocks, NULL) && machine_alone(keeps_no_list, NULL);

	(void)arg;
	good = machine_alone(asks_once, NULL) && good;
	for (unsigned i = 0; i < 2; i++)
		good = machine_alone(stays_locked, &kept[i]) && good;
	return good;
}

static bool policy_holds(const void *arg)
{
	bool good = true;

	(void)arg;
	for (unsigned i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		const struct policy *p = &policies[i];

		good = machine_alone(keeps_to_it, &p) && good;
	}
	return good;
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
		{ "policy_holds", policy_holds, NULL },
		{ "settled_for_good", settled_for_good, NULL },
		{ "a_password_unlocks", a_password_unlocks, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
