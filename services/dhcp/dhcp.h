/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCP client (RFC 2131, RFC 2132, PXE 2.1 section 2): the protocol as a state
 * machine without I/O.  The caller sends what dhcp_poll() builds, gives every
 * datagram that arrives on port 68 to dhcp_input(), and calls dhcp_poll()
 * again at dhcp_deadline().  Times are microseconds of any clock that does
 * not go back; random values come from the caller, so a run can be repeated.
 */
#ifndef SERVICES_DHCP_DHCP_H
#define SERVICES_DHCP_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/dhcp/dhcp_packet.h"

#define DHCP_MAX_ADDRS	4		/* gateways and name servers kept */
#define DHCP_MAX_ROUTES	16		/* more are not taken */
#define DHCP_MAX_OFFERS	4		/* offers weighed against each other */
#define DHCP_HOST_MAX	256		/* a host's name and its NUL */
#define DHCP_FOREVER	0xffffffffu	/* a lease that does not end (RFC 2131, 3.3) */
#define DHCP_CLASS_MAX	256		/* a user class and its NUL */
#define DHCP_USER_CLASS	"Undine"	/* where none is said */
#define DHCP_BUS_LEN	5		/* a device as option 175.177 has it: 1 for PCI, vendor, device */

/* gateway none: those addresses are on the link itself (RFC 3442). */
struct dhcp_route {
	struct net_prefix to;
	struct net_addr gateway;
};

struct dhcp_identity {
	uint8_t mac[6];
	bool has_uuid;
	uint8_t uuid[16];		/* SMBIOS type 1, in the order of the table's bytes */
	char hostname[64];		/* asked for by option 12; "" = none */
	char user_class[DHCP_CLASS_MAX];	/* option 77; "" = DHCP_USER_CLASS */
	/* what option 175 tells: abilities by iPXE's numbers, up to a 0, and a version; NULL: nothing */
	const uint8_t *features;
	uint8_t version[3];
	uint8_t bus[DHCP_BUS_LEN];	/* zeros: none */
	uint16_t max_len;		/* of an answer that the link can bear (option 57); 0: DHCP_MAX_LEN */
};

/* What the server granted.  Strings are the server's bytes, whole, up to a NUL; "" when not given. */
struct dhcp_lease {
	struct net_addr addr;
	uint8_t len;			/* of its subnet's prefix */
	struct net_addr gateways[DHCP_MAX_ADDRS];	/* option 3; with option 121 its default route's only */
	struct net_addr dns[DHCP_MAX_ADDRS];
	unsigned gateway_count, dns_count;
	/* the default route by gateways[0] and option 33; or, where there is one, option 121 alone (RFC 3442) */
	struct dhcp_route routes[DHCP_MAX_ROUTES];
	unsigned route_count;
	struct net_addr server_id;	/* option 54, else the sender's address */
	/* siaddr; else option 66 as a number or four octets, 150, 54; the proxy's with its file */
	struct net_addr next_server;
	/* instead of 54: a name, by option 66 or sname, where there are name servers; "": none */
	char next_server_name[DHCP_HOST_MAX];
	uint16_t mtu;			/* option 26, of the link; 0: not told, or nonsense */
	bool bootp;			/* a plain BOOTP server's (RFC 951): it has no end, and nobody is told of it */
	struct net_addr ntp, log;	/* first address of options 42 and 7 */
	uint32_t lease_s, t1_s, t2_s;	/* DHCP_FOREVER = no end */
	char hostname[DHCP_STRING_MAX];		/* option 12 */
	char domain[DHCP_STRING_MAX];		/* option 15 */
	char search[DHCP_STRING_MAX];		/* option 119 (RFC 3397), names separated by spaces; else the domain */
	char server_name[DHCP_STRING_MAX];	/* option 66 or sname */
	char boot_file[DHCP_STRING_MAX];	/* option 67 or file */
	char root_path[DHCP_STRING_MAX];	/* option 17 */
	bool search_cut;			/* names that found no room, unpacked, are not in it */
	bool boot_file_from_proxy;
	uint16_t raw_len, proxy_len;
	uint8_t raw[DHCP_MAX_LEN];	/* the DHCPACK as it came, for dhcp_option() and Multiboot2 tag 16 */
	/* the ProxyDHCP server's offer likewise, or what it has said on port 4011; proxy_len 0: there was none */
	uint8_t proxy[DHCP_MAX_LEN];
	struct net_addr proxy_from;
};

enum dhcp_state {
	DHCP_IDLE, DHCP_SELECTING, DHCP_REQUESTING, DHCP_BOUND, DHCP_RENEWING, DHCP_REBINDING,
	DHCP_FAILED,
};

/* What happened, for the log and for whoever configures the stack. */
enum dhcp_event {
	DHCP_EV_NONE,
	DHCP_EV_OFFER,			/* a usable offer came: client->offer_seen */
	DHCP_EV_PROXY,			/* a PXE server without addresses offered a boot file: client->offer_seen */
	DHCP_EV_BOUND,			/* client->lease is new: configure the stack */
	DHCP_EV_RENEWED,		/* the lease goes on; its values may have changed */
	DHCP_EV_NAK,			/* the server took it back; discovery starts again after a pause */
	DHCP_EV_EXPIRED,		/* the lease ran out: deconfigure the stack; discovery starts again */
	DHCP_EV_FAILED,			/* gave up: client->error, client->error_text */
};

struct dhcp_offer {
	struct net_addr addr;		/* none: a proxy's */
	struct net_addr server_id, next_server;
	struct net_addr from;		/* IP source of the packet */
	bool bootp;			/* no option 53: taken if no DHCP server answers */
	bool has_file;			/* it names a boot file */
};

/* One packet to send, built by dhcp_poll(). */
struct dhcp_output {
	size_t len;			/* 0 = nothing to send */
	struct net_addr src, dst;	/* src none while there is no address; dst may be 255.255.255.255 */
	uint8_t type;			/* DHCP_DISCOVER, REQUEST, DECLINE or RELEASE */
	uint8_t data[DHCP_MAX_LEN];
};

/* Why an answer was not taken. */
enum dhcp_untaken_why {
	DHCP_UNTAKEN_PORT,		/* it came from another port than a server's: detail */
	DHCP_UNTAKEN_MALFORMED,		/* it is no DHCP or BOOTP answer; detail: its length */
	DHCP_UNTAKEN_OTHERS,		/* it is for another machine */
	DHCP_UNTAKEN_XID,		/* it answers another question: detail */
	DHCP_UNTAKEN_ADDRESS,		/* no machine can have the address: detail */
	DHCP_UNTAKEN_CUT,		/* its options are cut off; detail: its length */
	DHCP_UNTAKEN_TYPE,		/* a message (detail) that nobody waits for */
	DHCP_UNTAKEN_SERVER,		/* another server than the lease's */
	DHCP_UNTAKEN_NO_FILE,		/* an offer without a boot file, and another one (detail: whose) has one */
	DHCP_UNTAKEN_LATER,		/* an offer, and another one (detail: whose) came before */
	DHCP_UNTAKEN_BOOTP,		/* BOOTP, and a DHCP server, or another BOOTP server, was there before */
	DHCP_UNTAKEN_PROXY,		/* a PXE server's, and another one was there before */
	DHCP_UNTAKEN_NO_PROXY,		/* the DHCP server has said that there is none (175.176) */
	DHCP_UNTAKEN_EMPTY,		/* an offer that has neither an address nor a boot file */
	DHCP_UNTAKEN_KINDS
};

struct dhcp_untaken {
	unsigned count;
	struct net_addr from;		/* the last one's server */
	uint32_t detail;
};

struct dhcp_client {
	/* Read by the caller. */
	enum dhcp_state state;
	struct dhcp_lease lease;	/* valid in BOUND, RENEWING, REBINDING */
	struct dhcp_offer offer_seen;	/* of the last OFFER or PROXY event, and its boot file */
	char file_seen[DHCP_STRING_MAX];
	uint32_t xid;
	unsigned sent;			/* DISCOVERs in this attempt */
	unsigned nonsense;		/* packets that were no answers to us, in this attempt */
	unsigned naks;
	int error;			/* -E, in DHCP_FAILED */
	char error_text[96];		/* the cause in words, server's text included */

	struct dhcp_untaken untaken[DHCP_UNTAKEN_KINDS];	/* the caller may set the counts back */

	/* Set by the caller, the first after dhcp_start(), the second after dhcp_init(). */
	bool brief;			/* a lease is remembered: it is not asked for long, but after a NAK */
	bool awaits_proxy;		/* the ROM had a proxy's word: where no boot file is named it is waited for */

	/* Private. */
	struct dhcp_identity id;
	struct dhcp_offer offers[DHCP_MAX_OFFERS];
	unsigned offer_count;
	bool no_proxy;			/* a server has said that there is no ProxyDHCP (option 175.176) */
	uint16_t proxy_len;		/* 0: there is no proxy */
	bool proxy_has_file;		/* it names a boot file */
	uint8_t proxy[DHCP_MAX_LEN];
	struct net_addr proxy_from;
	uint64_t proxy_until_us;	/* so long it is waited for, though there is an offer; 0: it is not */
	uint16_t bootp_len;		/* 0: no BOOTP server has answered */
	uint8_t bootp[DHCP_MAX_LEN];	/* as a DHCP packet would be */
	struct net_addr bootp_from;
	struct dhcp_offer chosen;
	unsigned tries;			/* sends in this state */
	uint64_t begun_us;		/* start of the attempt */
	uint64_t bound_us;		/* the lease's clock: when its REQUEST left */
	uint32_t used_s;		/* of the lease as raw has it, before that: in earlier lives of the loader */
	uint64_t sent_us;
	uint64_t next_us;		/* next action */
};

/* Into a message: option 61; all that says who asks, 61 among it, and what for. */
void dhcp_write_client_id(const struct dhcp_identity *id, struct dhcp_writer *w);
void dhcp_write_identity(const struct dhcp_identity *id, struct dhcp_writer *w);
/* By which it asks. */
const char *dhcp_user_class(const struct dhcp_client *c);
/* What an answer names as next server and boot file: the lease's are made of these. */
void dhcp_read_boot(const void *raw, size_t len, const struct net_addr *from, struct net_addr *next_server,
		    char file[DHCP_STRING_MAX]);
/* The host that has the boot file: the name, or the address, as text in ip, or "". */
const char *dhcp_boot_host(const struct dhcp_lease *l, char ip[NET_ADDR_TEXT]);
/* A client at rest for that machine. */
void dhcp_init(struct dhcp_client *c, const struct dhcp_identity *id);
/* Starts discovery; the first packet is ready at once.  An existing lease is forgotten. */
void dhcp_start(struct dhcp_client *c, uint64_t now_us, uint32_t random);
/* Does what is due at now_us: may build one packet into *out (out->len != 0) and may report an event. */
enum dhcp_event dhcp_poll(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out);
/* One datagram from `from`: an event or DHCP_EV_NONE.  Call dhcp_poll() afterwards. */
enum dhcp_event dhcp_input(struct dhcp_client *c, const void *data, size_t len, const struct net_addr *from,
			   uint64_t now_us);
/* One that came from another port than a server's: only counted, where it would be an answer to us. */
void dhcp_wrong_port(struct dhcp_client *c, const void *data, size_t len, const struct net_addr *from, uint16_t port);
#define DHCP_REMEMBERED_MAX	(64 + 2 * DHCP_MAX_LEN)
/*
 * What a later life of the loader needs to have a lease again, into buf: its
 * length, 0 where none is in force or it does not fit.
 */
size_t dhcp_remember(const struct dhcp_client *c, uint64_t now_us, void *buf, size_t cap);
/*
 * A client without lease takes up one that was remembered, for the time that is
 * left of it (RFC 2131, 3.2: allowed while no server answers); now_us counts
 * from where that life has ended.  0; -EPROTO, that is none; -EACCES, it is
 * another machine's; -ETIMEDOUT, it has run out.
 */
int dhcp_resume(struct dhcp_client *c, uint64_t now_us, const void *buf, size_t len);
/* What a ProxyDHCP server, or a boot server of its menu, has said since: the lease takes it instead of the offer. */
void dhcp_take_proxy(struct dhcp_client *c, const void *raw, size_t len, const struct net_addr *from);
/* When dhcp_poll() wants to be called next; UINT64_MAX = never. */
uint64_t dhcp_deadline(const struct dhcp_client *c);
/*
 * Somebody else has the lease's address: builds a DHCPDECLINE into *out, and discovery starts again after a pause
 * (RFC 2131, 3.1.5).
 */
void dhcp_decline(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out);
/* Builds a DHCPRELEASE for the lease into *out (unicast to the server); the client stays as it is. */
void dhcp_release(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out);

#endif
