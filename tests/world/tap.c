/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tap DEVICE COUNT FOLDER [ARGUMENTS [SETTING...]]: COUNT whole loaders as processes of the
 * host, in real time, on a tap: one process is one machine (pc.h), with the MAC
 * 02:00:00:00:01:N and its log in FOLDER/N.log; SETTINGs are the file's,
 * "!NAME=VALUE" where final.  This process is the switch
 * between them and the tap; it knows, as such switches do, whom DHCP's and ARP's
 * broadcasts are for, so that hundreds of machines are not woken by each.
 * Prints, when one has ended, "N booted", "N exited STATUS" or "N failed"; ends
 * when all have.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/log.h"
#include "net/bytes.h"
#include "net/netdev.h"
#include "tests/world/check.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define MACHINES_MAX 250
#define BURST 64
/* A card with nothing new is asked so often, the more seldom the more of them there are; what comes ends the rest. */
#define REST_US (10000u + count * 1000)
#define FRAME_MAX 2048
#define HELD 512			/* frames that the switch keeps for a machine that the host does not let run */

/* ---- a machine ---- */

static int wire;			/* to the switch, frame by frame */
static unsigned count;			/* of machines */

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void rest(uint64_t until_us)
{
	uint64_t at = now(), us = until_us > at ? until_us - at : 0;
	struct timespec t = { .tv_nsec = (long)(us < 1000 ? 1000 : us < REST_US ? us : REST_US) * 1000 };
	ppoll(&(struct pollfd){ .fd = wire, .events = POLLIN }, 1, &t, NULL);
}

static int card_open(struct netdev *dev)
{
	dev->link_up = true;
	return 0;
}

static void card_close(struct netdev *dev)
{
	dev->link_up = false;
}

static unsigned card_poll(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	char frame[FRAME_MAX];
	unsigned n = 0;
	for (ssize_t len; n < BURST && (len = recv(wire, frame, sizeof(frame), MSG_DONTWAIT)) > 0; n++)
		if (dev->link_up)
			deliver(ctx, dev, frame, (size_t)len);
	if (!n)
		rest(now() + REST_US);
	return n;
}

static int card_transmit(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	return send(wire, frame, len, MSG_DONTWAIT) < 0 ? -ENOBUFS : 0;
}

static uint8_t bcd(int n)
{
	return (uint8_t)(n / 10 % 10 << 4 | n % 10);
}

/* The host's time. */
static void set_clock_chip(void)
{
	time_t t = time(NULL);
	const struct tm *now_is = gmtime(&t);
	const int values[] = { [0] = now_is->tm_sec, [2] = now_is->tm_min, [4] = now_is->tm_hour,
			       [7] = now_is->tm_mday, [8] = now_is->tm_mon + 1, [9] = now_is->tm_year };
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		pc_clock_chip[i] = bcd(values[i]);
}

static _Noreturn void be_machine(unsigned number, const char *folder, const char *args)
{
	static const struct netdev_ops ops = {
		.open = card_open, .close = card_close, .poll = card_poll, .transmit = card_transmit,
	};
	static struct netdev card = { .ops = &ops, .name = "net0", .mac = { 2, 0, 0, 0, 1 }, .mtu = 1500 };
	char path[512];
	card.mac[5] = (uint8_t)number;
	snprintf(path, sizeof(path), "%s/%u.log", folder, number);
	CHECK(freopen(path, "w", stderr));
	setvbuf(stderr, NULL, _IOLBF, 0);	/* what is ended from outside has said where it was */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	machine_clock = now;
	machine_rest = rest;
	machine_echo = true;
	machine_chance = (uint32_t)now() * 256 + number;
	set_clock_chip();
	pc_start_with(&card, args);
	machine_run(pc_ended, 0);
	fflush(stderr);
	_exit(pc_end == PC_BOOTED ? 200 : pc_end == PC_EXITED ? pc_status & 127 : 201);
}

/* ---- the switch ---- */

static struct {
	pid_t pid;			/* 0: it has ended */
	int wire;
	uint32_t ip;			/* as its ARP says; 0: not known */
	struct held {
		size_t len;
		uint8_t frame[];
	} *held[HELD];
	unsigned first, waiting;
} machines[MACHINES_MAX + 1];
static unsigned running;

static int open_tap(const char *device)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", device);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0) {
		perror(device);
		exit(2);
	}
	return fd;
}

#define ALL (MACHINES_MAX + 1)
#define NONE 0u				/* of the machines */
#define DHCP_CLIENT_MAC (14 + 20 + 8 + 28)	/* in a frame */

/* The machine with that MAC, or NONE. */
static unsigned machine_of(const uint8_t *mac)
{
	static const uint8_t ours[5] = { 2, 0, 0, 0, 1 };
	return !memcmp(mac, ours, 5) && mac[5] <= count ? mac[5] : NONE;
}

static unsigned machine_at(uint32_t ip)
{
	for (unsigned n = 1; n <= count; n++)
		if (machines[n].ip == ip)
			return n;
	return NONE;
}

/* Which of the machines a broadcast is for. */
static unsigned meant(unsigned from, const uint8_t *frame, size_t len)
{
	bool arp = len >= 42 && get_be16(frame + 12) == 0x806;
	bool udp = len >= 42 && get_be16(frame + 12) == 0x800 && frame[14] == 0x45 && frame[23] == 17;
	if (arp && from && get_be32(frame + 28))
		machines[from].ip = get_be32(frame + 28);
	if (arp && machine_at(get_be32(frame + 38)))
		return machine_at(get_be32(frame + 38));
	if (udp && get_be16(frame + 36) == 67)
		return NONE;
	if (udp && get_be16(frame + 36) == 68 && len >= DHCP_CLIENT_MAC + 6)
		return machine_of(frame + DHCP_CLIENT_MAC);
	return ALL;
}

static bool take(unsigned n, const uint8_t *frame, size_t len)
{
	return send(machines[n].wire, frame, len, MSG_DONTWAIT) >= 0;
}

/* To a machine, or, while that is full, behind what waits for it; what has no room there either is lost. */
static void give(unsigned n, const uint8_t *frame, size_t len)
{
	struct held *h;
	if ((!machines[n].waiting && take(n, frame, len)) || machines[n].waiting == HELD)
		return;
	CHECK(h = malloc(sizeof(*h) + len));
	h->len = len;
	memcpy(h->frame, frame, len);
	machines[n].held[(machines[n].first + machines[n].waiting++) % HELD] = h;
}

static void give_held(unsigned n)
{
	for (struct held *h; machines[n].waiting; machines[n].waiting--) {
		h = machines[n].held[machines[n].first];
		if (machines[n].pid && !take(n, h->frame, h->len))
			break;
		free(h);
		machines[n].first = (machines[n].first + 1) % HELD;
	}
}

/* A frame to one of the machines goes there, one to a group to those it is for: false if the tap is to have it, too. */
static bool pass_on(unsigned from, const uint8_t *frame, ssize_t len)
{
	bool group = frame[0] & 1;
	unsigned to = group ? meant(from, frame, (size_t)len) : machine_of(frame);
	for (unsigned n = to == ALL ? 1 : to; n && n <= (to == ALL ? count : to); n++)
		if (n != from && machines[n].pid)
			give(n, frame, (size_t)len);
	return !group && to != NONE;
}

/* polled[0] is the tap, polled[n] machine n */
static void forward(const struct pollfd *polled)
{
	uint8_t frame[FRAME_MAX];
	int tap = polled[0].fd;
	ssize_t len;
	for (unsigned i = 0; i < BURST && (len = read(tap, frame, sizeof(frame))) > 14; i++)
		pass_on(0, frame, len);
	for (unsigned n = 1; n <= count; n++)
		for (unsigned i = 0; i < BURST && polled[n].revents; i++) {
			len = recv(machines[n].wire, frame, sizeof(frame), MSG_DONTWAIT);
			if (len <= 14)
				break;
			if (!pass_on(n, frame, len) && write(tap, frame, (size_t)len) < 0)
				break;
		}
}

static void note_ends(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned n = 1; n <= count; n++) {
			if (machines[n].pid != pid)
				continue;
			machines[n].pid = 0;
			running--;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 200)
				printf("%u booted\n", n);
			else if (WIFEXITED(status) && WEXITSTATUS(status) < 128)
				printf("%u exited %d\n", n, WEXITSTATUS(status));
			else
				printf("%u failed\n", n);
		}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd polled[MACHINES_MAX + 1];
	int pair[2];
	count = argc > 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	if (!count || count > MACHINES_MAX) {
		fprintf(stderr, "usage: tap DEVICE COUNT FOLDER [ARGUMENTS [SETTING...]]\n");
		return 2;
	}
	for (int i = 5; i < argc; i++)
		pc_file_setting(argv[i]);
	polled[0] = (struct pollfd){ .fd = open_tap(argv[1]), .events = POLLIN };
	for (unsigned n = 1; n <= count; n++) {
		CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
		machines[n].wire = pair[0];
		machines[n].pid = fork();
		if (!machines[n].pid) {
			wire = pair[1];
			be_machine(n, argv[3], argc > 4 ? argv[4] : NULL);
		}
		close(pair[1]);
		running++;
		polled[n] = (struct pollfd){ .fd = pair[0], .events = POLLIN };
	}
	while (running) {
		poll(polled, count + 1, 100);
		forward(polled);
		note_ends();
		for (unsigned n = 1; n <= count; n++) {
			give_held(n);
			polled[n].fd = machines[n].pid ? polled[n].fd : -1;
			polled[n].events = machines[n].waiting ? POLLIN | POLLOUT : POLLIN;
		}
	}
	return 0;
}
