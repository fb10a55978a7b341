/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command config, in a whole loader: on the serial port, on a screen of
 * 80x24 and on one that shows lines, what is typed is in force at once, and
 * what is refused is said.  A row is a script and what is typed then, where
 * "@text" moves the mark until a screen shows that text.
 */
#include <string.h>

#include "services/console/console.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define STEPS 10

static const struct row {
	const char *name, *script;
	/* keys; "@text": down until text is seen; "?text": it is seen; "#text": a screen of lines has shown it */
	const char *steps[STEPS];
	const char *said[3];
	const char *never;
	const char *file;		/* a setting in our own file; or NULL */
} rows[] = {
	{ "what is set acts at once", "config net0 && echo left\nping --count 1 --quiet 10.0.0.1 && ifstat net0\n",
	  { "?Settings of net0/", "@net0/ip:ipv4, as the network", "\n\x15" "10.0.0.77\n",
	    "?ip                        10.0.0.77", "?net0/ip:ipv4, set", "\x18" },
	  { "config: set net0/ip", "left", "address 10.0.0.77 mask" }, NULL, NULL },
	{ "and what is cleared", "set net0/mtu 1400\nconfig net0\necho it is ${net0/mtu:int32}.\n",
	  { "@net0/mtu:int16, set", "\x04", "?net0/mtu:uint32, as the network", "\x04", "?Nobody has set it",
	    "\x1b" },
	  { "config: cleared net0/mtu", "it is 1500." }, NULL, NULL },
	{ "what makes no sense stays out", "set net0/mtu 1400\nconfig net0\necho it is ${net0/mtu:int32}.\n",
	  { "@net0/mtu:int16, set", "\n\x15" "17\n", "?1400", "\n\x15x\n", "?That is no value of its type", "\x1b" },
	  { "config: as before, for the reason above: net0/mtu", "it is 1400." }, NULL, NULL },
	{ "from scope to scope", "set my/a:int32 1\nconfig || echo wrong\necho it is ${my/a:hexraw} ${b}.\n",
	  { "?Settings", "@Enter opens my/", "\n", "?Settings of my/", "@my/a:int32, set", "\n7\n", "\x7f", "\x1b" },
	  { "config: set my/a:int32", "it is 00000011 ." }, "wrong", NULL },
	{ "on a screen of lines", "set my/a one\nset my/b two\nconfig my\necho it is ${my/a} ${my/b}.\n",
	  { "#Settings of my/", "#  3  b                         two", "#> 1 ../", "3", "#Number 3: Enter", "\n!",
	    "#b: two!", "\n",
	    "\x1b" },
	  { "it is one two!." }, NULL, NULL },
	{ "Ctrl-C fails, Ctrl-X does not", "set my/a one\nconfig my || echo broken\nconfig my && echo well\n",
	  { "?Settings of my/", "\x0e\nx\x03", "?one", "\x03", "?Enter opens ../", "\x18" }, { "broken", "well" },
	  "config: set", NULL },
	{ "what is final stays", "config\necho it is ${greeting}.\n",
	  { "@greeting:string, final", "\n!\n", "?It is final", "\x04", "?It is final", "\x1b" }, { "it is hello." },
	  "config: set", "!greeting=hello" },
	{ "a password is for nobody to see", "set password sesame\nconfig\niseq ${password} opensesame && echo well\n",
	  { "@password:string, set", "?password                  ******", "\nopensesame", "?**********", "\n",
	    "\x1b" }, { "config: set password", "well" }, "sesame", NULL },
	{ "telnet's is kept as a hash", "config\nshow telnetd.password-sha256\n",
	  { "@telnetd.password is not set", "\nopensesame\n", "\x1b" }, { "config: set telnetd.password" }, "sesame",
	  NULL },
	{ "no such scope", "config nowhere || echo well\nconfig a b || echo two\n", { NULL },
	  { "config: there is no scope nowhere", "well", "two" }, NULL, NULL },
};

static struct screen seen = { .name = "seen", .columns = 80, .rows = 24, .can = SCREEN_ERASE | SCREEN_FULL };
static struct screen lines = { .name = "lines", .columns = 80, .rows = 24 };
static char sight[1u << 20], read[1u << 20];
static size_t read_len;

static bool sees(const char *text)
{
	console_repaint();
	size_t n = console_take(&seen, sight, sizeof(sight));
	return memmem(sight, n, text, strlen(text));
}

static bool reads(const char *text)
{
	read_len += console_take(&lines, read + read_len, sizeof(read) - read_len);
	return memmem(read, read_len, text, strlen(text));
}

static void step(const char *s)
{
	bool (*shows)(const char *text) = *s == '#' ? reads : sees;
	if (!strchr("@?#", *s)) {
		pc_type(s);
		machine_run(NULL, SECOND / 5);
		return;
	}
	for (unsigned n = 0; !shows(s + 1); n++) {
		if (n == 150)
			fprintf(stderr, "not seen: %s\n", s + 1);
		CHECK(n < 150);
		if (*s == '@')
			pc_type("\x0e");
		machine_run(NULL, SECOND / 5);
	}
}

static void play(const void *arg)
{
	static char script[600];
	const struct row *row = arg;
	snprintf(script, sizeof(script), "#!ipxe\n%sshell\n", row->script);
	far_serve("/it.ipxe", script, strlen(script));
	far_boot_file = "http://files.test/it.ipxe";
	console_join(&seen);
	console_join(&lines);
	if (row->file)
		pc_file_setting(row->file);
	pc_start(NULL);
	if (row->steps[0]) {
		CHECK(pc_shows("Settings", 60 * SECOND));
		machine_run(NULL, SECOND / 5);
	}
	for (unsigned i = 0; i < STEPS && row->steps[i]; i++)
		step(row->steps[i]);
	for (unsigned i = 0; i < sizeof(row->said) / sizeof(row->said[0]) && row->said[i]; i++)
		CHECK(pc_says(row->said[i], 60 * SECOND));
	CHECK(pc_says("Prompt within the script", 60 * SECOND));
	CHECK(!row->never || !pc_said(row->never));
	CHECK(!row->never || !reads(row->never));
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
