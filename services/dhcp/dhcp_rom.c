/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ROM keeps of its own DHCP: see dhcp_rom.h.  Called by dhcp_life.c. */
#include "services/dhcp/dhcp_rom.h"

#include <errno.h>
#include <string.h>

#include "net/net.h"
#include "services/dhcp/dhcp.h"
#include "services/dhcp/dhcp_lease.h"

#define BEFORE_US 30000000u		/* the ROM asked so long before our start: its fetch of us lies between */

struct kept {
	const uint8_t *raw;
	size_t len;
};

static struct kept ack, reply;
static bool spoilt;

/* What cannot be a packet is none. */
static struct kept keep(const void *raw, size_t len)
{
	struct dhcp_header h;

	if (!raw || len > DHCP_MAX_LEN || dhcp_parse(raw, len, &h) < 0)
		return (struct kept){ NULL, 0 };
	return (struct kept){ raw, len };
}

void dhcp_rom_set(const void *ack_raw, size_t ack_len, const void *reply_raw, size_t reply_len)
{
	ack = keep(ack_raw, ack_len);
	reply = keep(reply_raw, reply_len);
}

static bool is_for(const struct kept *k, const uint8_t mac[6])
{
	struct dhcp_header h;

	return k->raw && dhcp_parse(k->raw, k->len, &h) == 0 && memcmp(h.chaddr, mac, 6) == 0;
}

bool dhcp_rom_had_proxy(const uint8_t mac[6])
{
	char file[DHCP_STRING_MAX], other[DHCP_STRING_MAX];
	struct net_addr none = net_addr_v4(0), at;

	if (!is_for(&ack, mac) || !reply.raw)
		return false;
	dhcp_read_boot(ack.raw, ack.len, &none, &at, file);
	dhcp_read_boot(reply.raw, reply.len, &none, &at, other);
	/* a server that gives addresses and files leaves the same in both */
	return other[0] && strcmp(file, other) != 0;
}

int dhcp_rom_take(struct dhcp_client *c, uint64_t now_us)
{
	struct dhcp_header h;

	if (spoilt || !is_for(&ack, c->id.mac) || dhcp_parse(ack.raw, ack.len, &h) < 0 || h.op != 2)
		return -ENOENT;
	const struct net_addr mine = net_addr_v4(h.yiaddr), server = net_addr_v4(h.siaddr);
	if (!net_addr_is_host(&mine))
		return -ENOENT;
	if (dhcp_rom_had_proxy(c->id.mac))
		dhcp_keep_proxy(c, reply.raw, reply.len, &server);
	return dhcp_adopt(c, now_us, (uint32_t)((now_us + BEFORE_US) / 1000000), ack.raw, ack.len, &server);
}

void dhcp_rom_spoil(const uint8_t mac[6])
{
	spoilt = spoilt || is_for(&ack, mac);
}
