/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCP packets and their options (RFC 2131 section 2, RFC 2132, RFC 3396,
 * RFC 3397): reading and writing, no protocol.  Pure.  The scripts' numbered
 * settings (${net0/175.1}) read the kept DHCPACK through dhcp_option().
 */
#ifndef SERVICES_DHCP_DHCP_PACKET_H
#define SERVICES_DHCP_DHCP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_FIXED_LEN	 236		/* bytes before the magic cookie */
#define DHCP_MIN_LEN	 300		/* BOOTP's packet size: some relays drop shorter ones (RFC 1542, 2.1) */
#define DHCP_MAX_LEN	 1472		/* UDP payload of one Ethernet frame */
#define DHCP_STRING_MAX	 (DHCP_MAX_LEN + 1)	/* holds every string that a packet can carry, and its NUL */

enum dhcp_type {			/* option 53 */
	DHCP_DISCOVER = 1, DHCP_OFFER, DHCP_REQUEST, DHCP_DECLINE, DHCP_ACK, DHCP_NAK, DHCP_RELEASE, DHCP_INFORM,
};

enum dhcp_option_number {
	DHCP_OPT_MASK = 1, DHCP_OPT_ROUTERS = 3, DHCP_OPT_DNS = 6, DHCP_OPT_LOG = 7, DHCP_OPT_HOSTNAME = 12,
	DHCP_OPT_DOMAIN = 15, DHCP_OPT_ROOT_PATH = 17, DHCP_OPT_MTU = 26, DHCP_OPT_BROADCAST = 28,
	DHCP_OPT_STATIC_ROUTES = 33,
	DHCP_OPT_NTP = 42, DHCP_OPT_VENDOR = 43,
	DHCP_OPT_REQUESTED_ADDR = 50, DHCP_OPT_LEASE = 51, DHCP_OPT_OVERLOAD = 52, DHCP_OPT_TYPE = 53,
	DHCP_OPT_SERVER_ID = 54, DHCP_OPT_PARAMETERS = 55, DHCP_OPT_MESSAGE = 56, DHCP_OPT_MAX_SIZE = 57,
	DHCP_OPT_T1 = 58, DHCP_OPT_T2 = 59, DHCP_OPT_CLASS = 60, DHCP_OPT_CLIENT_ID = 61,
	DHCP_OPT_SERVER_NAME = 66, DHCP_OPT_BOOT_FILE = 67, DHCP_OPT_USER_CLASS = 77, DHCP_OPT_ARCH = 93,
	DHCP_OPT_UNDI = 94, DHCP_OPT_UUID = 97, DHCP_OPT_SEARCH = 119, DHCP_OPT_CLASSLESS_ROUTES = 121,
	DHCP_OPT_TFTP_SERVERS = 150, DHCP_OPT_IPXE = 175, DHCP_OPT_CLASSLESS_MS = 249,
};

enum dhcp_ipxe_option {			/* in option 175, https://ipxe.org/howto/dhcpd */
	DHCP_IPXE_PRIORITY = 1, DHCP_IPXE_NO_PROXY = 176, DHCP_IPXE_BUS = 177, DHCP_IPXE_VERSION = 235,
};

/* Fixed fields, copied out; sname and file may hold options instead (option 52). */
struct dhcp_header {
	uint8_t op, htype, hlen;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16];
	uint8_t sname[64], file[128];
};

/* Reads the fixed fields and checks the magic cookie: 0 or -EPROTO. */
int dhcp_parse(const void *raw, size_t len, struct dhcp_header *h);
/* A BOOTP answer without the cookie, whose vendor field means nothing to us, becomes a packet without options. */
#define DHCP_BARE_LEN	(DHCP_FIXED_LEN + 5)
bool dhcp_from_bootp(uint8_t bare[DHCP_BARE_LEN], const void *raw, size_t len);
/*
 * Copies an option's value, its parts joined as RFC 3396 says, out of the
 * packet `raw` (options, then the file and sname fields when overloaded) into
 * buf: the value's whole length, which may exceed cap (cap bytes are then
 * filled), or -ENOENT.  With sub != 0, the sub-option of that number inside
 * option `number` ("175.1").
 */
int dhcp_option(const void *raw, size_t len, unsigned number, unsigned sub, void *buf, size_t cap);
/*
 * An option that is a string, for requests: its bytes as they came, up to the
 * first NUL.  Its length; -ENOENT; or -ENAMETOOLONG and "" if that is cap or
 * more (never with DHCP_STRING_MAX).
 */
int dhcp_option_string(const void *raw, size_t len, unsigned number, char *buf, size_t cap);
/* sname or file likewise, "" when they hold options. */
int dhcp_sname_string(const void *raw, size_t len, char *buf, size_t cap);
int dhcp_file_string(const void *raw, size_t len, char *buf, size_t cap);
/* A string for a person: what is not printable ASCII becomes '?', and what is cut ends with "...".  buf. */
const char *dhcp_show(const char *string, char *buf, size_t cap);
/* The 32-bit number of an option, or `absent`. */
uint32_t dhcp_option_u32(const void *raw, size_t len, unsigned number, uint32_t absent);
/* The first address of an option, or none. */
struct net_addr dhcp_option_addr(const void *raw, size_t len, unsigned number);
/*
 * A domain search list (RFC 3397) as names separated by spaces: its length,
 * -EPROTO (no name is good), or -ENAMETOOLONG: buf holds the names that fit.
 */
int dhcp_search_string(const void *list, size_t len, char *buf, size_t cap);

/* A packet being written; too long sets `full` and writes nothing more. */
struct dhcp_writer {
	uint8_t *p;
	size_t cap, len;
	int full;
};
void dhcp_write_header(struct dhcp_writer *w, const struct dhcp_header *h);	/* and the magic cookie */
void dhcp_write_option(struct dhcp_writer *w, unsigned number, const void *data, size_t len);
void dhcp_write_u32(struct dhcp_writer *w, unsigned number, uint32_t value);
void dhcp_write_end(struct dhcp_writer *w);	/* the end option, padded to DHCP_MIN_LEN */

#endif
