/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sdk/examples/bootinfo.c as it is, against a server that is played, on a clock that is played: what it says to the
 * loader, and when.  What the socket, the clock and the console are to a module is given by macros below.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <undine.h>
#include <unistd.h>

#define HERE "10.0.0.1"
#define ELSEWHERE "10.0.0.2"
#define HOUR_MS 3600000u
#define SENT_MAX 8192u
#define QUESTIONS 256u

int bootinfo_main(int argc, char **argv);
static int has_come(struct pollfd *fds, nfds_t count, int ms);
static ssize_t take(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);
static ssize_t give(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len);
static int time_now(clockid_t clock, struct timespec *t);
static unsigned rest(unsigned s);
static int take_port(int fd, const struct sockaddr *addr, socklen_t len);
static char *typed_line(char *line, int len, FILE *from);
static int said(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define main bootinfo_main
#define poll has_come
#define recvfrom take
#define sendto give
#define clock_gettime time_now
#define sleep rest
#define bind take_port
#define fgets typed_line
#define printf said
#include "sdk/examples/bootinfo.c"
#undef main
#undef printf

/* What comes, in order of time. */
static struct datagram {
	uint64_t at_ms;
	const char *from;
	unsigned port;
	size_t len;
	uint8_t bytes[1024];
} sent[8];
static unsigned sent_count, sent_at;

static uint64_t now;
static uint64_t asked_ms[QUESTIONS];
static struct boot_info question[QUESTIONS];
static unsigned questions;
static void (*on_question)(unsigned n);		/* the server's answer to its n-th, from 1 */
static char told[SENT_MAX], shown[SENT_MAX];	/* the loader's commands, a line each; what is printed */
static const char *refuses;			/* a command that has this fails */
static uint64_t key_at;				/* 0: none is pressed */
static const char *const *lines;		/* that are typed; NULL: the end */
static uint16_t luck;
static jmp_buf booted;

static void note(char *to, const char *fmt, va_list ap)
{
	size_t len = strlen(to);
	vsnprintf(to + len, SENT_MAX - len, fmt, ap);
}

static int said(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	note(shown, fmt, ap);
	va_end(ap);
	return 0;
}

static int do_it(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int do_it(const char *fmt, ...)
{
	const char *last = told + strlen(told);
	va_list ap;
	va_start(ap, fmt);
	note(told, fmt, ap);
	va_end(ap);
	return refuses && strstr(last, refuses) ? 1 : 0;
}

int undine_run(const char *command)
{
	int err = do_it("%s\n", command);
	if (!err && !strcmp(command, "boot"))
		longjmp(booted, 1);
	return err;
}

int undine_boot_disk(unsigned disk, unsigned partition)
{
	int err = do_it("disk %u %u\n", disk, partition);
	if (!err)
		longjmp(booted, 1);
	return err;
}

int undine_reboot(void)
{
	do_it("reboot\n");
	longjmp(booted, 1);
}

int undine_progress(const char *line)
{
	(void)line;
	return 0;
}

int undine_key(int ms)
{
	if (key_at && key_at < now + (unsigned)ms) {
		now = key_at;
		return 'x';
	}
	now += (unsigned)ms;
	return -1;
}

int undine_random(void *buf, size_t len)
{
	assert_int_equal(len, sizeof(luck));
	memcpy(buf, &luck, sizeof(luck));
	return 0;
}

static int time_now(clockid_t clock, struct timespec *t)
{
	assert_int_equal(clock, CLOCK_MONOTONIC);
	*t = (struct timespec){ (time_t)(now / 1000), (long)(now % 1000) * 1000000 };
	return 0;
}

static unsigned rest(unsigned s)
{
	now += s * 1000ull;
	return 0;
}

static int take_port(int s, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	assert_int_equal(len, sizeof(*in));
	assert_int_equal(ntohs(in->sin_port), 9696);
	close(s);
	return 0;
}

static int has_come(struct pollfd *fds, nfds_t count, int ms)
{
	assert_int_equal(count, 1);
	assert_true(ms > 0 && fds->events == POLLIN);
	if (now > 3 * HOUR_MS)
		longjmp(booted, 2);
	if (sent_at < sent_count && sent[sent_at].at_ms <= now + (unsigned)ms) {
		now = now > sent[sent_at].at_ms ? now : sent[sent_at].at_ms;
		return 1;
	}
	now += (unsigned)ms;
	return 0;
}

static ssize_t take(int s, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	const struct datagram *d = &sent[sent_at++];
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)d->port) };
	(void)s;
	assert_true(!flags && sent_at <= sent_count && *from_len >= sizeof(in));
	inet_aton(d->from, &in.sin_addr);
	memcpy(from, &in, sizeof(in));
	*from_len = sizeof(in);
	memcpy(buf, d->bytes, d->len < len ? d->len : len);
	return (ssize_t)(d->len < len ? d->len : len);
}

static ssize_t give(int s, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)to;
	(void)s;
	(void)flags;
	assert_true(to_len == sizeof(*in) && ntohs(in->sin_port) == 6969 && in->sin_addr.s_addr == inet_addr(HERE));
	assert_int_equal(len, sizeof(struct boot_info));
	assert_true(questions < QUESTIONS);
	asked_ms[questions] = now;
	memcpy(&question[questions++], buf, len);
	if (on_question)
		on_question(questions);
	return (ssize_t)len;
}

static char *typed_line(char *line, int len, FILE *from)
{
	assert_true(from == stdin && *lines);
	snprintf(line, (size_t)len, "%s", *lines++);
	return line;
}

/* ---- the server ---- */

static struct datagram *send_at(uint64_t at_ms, const char *from, unsigned port, int opcode, const struct boot_what *w)
{
	struct boot_info b = { .version = 1, .opcode = (int16_t)opcode };
	struct datagram *d = &sent[sent_count++];
	assert_true(sent_count <= sizeof(sent) / sizeof(sent[0]));
	memcpy(b.data, w, sizeof(*w));
	*d = (struct datagram){ .at_ms = at_ms, .from = from, .port = port, .len = sizeof(b) };
	memcpy(d->bytes, &b, sizeof(b));
	return d;
}

static struct boot_what its_answer;

/* To each question, 20 ms later. */
static void answers(unsigned n)
{
	(void)n;
	sent_count = sent_at = 0;
	send_at(now + 20, HERE, SERVER_PORT, REPLY, &its_answer);
}

/* Until it boots: 1; 2: hours have passed. */
static int start(const char *with_key)
{
	char name[] = "bootinfo", host[] = HERE, word[64];
	char *argv[] = { name, host, with_key ? word : NULL, NULL };
	snprintf(word, sizeof(word), "%s", with_key ? with_key : "");
	int how = setjmp(booted);
	if (!how)
		assert_int_equal(bootinfo_main(with_key ? 3 : 2, argv), 0);
	return how;
}

static int begin(void **state)
{
	(void)state;
	now = 1000;
	sent_count = sent_at = questions = 0;
	told[0] = shown[0] = '\0';
	refuses = NULL;
	key_at = 0;
	luck = 0;
	on_question = answers;
	memset(&its_answer, 0, sizeof(its_answer));
	return 0;
}

/* ---- what it may say ---- */

static void boots(const char *as)
{
	assert_int_equal(start(NULL), 1);
	assert_string_equal(told, as);
	begin(NULL);
}

static void test_disks(void **state)
{
	(void)state;
	its_answer = (struct boot_what){ .type = PART, .what.partition = 2 };
	boots("disk 0 2\n");
	its_answer = (struct boot_what){ .type = PART };		/* the MBR */
	boots("disk 0 0\n");
	its_answer = (struct boot_what){ .type = DISKPART, .what.at = { 0x81, 3 } };
	boots("disk 1 3\n");
}

static void test_kernels(void **state)
{
	(void)state;
	its_answer = (struct boot_what){ .type = MB, .flags = 1, .what.mb = { { 10, 0, 0, 7 }, "/boot/kernel" },
					 .command_line = "-h one two" };
	boots("kernel tftp://10.0.0.7//boot/kernel -h one two\nboot\n");
	/* there is a line only where the flag says so */
	its_answer = (struct boot_what){ .type = MB, .what.mb.name = "http://boss/kernel", .command_line = "old" };
	boots("kernel http://boss/kernel\nboot\n");
}

static void test_ramdisks(void **state)
{
	(void)state;
	its_answer = (struct boot_what){ .type = MFS, .flags = 1, .what.path = "http://boss/images",
					 .command_line = "console=ttyS0" };
	boots("kernel http://boss/images/bzImage console=ttyS0\ninitrd http://boss/images/rootfs.cpio.gz\nboot\n");
	its_answer = (struct boot_what){ .type = MFS, .what.path = "http://boss/images" };
	refuses = ".gz";
	boots("kernel http://boss/images/bzImage\ninitrd http://boss/images/rootfs.cpio.gz\n"
	      "initrd http://boss/images/rootfs.cpio\nboot\n");
}

static void test_reboot(void **state)
{
	(void)state;
	its_answer = (struct boot_what){ .type = REBOOT };
	boots("reboot\n");
}

/* AUTO asks again, but does not keep the server busy. */
static void auto_then_disk(unsigned n)
{
	its_answer.type = n < 4 ? AUTO : PART;
	answers(n);
}

static void test_auto(void **state)
{
	(void)state;
	on_question = auto_then_disk;
	assert_int_equal(start(NULL), 1);
	assert_string_equal(told, "disk 0 0\n");
	assert_int_equal(questions, 4);
	for (unsigned i = 1; i < questions; i++)
		assert_true(asked_ms[i] - asked_ms[i - 1] >= 1000 && asked_ms[i] - asked_ms[i - 1] < 3000);
}

/* It is to wait; an hour later it is told what for, unasked, and does it at once. */
static void wait_an_hour(unsigned n)
{
	static const struct boot_what order = { .type = DISKPART, .what.at = { 0x80, 1 } };
	its_answer.type = WAIT;
	answers(n);
	send_at(1000 + HOUR_MS, HERE, ORDER_PORT, ORDER, &order);
}

static void test_waits_for_an_order(void **state)
{
	(void)state;
	on_question = wait_an_hour;
	assert_int_equal(start(NULL), 1);
	assert_string_equal(told, "disk 0 1\n");
	assert_int_equal(now, 1000 + HOUR_MS);
	assert_true(questions > 4 && questions < 8);	/* now and then it makes sure that the server still says so */
	assert_non_null(strstr(shown, "waiting, as the server says"));
}

/* What cannot be done, or is not known, is asked again. */
static void nonsense_then_disk(unsigned n)
{
	its_answer.type = n == 1 ? 77 : n == 2 ? MB : PART;
	answers(n);
}

static void test_asks_again(void **state)
{
	(void)state;
	on_question = nonsense_then_disk;
	refuses = "kernel";
	assert_int_equal(start(NULL), 1);
	assert_non_null(strstr(shown, "the server says 77, which is not known here"));
	assert_non_null(strstr(shown, "that has failed; asking again"));
	assert_non_null(strstr(told, "\ndisk 0 0\n"));
	assert_int_equal(questions, 3);
}

/* ---- a server that is silent, or another's words ---- */

static void test_growing_pauses(void **state)
{
	uint64_t first[QUESTIONS];
	(void)state;
	on_question = NULL;
	assert_int_equal(start(NULL), 2);
	memcpy(first, asked_ms, sizeof(first));
	unsigned n = questions;
	assert_int_equal(asked_ms[0], 4000);		/* the keys' three seconds */
	for (unsigned i = 1; i < n; i++) {
		uint64_t pause = asked_ms[i] - asked_ms[i - 1], least = i > 6 ? 60000 : 1000u << (i - 1);
		assert_true(pause >= least && pause <= least + least / 4);
	}
	assert_true(n > 20);
	begin(NULL);
	on_question = NULL;
	luck = 12345;					/* another machine of the rack */
	assert_int_equal(start(NULL), 2);
	for (unsigned i = 2; i < 10; i++)
		assert_true(asked_ms[i] != first[i]);
}

/* A wrong one each time; they would boot the disk.  The last is good. */
static void only_the_last_is_good(unsigned n)
{
	static const struct boot_what w = { .type = PART };
	static const struct boot_what good = { .type = DISKPART, .what.at = { 1, 1 } };
	struct datagram *d;
	(void)n;
	send_at(now + 1, ELSEWHERE, SERVER_PORT, REPLY, &w);
	send_at(now + 2, HERE, 4711, REPLY, &w);
	d = send_at(now + 3, HERE, SERVER_PORT, REPLY, &w);
	d->len--;
	d = send_at(now + 4, HERE, SERVER_PORT, REPLY, &w);
	d->len++;
	d = send_at(now + 5, HERE, SERVER_PORT, REPLY, &w);
	d->bytes[0] = 2;
	send_at(now + 6, HERE, SERVER_PORT, REQUEST, &w);
	d = send_at(now + 7, HERE, SERVER_PORT, REPLY, &w);
	d->bytes[4] = 1;
	send_at(now + 8, HERE, SERVER_PORT, REPLY, &good);
}

static void test_only_the_server(void **state)
{
	static const char *const why[] = {
		"10.0.0.2:6969 is not from the server", "10.0.0.1:4711 is not from the server", "another length",
		"another version", "neither an answer nor an order", "the server has failed",
	};
	(void)state;
	on_question = only_the_last_is_good;
	assert_int_equal(start(NULL), 1);
	assert_string_equal(told, "disk 1 1\n");
	assert_int_equal(questions, 1);
	for (unsigned i = 0; i < sizeof(why) / sizeof(why[0]); i++)
		assert_non_null(strstr(shown, why[i]));
	const char *length = strstr(shown, "another length");
	assert_non_null(strstr(length + 1, "another length"));
}

/* Texts without an end have one. */
static void test_texts_end(void **state)
{
	(void)state;
	its_answer = (struct boot_what){ .type = MB, .flags = 1 };
	memset(its_answer.what.mb.name, 'n', sizeof(its_answer.what.mb.name));
	memset(its_answer.command_line, 'l', sizeof(its_answer.command_line));
	assert_int_equal(start(NULL), 1);
	assert_int_equal(strcspn(told, "\n"), strlen("kernel tftp://0.0.0.0/ ") + 255 + 247);
}

/* ---- its console ---- */

static void test_a_key_gives_a_prompt(void **state)
{
	static const char *const typed[] = { "show net0/mac\n", "imgfetch nothing\n", "\n", NULL };
	(void)state;
	key_at = 2500;
	lines = typed;
	its_answer.type = PART;
	assert_int_equal(start(NULL), 1);
	assert_string_equal(told, "show net0/mac\nimgfetch nothing\ndisk 0 0\n");
	assert_non_null(strstr(shown, "bootinfo> "));
	assert_int_equal(asked_ms[0], 2500);
}

static void test_keyed(void **state)
{
	(void)state;
	its_answer.type = PART;
	assert_int_equal(start("the key"), 1);
	assert_int_equal(question[0].opcode, KEYED_REQUEST);
	assert_string_equal(question[0].data, "the key");
	begin(NULL);
	its_answer.type = PART;
	assert_int_equal(start(NULL), 1);
	assert_int_equal(question[0].opcode, REQUEST);
	assert_int_equal(question[0].version, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_disks, begin),
		cmocka_unit_test_setup(test_kernels, begin),
		cmocka_unit_test_setup(test_ramdisks, begin),
		cmocka_unit_test_setup(test_reboot, begin),
		cmocka_unit_test_setup(test_auto, begin),
		cmocka_unit_test_setup(test_waits_for_an_order, begin),
		cmocka_unit_test_setup(test_asks_again, begin),
		cmocka_unit_test_setup(test_growing_pauses, begin),
		cmocka_unit_test_setup(test_only_the_server, begin),
		cmocka_unit_test_setup(test_texts_end, begin),
		cmocka_unit_test_setup(test_a_key_gives_a_prompt, begin),
		cmocka_unit_test_setup(test_keyed, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
