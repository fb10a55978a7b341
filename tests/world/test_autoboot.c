/* SPDX-License-Identifier: BSD-2-Clause */
/* autoboot, on two cards: what DHCP names is booted, or the next link is tried. */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 6

static const struct row {
	const char *name, *script;
	const char *said[SAID_MAX];
	const char *file;		/* that DHCP names */
} rows[] = {
	{ "autoboot runs what is named", "autoboot || echo no\necho back\n",
	  { "script: fetching http://files.test/named.ipxe", "it is named" }, .file = "http://files.test/named.ipxe" },
	{ "on the link that is said", "autoboot net1 || echo no\n",
	  { "dhcp: DISCOVER (xid", "it is named net1 10.0.0.101" }, .file = "http://files.test/named.ipxe" },
	{ "autoboot finds nothing", "autoboot || echo well\necho it is ${net0/ip};\n",
	  { "autoboot: nothing to boot on net0: the DHCP server names none; as iPXE the same",
	    "autoboot: nothing to boot on net1:", "well" }, .file = "" },
	{ "what is named is not there", "autoboot net0 || echo well\n",
	  { "http://files.test/missing: 404", "autoboot: what net0's server names does not boot", "well" },
	  .file = "http://files.test/missing" },
	{ "and that is the try's cause", "autoboot net0\n",
	  { "The script has failed: http://files.test/missing: 404" }, .file = "http://files.test/missing" },
	{ "on no link", "autoboot net7 || echo well\n", { "autoboot: there is no interface net7", "well" }, NULL },
};

static const struct row *now;

static void play(const void *row)
{
	static char script[600];
	static const char named[] = "#!ipxe\necho it is named ${netX/ifname} ${netX/ip}\nshell\n";
	now = row;
	snprintf(script, sizeof(script), "#!ipxe\n%sshell\n", now->script);
	far_serve("/it.ipxe", script, strlen(script));
	far_serve("/named.ipxe", named, strlen(named));
	far_second = FAR_TWO_CARDS;
	if (now->file)
		far_boot_file = now->file;
	pc_start("script=http://10.0.0.1/it.ipxe");
	for (unsigned i = 0; i < SAID_MAX && now->said[i]; i++)
		CHECK(pc_says(now->said[i], 60 * SECOND));
}

int main(int argc, char **argv)
{
	return machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), argc > 1 ? argv[1] : NULL);
}
