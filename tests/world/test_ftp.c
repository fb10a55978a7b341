/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FTP servers, good and bad: ways of their own, and conversations and files that end, stall or turn to garbage after
 * each byte.  Each download ends in the right bytes or in a sentence, within its budget.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "services/fetch/fetch_policy.h"
#include "services/http/auth.h"
#include "tests/world/asker.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/far_ftp.h"
#include "tests/world/machine.h"

/* ---- ways of their own ---- */

#define SAYS(command, reply) { .verb = command, .says = reply }
#define EVERY(us, command, reply) { .verb = command, .says = reply, .again_us = us }

#define SLOW "has not sent its answer whole within 20 s (fetch.response-timeout)"

static const struct way {
	const char *name, *url;		/* NULL: "file" */
	struct far_ftp_rule rules[4];
	int err;			/* 0: the file */
	const char *says;
	unsigned within_s;		/* with all tries; 0: ten */
	size_t len;			/* 0: FAR_FILE_LEN */
} ways[] = {
	{ .name = "usual" },
	{ "small", .url = "ftp://files.test/small", .len = FAR_FTP_FILE_LEN },
	{ "user", .url = "ftp://op:p%40w@files.test/file" },
	{ "no EPSV", .rules = { SAYS("EPSV", "500 what?\r\n") } },
	{ "no SIZE", .rules = { SAYS("SIZE", "502 what?\r\n"), SAYS("MDTM", "502 what?\r\n") } },
	{ "many lines", .rules = { SAYS("", "220-a\r\n220-b\r\n 220 c\r\n530 d\r\n220 e\r\n"),
				SAYS("PASS", "230-x\r\n\r\n230 y\r\n") } },
	{ "soon", .rules = { SAYS("", "120 soon\r\n220 now\r\n") } },
	{ "no last word", .rules = { SAYS("226", "") } },
	{ "missing", .url = "ftp://files.test/nothing",
	  .err = -ENOENT, .says = "10.0.0.1:21 says: 550 No such file; check the path" },
	{ "wrong password", .url = "ftp://op:wrong@files.test/file",
	  .err = -EACCES, .says = "says: 530 Login incorrect.; it wants a user and a password" },
	{ "busy", .rules = { SAYS("", "421 too many\r\n") },
	  .err = -EIO, .says = "says: 421 too many", .within_s = 60 },
	{ "other service", .rules = { SAYS("", "SSH-2.0-OpenSSH_9.2\r\n") },
	  .err = -EPROTO, .says = "does not speak FTP: \"SSH-2.0-OpenSSH_9.2\"" },
	{ "bounce", .rules = { SAYS("EPSV", "500\r\n"), SAYS("PASV", "227 (10,9,0,1,4,1)\r\n") },
	  .err = -EXDEV, .says = "another machine, where none is fetched (FTP bounce): 227 (10,9,0,1,4,1)" },
	{ "bounce by EPSV", .rules = { SAYS("EPSV", "229 (|1|10.9.0.1|1025|)\r\n") },
	  .err = -EXDEV, .says = "another machine, where none is fetched (FTP bounce)" },
	{ "no port", .rules = { SAYS("EPSV", "229 here\r\n") },
	  .err = -EPROTO, .says = "names no port for its file" },
	{ "closed port", .rules = { SAYS("EPSV", "229 (|||9|)\r\n") },
	  .err = -ECONNREFUSED, .says = "names port 9 for its file, and there: ", .within_s = 120 },
	{ "silent", .rules = { SAYS("", "") },
	  .err = -ETIMEDOUT, .says = "took the connection but says nothing", .within_s = 700 },
	{ "stops answering", .rules = { SAYS("SIZE", "") },
	  .err = -ETIMEDOUT, .says = SLOW, .within_s = 200 },
	{ "drips a welcome", .rules = { EVERY(SECOND, "", "220-x\r\n") },
	  .err = -ETIMEDOUT, .says = SLOW, .within_s = 200 },
	{ "drips a line", .rules = { EVERY(9 * SECOND, "PASS", "2") },
	  .err = -ETIMEDOUT, .says = SLOW, .within_s = 200 },
	{ "pours a welcome", .rules = { EVERY(100, "", "220-and so on, and so on\r\n") },
	  .err = -EPROTO, .says = "says more than 64 KiB", .within_s = 60 },
	{ "pours a line", .rules = { EVERY(100, "TYPE", "200 and so on, and so on") },
	  .err = -EPROTO, .says = "says more than 64 KiB", .within_s = 60 },
	{ "never comes", .rules = { SAYS("RETR", "150 wait\r\n"), SAYS("EPSV", "229 (|||1025|)\r\n") },
	  .err = -ECONNRESET, .says = "reset the connection after 0 of 20000 bytes", .within_s = 120 },
	{ "said too little", .rules = { SAYS("SIZE", "213 100\r\n") },
	  .err = -EPROTO, .says = "sends more than the 100 bytes that it said", .within_s = 120 },
	{ "said too much", .rules = { SAYS("SIZE", "213 30000\r\n") },
	  .err = -EPIPE, .says = "ended the file early after 20000 of 30000 bytes", .within_s = 120 },
	{ "said far too much", .rules = { SAYS("SIZE", "213 18446744073709551614\r\n") },
	  .err = -ENOMEM, .says = "of memory are free in one piece" },
	{ "a size that is none", .rules = { SAYS("SIZE", "213 99999999999999999999999\r\n") } },
	{ "line in a path", .url = "ftp://files.test/a%0d%0aDELE%20file",
	  .err = -EINVAL, .says = "an end of line in it" },
	{ "folder of a user", .url = "ftp://files.test/",
	  .err = -EINVAL, .says = "FTP knows no path that is empty" },
};

static void one_way(const void *row)
{
	const struct way *w = row;
	far_gateway = 0x0a000001;
	memcpy(far_ftp.rules, w->rules, sizeof(w->rules));
	asker_start();
	asker_fetch(w->url ? w->url : "ftp://files.test/file", 2000);
	if (w->err)
		asker_failed(w->err, w->says);
	asker_ended(w->len ? w->len : FAR_FILE_LEN, w->within_s ? w->within_s : 10);
	CHECK_INT(far_ftp.elsewhere, strcmp(w->name, "never comes") ? 0 : asked.status.tries + 1);
	/* and the next one gets what it wants */
	memset(far_ftp.rules, 0, sizeof(far_ftp.rules));
	asker_fetch("ftp://files.test/file", 60);
	asker_has(FAR_FILE_LEN);
	asker_leaves_nothing();
}

/* ---- who asks ---- */

/* The settings' user comes where anonymous is not let in, and not before. */
static void login_by_settings(const void *row)
{
	(void)row;
	asker_start();
	CHECK(http_login_set("op", "wrong"));
	asker_fetch("ftp://files.test/file", 60);
	asker_has(FAR_FILE_LEN);
	far_ftp.closed = true;
	asker_fetch("ftp://files.test/file", 60);
	asker_failed(-EACCES, "530 Login incorrect.");
	CHECK(http_login_set("op", "p@w"));
	asker_fetch("ftp://files.test/file", 60);
	asker_has(FAR_FILE_LEN);
	CHECK_INT(asked.status.tries, 0);
}

/* ---- after each byte ---- */

/* Goes on where it was broken off, and only if it is the same file still. */
static void resumes(const void *row)
{
	static const struct far_ftp_rule no_rest = SAYS("REST", "502 what?\r\n");
	(void)row;
	asker_start();
	far_ftp.how = FAR_CLOSE;
	far_ftp.data_at = 15000;
	far_ftp.times = 1;
	asker_fetch("ftp://files.test/file", 60);
	asker_has(FAR_FILE_LEN);
	CHECK_INT(asked.status.resumed, 15000);
	CHECK_INT(far_ftp.rests, 1);
	far_ftp.written_after = 2;		/* that of the second try */
	far_ftp.times = 1;
	asker_fetch("ftp://files.test/file", 60);
	asker_has(FAR_FILE_LEN);
	CHECK_INT(far_ftp.written, 1);
	CHECK_INT(asked.status.tries, 1);
	CHECK_INT(asked.status.resumed, 0);
	CHECK_INT(far_ftp.rests, 1);
	far_ftp.rules[0] = no_rest;
	far_ftp.times = 1;
	asker_fetch("ftp://files.test/file", 60);
	CHECK(asked.err < 0 || asked.len == FAR_FILE_LEN);	/* this one sends from there all the same */
}

/* Folders, by MLSD and by LIST; a conversation that is cut begins anew. */
static void lists(const void *row)
{
	char whole[sizeof(asked.text)];
	(void)row;
	asker_start();
	asker_list("ftp://files.test/pub/", 60);
	CHECK(!asked.err && strstr(asked.text, "#ftp\ntype=cdir; .\r\ntype=dir; boot\r\n") == asked.text);
	far_ftp.no_mlsd = true;
	asker_list("ftp://files.test/pub", 60);
	CHECK(!asked.err && strstr(asked.text, "#ftp\ntotal 4\r\ndrwx") == asked.text);
	strcpy(whole, asked.text);
	size_t said = far_ftp.said;
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < said; i += 3) {
			far_ftp.control_at = i;
			far_ftp.how = how;
			far_ftp.times = 1;
			asker_list("ftp://files.test/pub", 3000);
			CHECK(asked.took_us <= 700 * SECOND);
			CHECK(asked.err ? *asked.status.cause.what && how == FAR_GARBAGE :
			      how == FAR_GARBAGE || !strcmp(asked.text, whole));
			far_ftp.times = 0;
		}
	far_ftp.control_at = SIZE_MAX;
	/* and where it breaks off amid the lines; one that calls a part of them all is believed */
	for (enum far_how how = FAR_RESET; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i + strlen("#ftp\n") < strlen(whole); i++) {
			far_ftp.data_at = i;
			far_ftp.how = how;
			far_ftp.times = 1;
			asker_list("ftp://files.test/pub", 100);
			CHECK(!asked.err && !strcmp(asked.text, whole));
		}
	far_ftp.data_at = SIZE_MAX;
	asker_list("ftp://files.test/none/", 60);
	asker_failed(-ENOENT, "says: 550 Failed to change directory.; check the path");
	asker_leaves_nothing();
}

/* From one byte of the conversation to the next, for each way to end. */
static void each_byte(size_t *at, size_t end, unsigned times, unsigned step)
{
	for (enum far_how how = FAR_CLOSE; how <= FAR_GARBAGE; how++)
		for (size_t i = 0; i < end; i += step) {
			*at = i;
			far_ftp.how = how;
			far_ftp.times = times;
			asker_fetch("ftp://files.test/small", 3000);
			/* six tries, each as long as patience lets it be, and pauses */
			asker_ended(FAR_FTP_FILE_LEN, times == 1 ? 60 : 700);
			if (times == 1 && how != FAR_GARBAGE)
				asker_has(FAR_FTP_FILE_LEN);
			far_ftp.times = 0;
		}
	*at = SIZE_MAX;
	asker_fetch("ftp://files.test/small", 60);
	asker_has(FAR_FTP_FILE_LEN);
	asker_leaves_nothing();
}

static void conversation_once(const void *row)
{
	(void)row;
	asker_start();
	asker_fetch("ftp://files.test/small", 60);
	CHECK(far_ftp.said > 100);
	each_byte(&far_ftp.control_at, far_ftp.said, 1, 1);
}

static void conversation_always(const void *row)
{
	(void)row;
	asker_start();
	asker_fetch("ftp://files.test/small", 60);
	each_byte(&far_ftp.control_at, far_ftp.said, 1000, 17);
}

static void file_once(const void *row)
{
	(void)row;
	asker_start();
	each_byte(&far_ftp.data_at, FAR_FTP_FILE_LEN, 1, 1);
}

static void file_always(const void *row)
{
	(void)row;
	asker_start();
	each_byte(&far_ftp.data_at, FAR_FTP_FILE_LEN, 1000, 33);
}

static const struct story {
	const char *name;
	void (*play)(const void *row);
} stories[] = {
	{ "login by settings", login_by_settings }, { "resumes", resumes }, { "lists", lists },
	{ "conversation, once", conversation_once }, { "conversation, always", conversation_always },
	{ "file, once", file_once }, { "file, always", file_always },
};

static void one_story(const void *row)
{
	((const struct story *)row)->play(row);
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	int failed = machine_rows(one_way, ways, sizeof(ways[0]), sizeof(ways) / sizeof(ways[0]), only);
	int more = machine_rows(one_story, stories, sizeof(stories[0]), sizeof(stories) / sizeof(stories[0]), only);
	return only ? failed && more : failed || more;
}
