/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side: see far.h. */
#include "tests/world/far.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/stack/stack.h"
#include "tests/world/far_http.h"
#include "tests/world/machine.h"

#define OPT_SETTINGS 224		/* as interface_commands.c has it */

#define STEP_US		5000u		/* the most that passes while the loader polls its card in vain */
#define FAR_IP		0x0a000001u
#define FAR_VLAN_IP	0x0a050001u
#define LEASE_IP	0x0a000064u
#define BEYOND_IP	0x0a090001u
#define MASK_LEN	24
#define SLOW_US		400000u
#define BIG_US		300000u
#define SECOND		1000000u
#define FRAMES		256
#define LATER		16
#define CONNS		16

uint64_t far_dhcp_delay_us = 300000;
const char *far_boot_file = "http://files.test/file";
const char *far_settings;
uint64_t far_wire_us = 300;
bool far_dark, far_down, far_dhcp_refuses;
uint32_t far_lease_s = 3600, far_gateway, far_files_at = FAR_IP, far_files_first;
uint16_t far_silent_port;
int32_t far_reboot_s = -1;
unsigned far_loss, far_twice;
uint32_t far_jitter_us, far_seed = 99;
void (*far_crowd)(const uint8_t *frame, size_t len);
unsigned far_declined;

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
	if (far_dark || far_random(NULL) % 10000 < far_loss)
		return 0;
	put_once(to_far, data, len);
	if (far_twice && far_random(NULL) % 10000 < far_twice)
		put_once(to_far, data, len);
	return 0;
}

static unsigned poll_card(struct netdev *dev, netdev_deliver *deliver, void *ctx);

static int card_transmit(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	return put(true, frame, len);
}

void far_put(const void *frame, size_t len)
{
	put(false, frame, len);
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

static void answer(int sock, uint64_t delay_us, const void *data, size_t len, struct net_addr to, uint16_t port)
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

static int udp(uint16_t port)
{
	int s = sock_open(&net, SOCK_UDP);
	assert(s >= 0 && sock_bind(&net, s, &(struct net_addr){ 0 }, port) == 0);
	return s;
}

/* ---- DHCP ---- */

static int dhcp = -1, vlan_dhcp = -1;
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

static void serve_dhcp(const uint8_t *in, size_t len, bool tagged)
{
	uint8_t out[600], type;
	struct dhcp_header h;
	struct dhcp_writer w = { .p = out, .cap = sizeof(out) };
	if (dhcp_parse(in, len, &h) < 0 || dhcp_option(in, len, DHCP_OPT_TYPE, 0, &type, 1) != 1 ||
	    (type != DHCP_DISCOVER && type != DHCP_REQUEST && type != DHCP_DECLINE))
		return;
	if (type == DHCP_DECLINE) {
		far_declined++;
		return;
	}
	if (type == DHCP_DISCOVER)
		note_xid(h.xid);
	uint8_t reply = type == DHCP_DISCOVER ? DHCP_OFFER : far_dhcp_refuses ? DHCP_NAK : DHCP_ACK;
	h.op = 2;
	uint32_t own = tagged ? FAR_VLAN_IP : FAR_IP;
	h.yiaddr = own - FAR_IP + LEASE_IP + !memcmp(h.chaddr, second_card.mac, 6) + far_declined;
	h.siaddr = own;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &reply, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, own);
	dhcp_write_u32(&w, DHCP_OPT_MASK, net_mask(MASK_LEN).v4);
	dhcp_write_u32(&w, DHCP_OPT_DNS, own);
	if (far_gateway)
		dhcp_write_u32(&w, DHCP_OPT_ROUTERS, far_gateway);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, far_lease_s);
	if (far_reboot_s >= 0)
		dhcp_write_u32(&w, 211, (uint32_t)far_reboot_s);
	dhcp_write_option(&w, DHCP_OPT_BOOT_FILE, far_boot_file, strlen(far_boot_file));
	if (far_settings)
		dhcp_write_option(&w, OPT_SETTINGS, far_settings, strlen(far_settings));
	dhcp_write_end(&w);
	answer(tagged ? vlan_dhcp : dhcp, far_dhcp_delay_us, out, w.len, net_addr_v4(IP_BROADCAST), DHCP_CLIENT_PORT);
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

/* ---- DNS ---- */

static int dns_udp = -1, dns_tcp = -1;

static size_t put_address(uint8_t *out, uint32_t address)
{
	const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (uint8_t)(address >> 24),
				   (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };
	memcpy(out, record, sizeof(record));
	return sizeof(record);
}

/* The answer to a query in out (as long as it and 32 bytes more): its length.  *delay_us UINT64_MAX: none. */
static size_t dns_answer(const uint8_t *query, size_t len, uint8_t *out, uint64_t *delay_us, bool by_tcp)
{
	const char *name = (const char *)query + 13;	/* the first label, of a name that ends with .test */
	bool ipv4 = query[len - 3] == 1, big = !strncmp(name, "big", 3) || !strncmp(name, "drip", 4);
	bool files = !strncmp(name, "files", 5), known = big || files || !strncmp(name, "slow", 4);
	*delay_us = big ? BIG_US : !strncmp(name, "slow", 4) ? SLOW_US : !strncmp(name, "mute", 4) ? UINT64_MAX : 0;
	memcpy(out, query, len);
	out[2] = 0x81;
	out[3] = known ? 0x80 : 0x83;
	if (big && !by_tcp) {
		out[2] |= 2;		/* TC */
		*delay_us = 0;
		return len;
	}
	if (!known || !ipv4)
		return len;
	out[7] = 1;
	if (files && far_files_first) {
		out[7]++;
		len += put_address(out + len, far_files_first);
	}
	return len + put_address(out + len, files ? far_files_at : FAR_IP);
}

static void serve_dns(void)
{
	uint8_t in[512], out[600];
	uint64_t delay_us;
	struct net_addr from;
	uint16_t port;
	int n;
	while ((n = sock_recvfrom(&net, dns_udp, in, sizeof(in), &from, &port)) >= 0)
		if (n > 20) {
			size_t len = dns_answer(in, (size_t)n, out, &delay_us, false);
			if (delay_us != UINT64_MAX)
				answer(dns_udp, delay_us, out, len, from, port);
		}
}

/* ---- TFTP: blocks of 512 bytes, options unheard; each ACK is answered from the request's own port ---- */

static int tftp = -1;
static const char *odd_file;		/* asked for last, if it is one of the odd ones */

static const char *odd_name(const char *name)
{
	static const char *const names[] = { "repeat", "oacks", "crumbs" };
	for (unsigned i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			return names[i];
	return NULL;
}

/* Whatever the request or the ACK was. */
static void serve_oddly(bool request, unsigned acked, struct net_addr to, uint16_t port)
{
	static const uint8_t oack[] = "\0\6blksize\0" "8";	/* its NUL ends it */
	uint8_t block[12] = { 0, 3, (uint8_t)((acked + 1) >> 8), (uint8_t)(acked + 1) };
	if (odd_file[0] == 'o' || (odd_file[0] == 'c' && request))
		answer(tftp, request ? 0 : 300000, oack, sizeof(oack), to, port);
	else if (odd_file[0] == 'c')
		answer(tftp, 1000000, block, sizeof(block), to, port);
	else		/* late enough for it to be acknowledged again */
		answer(tftp, request ? 0 : 250000, (uint8_t[516]){ 0, 3, 0, 1 }, 516, to, port);
}

/* Whom the files go to that are not /file. */
static struct {
	uint16_t port;
	const struct far_file *file;
} sendings[8];
static unsigned sending_count;

static const struct far_file *sent_to(uint16_t port)
{
	for (unsigned i = 0; i < 8; i++)
		if (sendings[i].port == port)
			return sendings[i].file;
	return NULL;
}

static void send_block(uint16_t block, const struct net_addr *to, uint16_t port)
{
	uint8_t out[516] = { 0, 3, (uint8_t)(block >> 8), (uint8_t)block };
	const struct far_file *f = sent_to(port);
	size_t all = f ? f->len : FAR_FILE_LEN, from = (block - 1u) * 512u, len = from > all ? 0 : all - from;
	len = len < 512 ? len : 512;
	for (size_t i = 0; i < len; i++)
		out[4 + i] = f ? f->data[from + i] : far_byte(from + i);
	if (from <= all)
		sock_sendto(&net, tftp, out, 4 + len, to, port);
}

static void begin_sending(const char *name, const struct net_addr *to, uint16_t port)
{
	static const uint8_t no_such_file[] = { 0, 5, 0, 1, 'n', 'o', 0 };
	const struct far_file *f = far_find(name);
	sendings[sending_count].port = port;
	sendings[sending_count++ % 8].file = f;
	sending_count %= 8;
	if (f || !strcmp(name + (*name == '/'), "file"))
		send_block(1, to, port);
	else
		sock_sendto(&net, tftp, no_such_file, sizeof(no_such_file), to, port);
}

static void serve_tftp(void)
{
	uint8_t in[600];
	struct net_addr from;
	uint16_t port;
	int n;
	while ((n = sock_recvfrom(&net, tftp, in, sizeof(in) - 1, &from, &port)) >= 0) {
		in[n] = 0;
		if (n < 4)
			continue;
		if (in[1] == 1)
			odd_file = odd_name((const char *)in + 2);
		if (odd_file)
			serve_oddly(in[1] == 1, (unsigned)in[2] << 8 | in[3], from, port);
		else if (in[1] == 1)
			begin_sending((const char *)in + 2, &from, port);
		else if (in[1] == 4)
			send_block((uint16_t)((in[2] << 8 | in[3]) + 1), &from, port);
	}
}

/* ---- DNS by TCP ---- */

static struct conn {
	int sock;			/* -1: free */
	size_t in_len, out_len;
	uint64_t due_us;		/* of the answer */
	size_t out_at;			/* bytes sent, where they go one by one */
	bool drips;
	uint8_t in[600], out[600];
} conns[CONNS];

static void accept_all(void)
{
	int s;
	while ((s = sock_accept(&net, dns_tcp, NULL, NULL)) >= 0) {
		struct conn *c = conns;
		while (c < conns + CONNS && c->sock >= 0)
			c++;
		if (c == conns + CONNS) {
			sock_abort(&net, s);
			continue;
		}
		c->sock = s;
		c->in_len = c->out_len = c->out_at = 0;
		c->drips = false;
	}
}

static void serve_conn(struct conn *c)
{
	int n = sock_recv(&net, c->sock, c->in + c->in_len, sizeof(c->in) - c->in_len);
	if (n == 0 || (n < 0 && n != -EAGAIN)) {
		sock_close(&net, c->sock);
		c->sock = -1;
		return;
	}
	c->in_len += n > 0 ? (size_t)n : 0;
	if (!c->out_len && c->in_len > 22 && c->in_len >= 2u + c->in[1]) {
		uint64_t delay_us;
		size_t len = dns_answer(c->in + 2, c->in_len - 2, c->out + 2, &delay_us, true);
		c->out[0] = (uint8_t)(len >> 8);
		c->out[1] = (uint8_t)len;
		c->out_len = len + 2;
		c->due_us = clock_us() + delay_us;
		c->drips = !strncmp((char *)c->in + 15, "drip", 4);
		c->in_len = 0;
	}
	if (c->drips && c->out_at < c->out_len && c->due_us <= clock_us() &&
	    sock_send(&net, c->sock, c->out + c->out_at, 1) > 0) {
		c->out_at++;
		c->due_us = clock_us() + 500000;
	}
	if (!c->drips && c->out_len && c->due_us <= clock_us() && sock_send(&net, c->sock, c->out, c->out_len) > 0)
		c->out_len = 0;
}

static int tcp(uint16_t port)
{
	int s = sock_open(&net, SOCK_TCP);
	assert(s >= 0 && sock_bind(&net, s, &(struct net_addr){ 0 }, port) == 0 && sock_listen(&net, s, 8) == 0);
	return s;
}

/* ---- a telnet client ---- */

static int caller = -1;
static char heard[4096];
static size_t heard_len;
static bool greeted;
static struct {
	const char *password, *keys;	/* NULL: not typed (any more) */
	uint64_t keys_at_us, leaves_at_us;	/* 0: not greeted yet; never */
	uint64_t again_at_us;		/* he was refused */
	bool abruptly;
} calling;

static void dial(void)
{
	struct net_addr to = net_addr_v4(LEASE_IP);
	heard_len = 0;
	greeted = false;
	calling.again_at_us = 0;
	caller = sock_open(&net, SOCK_TCP);
	sock_connect(&net, caller, &to, 23);
}

void far_telnet_say(const char *keys)
{
	sock_send(&net, caller, keys, strlen(keys));
}

void far_telnet_hang_up(void)
{
	if (caller >= 0)
		sock_abort(&net, caller);
	caller = -1;
}

bool far_heard(const char *text)
{
	return memmem(heard, heard_len, text, strlen(text));
}

static void type(const char **text)
{
	if (sock_send(&net, caller, *text, strlen(*text)) > 0)
		*text = NULL;
}

static void hang_up(void)
{
	if (caller >= 0 && calling.abruptly)
		sock_abort(&net, caller);
	else if (caller >= 0)
		sock_close(&net, caller);
	caller = -1;
	calling.again_at_us = 0;
}

static void do_calling(void)
{
	uint64_t now = clock_us();
	if (calling.leaves_at_us && calling.leaves_at_us <= now) {
		calling.leaves_at_us = 0;
		hang_up();
	} else if (caller < 0 && calling.again_at_us && calling.again_at_us <= now) {
		dial();
	}
	if (caller < 0)
		return;
	if (calling.password && memmem(heard, heard_len, "Password: ", 10))
		type(&calling.password);
	if (!calling.keys_at_us && greeted)
		calling.keys_at_us = now + SECOND;
	if (calling.keys && calling.keys_at_us && calling.keys_at_us <= now)
		type(&calling.keys);
}

static uint64_t next_of_calling(void)
{
	uint64_t next = calling.leaves_at_us ? calling.leaves_at_us : NET_NEVER;
	if (calling.again_at_us && calling.again_at_us < next)
		next = calling.again_at_us;
	if (caller >= 0 && calling.keys && calling.keys_at_us && calling.keys_at_us < next)
		next = calling.keys_at_us;
	return next;
}

void far_call_telnet(void)
{
	calling.abruptly = true;
	hang_up();
	memset(&calling, 0, sizeof(calling));
	dial();
}

void far_call_telnet_and_type(const char *password, const char *keys, uint64_t stays_us, bool abruptly)
{
	far_call_telnet();
	calling.password = password;
	calling.keys = keys;
	calling.leaves_at_us = clock_us() + stays_us;
	calling.abruptly = abruptly;
}

bool far_was_greeted(void)
{
	return greeted;
}

static void listen_to_telnet(void)
{
	int n = caller < 0 ? -EAGAIN : sock_recv(&net, caller, heard + heard_len, sizeof(heard) - heard_len);
	heard_len += n > 0 ? (size_t)n : 0;
	greeted = greeted || memmem(heard, heard_len, "Undine", 6);
	if (heard_len == sizeof(heard))
		heard_len = 0;
	if (n != -EAGAIN && n <= 0) {
		sock_close(&net, caller);
		caller = -1;
		calling.again_at_us = calling.leaves_at_us && !greeted ? clock_us() + SECOND : 0;
	}
	do_calling();
}

/* ---- together ---- */

/* Nobody serves: what comes meanwhile is not answered later either. */
static void far_drop_all(void)
{
	uint8_t in[600];
	while (sock_recvfrom(&net, dns_udp, in, sizeof(in), NULL, NULL) >= 0 ||
	       sock_recvfrom(&net, tftp, in, sizeof(in), NULL, NULL) >= 0)
		;
	memset(later, 0, sizeof(later));
	far_http_drop(&net);
}

static void far_turn(void)
{
	if (far_down) {
		far_drop_all();
		net_poll(&net, clock_us());
		return;
	}
	serve_dns();
	serve_tftp();
	far_http_turn(&net);
	accept_all();
	for (struct conn *c = conns; c < conns + CONNS; c++)
		if (c->sock >= 0)
			serve_conn(c);
	listen_to_telnet();
	answer_due();
	net_poll(&net, clock_us());
}

static uint64_t next_event(void)
{
	uint64_t next = net_next_timer(&net);
	for (struct later *l = later; l < later + LATER; l++)
		if (l->due_us && l->due_us < next)
			next = l->due_us;
	if (next_of_calling() < next)
		next = next_of_calling();
	return frame_count && frames[0].due_us < next ? frames[0].due_us : next;
}

void far_open(uint16_t port, bool on)
{
	static bool closed[2];		/* 53, 80 */
	if (closed[port == 80] == !on)
		return;
	closed[port == 80] = !on;
	if (port == 80) {
		far_http_open(&net, on ? tcp(80) : -1);
	} else {
		if (!on) {
			sock_close(&net, dns_udp);
			sock_close(&net, dns_tcp);
		}
		dns_udp = on ? udp(53) : -1;
		dns_tcp = on ? tcp(53) : -1;
	}
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
			serve_dhcp(f.data + at, f.len - at, at > 42);
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

static int dhcp_socket(struct link *l)
{
	int s = sock_open(&net, SOCK_UDP);
	sock_set(&net, s, SOCK_OPT_BROADCAST, 1);
	sock_set(&net, s, SOCK_OPT_REUSE, 1);
	sock_set(&net, s, SOCK_OPT_LINK, (uintptr_t)l);
	assert(s >= 0 && sock_bind(&net, s, NULL, DHCP_SERVER_PORT) == 0);
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
	for (struct conn *c = conns; c < conns + CONNS; c++)
		c->sock = -1;
	dhcp = dhcp_socket(link);
	vlan_dhcp = dhcp_socket(vlan);
	dns_udp = udp(53);
	tftp = udp(69);
	dns_tcp = tcp(53);
	far_http_setup(tcp(80), tcp(FAR_RELAY_PORT));
}
