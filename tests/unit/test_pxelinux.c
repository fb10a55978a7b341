/* SPDX-License-Identifier: BSD-2-Clause */
/* pxelinux's configuration files, names and command lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/addr.h"
#include "services/console/keys.h"
#include "services/console/widget.h"
#include "services/fetch/url.h"
#include "services/pxelinux/call.h"
#include "services/pxelinux/config.h"
#include "services/pxelinux/display.h"
#include "services/pxelinux/names.h"
#include "tests/unit/schemes.h"

/* ---- files by name ---- */

static const char *files[16][2];
static char said[4096];
static unsigned read_, done_;

static int read_file(void *ctx, const char *name, const char **text, size_t *len)
{
	(void)ctx;
	if (!strcmp(name, "silent"))
		return -ETIMEDOUT;
	for (unsigned i = 0; i < 16 && files[i][0]; i++)
		if (!strcmp(files[i][0], name)) {
			read_++;
			*text = files[i][1];
			*len = strlen(*text);
			return 0;
		}
	return -ENOENT;
}

static void done(void *ctx)
{
	(void)ctx;
	done_++;
}

static void say(void *ctx, const char *file, unsigned line, const char *what)
{
	(void)ctx;
	size_t len = strlen(said);
	snprintf(said + len, sizeof(said) - len, "%s:%u: %s\n", file, line, what);
}

static bool go_on(void *ctx)
{
	(void)ctx;
	return false;
}

static const struct px_reader reader = { .read = read_file, .done = done, .say = say, .pause = go_on };

static int read_config(struct px_config *c, const char *text)
{
	said[0] = '\0';
	read_ = done_ = 0;
	assert_true(px_config_begin(c) == 0);
	int err = px_config_read(c, &reader, "default", text, strlen(text));
	px_config_end(c, &reader);
	assert_true(read_ == done_);
	return err;
}

static const struct px_label *label(const struct px_config *c, const char *name)
{
	const struct px_label *l = px_config_label(c, name, strlen(name));
	assert_true(l);
	return l;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* ---- the language ---- */

static void test_labels(void **state)
{
	(void)state;
	struct px_config c;
	assert_true(read_config(&c, "# a comment\n#another\r\n\n"
			  "DEFAULT first opt\nPrompt 1\nTIMEOUT 50\ntotaltimeout 900\nONTIMEOUT second quick\n"
			  "append global=1\nipappend 3\nNoEscape 1\nimplicit 0\nallowoptions 0\nnocomplete 1\n"
			  "label first\n\tkernel vmlinuz one\n  append own=1 initrd=a,b\n"
			  "LABEL second and more\n\tMENU LABEL The ^second\n\tLINUX bzImage\n\tINITRD c.gz,d\n"
			  "label none\n kernel k\n append -\n sysappend 0x40004\n"
			  "label both\n kernel k\n config x.cfg\n"
			  "label disk\n localboot -1\n text help\n  one\n\n  two\n endtext\n") == 0);
	assert_true(!*said && same(c.preferred, "first opt") && c.prompt && !c.escape && !c.implicit && !c.complete);
	assert_true(c.top->timeout == 50 && c.top->total == 900 && same(c.top->ontimeout, "second quick"));
	assert_true(!c.top->allow_options && same(c.append, "global=1") && c.sysappend == 3);
	const struct px_label *l = label(&c, "first");
	assert_true(l->kind == PX_KERNEL && same(l->kernel, "vmlinuz one") && same(l->append, "own=1 initrd=a,b"));
	assert_true(l->sysappend == 3 && l->line == 15 && same(l->file, "default") && same(l->text, "first"));
	l = label(&c, "second");
	assert_true(l->kind == PX_LINUX && same(l->append, "global=1") && same(l->initrd, "c.gz,d"));
	assert_true(same(l->text, "The ^second"));
	l = label(&c, "none");
	assert_true(same(l->append, "") && l->sysappend == 0x40004);
	assert_true(label(&c, "both")->kind == PX_CONFIG && same(label(&c, "both")->kernel, "x.cfg"));
	l = label(&c, "disk");
	assert_true(l->kind == PX_LOCALBOOT && same(l->kernel, "-1") && same(l->help.first->text, "  one"));
	assert_true(same(l->help.first->next->text, "") && same(l->help.last->text, "  two"));
	assert_true(!px_config_label(&c, "First", 5));
	px_config_free(&c);

	/* what says nothing of what it boots boots the file of its name, unless it has a menu's word */
	assert_true(read_config(&c, "label linux and more\nappend a=1\nlabel q\nmenu quit\nlabel\n"
			  "say   wide  one\nsay\nsay\ttab\nmenu onerror x\npxeretry 3\n") == 0);
	l = label(&c, "linux");
	assert_true(l->unnamed && l->kind == PX_KERNEL && same(l->kernel, "linux"));
	assert_true(label(&c, "q")->kind == PX_NONE && !label(&c, "q")->unnamed);
	assert_true(same(c.say.first->text, "  wide  one") && same(c.say.first->next->text, ""));
	assert_true(same(c.say.last->text, "tab") && same(c.top->own_onerror, "x") && !c.top->onerror);
	px_config_free(&c);
}

static void test_menus(void **state)
{
	(void)state;
	struct px_config c;
	assert_true(read_config(&c, "ui menu.c32\nmenu title \007Top\nmenu master passwd m\ntimeout 10\n"
			  "label a\n menu hide\n"
			  "label b\n menu disabled\n menu indent 2\n"
			  "menu separator\n"
			  "menu begin sub\n menu passwd of-sub\n menu label ^Sub\n menu title In it\n timeout 20\n"
			  " label c\n menu passwd x\n kernel c\n"
			  " label d\n menu default\n kernel d\n"
			  " label up\n menu exit\n label away\n menu goto .top\n label q\n menu quit\n"
			  " menu begin\n menu title deeper\n label e\n menu end\n"
			  "menu end\n"
			  "label f\n menu help text.txt\nlabel g\n kernel g\ndefault c\n") == 0);
	assert_true(!*said && same(c.top->title, "Top") && same(c.ui, "menu.c32"));
	const struct px_menu *sub = px_config_menu(&c, "sub");
	assert_true(sub && sub->parent == c.top && same(sub->title, "In it") && sub->timeout == 20);
	assert_true(c.top->timeout == 10);
	assert_true(same(sub->password, "m") && same(sub->entry->text, "^Sub") && sub->entry->to == sub);
	assert_true(px_config_menu(&c, ".top") == c.top && !px_config_menu(&c, "nonsense"));
	/* DEFAULT names an entry below: with UI that menu comes first, with the mark there */
	assert_true(c.start == sub && px_menu_preferred(sub) == label(&c, "c"));
	assert_true(same(sub->entry->password, "of-sub"));
	assert_true(same(label(&c, "c")->password, "x") && label(&c, "up")->does == PX_EXIT);
	assert_true(label(&c, "away")->does == PX_GOTO && same(label(&c, "away")->tag, ".top"));
	assert_true(label(&c, "q")->does == PX_QUIT && label(&c, "f")->does == PX_HELP);
	/* the first that can be chosen; neither hidden, nor disabled, nor a separator */
	assert_true(px_menu_preferred(c.top) == sub->entry && label(&c, "b")->indent == 2);
	unsigned n = 0;
	for (const struct px_label *l = c.top->first; l; l = l->below)
		n++;
	assert_true(n == 6);
	assert_true(!label(&c, "away")->disabled && !label(&c, "up")->disabled);
	px_config_free(&c);

	assert_true(read_config(&c, "menu immediate\nmenu passprompt Say it\nmenu notabmsg none\nmenu shiftkey\n"
			  "menu begin sub\nmenu noimmediate\nmenu hidden\nmenu end\n") == 0 && !*said);
	sub = px_config_menu(&c, "sub");
	assert_true(c.top->immediate && c.top->shift && !c.top->hidden);
	assert_true(!sub->immediate && !sub->shift && sub->hidden);
	assert_true(same(sub->passprompt, "Say it") && same(sub->notabmsg, "none"));
	px_config_free(&c);

	/* what leads nowhere cannot be chosen */
	assert_true(read_config(&c, "label a\nmenu goto none\nmenu onerror one\nmenu begin m\nmenu end\n") == 0);
	assert_true(label(&c, "a")->disabled && same(px_config_menu(&c, "m")->own_onerror, "one"));
	px_config_free(&c);

	/* without UI the menu begins at the top, and MENU DEFAULT counts before DEFAULT */
	assert_true(read_config(&c, "default menu.c32\nlabel a\nlabel b\nmenu default\n") == 0);
	assert_true(c.start == c.top && px_menu_preferred(c.top) == label(&c, "b"));
	px_config_free(&c);
	assert_true(read_config(&c, "default x\nlabel a\nmenu begin\nmenu start\nlabel x\nmenu end\nlabel b\n") == 0);
	assert_true(c.start != c.top && px_menu_preferred(c.start) == label(&c, "x"));
	px_config_free(&c);
}

static void test_includes(void **state)
{
	(void)state;
	struct px_config c;
	memset(files, 0, sizeof(files));
	files[0][0] = "a.cfg", files[0][1] = "label a\nkernel ka\ninclude b.cfg\nappend for_b\nFOO bar\n";
	files[1][0] = "b.cfg", files[1][1] = "label b\nkernel kb\n";
	files[2][0] = "self", files[2][1] = "label self\ninclude self\n";
	assert_true(read_config(&c, "include a.cfg\ninclude nowhere\nmenu include b.cfg A submenu\nlabel last\n") == 0);
	/* a label goes on behind an INCLUDE, as if the file's lines stood there */
	assert_true(same(label(&c, "a")->kernel, "ka") && same(label(&c, "b")->append, "for_b"));
	assert_true(c.missing == 1 && same(c.first_missing, "nowhere"));
	assert_true(!strcmp(said, "a.cfg:5: FOO bar: no such directive is known; passed over\n"));
	assert_true(label(&c, "last")->menu == c.top && c.top->first->below->below->does == PX_SUBMENU);
	assert_true(same(c.top->first->below->below->text, "A submenu"));
	px_config_free(&c);

	assert_true(read_config(&c, "include self\nlabel after\n") == 0);
	assert_true(read_ == PXCONFIG_DEPTH_MAX && strstr(said, "too many files include each other"));
	assert_true(label(&c, "after") != NULL);
	px_config_free(&c);

	/* what cannot be had may hold a password, and what is included twice at each level a great many files */
	assert_true(read_config(&c, "include silent\nlabel a\n") == -ETIMEDOUT && !px_config_label(&c, "a", 1));
	px_config_free(&c);
	files[2][1] = "include self\ninclude self\n";
	assert_true(read_config(&c, "include self\n") == -E2BIG && read_ == PXCONFIG_FILES_MAX);
	px_config_free(&c);
}

static void test_too_much(void **state)
{
	(void)state;
	struct px_config c;
	char *text = malloc(PXCONFIG_BYTES_MAX + 10), *at = text;
	assert_true(text);
	for (unsigned i = 0; i <= PXCONFIG_LABELS_MAX; i++)
		at += sprintf(at, "label l%u\n", i);
	assert_true(read_config(&c, text) == -E2BIG && strstr(said, "too many labels"));
	assert_true(c.labels == PXCONFIG_LABELS_MAX && label(&c, "l8000"));
	px_config_free(&c);
	at = text;
	for (unsigned i = 0; i <= PXCONFIG_MENUS_MAX; i++)
		at += sprintf(at, "menu begin\n");
	assert_true(read_config(&c, text) == -E2BIG && c.menus == PXCONFIG_MENUS_MAX);
	px_config_free(&c);
	memset(text, 'x', PXCONFIG_BYTES_MAX + 1);
	text[PXCONFIG_BYTES_MAX + 1] = '\0';
	assert_true(read_config(&c, text) == -E2BIG);
	px_config_free(&c);
	text[1 << 20] = '\0';
	memcpy(text, "label a\nkernel ", 15);
	assert_true(read_config(&c, text) == 0 && strlen(label(&c, "a")->kernel) == (1 << 20) - 15);
	struct px_call *call = malloc(sizeof(*call));
	assert_true(call && px_call_make(call, &c, "a") == -E2BIG);
	free(call);
	px_config_free(&c);
	free(text);
}

static void test_odd(void **state)
{
	(void)state;
	struct px_config c;
	static const struct { const char *text, *said; } rows[] = {
		{ "label\n", "default:1: a label without a name\n" },
		{ "menu end\n", "default:1: MENU END without its MENU BEGIN\n" },
		{ "kernel k\n", "default:1: kernel: stands outside a label; passed over\n" },
		{ "menu nonsense 1\n", "default:1: nonsense 1: no such MENU directive is known; passed over\n" },
		{ "\n\nlabelx y\n", "default:3: labelx y: no such directive is known; passed over\n" },
		{ "menu hiddenkey A,a x\nmenu hiddenkey F2\nmenu hiddenkey None x\nmenu hiddenkey\nmenu shiftkey\n",
		  "default:2: MENU HIDDENKEY: names no line\n"
		  "default:3: MENU HIDDENKEY: names a key that is not known\n" },
		{ "menu color title 1;36 * *\nmenu rows 3\nsay x\nserial 0 9600\nconsole 1\nf1 a\nF12 b\n", "" },
		{ "label a\nkernel b\n\032say more\n\032nothing\n",
		  "default:4: nothing: no such directive is known; passed over\n" },
		{ "label a\nmenu goto none\nmenu begin m\nlabel b\nmenu exit m\nlabel c\nmenu exit\nmenu end\n",
		  "default:1: a: no menu is called none; the entry cannot be chosen\n" },
		{ "f13 x\n", "default:1: f13 x: no such directive is known; passed over\n" },
		{ "timeout abc\nlabel a\nmenu indent\nipappend 3x\nprompt yes\nserial 0 fast 8\nnoescape 1x\n",
		  "default:1: abc is no number; taken as 0\ndefault:3: nothing is no number; taken as 0\n"
		  "default:4: 3x is no number; taken as 3\ndefault:5: yes is no number; taken as 0\n"
		  "default:6: fast is no number; taken as 0\ndefault:7: 1x is no number; taken as 1\n" },
		{ "timeout 50\ntotaltimeout 0x10 1\nsysappend 3\nprompt\nserial 1\nserial 0 115200 0x3f\n", "" },
		{ "font f\nkbdmap k\npath p\nnohalt 1\npxeretry 3\nmenu save\nmenu nosave\nmenu clear\n", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(read_config(&c, rows[i].text) == 0);
		assert_true(!strcmp(said, rows[i].said));
		px_config_free(&c);
	}
	static const char nul[] = "lab\0el a\nlabel b\0c\nker\033nel k\n";
	said[0] = '\0';
	assert_true(px_config_begin(&c) == 0 && px_config_read(&c, &reader, "n", nul, sizeof(nul) - 1) == 0);
	assert_true(same(label(&c, "b")->kernel, "k") && strstr(said, "n:1: lab: "));
	px_config_free(&c);
}

/* Wherever a file is cut off, what is there is taken, and what is odd is said by its line. */
static void test_cut(void **state)
{
	(void)state;
	static const char text[] =
		"DEFAULT a x\nUI menu.c32\nMENU MASTER PASSWD $5$salt$MAzCb8agVQohO4.bXCH321t9vubIqk\n"
		"MENU COLOR sel 1;7;37;40 #ffffffff #76a1d0ff\nMENU HIDDENKEY F2,x a\nTIMEOUT 50\nSERIAL 0 9600 0x303\n"
		"MENU BEGIN sub\nMENU TITLE Sub\nLABEL a\nMENU LABEL ^A\nTEXT HELP\none\nENDTEXT\nLINUX k a=1\n"
		"INITRD x,y\nAPPEND - b\nIPAPPEND 0x3\nMENU END\nINCLUDE nowhere\nF1 help\nLOCALBOOT 0\n";
	for (size_t len = 0; len < sizeof(text); len++) {
		struct px_config c;
		said[0] = '\0';
		assert_true(px_config_begin(&c) == 0 && px_config_read(&c, &reader, "cut", text, len) == 0);
		px_config_end(&c, &reader);
		for (const char *at = said; *at; at = strchr(at, '\n') + 1)
			assert_true(!strncmp(at, "cut:", 4) && at[4] >= '1' && at[4] <= '9');
		assert_true(c.start && c.start->title);
		px_config_free(&c);
	}
}

/* ---- names ---- */

static void test_search(void **state)
{
	(void)state;
	struct net_addr ip;
	char name[PX_SEARCH_MAX];
	assert_true(net_addr_parse("192.168.2.91", &ip) == 0);
	/* pxelinux(1), EXAMPLES */
	static const char *const wanted[] = {
		"b8945908-d6a6-41a9-611d-74a6ab80b83d", "01-88-99-aa-bb-cc-dd", "C0A8025B", "C0A8025", "C0A802",
		"C0A80", "C0A8", "C0A", "C0", "C", "default",
	};
	struct px_who who = { .uuid = wanted[0], .mac = "88-99-aa-bb-cc-dd", .ip = &ip };
	for (unsigned i = 0; i < 11; i++)
		assert_true(px_search_name(&who, i, name) && !strncmp(name, "pxelinux.cfg/", 13) &&
		      !strcmp(name + 13, wanted[i]));
	assert_true(!px_search_name(&who, 11, name));
	who = (struct px_who){ .uuid = "", .mac = "" };
	assert_true(px_search_name(&who, 0, name) && !strcmp(name, "pxelinux.cfg/default"));
	assert_true(!px_search_name(&who, 1, name));
}

static void test_paths(void **state)
{
	(void)state;
	static const struct { const char *server, *prefix, *name, *url; } rows[] = {
		{ "10.0.0.1", "", "vmlinuz", "tftp://10.0.0.1/vmlinuz" },
		{ "10.0.0.1", "boot/", "a/vmlinuz", "tftp://10.0.0.1/boot/a/vmlinuz" },
		{ "10.0.0.1", "boot/", "/vmlinuz", "tftp://10.0.0.1//vmlinuz" },	/* the slash is the name's */
		{ "10.0.0.1", "boot/", "::vmlinuz", "tftp://10.0.0.1/vmlinuz" },
		{ "10.0.0.1", "boot/", "10.9.9.9::x y", "tftp://10.9.9.9/x%20y" },
		{ "10.0.0.1", "boot/", "http://h/v", "http://h/v" },
		{ "10.0.0.1", "http://h:81/a/", "b/v", "http://h:81/a/b/v" },
		{ "10.0.0.1", "http://h/a/", "/v", "http://h/v" },
		{ "10.0.0.1", "http://h/a/", "::v", "tftp://10.0.0.1/v" },
		{ "", "boot/", "v", NULL },
	};
	char out[URL_TEXT_MAX];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_where w = { .server = rows[i].server, .prefix = rows[i].prefix };
		int err = px_resolve(&w, rows[i].name, strlen(rows[i].name), out, sizeof(out));
		assert_true(rows[i].url ? err == 0 && !strcmp(out, rows[i].url) : err == -EDESTADDRREQ);
	}
	struct px_where w = { .server = "10.0.0.1", .prefix = "http://h/" };
	char *longer = malloc(2 * URL_TEXT_MAX);
	assert_true(longer);
	memset(longer, 'a', 2 * URL_TEXT_MAX);
	for (size_t len = URL_TEXT_MAX - 12; len < URL_TEXT_MAX + 4; len++)
		assert_true((px_resolve(&w, longer, len, out, sizeof(out)) == 0) == (len + 9 < URL_TEXT_MAX));
	assert_true(px_resolve(&w, longer, 2 * URL_TEXT_MAX, out, sizeof(out)) == -ENAMETOOLONG);
	memcpy(longer + 300, "::", 2);
	assert_true(px_resolve(&w, longer, 400, out, sizeof(out)) == -ENAMETOOLONG);
	free(longer);
}

static void test_sysappend(void **state)
{
	(void)state;
	struct px_facts f = { .of = { [0] = "10.0.0.5:10.0.0.1::255.0.0.0", [1] = "01-52-54-00-00-00-01",
				      [4] = "A Maker\tof PCs", [17] = "1" } };
	char out[200];
	static const char all[] = " ip=10.0.0.5:10.0.0.1::255.0.0.0 BOOTIF=01-52-54-00-00-00-01 "
				  "SYSVENDOR=A_Maker_of_PCs SYSFF=1";
	assert_true(px_sysappend(&f, UINT32_MAX, out, sizeof(out)) == strlen(all) && !strcmp(out, all));
	assert_true(px_sysappend(&f, 2, out, sizeof(out)) && !strcmp(out, " BOOTIF=01-52-54-00-00-00-01"));
	assert_true(px_sysappend(&f, 4, out, sizeof(out)) == 0 && !*out);
	assert_true(px_sysappend(&f, 3, out, 5) == (size_t)(strstr(all, " SYSV") - all) && !strcmp(out, " ip="));

	static const char cookies[] = "_Syslinux_ip=10.0.0.5:10.0.0.1::255.0.0.0; _Syslinux_BOOTIF="
				      "01-52-54-00-00-00-01; _Syslinux_SYSVENDOR=A+Maker%09of+PCs; _Syslinux_SYSFF=1";
	assert_true(px_cookies(&f, UINT32_MAX, out, sizeof(out)) == strlen(cookies) && !strcmp(out, cookies));
	assert_true(px_cookies(&f, 0x20000, out, sizeof(out)) && !strcmp(out, "_Syslinux_SYSFF=1"));
	assert_true(px_cookies(&f, 0, out, sizeof(out)) == 0 && !*out);
	f.of[4] = "a;b=c\r\nX: \xe4";
	assert_true(px_cookies(&f, 0x10, out, sizeof(out)) &&
		    !strcmp(out, "_Syslinux_SYSVENDOR=a%3Bb%3Dc%0D%0AX:+%E4"));
}

/* ---- looks ---- */

static void test_look(void **state)
{
	(void)state;
	struct px_look l = { 0 };
	static const char *const good[] = {
		"color sel 1;7;37;40 #76a1d0ff #80f *", "COLOUR title * #fff *", "color hotkey 37 nonsense #12345",
		"color border 1 #fff #fff none", "color", "vshift 8", "rows 99999", "margin -3", "resolution 800 600",
		"cmdlinerow 16", "save", "msgcolor #1",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(px_look_line(&l, good[i]));
	assert_true(!px_look_line(&l, "colors sel") && !px_look_line(&l, "") && !px_look_line(&l, "rowsx 1"));
	const struct px_colour *c = &l.colour[PX_SEL];
	assert_true(c->has_style && c->style == (STYLE_BOLD | STYLE_REVERSE | STYLE_COLOUR(7) | STYLE_GROUND(0)));
	assert_true(c->has_text && c->text == 0x76a1d0ff && c->has_ground && c->ground == 0xff8800ff);
	c = &l.colour[PX_TITLE];
	assert_true(!c->has_style && c->has_text && c->text == 0xffffffff && !c->has_ground);
	c = &l.colour[PX_HOTKEY];
	assert_true(c->has_style && c->style == STYLE_COLOUR(7) && !c->has_text && !c->has_ground);
	assert_true(l.given == (1u << PX_VSHIFT | 1u << PX_ROWS | 1u << PX_MARGIN) && l.number[PX_VSHIFT] == 8);
	assert_true(l.number[PX_ROWS] == 4096 && l.number[PX_MARGIN] == -3 && l.wide == 800 && l.high == 600);

	static const struct { const char *text; int key; } keys[] = {
		{ "A", 'A' }, { "a", 'a' }, { ",", ',' }, { "^b", KEY_CTRL_B }, { "Ctrl-C", KEY_CTRL_C },
		{ "F1", KEY_F1 }, { "f12", KEY_F1 + 11 }, { "F13", 0 }, { "pgdn", KEY_PGDN }, { "Space", ' ' },
		{ "nokey", 0 },
	};
	const char *line = "A,a,,,^b,Ctrl-C,F1,f12,F13,pgdn,Space,nokey rest";
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(px_key_name(&line), keys[i].key);
	assert_string_equal(line, " rest");
}

/* ---- lines ---- */

static void test_calls(void **state)
{
	(void)state;
	struct px_config c;
	static struct px_call call;
	const char *name;
	bool as_file;
	static const struct { const char *line; enum px_kind kind; const char *file, *args, *initrd; } rows[] = {
		{ "one", PX_KERNEL, "vmlinuz", "a=1 own=1 initrd=x,y,,", "x" },
		{ " one  two three", PX_KERNEL, "vmlinuz", "a=1 own=1 initrd=x,y,, two three", "x" },
		{ "one initrd=z", PX_KERNEL, "vmlinuz", "a=1 own=1 initrd=x,y,, initrd=z", "x" },
		{ "chain", PX_COM32, "chain.c32", "hd0 1", NULL },
		{ "nbp", PX_PXE, "boot/other.0", "", NULL },
		{ "away", PX_LOCALBOOT, "0", "", NULL },
		{ "file.0 x", PX_PXE, "file.0", "x", NULL },
		{ ".linux file.0 x", PX_LINUX, "file.0", "x", NULL },
		{ "mine.C32 x", PX_COM32, "mine.C32", "x", NULL },
		{ "typed x", PX_LINUX, "k.0", "a=1 x", NULL }, { "x.com", PX_KERNEL, "x.com", "", NULL },
		{ "x.img", PX_FDIMAGE, "x.img", "", NULL }, { "x.bs", PX_BOOT, "x.bs", "", NULL },
		{ "x.bss", PX_BSS, "x.bss", "", NULL }, { "x.bin", PX_BOOT, "x.bin", "", NULL },
		{ ".kernel x.0", PX_PXE, "x.0", "", NULL }, { ".boot x", PX_BOOT, "x", "", NULL },
		{ ".bss x", PX_BSS, "x", "", NULL }, { ".pxe x", PX_PXE, "x", "", NULL },
		{ ".FDIMAGE x", PX_FDIMAGE, "x", "", NULL }, { ".com32 x y", PX_COM32, "x", "y", NULL },
		{ ".config x", PX_CONFIG, "x", "", NULL }, { ".localboot 0", PX_LOCALBOOT, "0", "", NULL },
		{ ".none x", PX_KERNEL, ".none", "x", NULL }, { "sector", PX_BSS, "b", "", NULL },
	};
	assert_true(read_config(&c, "append glob=1\nlabel one\nkernel vmlinuz a=1\ninitrd x,y,,\nappend own=1\n"
			  "label chain\nkernel chain.c32\nappend hd0 1\nlabel nbp\nkernel boot/other.0\nappend -\n"
			  "label away\nlocalboot 0\nappend -\nlabel nothing\nmenu exit\n"
			  "label typed\nkernel .linux k.0 a=1\nappend -\n"
			  "label sector\nboot a\nbss b\nappend -\n") == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(px_call_make(&call, &c, rows[i].line) == 0 && call.kind == rows[i].kind);
		assert_true(!strcmp(call.file, rows[i].file) && !strcmp(call.args, rows[i].args));
		size_t len = px_call_initrd(&call, 0, &name, &as_file);
		const char *first = rows[i].initrd;
		assert_true(first ? len == strlen(first) && !memcmp(name, first, len) : !len);
	}
	assert_true(px_call_make(&call, &c, "one") == 0 && px_call_initrd(&call, 1, &name, &as_file) == 1);
	assert_true(*name == 'y' && !as_file);
	assert_true(px_call_initrd(&call, 2, &name, &as_file) == 0);
	assert_true(px_call_make(&call, &c, "nothing") == -ENOEXEC);
	/* SYSAPPEND's words stand before what was typed behind a label, and behind all where a file was named */
	assert_true(px_call_make(&call, &c, "one two") == 0 && !strcmp(call.args + call.options, " two"));
	assert_true(px_call_make(&call, &c, "k2 two") == 0 && !strcmp(call.args, "two") && call.options == 3);
	c.implicit = false;
	assert_true(px_call_make(&call, &c, "file.0") == -ENOENT && px_call_make(&call, &c, "nbp") == 0);
	assert_true(px_call_edited(&call, label(&c, "one"), "other initrd=q last") == 0 && !strcmp(call.file, "other"));
	assert_true(!strcmp(call.args, "initrd=q last") && px_call_initrd(&call, 0, &name, &as_file) == 1);
	assert_true(*name == 'q');
	assert_true(px_call_shift(&call) == 0 && !strcmp(call.file, "initrd=q") && !strcmp(call.args, "last"));
	assert_true(!px_call_initrd(&call, 0, &name, &as_file) && call.options == 4);
	static const char more[] = "k initrd+=c initrd=a initrdfile=x/f,y@etc/g initrd=b,";
	static const struct { const char *name; bool as_file; } initrds[] = {
		{ "c", false }, { "a", false }, { "x/f", true }, { "y@etc/g", true },
	};
	assert_true(px_call_edited(&call, label(&c, "one"), more) == 0);
	for (unsigned i = 0; i < 4; i++)
		assert_true(px_call_initrd(&call, i, &name, &as_file) == strlen(initrds[i].name) &&
			    !strncmp(name, initrds[i].name, strlen(initrds[i].name)) && as_file == initrds[i].as_file);
	assert_true(px_call_initrd(&call, 4, &name, &as_file) == 0);
	assert_true(px_call_label(&call, label(&c, "chain")) == 0 && px_call_shift(&call) == 0);
	assert_true(!strcmp(call.file, "hd0") && px_call_shift(&call) == 0 && px_call_shift(&call) == -ENOENT);
	px_config_free(&c);

	char module[8];
	assert_true(px_module("a/b/menu.c32", module, sizeof(module)) && !strcmp(module, "menu"));
	assert_true(px_module("::menu.C32", module, sizeof(module)) && !strcmp(module, "menu"));
	assert_true(!px_module("menu", module, sizeof(module)) && !strcmp(module, "menu"));
	assert_true(px_module("verylongname.c32", module, sizeof(module)) && !strcmp(module, "verylon"));
}

/* ---- display files ---- */

static void test_display(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		const char *lines[4];
	} rows[] = {
		{ "", { NULL } }, { "one", { "one" } }, { "one\n\n two\n", { "one", "", " two" } },
		{ "\f\x19" "a\r\tb\x7f\xe4\n", { "a\tb??" } },
		/* text on that ground, until it changes, on lines of their own */
		{ "a\x0f" "1ebc\nd\x0f" "07e\nf", { "a\x8e\x91" "bc", "\x8e\x91" "d\x87\x90" "e", "f" } },
		{ "\x0fgga\x0f", { "\x87\x90gga\x87\x90" } }, { "\x0f" "1", { "\x87\x90" "1" } },
		/* a picture; text for text screens and serial lines, for graphics only; the end */
		{ "a\x18splash.lss\nb", { "a", "b" } },
		{ "\x11" "a\x12" "b\nb\x14" "c\x10" "d\x17" "e", { "a", "ce" } }, { "a\nb\x1a" "c\nd", { "a", "b" } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct px_display d;
		char line[64], cut[4];
		unsigned n = 0;
		px_display_begin(&d, rows[i].file, strlen(rows[i].file));
		for (; px_display_line(&d, line, sizeof(line)); n++) {
			assert_non_null(rows[i].lines[n]);
			assert_string_equal(line, rows[i].lines[n]);
		}
		assert_true(n == 4 || !rows[i].lines[n]);
		px_display_begin(&d, rows[i].file, strlen(rows[i].file));
		while (px_display_line(&d, cut, sizeof(cut)))
			assert_true(strlen(cut) < sizeof(cut));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_menus),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_sysappend),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_display),
	};
	schemes_of_the_loader();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
