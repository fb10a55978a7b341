/* SPDX-License-Identifier: BSD-2-Clause */
/* FTP's dialogue, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/ftp/ftp.h"

static struct ftp f;

static void start(void)
{
	const struct net_addr peer = net_addr_v4(0x0a000001);

	assert_int_equal(ftp_start(&f, "dir/file", FTP_FILE, &peer), 0);
}

/* The server says that; it is taken whole, and leads to... */
static enum ftp_step says(const char *text)
{
	size_t used, at = 0, len = strlen(text);
	enum ftp_step step = FTP_MORE;

	while (at < len && step == FTP_MORE) {
		step = ftp_input(&f, text + at, len - at, &used);
		at += used;
	}
	assert_int_equal(at, len);
	return step;
}

/* ... a command. */
static void answers(const char *text, const char *want)
{
	assert_int_equal(says(text), FTP_SEND);
	assert_memory_equal(f.out, want, strlen(want));
	assert_string_equal(f.out + strlen(want), "\r\n");
	assert_int_equal(f.out_len, strlen(want) + 2);
}

static void refuses(const char *text, int err, const char *why)
{
	assert_int_equal(says(text), FTP_REFUSED);
	assert_int_equal(f.err, err);
	assert_string_equal(f.why, why);
}

static void log_in(void)
{
	start();
	answers("220 ready\r\n", "USER anonymous");
	answers("331 password?\r\n", "PASS undine@");
	answers("230 in\r\n", "TYPE I");
	answers("200 binary\r\n", "SIZE dir/file");
}

/* Up to where a data connection is asked for. */
static void ask(const char *size, const char *time)
{
	log_in();
	answers(size, "MDTM dir/file");
	answers(time, "EPSV");
}

static void connects(const char *text, unsigned port, const char *then)
{
	assert_int_equal(says(text), FTP_CONNECT);
	assert_int_equal(f.port, port);
	assert_int_equal(ftp_connected(&f), FTP_SEND);
	assert_memory_equal(f.out, then, strlen(then));
}

static void test_whole(void **state)
{
	(void)state;
	ask("213 100\r\n", "213 20260101000000\r\n");
	assert_int_equal(f.size, 100);
	connects("229 Entering Extended Passive Mode (|||6446|)\r\n", 6446, "RETR dir/file\r\n");
	assert_int_equal(says("150 it comes\r\n"), FTP_TRANSFER);
	assert_int_equal(f.from, 0);
	assert_string_equal(f.version, "20260101000000 100");
	assert_int_equal(says("226 sent\r\n"), FTP_COMPLETE);
}

/* Lines of many kinds: none but the last ends a reply (RFC 959, 4.2). */
static void test_many_lines(void **state)
{
	(void)state;
	start();
	assert_int_equal(says("220-hello\r\n"), FTP_MORE);
	assert_int_equal(says("220-\n 220 no\r\n530 no\r\n221 no\r\n\r\n220\r\r\r2\r\n"), FTP_MORE);
	answers("220 yes\r\n", "USER anonymous");
	answers("230\r\n", "TYPE I");		/* without text, and without a password */
}

static void test_version(void **state)
{
	static const struct {
		const char *size, *time;
		unsigned from;
		const char *version;
	} rows[] = {
		{ "213 100\r\n", "213 20260101000000\r\n", 40, "20260101000000 100" },
		{ "213 101\r\n", "213 20260101000000\r\n", 0, "20260101000000 101" },
		{ "213 100\r\n", "213 20260101000001\r\n", 0, "20260101000001 100" },
		{ "213 100\r\n", "502 what?\r\n", 0, "" },
		{ "550 no\r\n", "213 20260101000000\r\n", 0, "" },
		{ "213 many\r\n", "213 20260101000000\r\n", 0, "" },
		{ "213 99999999999999999999\r\n", "213 20260101000000\r\n", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		log_in();
		f.from = 40;
		strcpy(f.version, "20260101000000 100");
		answers(rows[i].size, "MDTM dir/file");
		answers(rows[i].time, "EPSV");
		assert_int_equal(f.from, rows[i].from);
		assert_string_equal(f.version, rows[i].version);
	}
}

static void test_resume(void **state)
{
	(void)state;
	for (unsigned takes = 0; takes < 2; takes++) {
		log_in();
		f.from = 40;
		strcpy(f.version, "20260101000000 100");
		answers("213 100\r\n", "MDTM dir/file");
		answers("213 20260101000000\r\n", "EPSV");
		connects("229 (|||6446|)\r\n", 6446, "REST 40\r\n");
		answers(takes ? "350 from 40\r\n" : "502 what?\r\n", "RETR dir/file");
		assert_int_equal(says("125 it comes\r\n"), FTP_TRANSFER);
		assert_int_equal(f.from, takes ? 40 : 0);
	}
}

static void test_passive(void **state)
{
	static const struct {
		const char *says;
		unsigned port;			/* 0: refused */
		int err;
	} epsv[] = {
		{ "229 (|||1|)\r\n", 1, 0 }, { "229 (!!!65535!)\r\n", 65535, 0 },
		{ "229 x (|1|10.0.0.1|5|)\r\n", 5, 0 },
		{ "229 (|1|10.0.0.66|5|)\r\n", 0, -EXDEV }, { "229 (|1|10.0.0.11|5|)\r\n", 0, -EXDEV },
		{ "229 (|||0|)\r\n", 0, -EPROTO }, { "229 (|||65536|)\r\n", 0, -EPROTO },
		{ "229 (|||5\r\n", 0, -EPROTO },
		{ "229 (|||)\r\n", 0, -EPROTO }, { "229 (||\r\n", 0, -EPROTO },
		{ "229 (\r\n", 0, -EPROTO },
		{ "229 |||5|\r\n", 0, -EPROTO }, { "229 (|||-5|)\r\n", 0, -EPROTO },
		{ "229 (1111511)\r\n", 0, -EPROTO },
	}, pasv[] = {
		{ "227 Entering Passive Mode (10,0,0,1,25,46).\r\n", 6446, 0 }, { "227 10,0,0,1,25,46\r\n", 6446, 0 },
		{ "227 =0,0,0,0,25,46\r\n", 6446, 0 }, { "227 (10,0,0,66,25,46)\r\n", 0, -EXDEV },
		{ "227 (127,0,0,1,25,46)\r\n", 0, -EXDEV }, { "227 (10,0,0,1,256,46)\r\n", 0, -EPROTO },
		{ "227 (10,0,0,1,0,0)\r\n", 0, -EPROTO }, { "227 (10,0,0,1,25)\r\n", 0, -EPROTO },
		{ "227 10.0.0.1,25,46\r\n", 0, -EPROTO }, { "227\r\n", 0, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(epsv) / sizeof(epsv[0]); i++) {
		ask("213 100\r\n", "550 no\r\n");
		if (epsv[i].port) {
			connects(epsv[i].says, epsv[i].port, "RETR");
		} else {
			assert_int_equal(says(epsv[i].says), FTP_REFUSED);
			assert_int_equal(f.err, epsv[i].err);
		}
	}
	for (size_t i = 0; i < sizeof(pasv) / sizeof(pasv[0]); i++) {
		ask("213 100\r\n", "550 no\r\n");
		answers("500 what?\r\n", "PASV");
		if (pasv[i].port) {
			connects(pasv[i].says, pasv[i].port, "RETR");
		} else {
			assert_int_equal(says(pasv[i].says), FTP_REFUSED);
			assert_int_equal(f.err, pasv[i].err);
		}
	}
	ask("213 100\r\n", "550 no\r\n");
	answers("500 what?\r\n", "PASV");
	refuses("227 go to (10,0,0,66,25,46)\r\n", -EXDEV, "sends for its file to another machine, where none is "
		"fetched (FTP bounce): 227 go to (10,0,0,66,25,46)");
}

static void test_login(void **state)
{
	(void)state;
	start();
	f.user = "me";
	f.password = "secret";
	f.second_user = "op";
	f.second_password = "p@w";
	answers("220 ready\r\n", "USER me");
	answers("331 password?\r\n", "PASS secret");
	refuses("530 no\r\n", -EACCES, "says: 530 no; it wants a user and a password");
	start();			/* anonymous first, then who the settings say */
	f.second_user = "op";
	f.second_password = "p@w";
	answers("220 ready\r\n", "USER anonymous");
	answers("530 no\r\n", "USER op");
	answers("331 password?\r\n", "PASS p@w");
	refuses("530 no\r\n", -EACCES, "says: 530 no; it wants a user and a password");
	start();			/* nor does a password end a command */
	f.user = "me";
	f.password = "a\r\nDELE dir/file";
	answers("220 ready\r\n", "USER me");
	assert_int_equal(says("331 password?\r\n"), FTP_REFUSED);
	assert_int_equal(f.err, -EINVAL);
}

static void test_refusals(void **state)
{
	(void)state;
	start();
	assert_int_equal(says("421 too many\r\n"), FTP_AGAIN);
	assert_string_equal(f.why, "says: 421 too many");
	start();
	refuses("500 go away\r\n", -EIO, "says: 500 go away");
	start();
	refuses("SSH-2.0-OpenSSH\r\n", -EPROTO, "does not speak FTP: \"SSH-2.0-OpenSSH\"");
	ask("550 no\r\n", "550 no\r\n");
	connects("229 (|||6446|)\r\n", 6446, "RETR");
	refuses("550 \033[2Jno\r\n", -ENOENT, "says: 550 no; check the path");
	ask("213 5\r\n", "550 no\r\n");
	assert_int_equal(says("421 time is up\r\n"), FTP_AGAIN);
	ask("213 5\r\n", "550 no\r\n");
	connects("229 (|||6446|)\r\n", 6446, "RETR");
	assert_int_equal(says("150 it comes\r\n"), FTP_TRANSFER);
	assert_int_equal(says("426 broken\r\n"), FTP_AGAIN);
}

static void test_limits(void **state)
{
	char line[FTP_LINE_MAX * 2];
	unsigned said = 0;
	size_t used;

	(void)state;
	start();
	memset(line, 'x', sizeof(line));
	memcpy(line, "220 ", 4);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	answers(line, "USER anonymous");	/* a long line is read to its end */
	start();
	memcpy(line, "220-", 4);
	while (says(line) == FTP_MORE && ++said < 1000)
		if (said * strlen(line) > FTP_TALK_MAX - strlen(line))
			break;
	assert_int_equal(ftp_input(&f, line, strlen(line), &used), FTP_REFUSED);
	assert_string_equal(f.why, "says more than 64 KiB");
}

static void test_paths(void **state)
{
	const struct net_addr peer = net_addr_v4(0x0a000001);
	char path[FTP_PATH_MAX], longest[FTP_PATH_MAX + 1];

	(void)state;
	assert_int_equal(ftp_path("/dir/a%20b", path, sizeof(path)), 7);
	assert_string_equal(path, "dir/a b");
	assert_int_equal(ftp_path("/%2Fetc/motd;type=i", path, sizeof(path)), 9);
	assert_string_equal(path, "/etc/motd");
	assert_true(ftp_path("/a;type=image", path, sizeof(path)) > 0);
	assert_string_equal(path, "a;type=image");
	assert_int_equal(ftp_path("/a%00b", path, sizeof(path)), -EINVAL);
	assert_int_equal(ftp_start(&f, "", FTP_FILE, &peer), -EINVAL);
	assert_int_equal(ftp_start(&f, "a\r\nDELE b", FTP_FILE, &peer), -EINVAL);
	memset(longest, 'x', sizeof(longest));
	longest[FTP_PATH_MAX] = '\0';
	assert_int_equal(ftp_start(&f, longest, FTP_FILE, &peer), -ENAMETOOLONG);
	longest[FTP_PATH_MAX - 1] = '\0';
	assert_int_equal(ftp_start(&f, longest, FTP_FILE, &peer), 0);
}

/* Up to where a folder, or what it is, is asked about. */
static void ask_of(const char *path, enum ftp_want want, const char *then)
{
	const struct net_addr peer = net_addr_v4(0x0a000001);

	assert_int_equal(ftp_start(&f, path, want, &peer), 0);
	answers("220 ready\r\n", "USER anonymous");
	answers("230 in\r\n", "TYPE I");
	answers("200 binary\r\n", then);
}

static void test_folders(void **state)
{
	(void)state;
	ask_of("a b/-c/", FTP_FOLDER, "CWD a b/-c");
	answers("250 there\r\n", "EPSV");
	connects("229 (|||6446|)\r\n", 6446, "MLSD\r\n");
	assert_int_equal(says("150 it comes\r\n"), FTP_TRANSFER);
	assert_int_equal(says("226 sent\r\n"), FTP_COMPLETE);
	/* the login's own, and the root; without MLSD, once more by LIST, on a connection of its own */
	ask_of("", FTP_FOLDER, "EPSV");
	ask_of("/", FTP_FOLDER, "CWD /");
	answers("250 there\r\n", "EPSV");
	connects("229 (|||6446|)\r\n", 6446, "MLSD\r\n");
	answers("500 what?\r\n", "EPSV");
	connects("229 (|||6447|)\r\n", 6447, "LIST\r\n");
	assert_int_equal(says("502 nor that\r\n"), FTP_REFUSED);
	ask_of("no", FTP_FOLDER, "CWD no");
	refuses("550 Failed to change directory.\r\n", -ENOENT,
		"says: 550 Failed to change directory.; check the path");
}

static void test_facts(void **state)
{
	(void)state;
	ask_of("dir", FTP_FACTS, "SIZE dir");
	assert_int_equal(says("213 17\r\n"), FTP_KNOWN);
	assert_true(f.size == 17 && !f.folder);
	ask_of("dir", FTP_FACTS, "SIZE dir");
	answers("550 Could not get file size.\r\n", "CWD dir");
	assert_int_equal(says("250 there\r\n"), FTP_KNOWN);
	assert_true(f.folder);
	ask_of("dir", FTP_FACTS, "SIZE dir");
	answers("550 no\r\n", "CWD dir");
	refuses("550 no\r\n", -ENOENT, "says: 550 no; check the path");
	const struct net_addr peer = net_addr_v4(0x0a000001);

	assert_int_equal(ftp_start(&f, "", FTP_FACTS, &peer), 0);
	answers("220 ready\r\n", "USER anonymous");
	answers("230 in\r\n", "TYPE I");
	assert_int_equal(says("200 binary\r\n"), FTP_KNOWN);
	assert_true(f.folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_many_lines), cmocka_unit_test(test_version),
		cmocka_unit_test(test_resume), cmocka_unit_test(test_passive), cmocka_unit_test(test_login),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_limits), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_folders), cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
