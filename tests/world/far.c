/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side: see far.h. */
#include "tests/world/far.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "net/bytes.h"
#include "net/net.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/stack/stack.h"
#include "tests/world/far_ftp.h"
#include "tests/world/far_http.h"
#include "tests/world/far_nfs.h"
#include "tests/world/far_parts.h"
#include "tests/world/machine.h"

#define OPT_SETTINGS 224		/* as interface_commands.c has it */

#define STEP_US		5000u		/* the most that passes while the loader polls its card in vain */
#define FAR_VLAN_IP	0x0a050001u
#define LEASE_IP	0x0a000064u
#define FAR_PROXY_ID	0x0a000007u		/* as the ProxyDHCP server calls itself */
#define BEYOND_IP	0x0a090001u
#define MASK_LEN	24
#define FRAMES		256
#define LATER		16

uint64_t far_dhcp_delay_us = 300000;
const char *far_boot_file = "http://files.test/file";
const char *far_settings;
size_t far_settings_len;
uint64_t far_wire_us = 300;
bool far_dark, far_down, far_dhcp_refuses;
uint32_t far_lease_s = 3600, far_gateway, far_files_at = FAR_IP, far_files_first;
uint16_t far_silent_port;
int32_t far_reboot_s = -1;
size_t far_frame_max;
unsigned far_loss, far_twice;
uint32_t far_jitter_us, far_seed = 99;
void (*far_crowd)(const uint8_t *frame, size_t len);
unsigned far_declined, far_released, far_renewals, far_rebinds;
bool far_dhcp_forgets;

static struct net net;

static uint32_t far_random(void *ctx)
{
	(void)ctx;
	far_seed ^= far_seed << 13;
	far_seed ^= far_seed >> 17;
	far_seed ^= far_seed << 5;
	return far_seed;
}

/* ---- the wire ---- */

static struct frame {
	uint64_t due_us;
	bool to_far;
	size_t len;
	uint8_t data[NETDEV_FRAME_MAX];
} frames[FRAMES], for_second[FRAMES];
static unsigned second_count;		/* in for_second: what has arrived for the second card, as it came */
static unsigned frame_count;		/* in the order due */

static void put_once(bool to_far, const void *data, size_t len)
{
	if (frame_count == FRAMES)
		return;
	uint64_t due_us = clock_us() + far_wire_us + (far_jitter_us ? far_random(NULL) % far_jitter_us : 0);
	struct frame *f = &frames[frame_count++];
	for (; f > frames && f[-1].due_us > due_us; f--)
		*f = f[-1];
	f->due_us = due_us;
	f->to_far = to_far;
	f->len = len;
	memcpy(f->data, data, len);
}

static int put(bool to_far, const void *data, size_t len)
{
	if (far_dark || (!to_far && far_frame_max && len > far_frame_max) || far_random(NULL) % 10000 < far_loss)
		return 0;
	put_once(to_far, data, len);
	if (far_twice && far_random(NULL) % 10000 < far_twice)
		put_once(to_far, data, len);
	return 0;
}

static unsigned poll_card(struct netdev *dev, netdev_deliver *deliver, void *ctx);
unsigned far_polls;

static int card_transmit(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	return put(true, frame, len);
}

void far_put(const void *frame, size_t len)
{
	put(false, frame, len);
}

void far_put_mac(uint8_t *p, uint32_t ip)
{
	put_be16(p, 0x0600);
	put_be32(p + 2, ip);
}

void far_answer_arp(const uint8_t *f, size_t len, bool (*is_there)(uint32_t ip))
{
	uint8_t out[60] = { 0 };
	if (len < 42 || get_be16(f + 12) != 0x806 || f[21] != 1 || !is_there(get_be32(f + 38)))
		return;
	memcpy(out, f + 6, 6);
	far_put_mac(out + 6, get_be32(f + 38));
	memcpy(out + 12, f + 12, 8);
	out[21] = 2;
	far_put_mac(out + 22, get_be32(f + 38));
	memcpy(out + 28, f + 38, 4);
	memcpy(out + 32, f + 22, 10);
	far_put(out, sizeof(out));
}

static int far_transmit(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	return put(false, frame, len);
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

static const struct netdev_ops card_ops = {
	.open = card_open, .close = card_close, .poll = poll_card, .transmit = card_transmit,
};
static unsigned poll_second(struct netdev *dev, netdev_deliver *deliver, void *ctx);

static int second_open(struct netdev *dev)
{
	dev->link_up = far_second != FAR_NO_CABLE;
	return 0;
}

static int second_transmit(struct netdev *dev, const void *frame, size_t len)
{
	return far_second == FAR_TWO_CARDS ? card_transmit(dev, frame, len) : 0;
}

enum far_second far_second;
static const struct netdev_ops second_ops = {
	.open = second_open, .close = card_close, .poll = poll_second, .transmit = second_transmit,
};
static struct netdev second_card = {
	.ops = &second_ops, .name = "net1", .mac = { 2, 0, 0, 0, 0, 3 }, .mtu = 1500,
};
static const struct netdev_ops far_ops = { .transmit = far_transmit };
static struct netdev card = {
	.ops = &card_ops, .name = "net0", .mac = { 2, 0, 0, 0, 0, 1 }, .mtu = 1500, .link_up = true,
};
static struct netdev own_card = {
	.ops = &far_ops, .name = "far", .mac = { 2, 0, 0, 0, 0, 2 }, .mtu = 1500, .link_up = true,
};

/* Nothing comes or goes here: the host's address beyond the gateway is its own. */
static struct netdev beyond = {
	.ops = &far_ops, .name = "beyond", .mac = { 2, 0, 0, 0, 0, 3 }, .mtu = 1500, .link_up = true,
};

void far_change_card(void)
{
	own_card.mac[4]++;
}

/* ---- answers that take their time ---- */

static struct later {
	uint64_t due_us;		/* 0: free */
	int sock;
	struct net_addr to;
	uint16_t port;
	size_t len;
	uint8_t data[1024];
} later[LATER];

void far_answer(int sock, uint64_t delay_us, const void *data, size_t len, struct net_addr to, uint16_t port)
{
	for (struct later *l = later; l < later + LATER; l++)
		if (!l->due_us) {
			*l = (struct later){ .due_us = clock_us() + delay_us, .sock = sock, .to = to, .port = port };
			l->len = len;
			assert(len <= sizeof(l->data));
			memcpy(l->data, data, len);
			return;
		}
}

static void answer_due(void)
{
	for (struct later *l = later; l < later + LATER; l++)
		if (l->due_us && l->due_us <= clock_us()) {
			l->due_us = 0;
			sock_sendto(&net, l->sock, l->data, l->len, &l->to, l->port);
		}
}

int far_udp(struct net *n, uint16_t port)
{
	int s = sock_open(n, SOCK_UDP);
	assert(s >= 0 && sock_bind(n, s, &(struct net_addr){ 0 }, port) == 0);
	return s;
}

int far_tcp(struct net *n, uint16_t port)
{
	int s = sock_open(n, SOCK_TCP);
	assert(s >= 0 && sock_bind(n, s, &(struct net_addr){ 0 }, port) == 0 && sock_listen(n, s, 8) == 0);
	return s;
}

/* ---- DHCP ---- */

static int dhcp = -1, vlan_dhcp = -1, odd = -1;
static uint32_t xids[64];
static unsigned xid_count;

unsigned far_handshakes(void)
{
	return xid_count;
}

static void note_xid(uint32_t xid)
{
	for (unsigned i = 0; i < xid_count; i++)
		if (xids[i] == xid)
			return;
	if (xid_count < sizeof(xids) / sizeof(xids[0]))
		xids[xid_count++] = xid;
}

/* Beside the server, on the same host: it gives no addresses. */
static void serve_proxy(struct dhcp_header h, const struct far_answer *a)
{
	uint8_t out[600];
	struct dhcp_writer w = { .p = out, .cap = sizeof(out) };
	h.op = 2;
	h.yiaddr = 0;
	h.siaddr = FAR_IP;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, (const uint8_t[]){ DHCP_OFFER }, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, a->proxy_pxe ? FAR_IP : FAR_PROXY_ID);
	dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
	dhcp_write_option(&w, DHCP_OPT_BOOT_FILE, a->proxy_file, strlen(a->proxy_file));
	if (a->proxy_pxe)
		dhcp_write_option(&w, DHCP_OPT_VENDOR, a->proxy_pxe, a->proxy_pxe_len);
	if (a->proxy_ipxe)
		dhcp_write_option(&w, DHCP_OPT_IPXE, a->proxy_ipxe,
				  strlen((const char *)a->proxy_ipxe));
	dhcp_write_end(&w);
	far_answer(dhcp, far_dhcp_delay_us + a->proxy_us, out, w.len, net_addr_v4(IP_BROADCAST), DHCP_CLIENT_PORT);
}

void (*far_answers)(const uint8_t *asked, size_t len, struct far_answer *a);

static void serve_dhcp(const uint8_t *in, size_t len, bool tagged, bool to_all)
{
	struct far_answer a = { .file = far_boot_file };
	uint8_t out[600], type;
	struct dhcp_header h;
	struct dhcp_writer w = { .p = out, .cap = sizeof(out) };
	if (dhcp_parse(in, len, &h) < 0 || dhcp_option(in, len, DHCP_OPT_TYPE, 0, &type, 1) != 1 ||
	    (type != DHCP_DISCOVER && type != DHCP_REQUEST && type != DHCP_DECLINE && type != DHCP_RELEASE))
		return;
	if (type == DHCP_RELEASE) {
		far_released++;
		return;
	}
	if (type == DHCP_DECLINE) {
		far_declined++;
		return;
	}
	if (h.ciaddr && far_pxe_asked(dhcp, in, len, FAR_PXE_BROADCAST, net_addr_v4(h.ciaddr)))
		return;
	if (type == DHCP_DISCOVER)
		note_xid(h.xid);
	if (type == DHCP_REQUEST && h.ciaddr) {
		far_renewals += !to_all;
		far_rebinds += to_all;
		if (far_dhcp_forgets && !to_all)
			return;
	}
	a.type = type == DHCP_DISCOVER ? DHCP_OFFER : far_dhcp_refuses ? DHCP_NAK : DHCP_ACK;
	if (far_answers)
		far_answers(in, len, &a);
	if (a.proxy_file && type == DHCP_DISCOVER)
		serve_proxy(h, &a);
	if (a.also)
		far_answer(a.also_odd_port ? odd : dhcp, far_dhcp_delay_us / 2, a.also, a.also_len,
			   net_addr_v4(IP_BROADCAST), DHCP_CLIENT_PORT);
	if (!a.type)
		return;
	h.op = 2;
	uint32_t own = tagged ? FAR_VLAN_IP : FAR_IP;
	h.yiaddr = own - FAR_IP + LEASE_IP + !memcmp(h.chaddr, second_card.mac, 6) + far_declined;
	h.siaddr = a.server_name ? 0 : own;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &a.type, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, own);
	dhcp_write_u32(&w, DHCP_OPT_MASK, net_mask(MASK_LEN).v4);
	dhcp_write_u32(&w, DHCP_OPT_DNS, own);
	if (far_gateway)
		dhcp_write_u32(&w, DHCP_OPT_ROUTERS, far_gateway);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, far_lease_s);
	if (far_reboot_s >= 0)
		dhcp_write_u32(&w, 211, (uint32_t)far_reboot_s);
	dhcp_write_option(&w, DHCP_OPT_BOOT_FILE, a.file, strlen(a.file));
	if (a.server_name)
		dhcp_write_option(&w, DHCP_OPT_SERVER_NAME, a.server_name, strlen(a.server_name));
	if (a.pxe) {
		dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
		dhcp_write_option(&w, DHCP_OPT_VENDOR, a.pxe, a.pxe_len);
	}
	if (a.ipxe)
		dhcp_write_option(&w, DHCP_OPT_IPXE, a.ipxe, a.ipxe_len);
	if (far_settings)
		dhcp_write_option(&w, OPT_SETTINGS, far_settings,
				  far_settings_len ? far_settings_len : strlen(far_settings));
	dhcp_write_end(&w);
	far_answer(tagged ? vlan_dhcp : dhcp, far_dhcp_delay_us, out, w.len, net_addr_v4(IP_BROADCAST),
		   DHCP_CLIENT_PORT);
}

/* Is it for the DHCP server, and where does its packet begin?  net/ takes nothing from a host without an address. */
static bool is_dhcp(const struct frame *f, size_t *at)
{
	const uint8_t *p = f->data;
	*at = 42;
	if (p[12] == 0x81) {
		p += 4;
		*at += 4;
	}
	return f->len > *at && p[12] == 8 && p[14] == 0x45 && p[23] == 17 && p[36] == 0 && p[37] == DHCP_SERVER_PORT;
}

/* ---- together ---- */

/* Nobody serves: what comes meanwhile is not answered later either. */
static void far_drop_all(void)
{
	far_dns_drop(&net);
	far_tftp_drop(&net);
	memset(later, 0, sizeof(later));
	far_http_drop(&net);
	far_ftp_drop(&net);
	far_nfs_drop(&net);
}

static void far_turn(void)
{
	if (far_down) {
		far_drop_all();
		net_poll(&net, clock_us());
		return;
	}
	far_dns_turn(&net);
	far_tftp_turn(&net);
	far_pxe_turn(&net);
	far_http_turn(&net);
	far_ftp_turn(&net);
	far_nfs_turn(&net);
	far_telnet_turn();
	answer_due();
	net_poll(&net, clock_us());
}

static uint64_t next_event(void)
{
	uint64_t next = net_next_timer(&net);
	for (struct later *l = later; l < later + LATER; l++)
		if (l->due_us && l->due_us < next)
			next = l->due_us;
	if (far_telnet_next() < next)
		next = far_telnet_next();
	return frame_count && frames[0].due_us < next ? frames[0].due_us : next;
}

void far_open(uint16_t port, bool on)
{
	static bool closed[2];		/* 53, 80 */
	if (closed[port == 80] == !on)
		return;
	closed[port == 80] = !on;
	if (port == 80)
		far_http_open(&net, on ? far_tcp(&net, 80) : -1);
	else
		far_dns_open(&net, on);
}

static bool is_unheard(const struct frame *f)
{
	const uint8_t *p = f->data;
	return far_silent_port && f->len > 38 && p[12] == 8 && p[13] == 0 && (p[23] == 17 || p[23] == 6) &&
	       (p[36] << 8 | p[37]) == far_silent_port;
}

/* For the first card, for the second, for both. */
static bool is_for_first(const struct frame *f)
{
	bool group = f->data[0] & 1, second = !memcmp(f->data, second_card.mac, 6);
	if (far_second == FAR_TWO_CARDS && (group || second) && second_card.link_up && second_count < FRAMES)
		for_second[second_count++] = *f;
	return group || !second;
}

/* What its wire brings is sorted out when the first card is polled. */
static unsigned poll_second(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	unsigned given = second_count;
	for (unsigned i = 0; i < given; i++) {
		struct frame f = for_second[i];
		deliver(ctx, dev, f.data, f.len);
	}
	memmove(for_second, for_second + given, (second_count - given) * sizeof(for_second[0]));
	second_count -= given;
	return given;
}

/* The loader's card: when it has nothing, time passes. */
static unsigned poll_card(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	unsigned given = 0;
	far_polls++;
	while (frame_count && frames[0].due_us <= clock_us()) {
		struct frame f = frames[0];
		memmove(frames, frames + 1, --frame_count * sizeof(frames[0]));
		size_t at;
		if (f.to_far && far_crowd)
			far_crowd(f.data, f.len);
		if (f.to_far && is_unheard(&f))
			continue;
		bool dhcp_asked = f.to_far && is_dhcp(&f, &at);
		if (dhcp_asked && !far_down)
			serve_dhcp(f.data + at, f.len - at, at > 42, f.data[0] & 1);
		else if (f.to_far && !dhcp_asked)
			net_input(&net, &own_card, f.data, f.len, clock_us());
		else if (!f.to_far && is_for_first(&f))
			deliver(ctx, dev, f.data, f.len);
		given += !f.to_far;
	}
	far_turn();
	uint64_t now = clock_us(), next = next_event();
	if (!given && next > now)
		machine_pass(next - now < STEP_US ? next - now : STEP_US);
	return given;
}

static void *far_alloc(void *ctx, size_t len)
{
	(void)ctx;
	return machine_malloc(len ? len : 1);
}

static void far_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)len;
	machine_free(p);
}

static void far_wake(void *ctx, int sock)
{
	(void)ctx;
	(void)sock;
}

static void far_event(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static int dhcp_socket(struct link *l, uint16_t port)
{
	int s = sock_open(&net, SOCK_UDP);
	sock_set(&net, s, SOCK_OPT_BROADCAST, 1);
	sock_set(&net, s, SOCK_OPT_REUSE, 1);
	sock_set(&net, s, SOCK_OPT_LINK, (uintptr_t)l);
	assert(s >= 0 && sock_bind(&net, s, NULL, port) == 0);
	return s;
}

struct netdev *far_card(void)
{
	return &card;
}

struct netdev *far_second_card(void)
{
	return &second_card;
}

void far_setup(void)
{
	static struct netdev *const cards = &card;
	far_begin();
	net_setup(&cards, 1);
}

void far_begin(void)
{
	struct net_ops ops = { far_random, far_alloc, far_free, far_wake, far_event, NULL };
	net_init(&net, &ops);
	int err;
	struct link *link = link_add(&net, &own_card), *vlan = link_add_vlan(&net, link, FAR_VLAN, 0, &err);
	const struct net_addr own = net_addr_v4(FAR_IP), own_vlan = net_addr_v4(FAR_VLAN_IP);
	const struct net_addr own_beyond = net_addr_v4(BEYOND_IP);
	link_configure(&net, link, &own, MASK_LEN);
	link_configure(&net, link_add(&net, &beyond), &own_beyond, MASK_LEN);
	link_configure(&net, vlan, &own_vlan, MASK_LEN);
	net_poll(&net, clock_us());
	dhcp = dhcp_socket(link, DHCP_SERVER_PORT);
	vlan_dhcp = dhcp_socket(vlan, DHCP_SERVER_PORT);
	odd = dhcp_socket(link, 435);
	far_dns_open(&net, true);
	far_tftp_setup(&net, &own_beyond);
	far_pxe_setup(&net);
	far_telnet_setup(&net, LEASE_IP);
	far_ftp_setup(&net);
	far_nfs_setup(&net);
	far_http_setup(far_tcp(&net, 80), far_tcp(&net, FAR_RELAY_PORT), far_tcp(&net, 3128));
}
