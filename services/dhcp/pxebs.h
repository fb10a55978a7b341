/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PXE boot servers (PXE 2.1, sections 2.2 and 2.4): what a PXE server says of them in its option 43, and the
 * question to them by unicast, multicast and broadcast, as a state machine without I/O.  Without a boot item
 * it asks a ProxyDHCP server, or a DHCP server that says it is one, for the boot file that its offer has not named.
 * Times are microseconds of any clock that does not go back.
 *
 *	struct pxebs_where where;
 *	pxebs_where(&where, answer, answer_len, type);
 *	pxebs_start(&p, &identity, &own, &where, type, now, random);
 *	while (pxebs_poll(&p, now, &out, &port) == 0)	until p.answer_len; what comes on port 68 to pxebs_input()
 */
#ifndef SERVICES_DHCP_PXEBS_H
#define SERVICES_DHCP_PXEBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/dhcp/dhcp.h"

#define PXEBS_PORT 4011
#define PXEBS_SERVERS_MAX 16	/* of one type; more are not asked */
#define PXEBS_TYPE_MAX 0xffffu
#define PXEBS_NO_ITEM 0x10000u	/* instead of a type: a ProxyDHCP server is asked for its boot file */

enum pxebs_option {		/* in option 43 of a PXE server */
	PXEBS_MTFTP_GROUP = 1, PXEBS_MTFTP_PORT = 2, PXEBS_MTFTP_SERVER_PORT = 3,
	PXEBS_MTFTP_FIRST = 4, PXEBS_MTFTP_AGAIN = 5,
	PXEBS_CONTROL = 6, PXEBS_GROUP = 7, PXEBS_SERVERS = 8, PXEBS_MENU = 9, PXEBS_ITEM = 71,
};

/* Whom to ask for one type. */
struct pxebs_where {
	bool broadcast;
	struct net_addr group;		/* none: not by multicast */
	bool only_listed;		/* answers of others do not count */
	struct net_addr servers[PXEBS_SERVERS_MAX];
	unsigned count;
};

struct pxebs {
	/* Read by the caller. */
	uint16_t answer_len;		/* 0: none yet */
	struct net_addr from;
	uint8_t answer[DHCP_MAX_LEN];

	/* Private. */
	const struct dhcp_identity *id;
	struct net_addr own;
	struct pxebs_where where;
	unsigned type, round, next;	/* next: of those that are asked in this round */
	uint32_t xid;
	uint64_t begun_us, next_us;
};

/* Does a DHCP answer come from a PXE server (option 60)?  Else its option 43 is somebody else's. */
bool pxebs_is_pxe(const void *raw, size_t len);
/* What its option 43 says; where it says nothing, or raw is no PXE server's: by broadcast. */
void pxebs_where(struct pxebs_where *w, const void *raw, size_t len, unsigned type);
/* The type of the first entry of its boot menu, and its text, as it came: 0 or -ENOENT. */
int pxebs_menu_first(const void *raw, size_t len, unsigned *type, char text[256]);

/* How the boot file of such an answer comes by multicast. */
struct pxebs_mtftp {
	struct net_addr group;
	uint16_t port, server_port;	/* the group's, and where it is asked for */
	uint8_t first_s, again_s;	/* listened for before that is done, and done again: 1 to 20 */
};
/* True if it says so: a group and both ports (which it has in Intel's byte order). */
bool pxebs_mtftp(struct pxebs_mtftp *m, const void *raw, size_t len);

/* id stays.  own: the address that asks. */
void pxebs_start(struct pxebs *p, const struct dhcp_identity *id, const struct net_addr *own,
		 const struct pxebs_where *w, unsigned type, uint64_t now_us, uint32_t random);
/*
 * What is due: out->len is 0 where nothing is, else it goes to out->dst and *port; to be called until it is 0.  0;
 * -ETIMEDOUT, nobody has answered; -ENOENT, there is nobody to be asked.
 */
int pxebs_poll(struct pxebs *p, uint64_t now_us, struct dhcp_output *out, uint16_t *port);
/* When that wants to be called next. */
uint64_t pxebs_deadline(const struct pxebs *p);
/* One datagram from `from`: true if it is the answer, which p has then. */
bool pxebs_input(struct pxebs *p, const void *data, size_t len, const struct net_addr *from);

#endif
