/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What syslinux's modules are called for, at the prompt and in scripts, and trees that pxelinux boots from: what is
 * said, what is booted, and what lies where then.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

#include "services/console/colours.h"
#include "services/fetch/url.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/video.h"

#define SECOND 1000000ull
#define SAID_MAX 10
#define ZERO_PAGE_LINE 0x228		/* Linux's boot protocol: cmd_line_ptr */

static bool over(void)
{
	return pc_ended() || pc_said("The last line was");
}

static void check_said(const char *script, const char *const *said)
{
	for (unsigned i = 0; i < SAID_MAX && said[i]; i++)
		if (!pc_said(said[i])) {
			fprintf(stderr, "%s\nnot said: %s\n", script, said[i]);
			abort();
		}
}

/* ---- modules by their names ---- */

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A128 A32 A32 A32 A32
#define TREE "pxelinux --prefix http://files.test/ default || echo The last line was it\n"

static const struct script {
	const char *text;		/* without its first line */
	const char *said[SAID_MAX];
	/* Linux gets the first; where the processor, the host's, lacks long mode, the second if there is one */
	const char *line[2];		/* NULL: nothing boots */
} scripts[] = {
	{ "linux.c32 http://files.test/linux initrd=http://files.test/one a=1 -- b\n", { NULL },
	  { "BOOT_IMAGE=http://files.test/linux initrd=http://files.test/one a=1 -- b" } },
	{ "tree/LINUX.C32 linux initrdfile=one@etc/x\n", { NULL }, { "BOOT_IMAGE=linux initrdfile=one@etc/x" } },
	{ "ifcpu64.c32 linux.c32 linux a--b -- linux.c32 linux 32\n", { NULL },
	  { "BOOT_IMAGE=linux a--b", "BOOT_IMAGE=linux 32" } },
	{ "ifcpu.c32 64 pae -- linux.c32 linux 1 -- linux.c32 linux 0\n", { NULL },
	  { "BOOT_IMAGE=linux 1", "BOOT_IMAGE=linux 0" } },
	{ "whichsys.c32 -iso- none -pxe- cmd.c32 linux.c32 linux 2 -sys- none\n", { NULL }, { "BOOT_IMAGE=linux 2" } },
	{ "linux.c32 -dhcpinfo linux || linux.c32 || linux.c32 none || mboot.c32 -c boot.cfg || mboot.c32 ||\n"
	  "ifcpu.c32 sse -- a || ifcpu.c32 64 || ifcpu64.c32 || cmd.c32 || whichsys.c32 x || config.c32 none ||\n"
	  "lua.c32 x || foo.c32 || chain.c32 hd0 nonsense || chain.c32 hd0 isolinux=x ||\n"
	  "echo The last line was it\n",
	  { "linux.c32: the option -dhcpinfo is not known", "linux.c32: it is to be told a file", "/none: 404",
	    "with -c another mboot.c32 is meant", "what sse is of a processor is not known",
	    "whichsys.c32: it has nothing behind -pxe-",
	    "lua.c32: this program for syslinux is not needed; instead of it: a script: KERNEL x.ipxe",
	    "foo.c32: c32 modules are programs", "chain.c32: nonsense: no such option",
	    "chain.c32: isolinux=x: there is no ISOLINUX" }, { NULL } },
	{ "http://t0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0kent0ken@h/x.c32 ||\n"
	  "echo The last line was it\n", { "pxelinux: http://***@h/x.c32: c32 modules are programs" }, { NULL } },
	{ "menu.c32 || ifcpu64.c32 vesamenu.c32 || menu.c32 none || echo The last line was it\n",
	  { "pxelinux: menu.c32: it is to be told a file, where no configuration called it", "/none: 404" }, { NULL } },
	{ "chain.c32 hd5 || chain.c32 mbr:0x12345678 || chain.c32 hd0 ntldr=none || pxechn.c32 ||\n"
	  "pxechn.c32 a.0 -W ||\n"
	  "pxechn.c32 a.0 -o 1.q=2 || pxechn.c32 a.0 -o x || cat.c32 text\necho The last line was it\n",
	  { "chain.c32: drive 85h: the BIOS has no such drive", "none of the BIOS's 1 hard disks has that",
	    "http://files.test/none: 404", "pxechn.c32: it is to be told a file", "pxechn.c32: -W: -c, -p, -t, -o",
	    "options of type q are not known", "-o x: it is to be NUMBER.TYPE=VALUE", "two lines" }, { NULL } },
	{ "linux.c32 linux initrdfile=one@" A128 A128 A128 A128 " || echo The last line was it\n",
	  { "aaaa...: a file's name in the initrd has at most 511 bytes" }, { NULL } },
	{ "poweroff.c32 || echo The last line was it\n", { "poweroff: the machine cannot be switched off by software" },
	  { NULL } },
};

/* Labels: without a kernel, by what stands before a file's name, and .img by content: a kernel, or memdisk's. */
static const struct label {
	struct script script;
	const char *tree;		/* at /default */
} labels[] = {
	{ { TREE, { "pxelinux: linux b (default:2)" }, { "BOOT_IMAGE=linux a=1 b" } },
	  "DEFAULT linux b\nLABEL linux\nAPPEND a=1\n" },
	{ { TREE, { NULL }, { "BOOT_IMAGE=linux a=1" } }, "DEFAULT x\nLABEL x\nKERNEL .linux linux\nAPPEND a=1\n" },
	{ { TREE, { NULL }, { "BOOT_IMAGE=linux.img a=1" } }, "DEFAULT x\nLABEL x\nKERNEL linux.img\nAPPEND a=1\n" },
	{ { TREE, { NULL }, { "BOOT_IMAGE=memdisk floppy" } }, "DEFAULT x\nLABEL x\nFDIMAGE one\nAPPEND floppy\n" },
	{ { "pxelinux --prefix http://files.test/no/ /default || echo The last line was it\n",
	    { "/no/memdisk: 404", "/one: a disk's image needs memdisk, called memdisk" }, { NULL } },
	  "DEFAULT x\nLABEL x\nFDIMAGE /one\n" },
};

static bool has_long_mode(void)
{
	uint32_t a, b, c, d;
	return __get_cpuid(0x80000001, &a, &b, &c, &d) && (d >> 29 & 1);
}

static void run_script(void *arg)
{
	static char text[4096];
	const struct script *s = *(const struct script *const *)arg;
	snprintf(text, sizeof(text), "#!ipxe\n%s", s->text);
	kernels_serve(0);
	kernels_serve_others();
	far_serve("/boot.ipxe", text, strlen(text));
	far_serve("/text", "two lines\nof text\n", 18);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start(NULL);
	CHECK(machine_run(over, 120 * SECOND));
	check_said(text, s->said);
	CHECK(pc_ended() == (s->line[0] != NULL));
	if (!s->line[0])
		return;
	CHECK_INT(pc_end, PC_BOOTED);
	const char *wanted = s->line[s->line[1] && !has_long_mode()];
	uint32_t line;
	memcpy(&line, (const uint8_t *)(uintptr_t)pc_hand_over().esi + ZERO_PAGE_LINE, sizeof(line));
	if (strcmp((const char *)(uintptr_t)line, wanted))
		fprintf(stderr, "got %s\n", (const char *)(uintptr_t)line);
	CHECK(!strcmp((const char *)(uintptr_t)line, wanted));
}

static void run_label(void *arg)
{
	const struct label *l = *(const struct label *const *)arg;
	const struct script *s = &l->script;
	far_serve("/default", l->tree, strlen(l->tree));
	run_script(&s);
}

static bool each_script(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const struct script *s = &scripts[i];
		good = machine_alone(run_script, &s) && good;
	}
	for (unsigned i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const struct label *l = &labels[i];
		good = machine_alone(run_label, &l) && good;
	}
	return good;
}

/* ---- trees ---- */

#define FIRST "config-order=pxelinux"
#define DEFAULT "/pxelinux.cfg/default"
#define LINE_MAX 80		/* of keys */

/* A line of a megabyte, a thousand labels, and NULs. */
static const char *big(size_t *len)
{
	char *text = malloc(2000000), *at = text;
	CHECK(text);
	memset(at, 'a', 1 << 20);
	*at = 'X';
	at += 1 << 20;
	*at++ = '\n';
	for (unsigned i = 0; i < 1000; i++)
		at += sprintf(at, "LABEL l%u%c\nKERNEL none%u\n", i, '\0', i);
	at += sprintf(at, "FOO%c\nPROMPT 1\n", '\0');
	*len = (size_t)(at - text);
	return text;
}

/* More labels than there may be, and longer texts than a menu may have, with help and without. */
static const char *too_big(size_t *len)
{
	char *text = malloc(2000000), *at = text;
	CHECK(text);
	at += sprintf(at, "UI menu.c32\n");
	for (unsigned i = 0; i < 8200; i++)
		at += sprintf(at, "LABEL l%u\nMENU LABEL Number %u%30c\nKERNEL none%u\n%s", i, i, '.', i,
			      i ? "" : "TEXT HELP\nof the first\nENDTEXT\n");
	*len = (size_t)(at - text);
	return text;
}

#define BIG "\1"
#define TOO_BIG "\2"

static const struct tree {
	const char *arguments, *name, *text;	/* the configuration; BIG and TOO_BIG are made */
	const char *when, *keys;		/* typed when that is shown; or NULL */
	const char *said[SAID_MAX], *never;
} trees[] = {
	{ FIRST, DEFAULT, "SAY It is here\nPROMPT 1\n", NULL, NULL,
	  { "script: taken from pxelinux's configuration", "It is here" }, NULL },
	{ "config-order=nonsense,pxelinux,dhcp", DEFAULT, "SAY It is here\nPROMPT 1\n", NULL, NULL,
	  { "config-order: nonsense is none of arguments", "It is here" }, NULL },
	{ NULL, DEFAULT, "SAY It is here\n", NULL, NULL, { "The last line was of the script" }, NULL },
	{ FIRST " 209:string=my.cfg", "/my.cfg", "SAY It is here\nPROMPT 1\n", NULL, NULL,
	  { "/my.cfg", "It is here" }, "pxelinux.cfg" },
	{ "config-order=pxelinux 210:string=ftp://files.test/tree/", "/tree/pxelinux.cfg/0A",
	  "DEFAULT x\nLABEL x\nCONFIG next\n", NULL, NULL,
	  { "the configuration is ftp://files.test/tree/pxelinux.cfg/0A", "pxelinux: next: " }, NULL },
	{ FIRST, DEFAULT, "SERIAL 1 57600\nPROMPT 1\nSAY It is here\n", NULL, NULL,
	  { "COM2: no serial port answers at 2F8h", "It is here" }, "not on COM1" },
	{ "config-order=pxelinux console=com1", DEFAULT, "SERIAL 1 57600\nPROMPT 1\nSAY It is here\n", NULL, NULL,
	  { "It is here" }, "COM2" },
	{ FIRST, DEFAULT, "SERIAL 0 57600\nPROMPT 1\nSAY It is here\n", NULL, NULL,
	  { "console: COM1, 57600", "It is here" }, NULL },
	/* Tab completes labels there, and asks no server for what is in a URL's folder */
	{ FIRST, DEFAULT, "PROMPT 1\nLABEL e\n", "boot: ", "x http://files.test/none/\tf\n",
	  { "/x: " }, "files.test/none/: 404" },
	/* what makes no sense: file, line and word are named, and there is a boot: line */
	{ FIRST, DEFAULT, "FOO\nKERNEL out\nMENU NONSENSE\nLABEL\nLABEL e\nPROMPT 1\n"
	  "MENU END\nMENU MASTER PASSWD $9$a$b\nINCLUDE pxelinux.cfg/default\nINCLUDE none\n", "boot: ", "e\n",
	  { "pxelinux: default:1: FOO: no such directive", "default:2: kernel: stands outside a label",
	    "default:3: NONSENSE: no such MENU", "default:4: a label without a name",
	    "default:7: MENU END without", "default:8: a password: is encrypted in a form that is not known",
	    "not included, since too many files include each other", "default:5: the label e names nothing" },
	  NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nMENU HIDDEN\nMENU HIDDENKEY F2,x,nokey other\nTIMEOUT 100\n"
	  "LABEL one\nKERNEL none1\nLABEL other\nKERNEL none2\n", "a key shows the menu", "x",
	  { "default:3: MENU HIDDENKEY: names a key that is not known", "pxelinux: other (default:7)" }, "none1" },
	{ FIRST, DEFAULT, "UI menu.c32\nMENU SHIFTKEY\nLABEL one\nKERNEL none1\n", NULL, NULL,
	  { "pxelinux: one (default:3)" }, NULL },
	/* the boot: line: what follows a label, what is no label, Tab, keys for help, its time */
	{ FIRST, DEFAULT, "PROMPT 1\n", "boot: ", "none1\nnone2 x\n",
	  { "/none1: ", "/none2: ", "there is neither a label nor a file none2 x; at the boot: line Tab completes" },
	  NULL },
	{ FIRST, DEFAULT, "DEFAULT none1\nLABEL e\nKERNEL none2\n", "undine> ", "pxelinux --boot\ne\n",
	  { "/none1: ", "is there by the command pxelinux --boot", "/none2: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nLABEL e\nKERNEL none1\n", "Press [Tab]", "\n",
	  { "pxelinux: that failed; a key, or 20 s, and the menu is back" }, NULL },
	{ FIRST, DEFAULT, "PROMPT 1\nLABEL e\nCOM32 cat.c32\nAPPEND text1\n", "boot: ", "e text2\n",
	  { "text1 is not shown: ", "text2 is not shown: " }, NULL },
	{ FIRST, DEFAULT, "ALLOWOPTIONS 0\nPROMPT 1\nLABEL e\nCOM32 cat.c32\nAPPEND text1\n", "boot: ",
	  "e text2\n", { "text1 is not shown: " }, "text2 is not shown" },
	{ FIRST, DEFAULT, "IMPLICIT 0\nPROMPT 1\nLABEL e\n", "boot: ", "none1\n",
	  { "pxelinux: none1: there is no such label, and by IMPLICIT 0 no file is to be" }, NULL },
	{ FIRST, DEFAULT, "PROMPT 1\nLABEL longer\nKERNEL none1\n", "boot: ", "lo\t\n",
	  { "/none1: " }, NULL },
	{ FIRST, DEFAULT, "NOCOMPLETE 1\nPROMPT 1\nLABEL longer\nKERNEL none1\n", "boot: ", "lo\t\n",
	  { "/lo: " }, "none1" },
	{ FIRST, DEFAULT, "PROMPT 1\nDISPLAY text0\nF2 text2\nF10 text10\n", "boot: ", "\x06" "2\t\x06" "0",
	  { "text0 is not shown: ", "text2 is not shown: ", "text10 is not shown: " }, NULL },
	{ FIRST, DEFAULT, "PROMPT 1\nTIMEOUT 20\nTOTALTIMEOUT 80\nONTIMEOUT none1\nDEFAULT none2\n", "boot: ",
	  "x", { "/none1: " }, "none2" },
	/* menus: what their entries do besides, and who may leave them */
	{ FIRST, DEFAULT, "UI menu.c32\nMENU MASTER PASSWD m\nLABEL e\n", "Press [Tab]", "\x1bwrong\n",
	  { "that is not the password" }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nALLOWOPTIONS 0\nLABEL e\nKERNEL none1\n", "e   ", "\x1b\t\n",
	  { "/none1: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nLABEL h\nMENU HELP text1\n", "Press [Tab]", "\n",
	  { "text1 is not shown: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nLABEL q\nMENU QUIT\n", "Press [Tab]", "\nnone1\n",
	  { "/none1: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nLABEL g\nMENU GOTO sub\nMENU BEGIN sub\nLABEL up\n"
	  "MENU EXIT .top\nLABEL e\nMENU DEFAULT\nKERNEL none1\nMENU END\n", "Press [Tab]", "\n\n",
	  { "/none1: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nSYSAPPEND 2\nLABEL e\nKERNEL none1\nAPPEND a=1\n", "Press [Tab]", "\tx\n",
	  { "> none1 a=1 BOOTIF=01-", "x\n", "/none1: " }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nMENU ONERROR more a\nONERROR other\nLABEL e\nKERNEL none1\n"
	  "LABEL more\nCOM32 cat.c32\nAPPEND text1\n", "Press [Tab]", "\n",
	  { "/none1: ", "pxelinux: ONERROR: more a", "text1 is not shown" }, "more a e" },
	{ FIRST, DEFAULT, "UI menu.c32\nMENU SAVE\nMENU AUTOBOOT In # second{,s}\nTIMEOUT 20\n"
	  "LABEL e\nKERNEL none1\n", "In 2 seconds", "", { "/none1: " }, NULL },
	{ FIRST, DEFAULT, BIG, "boot: ", "l999\n",
	  { "default:1: Xaaaaaaaa", "default:2002: FOO: no such directive", "none999: " }, NULL },
	{ FIRST, DEFAULT, TOO_BIG, "Press [Tab]", "\x1bl8191\n",
	  { "default:24581: too many labels, menus, files or bytes; the rest is not read",
	    "menus have room for 8192 entries and 256 KiB of text; help texts are left out",
	    ", and what follows it; the boot: line starts it by its name", "/none8191: " }, NULL },
	{ FIRST, DEFAULT, "DEFAULT x\nLABEL x\nCONFIG pxelinux.cfg/default\n", "boot: ", "none1\n",
	  { "its configurations lead to each other again and again", "/none1: " }, NULL },
	{ FIRST, DEFAULT, "SAY It is here\nDEFAULT e\nLABEL e\n", NULL, NULL,
	  { "/e: ", "default:3: the label e names nothing to be booted, and there is no file of that name" }, NULL },
	{ FIRST, DEFAULT, "UI menu.c32\nALLOWOPTIONS 0\nTIMEOUT 100\nMENU NOTABMSG Nothing to edit\nLABEL e\n"
	  "LABEL g\nMENU GOTO none\n", "Nothing to edit", "",
	  { "default:6: g: no menu is called none; the entry cannot be chosen" }, NULL },
	{ FIRST " 210:string=http://files.test/nowhere/", DEFAULT, "SAY It is here\n", NULL, NULL,
	  { "is under http://files.test/nowhere/" }, "10.0.0.1:http" },
};

static void run_tree(void *arg)
{
	static const char script[] = "#!ipxe\necho The last line was of the script\n";
	const struct tree *t = *(const struct tree *const *)arg;
	size_t len = strlen(t->text);
	const char *text = !strcmp(t->text, BIG) ? big(&len) : !strcmp(t->text, TOO_BIG) ? too_big(&len) : t->text;
	far_serve(t->name, text, len);
	far_serve("/boot.ipxe", script, strlen(script));
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start(t->arguments);
	if (t->when) {
		if (!pc_shows(t->when, 120 * SECOND)) {
			fprintf(stderr, "%s\nnot shown: %s\n", text, t->when);
			abort();
		}
		/* behind a Tab nobody types for a while */
		const char *tab = strchr(t->keys, '\t');
		char first[LINE_MAX];
		snprintf(first, sizeof(first), "%.*s", tab ? (int)(tab + 1 - t->keys) : LINE_MAX, t->keys);
		pc_type(first);
		if (tab) {
			machine_run(NULL, 3 * SECOND);
			pc_type(tab + 1);
		}
	}
	for (unsigned i = 0; i < SAID_MAX && t->said[i]; i++)
		if (!pc_says(t->said[i], 60 * SECOND)) {
			fprintf(stderr, "%.300s\nnot said: %s\n", text, t->said[i]);
			abort();
		}
	CHECK(!t->never || !pc_said(t->never));
}

static bool each_tree(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		const struct tree *t = &trees[i];
		good = machine_alone(run_tree, &t) && good;
	}
	return good;
}

/* Wherever a configuration is cut off, there is a menu or the boot: line, from which all can be started. */
static const char whole[] =
	"PROMPT 1\nSAY It is here\nDISPLAY none\nTIMEOUT 0\nMENU MASTER PASSWD $5$a$b\n"
	"MENU COLOR sel 1;7;37;40 #ffffffff #76a1d0ff\nMENU BEGIN sub\nMENU TITLE Sub\nLABEL a\n"
	"TEXT HELP\none\nENDTEXT\n"
	"INITRD x,y\nAPPEND - b\nMENU GOTO no\nMENU END\nINCLUDE none\nMENU INCLUDE none A title\nF1 help\n";

static void cut(void *arg)
{
	far_serve(DEFAULT, whole, *(const size_t *)arg);
	pc_start(FIRST);
	CHECK(pc_shows("boot: ", 120 * SECOND));
	pc_type("none1\n");
	CHECK(pc_says("/none1: ", 60 * SECOND));
}

static bool each_cut(const void *arg)
{
	bool good = true;
	(void)arg;
	for (size_t len = 0; len < sizeof(whole); len += 12)
		good = machine_alone(cut, &len) && good;
	return good;
}

/* Who holds Shift down gets the boot: line instead of what would boot, or of the menu; by NOESCAPE 1 nobody does. */
static void held(void *arg)
{
	const char *text = *(const char *const *)arg;
	far_serve(DEFAULT, text, strlen(text));
	pc_shift = true;
	pc_start(FIRST);
	CHECK(strstr(text, "NOESCAPE 1") ? pc_says("/none1: ", 120 * SECOND) : pc_shows("boot: ", 120 * SECOND));
	CHECK(pc_said("/none1: ") == (strstr(text, "NOESCAPE 1") != NULL));
}

static bool each_held(const void *arg)
{
	static const char *const texts[] = {
		"DEFAULT none1\n", "UI menu.c32\nTIMEOUT 10\nLABEL a\nKERNEL none1\n", "NOESCAPE 1\nDEFAULT none1\n",
		"NOESCAPE 1\nUI menu.c32\nTIMEOUT 10\nLABEL a\nKERNEL none1\n",
	};
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = texts[i];
		good = machine_alone(held, &text) && good;
	}
	return good;
}

/* ---- ways out ---- */

static const struct way {
	const char *arguments, *text;
	enum pc_end end;
	const char *said;
} ways[] = {
	{ FIRST, "LOCALBOOT 5\n", PC_EXITED, "back to the boot ROM with status 5" },
	{ FIRST, "LOCALBOOT 0\n", PC_EXITED, "back to the boot ROM with status 0" },
	{ FIRST, "LOCALBOOT 0x80\n", PC_BOOTED, "boot: starting drive 80h" },
	{ FIRST, "LOCALBOOT -1\n", PC_RESET, "to the BIOS's next boot device (INT 18h)" },
	{ FIRST, "LOCALBOOT 0xffff\n", PC_RESET, "to the BIOS's next boot device (INT 18h)" },
	{ FIRST " localboot=disk", "LOCALBOOT 0\n", PC_BOOTED, "boot: starting drive 80h" },
	{ FIRST " localboot=disk", "LOCALBOOT -1\n", PC_RESET, "to the BIOS's next boot device" },
	{ FIRST, "COM32 chain.c32\nAPPEND boot\n", PC_BOOTED, "boot: starting drive 80h" },
	{ FIRST, "COM32 reboot.c32\n", PC_RESET, "undine: rebooting" },
	{ FIRST, "KERNEL reboot\n", PC_RESET, "undine: rebooting" },	/* there is no such file */
};

static void take_way(void *arg)
{
	static char text[200];
	const struct way *w = *(const struct way *const *)arg;
	snprintf(text, sizeof(text), "DEFAULT x\nLABEL x\n%s", w->text);
	far_serve(DEFAULT, text, strlen(text));
	pc_has_pxe = true;		/* and base memory */
	pc_start(w->arguments);
	CHECK(machine_run(pc_ended, 120 * SECOND));
	CHECK_INT(pc_end, w->end);
	CHECK(pc_said(w->said));
}

static bool each_way(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *w = &ways[i];
		good = machine_alone(take_way, &w) && good;
	}
	return good;
}

/* ---- what servers hear ---- */

static bool asked_after, cookie_after;

static void see(const char *request)
{
	if (!strncmp(request, "GET /after", 10)) {
		asked_after = true;
		cookie_after |= strstr(request, "\r\nCookie: ") != NULL;
	}
}

/* A tree whose prefix is too long is none, and nobody hears of the machine for its sake. */
static void prefix(void *arg)
{
	static char text[2 * URL_TEXT_MAX + 200];
	(void)arg;
	size_t len = (size_t)sprintf(text, "#!ipxe\npxelinux --prefix http://files.test/");
	memset(text + len, 'a', URL_TEXT_MAX);
	strcpy(text + len + URL_TEXT_MAX, "/ default || imgfetch after || echo The last line was it\n");
	far_serve("/boot.ipxe", text, strlen(text));
	far_boot_file = "http://files.test/boot.ipxe";
	far_asked = see;
	pc_start(NULL);
	CHECK(pc_says("The last line was it", 120 * SECOND));
	CHECK(pc_said("the prefix is too long") && asked_after && !cookie_after);
}

static bool prefixes(const void *arg)
{
	(void)arg;
	return machine_alone(prefix, NULL);
}

/* ---- what is to be seen ---- */

static bool in_text(void)
{
	return !video_is_graphics();
}

/* vesamenu's picture, with a colour of its own on it; a key of SHIFTKEY is held; the boot: line is one of text. */
static void picture(void *arg)
{
	static const char text[] = "UI vesamenu.c32\nMENU SHIFTKEY\nMENU TITLE T\nMENU BACKGROUND waves.png\n"
				   "MENU COLOR sel * #ffffffff #80ff0000\n"
				   "MENU COLOR hotsel 1;7;37;40 #ffffffff #80ff0000\n"
				   "LABEL one\nMENU LABEL ^one\nKERNEL none\n";
	(void)arg;
	far_serve("/tree" DEFAULT, text, sizeof(text) - 1);
	video_serve_picture("/tree/waves.png");
	video_can_graphics = pc_shift = true;
	pc_start("config-order=pxelinux 210:string=http://files.test/tree/");
	CHECK(pc_shows("Press [Tab]", 120 * SECOND));
	machine_run(in_text, SECOND);		/* it is drawn */
	CHECK(video_is_graphics());
	CHECK_INT(video_pixel(VIDEO_WIDTH / 2, VIDEO_HEIGHT / 2), 16 << 11 | 63 << 5);
	unsigned marked = 0, white = 0;		/* pixels of the mark's ground, and white ones side by side */
	for (unsigned y = 0; y < VIDEO_HEIGHT; y++)
		for (unsigned x = 0; x < VIDEO_WIDTH; x++) {
			marked += video_pixel(x, y) == 0x80 >> 3 << 11;
			white = video_pixel(x, y) == 0xffff ? white + 1 : 0;
			CHECK(white < 3);	/* as wide as a glyph is: no ground is */
		}
	CHECK(marked > 2000);
	pc_type("\x1b");
	CHECK(pc_shows("boot: ", 60 * SECOND));
	CHECK(!video_is_graphics());
}

/* What is no picture that can be shown is named, and the menu is there without. */
static void no_picture(void *arg)
{
	static const char text[] = "UI vesamenu.c32\nMENU BACKGROUND waves.jpg\nLABEL one\n";
	(void)arg;
	far_serve("/tree" DEFAULT, text, sizeof(text) - 1);
	far_serve("/tree/waves.jpg", "\xff\xd8\xff\xe0", 4);
	video_can_graphics = true;
	pc_start("config-order=pxelinux 210:string=http://files.test/tree/");
	CHECK(pc_shows("Press [Tab]", 120 * SECOND));
	CHECK(pc_said("waves.jpg cannot be shown: it is neither PNG nor PNM, but a JPEG") && in_text());
}

/* A menu's shades have the numbers from 10 on while it is shown; then those are the script's again. */
static void shades(void *arg)
{
	static const char script[] = "#!ipxe\ncolour --rgb 0x123456 10\nconsole -x 1 -y 1\n"
				     "pxelinux --prefix http://files.test/tree/ pxelinux.cfg/default\n";
	static const char text[] = "UI menu.c32\nMENU COLOR sel * #ffffffff #80ff0000\nLABEL one\nKERNEL none\n";
	(void)arg;
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	far_serve("/tree" DEFAULT, text, sizeof(text) - 1);
	far_boot_file = "http://files.test/boot.ipxe";
	video_can_graphics = true;
	pc_start(NULL);
	CHECK(pc_shows("Press [Tab]", 120 * SECOND));
	CHECK_INT(colour_rgb(10), 0xffffff);
	pc_type("\x1b");
	CHECK(pc_shows("boot: ", 60 * SECOND));
	CHECK_INT(colour_rgb(10), 0x123456);
}

static bool pictures(const void *arg)
{
	(void)arg;
	return machine_alone(picture, NULL) && machine_alone(no_picture, NULL) && machine_alone(shades, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "modules", each_script, NULL }, { "trees", each_tree, NULL },
				      { "cut off", each_cut, NULL },
				      { "Shift held", each_held, NULL }, { "ways out", each_way, NULL },
				      { "picture", pictures, NULL },
				      { "prefix", prefixes, NULL } };
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
