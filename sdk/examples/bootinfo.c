/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of Deter's and Emulab's bootinfo servers: asks what this machine is to boot, and does it.
 *
 *	run http://boss/bootinfo.umod ${next-server} || goto rescue
 *
 * bootinfo SERVER [KEY].  Asks with growing pauses until an answer comes that is one: from that server, of the right
 * length, version and opcode, with a good status.  While it waits it takes orders.  A key within the first three
 * seconds gives a prompt for the loader's commands, on every console.
 */
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <undine.h>
#include <unistd.h>

#define SERVER_PORT 6969
#define ORDER_PORT 6970		/* orders nobody asked for come from there */
#define CLIENT_PORT 9696	/* answers come to there, wherever was asked from */
#define KEY_WINDOW_MS 3000
#define PAUSE_FIRST_MS 1000
#define PAUSE_MOST_MS 60000
#define WAIT_MS 600000		/* one that is to wait asks again after this */

enum { REQUEST = 1, REPLY, ACK, ORDER, INFO, KEYED_REQUEST };
enum { PART = 1, SYSID, MB, WAIT, REBOOT, AUTO, MFS, RESTART, DISKPART };

/* On the wire as it lies here, little-endian. */
struct boot_info {
	int16_t version, opcode;
	int32_t status;
	char data[512];
};

struct boot_what {
	int16_t flags;			/* 1: there is a command line */
	int16_t type;
	union {
		int32_t partition;
		struct {
			int32_t disk, partition;
		} at;
		struct {
			uint8_t addr[4];
			char name[256];
		} mb;
		char path[256];
	} what;
	char command_line[248];
};
_Static_assert(sizeof(struct boot_info) == 520 && sizeof(struct boot_what) == 512, "the wire's");

static struct sockaddr_in server;
static const char *key;
static int fd;

static int find_server(const char *name)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *list;
	int err = getaddrinfo(name, NULL, &hints, &list);
	if (err) {
		fprintf(stderr, "bootinfo: %s: %s\n", name, gai_strerror(err));
		return -1;
	}
	memcpy(&server, list->ai_addr, sizeof server);
	server.sin_port = htons(SERVER_PORT);
	freeaddrinfo(list);
	return 0;
}

static int open_socket(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(CLIENT_PORT) };
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0) {
		perror("bootinfo");
		return -1;
	}
	return 0;
}

static void ask(void)
{
	struct boot_info b = { .version = 1, .opcode = key ? KEYED_REQUEST : REQUEST };
	if (key)
		snprintf(b.data, sizeof b.data, "%s", key);
	if (sendto(fd, &b, sizeof b, 0, (struct sockaddr *)&server, sizeof server) < 0)
		perror("bootinfo: asking");
}

/* Is it an answer, or an order?  Others are named, for whoever has to find out. */
static int is_good(const struct boot_info *b, ssize_t len, const struct sockaddr_in *from, int asked)
{
	unsigned port = ntohs(from->sin_port);
	const char *why = NULL;
	if (from->sin_addr.s_addr != server.sin_addr.s_addr || (port != SERVER_PORT && port != ORDER_PORT))
		why = "is not from the server";
	else if (len != sizeof *b)
		why = "has another length";
	else if (b->version != 1)
		why = "is of another version";
	else if (b->opcode != ORDER && !(b->opcode == REPLY && asked))
		why = "is neither an answer nor an order";
	else if (b->status)
		why = "says that the server has failed";
	if (why)
		printf("bootinfo: what came from %s:%u %s\n", inet_ntoa(from->sin_addr), port, why);
	return !why;
}

/* An answer or an order within that time: 1, else 0. */
static int await(struct boot_what *w, int ms, int asked)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	int64_t until = now.tv_sec * 1000ll + now.tv_nsec / 1000000 + ms;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct {
			struct boot_info b;
			char more;		/* so that one that is too long is seen to be so */
		} got;
		struct sockaddr_in from;
		socklen_t from_len = sizeof from;
		clock_gettime(CLOCK_MONOTONIC, &now);
		int64_t left = until - (now.tv_sec * 1000ll + now.tv_nsec / 1000000);
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return 0;
		ssize_t len = recvfrom(fd, &got, sizeof got, 0, (struct sockaddr *)&from, &from_len);
		if (len < 0 || !is_good(&got.b, len, &from, asked))
			continue;
		memcpy(w, got.b.data, sizeof *w);
		if (w->type == MB)
			w->what.mb.name[sizeof w->what.mb.name - 1] = '\0';
		if (w->type == MFS)
			w->what.path[sizeof w->what.path - 1] = '\0';
		w->command_line[w->flags & 1 ? sizeof w->command_line - 1 : 0] = '\0';
		return 1;
	}
}

/* Until the server has said what to do. */
static void ask_until_answered(struct boot_what *w)
{
	int pause = PAUSE_FIRST_MS;
	for (;;) {
		uint16_t chance = 0;
		undine_random(&chance, sizeof chance);
		ask();
		/* not all machines of a rack at once */
		if (await(w, pause + chance % (pause / 4), 1))
			return;
		printf("bootinfo: %s does not answer; asking again\n", inet_ntoa(server.sin_addr));
		pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
	}
}

/* ---- what it may say ---- */

static int run(const char *command, const char *base, const char *name, const char *arguments)
{
	char line[1000];
	if (snprintf(line, sizeof line, "%s %s%s%s%s", command, base, name, *arguments ? " " : "", arguments) >=
	    (int)sizeof line)
		return -1;
	printf("bootinfo: %s\n", line);
	return undine_run(line);
}

static int boot_mfs(const struct boot_what *w)
{
	if (run("kernel", w->what.path, "/bzImage", w->command_line))
		return -1;
	if (run("initrd", w->what.path, "/rootfs.cpio.gz", "") && run("initrd", w->what.path, "/rootfs.cpio", ""))
		return -1;
	return undine_run("boot");
}

static int boot_mb(const struct boot_what *w)
{
	char base[40];
	const uint8_t *a = w->what.mb.addr;
	snprintf(base, sizeof base, "tftp://%u.%u.%u.%u/", a[0], a[1], a[2], a[3]);
	if (run("kernel", strstr(w->what.mb.name, "://") ? "" : base, w->what.mb.name, w->command_line))
		return -1;
	return undine_run("boot");
}

static int boot_disk(int disk, int partition)
{
	printf("bootinfo: disk %d, partition %d\n", disk & 0x7f, partition);
	return undine_boot_disk((unsigned)disk & 0x7f, (unsigned)partition);
}

/* Orders are awaited; 1: one has come, in *w. */
static int wait_for_order(struct boot_what *w)
{
	printf("bootinfo: waiting, as the server says\n");
	return await(w, WAIT_MS, 0);
}

/* Comes back when there is something to be asked again. */
static void act(struct boot_what *w)
{
	int err = 0, ordered;
	do {
		ordered = 0;
		switch (w->type) {
		case PART:
			err = boot_disk(0, w->what.partition);
			break;
		case DISKPART:
			err = boot_disk(w->what.at.disk, w->what.at.partition);
			break;
		case MB:
			err = boot_mb(w);
			break;
		case MFS:
			err = boot_mfs(w);
			break;
		case WAIT:
			ordered = wait_for_order(w);
			break;
		case REBOOT:
			undine_reboot();
			break;
		case AUTO:
		case RESTART:
			sleep(PAUSE_FIRST_MS / 1000);	/* a server that says so again and again is not flooded */
			break;
		default:
			printf("bootinfo: the server says %d, which is not known here\n", w->type);
			err = -1;
		}
	} while (ordered);
	if (err) {
		printf("bootinfo: that has failed; asking again\n");
		sleep(PAUSE_FIRST_MS / 1000);
	}
}

/* Lines for the loader, until one is empty. */
static void prompt(void)
{
	char line[256];
	printf("bootinfo: commands of the loader; an empty line goes on\n");
	for (;;) {
		printf("bootinfo> ");
		fflush(stdout);
		if (!fgets(line, sizeof line, stdin) || line[0] == '\n')
			return;
		line[strcspn(line, "\n")] = '\0';
		undine_run(line);
	}
}

int main(int argc, char **argv)
{
	struct boot_what w;
	if (argc < 2) {
		fprintf(stderr, "usage: bootinfo SERVER [KEY]\n");
		return 2;
	}
	key = argc > 2 ? argv[2] : NULL;
	if (find_server(argv[1]) < 0 || open_socket() < 0)
		return 1;
	undine_progress("bootinfo: a key within three seconds gives a prompt");
	int pressed = undine_key(KEY_WINDOW_MS);
	undine_progress("");
	if (pressed >= 0)
		prompt();
	for (;;) {
		ask_until_answered(&w);
		act(&w);
	}
}
