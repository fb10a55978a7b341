/* SPDX-License-Identifier: BSD-2-Clause */
/* The command ntp.  See ntp_commands.h. */
#include "services/ntp/ntp_commands.h"

#include <errno.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dns/dns_commands.h"
#include "services/firmware/machine.h"
#include "services/ntp/ntp.h"
#include "services/stack/stack.h"

#define ADDRS 4
#define TRIES 5				/* at each address */
#define TRY_US 1500000u
#define SLICE_US 100000u

/* Reads what comes until an answer is among it: as ntp_answer(), or -ETIMEDOUT, -EINTR. */
static int await(int s, uint64_t cookie, int64_t *unix_s, char kiss[5])
{
	uint8_t packet[NTP_LEN + 200];	/* keys may follow */
	uint64_t until_us = clock_us() + TRY_US;
	for (;;) {
		int n, err;
		while ((n = sock_recv(net_stack(), s, packet, sizeof(packet))) > 0)
			if ((err = ntp_answer(packet, (size_t)n, cookie, unix_s, kiss)) != -ENOMSG)
				return err;
		if (n < 0 && n != -EAGAIN)
			return n;
		if (command_interrupted())
			return -EINTR;
		uint64_t now = clock_us();
		if (now >= until_us)
			return -ETIMEDOUT;
		(void)net_wait(s, SOCK_IN, now + SLICE_US < until_us ? now + SLICE_US : until_us);
	}
}

static int ask(const struct net_addr *server, int64_t *unix_s, char kiss[5])
{
	uint8_t packet[NTP_LEN];
	int s = sock_open(net_stack(), SOCK_UDP), err = s;
	if (s < 0)
		return s;
	sock_set(net_stack(), s, SOCK_OPT_OWNER, command_owner());
	err = sock_connect(net_stack(), s, server, NTP_PORT);
	for (unsigned i = 0; i < TRIES && (err == 0 || err == -ETIMEDOUT); i++) {
		uint64_t cookie = (uint64_t)random_u32() << 32 | random_u32();
		ntp_ask(packet, cookie);
		err = sock_send(net_stack(), s, packet, sizeof(packet));
		err = err < 0 ? err : await(s, cookie, unix_s, kiss);
		if (err == 0)
			break;
	}
	sock_close(net_stack(), s);
	return err;
}

static int cmd_ntp(struct call *c)
{
	struct net_addr addrs[ADDRS];
	char ip[NET_ADDR_TEXT], kiss[5] = "";
	int64_t unix_s = 0;
	int err = -ETIMEDOUT, n = dns_command_lookup(c->argv[0], addrs, ADDRS), i = 0;
	if (n < 0)
		return n;
	for (; i < n && err < 0 && err != -EINTR; i++)
		err = ask(&addrs[i], &unix_s, kiss);
	net_addr_format(&addrs[i - 1], ip);
	switch (err) {
	case 0:
		machine_set_wall_clock(unix_s);
		log_line("ntp: the clock is set by %s", ip);
		return 0;
	case -EINTR:
		return command_fail(err, "ntp: stopped by %s", command_stopper());
	case -ETIMEDOUT:
		return command_fail(err, "ntp: %s does not answer; is an NTP server running there?", ip);
	case -EAGAIN:
		return command_fail(-ENODATA, "ntp: %s has no time itself yet; ask another server", ip);
	case -EACCES:
		return command_fail(err, "ntp: %s wants no questions (%s); ask another server", ip, kiss);
	default:
		return command_fail(err, "ntp: %s: %s", ip, err_text(err));
	}
}

const struct command ntp_commands[] = {
	{ .name = "ntp", .min = 1, .max = 1, .run = cmd_ntp,
	  .usage = "SERVER", .help = "set the clock by an NTP server, for unixtime and the log's times at syslog" },
	{ 0 },
};
