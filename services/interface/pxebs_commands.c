/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot servers of PXE's.  See pxebs_commands.h. */
#include "services/interface/pxebs_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dhcp/pxebs.h"
#include "services/interface/interface_commands.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"

#define SLICE_US 100000u
#define SHOWN_MAX 320		/* of a string in a message */

static struct pxebs exchange;
static struct dhcp_identity identity;
static struct {
	size_t len;
	struct net_addr from;
	uint8_t raw[DHCP_MAX_LEN];
} found;

const uint8_t *pxebs_answer(size_t *len, struct net_addr *from)
{
	*len = found.len;
	*from = found.from;
	return found.len ? found.raw : NULL;
}

/* Beside the dhcp service's on the same port: what comes for our address is this one's. */
static int open_socket(const struct link *l)
{
	struct net *n = net_stack();
	int s = sock_open(n, SOCK_UDP), err;
	if (s < 0)
		return s;
	sock_set(n, s, SOCK_OPT_OWNER, command_owner());
	sock_set(n, s, SOCK_OPT_BROADCAST, 1);
	sock_set(n, s, SOCK_OPT_REUSE, 1);
	sock_set(n, s, SOCK_OPT_LINK, (uintptr_t)l);
	err = sock_bind(n, s, &l->addr, DHCP_CLIENT_PORT);
	if (err < 0)
		sock_close(n, s);
	return err < 0 ? err : s;
}

/* Sends what is due: 0, or -E once it is in vain. */
static int send_due(int s, struct dhcp_output *out)
{
	uint16_t port;
	int err, sent = 0;
	while ((err = pxebs_poll(&exchange, clock_us(), out, &port)) == 0 && out->len)
		if ((sent = sock_sendto(net_stack(), s, out->data, out->len, &out->dst, port)) < 0)
			log_warn("pxebs: it could not be sent: %s; it is sent again", err_text(sent));
	return err;
}

static void receive(int s, void *packet)
{
	struct net_addr from;
	uint16_t port;
	int n;
	while ((n = sock_recvfrom(net_stack(), s, packet, DHCP_MAX_LEN, &from, &port)) >= 0)
		if (n <= DHCP_MAX_LEN)
			(void)pxebs_input(&exchange, packet, (size_t)n, &from);
}

/* Asks those on l: 0, and exchange has the answer; or -E, not said. */
static int ask(const struct link *l, const struct pxebs_where *w, unsigned type)
{
	static struct dhcp_output out;
	int s = open_socket(l), err = s;
	if (s < 0)
		return err;
	dhcp_link_identity(l, &identity);
	pxebs_start(&exchange, &identity, &l->addr, w, type, clock_us(), random_u32());
	while ((err = send_due(s, &out)) == 0 && !exchange.answer_len) {
		uint64_t until = pxebs_deadline(&exchange), slice = clock_us() + SLICE_US;
		if (command_interrupted()) {
			err = -EINTR;
			break;
		}
		if (net_wait(s, SOCK_IN, until < slice ? until : slice) >= 0)
			receive(s, out.data);
	}
	sock_close(net_stack(), s);
	return err;
}

/* Who is asked, for a person. */
static const char *asked(const struct pxebs_where *w, char *out, size_t cap)
{
	char ip[NET_ADDR_TEXT];
	size_t n = 0;
	out[0] = '\0';
	for (unsigned i = 0; i < w->count && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "", net_addr_format(&w->servers[i], ip));
	if (w->group.family && n < cap)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "", net_addr_format(&w->group, ip));
	if (w->broadcast && n < cap)
		snprintf(out + n, cap - n, "%sall by broadcast", n ? ", " : "");
	return out;
}

/* The packet of l's lease in which a PXE server speaks, or NULL. */
static const uint8_t *pxe_words(const struct dhcp_lease *lease, size_t *len)
{
	if (lease && lease->proxy_len && pxebs_is_pxe(lease->proxy, lease->proxy_len)) {
		*len = lease->proxy_len;
		return lease->proxy;
	}
	*len = lease ? lease->raw_len : 0;
	return lease && pxebs_is_pxe(lease->raw, lease->raw_len) ? lease->raw : NULL;
}

/* ---- the command ---- */

static int fail(int err, const char *name, unsigned type, const struct pxebs_where *w)
{
	char list[SHOWN_MAX];
	if (err == -EINTR)
		return command_fail(err, "pxebs: stopped by %s", command_stopper());
	if (err == -ENOENT)
		return command_fail(err, "pxebs: the DHCP answer on %s names no boot server of type %u, and lets "
				    "nobody be asked by multicast or broadcast (option 43); ${proxydhcp/43} or "
				    "${net0.dhcp/43} shows it", name, type);
	if (err == -ETIMEDOUT)
		return command_fail(err, "pxebs: no boot server of type %u has answered on %s; asked were %s; the "
				    "server's log tells whether it knows that type", type, name,
				    asked(w, list, sizeof(list)));
	return command_fail(err, "pxebs: %s: %s", name, err_text(err));
}

static int cmd_pxebs(struct call *c)
{
	static char file[DHCP_STRING_MAX];
	const char *name = strcmp(c->argv[0], "netX") ? c->argv[0] : command_settings()->netx;
	struct link *l = link_find(net_stack(), name);
	char ip[NET_ADDR_TEXT], next[NET_ADDR_TEXT], text[SHOWN_MAX];
	struct net_addr next_server;
	struct pxebs_where w;
	uint32_t type = 0;
	size_t len = 0;
	if (!l)
		return command_fail(-ENODEV, "pxebs: there is no interface %s; ifstat shows those there are", name);
	if (command_number(c->argv[1], "the server's type", &type) < 0)
		return -EINVAL;
	if (type > PXEBS_TYPE_MAX)
		return command_fail(-ERANGE, "pxebs: the server's type goes from 0 to %u", PXEBS_TYPE_MAX);
	if (!l->addr.family)
		return command_fail(-EADDRNOTAVAIL, "pxebs: %s has no address to ask from; dhcp gets one", name);
	const uint8_t *words = pxe_words(dhcp_link_lease(l), &len);
	pxebs_where(&w, words, words ? len : 0, type);
	found.len = 0;
	int err = ask(l, &w, type);
	if (err < 0)
		return fail(err, name, (unsigned)type, &w);
	found.from = exchange.from;
	found.len = exchange.answer_len;
	memcpy(found.raw, exchange.answer, found.len);
	dhcp_read_boot(found.raw, found.len, &found.from, &next_server, file);
	log_line("pxebs: boot server %s of type %u on %s names %s on %s", net_addr_format(&found.from, ip),
		 (unsigned)type, name, file[0] ? dhcp_show(file, text, sizeof(text)) : "no boot file",
		 net_addr_format(&next_server, next));
	return 0;
}

/* ---- behind a lease ---- */

/* The lease gets what exchange has: true if a boot file is in it. */
static bool take(const struct link *l)
{
	char ip[NET_ADDR_TEXT], text[SHOWN_MAX];
	dhcp_link_take_proxy(l, exchange.answer, exchange.answer_len, &exchange.from);
	const struct dhcp_lease *lease = dhcp_link_lease(l);
	if (!lease || !lease->boot_file[0])
		return false;
	log_line("dhcp: %s names boot file %s", net_addr_format(&exchange.from, ip),
		 dhcp_show(lease->boot_file, text, sizeof(text)));
	return true;
}

/* The first entry of the menu in these words, which are not kept: 0, or -EINTR. */
static int ask_first(const struct link *l, const uint8_t *words, size_t len)
{
	struct pxebs_where w;
	char text[256], shown[80], list[SHOWN_MAX];
	unsigned type;
	if (pxebs_menu_first(words, len, &type, text) < 0)
		return 0;
	dhcp_show(text, shown, sizeof(shown));
	if (!type) {
		log_line("dhcp: the PXE menu's first entry, %s, is to boot from this machine's disk: no boot file",
			 shown);
		return 0;
	}
	pxebs_where(&w, words, len, type);
	log_line("dhcp: a PXE menu comes without a boot file: its first entry, %s (type %u), is taken; pxebs %s TYPE "
		 "asks for others", shown, type, l->name);
	int err = ask(l, &w, type);
	if (err == -EINTR)
		return err;
	if (err < 0)
		log_warn("dhcp: no boot server of type %u: %s; asked were %s", type, err_text(err),
			 asked(&w, list, sizeof(list)));
	else if (!take(l))
		log_warn("dhcp: that boot server names no boot file");
	return 0;
}

int pxebs_complete_lease(const struct link *l)
{
	static uint8_t menu[DHCP_MAX_LEN];
	const struct dhcp_lease *lease = dhcp_link_lease(l);
	char ip[NET_ADDR_TEXT], text[256];
	unsigned type;
	size_t len;
	const uint8_t *words = pxe_words(lease, &len);
	if (!words || lease->boot_file[0])
		return 0;
	memcpy(menu, words, len);
	if (pxebs_menu_first(menu, len, &type, text) == 0)
		return ask_first(l, menu, len);
	struct pxebs_where w = { .count = 1 };
	w.servers[0] = dhcp_option_addr(words, len, DHCP_OPT_SERVER_ID);
	if (!w.servers[0].family)
		w.servers[0] = words == lease->proxy ? lease->proxy_from : lease->server_id;
	net_addr_format(&w.servers[0], ip);
	log_line("dhcp: PXE server %s has named no boot file on %s; asking it on port %u", ip, l->name, PXEBS_PORT);
	int err = ask(l, &w, PXEBS_NO_ITEM);
	if (err == -EINTR)
		return err;
	if (err < 0)
		log_warn("dhcp: it has not answered there either: %s; there is no boot file", err_text(err));
	if (err < 0 || take(l))
		return 0;
	len = exchange.answer_len;
	memcpy(menu, exchange.answer, len);
	return ask_first(l, menu, len);
}

/* For Tab. */
static const char *link_word(unsigned arg, unsigned i)
{
	return arg ? NULL : interface_words(arg, i);
}

const struct command pxebs_commands[] = {
	{ .name = "pxebs", .min = 2, .max = 2, .run = cmd_pxebs, .words = link_word,
	  .usage = "net0 TYPE", .help = "look for a PXE boot server of that type: ${pxebs/filename}" },
	{ 0 },
};
