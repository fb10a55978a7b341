/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side of the world: a wire with a host behind it, which serves DHCP,
 * DNS (by UDP and TCP), TFTP, FTP (far_ftp.h), NFS (far_nfs.h) and HTTP.  It is built on net/ too, with a
 * second struct net, and lives in the same simulated time.
 *
 *	10.0.0.1	the host: everything is served from there
 *	10.0.0.100	the lease
 *	10.9.0.1	the same host, for whom 10.0.0.1 is the gateway
 *	10.5.0.1	the same host, 10.5.0.100 the lease, in VLAN FAR_VLAN
 *	files.test	its name; slow.test: so is this, after 400 ms; big.test:
 *			only by TCP, after 300 ms; drip.test: only by TCP, a
 *			byte each half second; mute.test: no answer;
 *			other names do not exist
 *	/file		far_byte(0), far_byte(1), ... FAR_FILE_LEN of them, by
 *			http, in pieces, and by tftp
 *	/repeat, /oacks, /crumbs
 *			by tftp: the first block for ever; option
 *			acknowledgments for ever; eight bytes at a time, one
 *			block a second
 *	/singles, /elsewhere
 *			by tftp: /file by a server that agrees to windows of
 *			four blocks, and sends one; from 10.9.0.1
 *	/told		by tftp: 700 bytes of it, with their length (tsize); far_tftp.h
 *	port 81		http in a tunnel (tests/unit/relay_stream.h)
 *	port 3128	a proxy, for user op with password p@w
 *	/LEN-SEED	by http: LEN bytes from far_byte(SEED) on; far_http.c
 *			lists what else there is
 */
#ifndef TESTS_WORLD_FAR_H
#define TESTS_WORLD_FAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAR_VLAN 5
#define FAR_FILE_LEN 20000u
#define FAR_RELAY_PORT 81

struct netdev;

/* Before any task runs: the host, and far_card() at the loader's end of the wire. */
void far_begin(void);
struct netdev *far_card(void);
/* One more at the same wire, "net1": the loader's if far_second is set; DHCP gives it 10.0.0.101. */
struct netdev *far_second_card(void);
extern enum far_second { FAR_ONE_CARD, FAR_NO_CABLE, FAR_NO_ANSWER, FAR_TWO_CARDS } far_second;
/* The same, and the loader's stack with that card. */
void far_setup(void);

/* A file of a test's own, by http and tftp; it comes before all that the list above says of its path. */
struct far_file {
	const char *path;		/* "/boot.ipxe" */
	const uint8_t *data;
	size_t len;
	unsigned cuts;			/* how often the connection is reset in its middle yet */
	const char *location;		/* by http it is there; NULL: here */
	const char *coding;		/* by http it is said to be packed so; NULL: it is not */
	const char *instead;		/* by http this path is answered ("/circle"); NULL: the file */
	const char *etag, *headers;	/* by http: its ETag (NULL: by its content), and lines of its head */
	const char *part_range, *part_etag;	/* by http: the Content-Range and ETag of each part; NULL: the truth */
	bool no_parts, long_parts;	/* by http: Range is not heard, or not its end */
	bool no_head, drops_head;	/* by http it is not to be had by HEAD: 405, or a reset */
};
/* data must stay. */
struct far_file *far_serve(const char *path, const void *data, size_t len);
/* TEXT at PATH from now on, whatever was there before; it must stay. */
void far_say(const char *path, const char *text);
/* With or without the slash; NULL: there is none. */
struct far_file *far_find(const char *path);

extern void (*far_asked)(const char *request);	/* sees each by HTTP, whole, before it is answered; NULL: nobody */
extern void (*far_posted)(const char *body);	/* something has been posted to /report; NULL: that is not there */

extern const char *far_boot_file;	/* that its DHCP server names */
extern const char *far_settings;	/* of its option 224; NULL: it sends none */
extern size_t far_settings_len;		/* 0: up to its NUL */
/* An answer of its DHCP server, and what a test makes of it, who sees the question. */
struct far_answer {
	uint8_t type;			/* 0: none is sent */
	const char *file;
	const char *server_name;	/* option 66, in the place of siaddr; NULL: none */
	const uint8_t *ipxe;		/* option 175; NULL: none */
	size_t ipxe_len;
	const char *proxy_file;		/* a ProxyDHCP server offers this, too; NULL: there is none */
	uint64_t proxy_us;		/* so much later */
	const uint8_t *proxy_ipxe;	/* and this option 175, up to a NUL */
	const uint8_t *pxe, *proxy_pxe;	/* the server's and the proxy's option 43, if they are PXE servers */
	size_t pxe_len, proxy_pxe_len;
	const uint8_t *also;		/* a packet of somebody else's on the same host, which stays; NULL: none */
	size_t also_len;
	bool also_odd_port;		/* from port 435, not 67 */
};
extern void (*far_answers)(const uint8_t *asked, size_t len, struct far_answer *a);
/*
 * A boot server of PXE's on the host, which is asked on port 4011 of 10.0.0.1 and of FAR_PXE_GROUP, and by broadcast:
 * what it answers in out, and how long that is; 0: nothing.  NULL: there is none.
 */
#define FAR_PXE_GROUP 0xefff0102u
enum far_pxe_way { FAR_PXE_UNICAST, FAR_PXE_MULTICAST, FAR_PXE_BROADCAST };
extern size_t (*far_boot_server)(const uint8_t *asked, size_t len, enum far_pxe_way way, uint8_t out[600]);
extern int32_t far_reboot_s;		/* its option 211; < 0: it sends none */
extern uint64_t far_dhcp_delay_us;	/* how long each of its answers takes */
extern bool far_dhcp_refuses;		/* who requests an address gets a NAK */
extern bool far_dhcp_forgets;		/* who renews his own gets no answer, but for REQUESTs to all */
extern uint32_t far_lease_s, far_gateway;	/* what leases say; no gateway: 0 */
extern uint32_t far_files_at;		/* what files.test is */
extern uint32_t far_files_first;	/* an address of it that is named before that; 0: none */
extern unsigned far_proxied;		/* requests that the proxy has taken */
extern unsigned far_polls;		/* how often the loader has asked its card */
extern size_t far_early;		/* bytes of a body that /early has taken */
extern uint64_t far_http_sent;		/* bytes so far */
extern uint16_t far_silent_port;	/* what comes for it, by UDP or TCP, is not heard; 0: none */
/* A port of its servers - 53, 80 - is closed, or served again. */
void far_open(uint16_t port, bool on);
/* The host has another card from now on. */
void far_change_card(void);
extern unsigned far_released;		/* DHCPRELEASEs that came */
extern unsigned far_renewals, far_rebinds;	/* REQUESTs from who has an address, to the server, and to all */
extern unsigned far_declined;		/* leases that were refused by DHCPDECLINE: the next is for an address higher */
extern size_t far_frame_max;		/* what the host sends in longer frames is lost; 0: nothing is */
extern bool far_dark;			/* no frame comes through */
extern uint64_t far_wire_us;		/* from one end to the other */
/* Sees every frame that the loader sends, for hosts that the host behind the wire is not; far_put() sends for them. */
extern void (*far_crowd)(const uint8_t *frame, size_t len);
void far_put(const void *frame, size_t len);
/* The MAC of such a host; an ARP request is answered for those that are there. */
void far_put_mac(uint8_t *p, uint32_t ip);
void far_answer_arp(const uint8_t *frame, size_t len, bool (*is_there)(uint32_t ip));
extern bool far_down;			/* nobody serves: connections are reset, and nothing else is answered */
/* Of 10000 frames, either way, so many are lost; so many come twice. */
extern unsigned far_loss, far_twice;
extern uint32_t far_jitter_us;		/* a frame takes up to this more, and so one may overtake another */
extern uint32_t far_seed;		/* of its chance; not 0 */
/* Calls the loader's telnet server and listens; nothing is typed.  True once it has said the loader's name. */
void far_call_telnet(void);
/*
 * The same caller, who tries each second until he is let in, has a password, which he types when it is asked for; a
 * second after he was greeted he types the keys; and after stays_us he hangs up, or (abruptly) his connection is reset.
 */
void far_call_telnet_and_type(const char *password, const char *keys, uint64_t stays_us, bool abruptly);
bool far_was_greeted(void);
/* Types there; what it has said since the call; ends it without a word. */
void far_telnet_say(const char *keys);
bool far_heard(const char *text);
void far_telnet_hang_up(void);
/* Handshakes, by transaction, that the DHCP server has seen. */
unsigned far_handshakes(void);

static inline uint8_t far_byte(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

#endif
