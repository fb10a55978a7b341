/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who Undine is to DHCP servers: what its messages say, and which script it
 * takes from servers that know Undine, iPXE, or what can be done by option 175.
 */
#include <string.h>

#include "kernel/log.h"
#include "services/dhcp/dhcp_packet.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SCRIPT(word) "#!ipxe\necho this is the script for " word "\nshell\n"

static uint8_t nbp[1024] = { 0xea, 0x05, 0x7c };	/* jmp 0:7c05 */
static uint8_t ourselves[1024];

/* ---- a server with a rule ---- */

/* What it names by whom; NULL: it gives no answer. */
static struct rules {
	const char *undine, *ipxe, *other, *feature;	/* feature: who can do http by option 175, before all others */
	const char *server;		/* its boot server's name, in the place of an address */
	unsigned naks;			/* so many requests as iPXE are refused */
	unsigned deaf;			/* so many messages as iPXE are not heard */
} rules;
static unsigned asked_as_ipxe, asked;

static bool has(const uint8_t *packet, size_t len, unsigned number, const char *value)
{
	uint8_t b[DHCP_MAX_LEN];
	int n = dhcp_option(packet, len, number, 0, b, sizeof(b));
	return n == (int)strlen(value) && !memcmp(b, value, strlen(value));
}

static void by_rule(const uint8_t *packet, size_t len, struct far_answer *a)
{
	uint8_t http = 0, type = 0;
	bool as_ipxe = has(packet, len, DHCP_OPT_USER_CLASS, "iPXE");
	asked++;
	asked_as_ipxe += as_ipxe;
	dhcp_option(packet, len, DHCP_OPT_TYPE, 0, &type, 1);
	a->file = has(packet, len, DHCP_OPT_USER_CLASS, "Undine") ? rules.undine : as_ipxe ? rules.ipxe : rules.other;
	a->server_name = rules.server;
	if (rules.feature && dhcp_option(packet, len, DHCP_OPT_IPXE, 19, &http, 1) == 1 && http == 1)
		a->file = rules.feature;
	if (!a->file || (as_ipxe && rules.deaf && rules.deaf--))
		a->type = 0;
	else if (as_ipxe && type == DHCP_REQUEST && rules.naks && rules.naks--)
		a->type = DHCP_NAK;
}

static void start(const char *args)
{
	static const char undine[] = SCRIPT("Undine"), ipxe[] = SCRIPT("iPXE"), other[] = SCRIPT("others"),
		 feature[] = SCRIPT("http"), scripts[] = "#!ipxe\ndhcp\necho it is ${user-class} ${filename}\nshell\n",
		 autoexec[] = SCRIPT("the loader's folder"), page[] = "<!DOCTYPE html><html></html>";
	memcpy(ourselves + 8, "UND0", 4);
	far_serve("/undine.ipxe", undine, strlen(undine));
	far_serve("/boot.ipxe", ipxe, strlen(ipxe));
	far_serve("/other.ipxe", other, strlen(other));
	far_serve("/http.ipxe", feature, strlen(feature));
	far_serve("/again.ipxe", scripts, strlen(scripts));
	far_serve("/page", page, strlen(page));
	far_serve("/nbp.0", nbp, sizeof(nbp));
	far_serve("/copy.0", ourselves, sizeof(ourselves));
	far_serve("/autoexec.ipxe", autoexec, strlen(autoexec));
	far_answers = by_rule;
	pc_start(args);
}

/* ---- which script ---- */

#define AT "http://files.test/"
#define UNDINES AT "undine.ipxe"
#define IPXES AT "boot.ipxe"

/* The world's machine has no PXE that an NBP could use. */
#define NO_PXE ": boot: nbp.0 (NBP) cannot be booted: there is no PXE stack that it could use.\n"

static const struct story {
	const char *name;
	struct rules rules;
	const char *args, *file;	/* file: a setting in the loader's own */
	const char *says;		/* within a few seconds */
	unsigned messages;		/* as iPXE; at least, where all_messages is 0 */
	unsigned all_messages;
} stories[] = {
	{ "the first names a script", { .undine = UNDINES, .ipxe = IPXES }, .says = "script for Undine",
	  .all_messages = 2 },
	{ "who has 175.19 gets one", { .undine = "undine.0", .ipxe = IPXES, .feature = AT "http.ipxe" },
	  .says = "script for http", .all_messages = 2 },
	{ "undine.0 for all but iPXE", { .undine = "undine.0", .ipxe = IPXES }, .says = "script for iPXE",
	  .messages = 2, .all_messages = 4 },
	{ "Undine by another name", { .undine = "copy.0", .ipxe = IPXES }, .says = "script for iPXE", .messages = 2,
	  .all_messages = 4 },
	{ "another NBP for all but iPXE", { .undine = "nbp.0", .ipxe = IPXES }, .says = "script for iPXE",
	  .messages = 2, .all_messages = 4 },
	{ "a web page", { .undine = AT "page", .ipxe = IPXES }, .says = "script for iPXE", .messages = 2,
	  .all_messages = 4 },
	{ "nothing for all but iPXE", { .undine = "", .ipxe = IPXES }, .says = "script for iPXE", .messages = 2,
	  .all_messages = 4 },
	{ "Undine is told why", { .undine = "undine.0", .ipxe = IPXES },
	  .says = "script: DHCP names none to user class Undine (it is this loader itself: undine.0); asking once more "
		  "as iPXE", .all_messages = 2 },
	{ "a NAK between", { .undine = "undine.0", .ipxe = IPXES, .naks = 1 }, .says = "script for iPXE",
	  .messages = 4, .all_messages = 6 },
	{ "the first two are lost", { .undine = "undine.0", .ipxe = IPXES, .deaf = 2 }, .says = "script for iPXE",
	  .messages = 4, .all_messages = 6 },
	{ "iPXE gets no answer", { .undine = "undine.0" },
	  .says = "not from DHCP boot file: it is this loader itself: undine.0; as iPXE no answer", .messages = 3 },
	{ "and then autoexec.ipxe", { .undine = "undine.0" }, .says = "script for the loader's folder", .messages = 3 },
	{ "an NBP, and iPXE gets no answer", { .undine = "nbp.0" }, .says = NO_PXE, .messages = 3 },
	{ "the same NBP for all", { .undine = "nbp.0", .ipxe = "nbp.0" }, .says = NO_PXE, .messages = 2,
	  .all_messages = 4 },
	{ "iPXE gets Undine: a circle", { .undine = "nbp.0", .ipxe = "copy.0" },
	  .says = "not from DHCP boot file: it is another network boot program: tftp://10.0.0.1/nbp.0; as iPXE, it is "
		  "this loader itself: tftp://10.0.0.1/copy.0",
	  .messages = 2, .all_messages = 4 },
	{ "all get Undine", { .undine = "undine.0", .ipxe = "undine.0" },
	  .says = "not from DHCP boot file: it is this loader itself: undine.0; as iPXE the same", .messages = 2,
	  .all_messages = 4 },
	{ "dhcp in iPXE's script asks as iPXE", { .undine = "undine.0", .ipxe = AT "again.ipxe" },
	  .says = "it is iPXE " AT "again.ipxe", .messages = 4, .all_messages = 6 },
	{ "a boot server's name that nobody knows", { .undine = "undine.ipxe", .server = "label" },
	  .says = "asking the DHCP server instead, which said that name", .all_messages = 2 },
	{ "and its file comes", { .undine = "undine.ipxe", .server = "label" }, .says = "script for Undine",
	  .all_messages = 2 },
	{ "the class is set: no second round", { .undine = "undine.0", .ipxe = IPXES }, .args = "user-class=iPXE",
	  .says = "script for iPXE", .messages = 2, .all_messages = 2 },
	{ "another class", { .other = AT "other.ipxe" }, .args = "user-class=Our:class", .says = "script for others",
	  .all_messages = 2 },
	{ "another class, no script", { .other = "undine.0", .ipxe = IPXES }, .args = "user-class=Our:class",
	  .says = "not from DHCP boot file: it is this loader itself: undine.0\n", .all_messages = 2 },
	{ "that of a link", { .other = AT "other.ipxe", .ipxe = IPXES }, .args = "user-class=iPXE net0/user-class=x",
	  .says = "script for others", .all_messages = 2 },
	{ "Undine itself, set", { .undine = "undine.0", .ipxe = IPXES }, .args = "user-class=Undine",
	  .says = "not from DHCP boot file: it is this loader itself: undine.0\n", .all_messages = 2 },
	{ "the file sets it", { .undine = "undine.0", .ipxe = IPXES }, .file = "user-class=iPXE",
	  .says = "script for iPXE", .messages = 2, .all_messages = 2 },
};

static void play(void *arg)
{
	const struct story *s = arg;
	rules = s->rules;
	if (s->file)
		pc_file_setting(s->file);
	start(s->args);
	CHECK(pc_says(s->says, 30 * SECOND));
	if (s->all_messages) {
		CHECK_INT(asked_as_ipxe, s->messages);
		CHECK_INT(asked, s->all_messages);
	} else {
		CHECK(asked_as_ipxe >= s->messages);
	}
}

static bool all_stories(const void *arg)
{
	bool good = true;
	(void)arg;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct story s = stories[i];
		bool as_said = machine_alone(play, &s);
		if (!as_said)
			fprintf(stderr, "that was: %s\n", s.name);
		good = good && as_said;
	}
	return good;
}

/* ---- what the messages say ---- */

static unsigned right, wrong;

static void look_at_175(const uint8_t *packet, size_t len, struct far_answer *a)
{
	static const uint8_t can[] = { 19, 20, 21, 23, 24, 25, 33, 34, 38, 39 }, cannot[] = { 16, 17, 18, 35, 36, 176 };
	uint8_t b[8];
	bool good = dhcp_option(packet, len, DHCP_OPT_IPXE, DHCP_IPXE_VERSION, b, sizeof(b)) == 3;
	(void)a;
	for (size_t i = 0; i < sizeof(can); i++)
		good = good && dhcp_option(packet, len, DHCP_OPT_IPXE, can[i], b, sizeof(b)) == 1 && b[0] == 1;
	for (size_t i = 0; i < sizeof(cannot); i++)
		good = good && dhcp_option(packet, len, DHCP_OPT_IPXE, cannot[i], b, sizeof(b)) < 0;
	right += good;
	wrong += !good;
}

static void what_it_can(void *arg)
{
	(void)arg;
	start(NULL);
	far_answers = look_at_175;
	far_boot_file = UNDINES;
	CHECK(pc_says("script for Undine", 30 * SECOND));
	CHECK_INT(wrong, 0);
	CHECK_INT(right, 2);
}

static bool acknowledged_twice(void)
{
	static uint64_t read;
	static unsigned times;
	char text[512];
	size_t n = log_read(&read, text, sizeof(text) - 1);
	text[n] = '\0';
	for (const char *at = text; (at = strstr(at, "  lease  ")); at++)
		times++;
	return times == 2;
}

/* An address that we have already is not probed once more before anything else goes on. */
static void the_same_address(void *arg)
{
	(void)arg;
	rules = (struct rules){ .undine = "undine.0", .ipxe = "undine.0" };
	start(NULL);
	CHECK(machine_run(acknowledged_twice, 30 * SECOND));
	CHECK(pc_says("as iPXE the same", SECOND / 25));
}

/* A class longer than option 77 holds is refused, with the limit. */
static void too_long(void *arg)
{
	static char args[400] = "user-class=";
	(void)arg;
	memset(args + strlen(args), 'x', 256);
	rules = (struct rules){ .undine = UNDINES, .ipxe = IPXES };
	start(args);
	CHECK(pc_says("user-class has 256 bytes, and DHCP's option 77 takes 255", 30 * SECOND));
	CHECK_INT(asked, 0);
}

/* ---- what servers say in option 175, and who says it ---- */

/* priority 5, keep-san 1, skip-san-boot 1, bios-drive 80h, username, password */
#define SAID "\1\1\5\10\1\1\11\1\1\275\1\200\276\5tinky\277\5winky"
/* priority 9, username of the same length as the rest of it */
#define PROXY_SAID "\1\1\11\276\23proxyproxyproxyuser"
#define NO_PROXY "\260\1\1\276\24proxyproxyproxyuser!"

static const struct settings_story {
	const char *name, *file, *ipxe, *proxy_file, *proxy_ipxe;
	uint64_t proxy_us;
	const char *says;
} settings_stories[] = {
	{ "a server's words", AT "show.ipxe", SAID, NULL, NULL, 0,
	  "it: 5 1 1 0x80 tinky winky 5;" },
	{ "nobody's", AT "show.ipxe", NULL, NULL, NULL, 0, "it:       ;" },
	{ "the proxy's own", AT "show.ipxe", NULL, AT "other.ipxe", NULL, 0,
	  "proxy: " AT "other.ipxe 10.0.0.1 10.0.0.1 10.0.0.7 ; lease: " AT "show.ipxe 10.0.0.1 10.0.0.100 "
		   "255.255.255.0" },
	{ "no proxy", AT "show.ipxe", NULL, NULL, NULL, 0, "proxy:     ; lease: " AT "show.ipxe 10.0.0.1" },
	{ "the proxy's file", "", NULL, AT "show.ipxe", NULL, 200000,
	  "proxy: " AT "show.ipxe 10.0.0.1 10.0.0.1 10.0.0.7 ; lease: " AT "show.ipxe" },
	{ "whose priority is higher", AT "other.ipxe", SAID, AT "show.ipxe", PROXY_SAID, 0,
	  "proxy: " AT "show.ipxe 10.0.0.1 10.0.0.1 10.0.0.7 proxyproxyproxyuser" },
	{ "without words of its own it has none", AT "show.ipxe", SAID, AT "other.ipxe", NULL, 0,
	  "it: 5 1 1 0x80 tinky winky 5;" },
	{ "no-pxedhcp: it is not waited for", "undine.0", NO_PROXY, AT "show.ipxe", NULL, 0,
	  "as iPXE the same" },
};
static const struct settings_story *told;

static void tell(const uint8_t *packet, size_t len, struct far_answer *a)
{
	(void)packet;
	(void)len;
	a->file = told->file;
	a->ipxe = (const uint8_t *)told->ipxe;
	a->ipxe_len = told->ipxe ? strlen(told->ipxe) : 0;
	a->proxy_file = told->proxy_file;
	a->proxy_us = told->proxy_us;
	a->proxy_ipxe = (const uint8_t *)told->proxy_ipxe;
}

static void play_settings(void *arg)
{
	static const char show[] = "#!ipxe\n"
		"echo it: ${priority} ${keep-san} ${skip-san-boot} ${bios-drive} ${username} ${password} "
		"${net0.dhcp/175.1:int8};\n"
		"echo proxy: ${proxydhcp/filename} ${proxydhcp/next-server} ${proxydhcp/dhcp-server} "
		"${proxydhcp/54:ipv4} ${proxydhcp/username}; lease: ${dhcp/filename} ${net0.dhcp/dhcp-server} "
		"${net0.dhcp/ip} ${dhcp/netmask}\nshell\n";
	told = arg;
	far_serve("/show.ipxe", show, strlen(show));
	start(NULL);
	far_answers = tell;
	CHECK(pc_says(told->says, 30 * SECOND));
}

static bool all_settings(const void *arg)
{
	bool good = true;
	(void)arg;
	for (size_t i = 0; i < sizeof(settings_stories) / sizeof(settings_stories[0]); i++) {
		struct settings_story s = settings_stories[i];
		bool as_said = machine_alone(play_settings, &s);
		if (!as_said)
			fprintf(stderr, "that was: %s\n", s.name);
		good = good && as_said;
	}
	return good;
}

static bool alone(const void *fn)
{
	return machine_alone(*(void (*const *)(void *))fn, NULL);
}

int main(int argc, char **argv)
{
	static void (*const can)(void *) = what_it_can, (*const length)(void *) = too_long;
	static void (*const same)(void *) = the_same_address;
	const struct test tests[] = {
		{ "the_right_script", all_stories, NULL },
		{ "says_what_it_can", alone, &can },
		{ "what_servers_say", all_settings, NULL },
		{ "a_class_too_long", alone, &length },
		{ "the_same_address", alone, &same },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
