/* SPDX-License-Identifier: BSD-2-Clause */
/* See virtio_net.h; section numbers are virtio 1.2's. */
#include "drivers/virtio/virtio_net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/virtio/virtio.h"
#include "kernel/clock.h"
#include "kernel/pages.h"

/* Features (5.1.3). */
#define CSUM (1u << 0)
#define GUEST_CSUM (1u << 1)
#define MTU (1u << 3)
#define MAC (1u << 5)
#define GUEST_TSO4 (1u << 7)
#define MRG_RXBUF (1u << 15)
#define STATUS (1u << 16)

/* The device's own registers (5.1.4). */
#define CONFIG_MAC 0
#define CONFIG_STATUS 6
#define CONFIG_MTU 10
#define STATUS_LINK_UP 1

/* The header in front of each frame (5.1.6): bytes of it, and where its fields are. */
#define HEADER_SHORT 10u		/* without a number of buffers: legacy, and no MRG_RXBUF */
#define HEADER_LONG 12u
#define HEADER_FLAGS 0
#define HEADER_GSO 1
#define HEADER_CSUM_START 6
#define HEADER_CSUM_OFFSET 8
#define HEADER_BUFFERS 10
#define NEEDS_CSUM 1u
#define DATA_VALID 2u
#define GSO_TCPV4 1u
#define GSO_ECN 0x80u

#define RECEIVE 0u			/* queues */
#define SEND 1u
#define RX_SLOT 4096u
#define TX_SLOT 2048u
#define ETHERTYPE_VLAN 0x8100u
#define ETHERTYPE_IP 0x0800u
#define PROTOCOL_TCP 6
#define TCP_CHECKSUM 16
#define FRAME_LEAST 14u
#define FRAME_MOST (14u + 4u + 65535u)
#define BUFFERS_MOST ((FRAME_MOST + HEADER_LONG) / RX_SLOT + 1)
#define LOOK_US 100000u			/* between looks at link and status */

struct nic {
	struct virtio v;
	struct virtq rx, tx;
	size_t memory_len;		/* of all, this struct with it */
	uint8_t *slots, *tx_slots, *whole;	/* whole: a frame that cannot be left where it lies */
	unsigned header;
	uint64_t look_at, sending_at;	/* sending_at: when a look last found that it sends, or need not */
	uint16_t sent;			/* tx.seen at that look */
};

static uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* --- coming up */

static size_t page_up(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

/* Legacy devices that do not say otherwise want the header in a descriptor of its own (5.1.6.1). */
static unsigned chain_of(const struct virtio *v)
{
	return v->modern || v->features & VIRTIO_ANY_LAYOUT ? 1 : 2;
}

/* In one piece of memory: struct nic, both rings, slots for each way, the longest frame; or NULL. */
static struct nic *lay_out(const struct virtio *v, unsigned rx_len, unsigned tx_len)
{
	size_t self = page_up(sizeof(struct nic)), rings[2] = { page_up(virtq_memory(rx_len)),
								page_up(virtq_memory(tx_len)) };
	size_t slots = (size_t)VIRTQ_SLOTS * RX_SLOT, tx_slots = (size_t)VIRTQ_SLOTS * TX_SLOT;
	size_t len = self + rings[0] + rings[1] + slots + tx_slots + page_up(FRAME_MOST);
	uint8_t *p = pages_alloc(len);
	if (!p)
		return NULL;
	memset(p, 0, self + rings[0] + rings[1]);
	struct nic *nic = (struct nic *)p;
	nic->v = *v;
	nic->memory_len = len;
	virtq_init(&nic->rx, p + self, rx_len, chain_of(v));
	virtq_init(&nic->tx, p + self + rings[0], tx_len, chain_of(v));
	nic->slots = p + self + rings[0] + rings[1];
	nic->tx_slots = nic->slots + slots;
	nic->whole = nic->tx_slots + tx_slots;
	nic->header = v->modern || v->features & MRG_RXBUF ? HEADER_LONG : HEADER_SHORT;
	return nic;
}

static void give_slots(struct nic *nic)
{
	for (unsigned i = 0; i < nic->rx.slots; i++) {
		virtq_place(&nic->rx, i, nic->slots + i * RX_SLOT, RX_SLOT, nic->header, true);
		virtq_post(&nic->rx, i, RX_SLOT);
	}
	for (unsigned i = 0; i < nic->tx.slots; i++) {
		memset(nic->tx_slots + i * TX_SLOT, 0, nic->header);
		virtq_place(&nic->tx, i, nic->tx_slots + i * TX_SLOT, TX_SLOT, nic->header, false);
	}
}

/* What the device tells of itself: false, and why, where that cannot be. */
static bool read_config(struct virtio *v, struct netdev *dev)
{
	uint8_t mac[6], mtu[2];
	if (v->features & MAC) {
		if (!virtio_config(v, CONFIG_MAC, mac, sizeof mac) || !netdev_mac_valid(mac)) {
			v->why = "its address is none that a card can have";
			return false;
		}
		memcpy(dev->mac, mac, sizeof mac);
	} else if (!netdev_mac_valid(dev->mac)) {
		v->why = "it has no address";
		return false;
	}
	dev->mtu = NETDEV_MTU_MAX;
	if (v->features & MTU && virtio_config(v, CONFIG_MTU, mtu, sizeof mtu) && get_le16(mtu) >= 576 &&
	    get_le16(mtu) < NETDEV_MTU_MAX)
		dev->mtu = get_le16(mtu);
	return true;
}

static bool has_link(const struct virtio *v)
{
	uint8_t status[2];
	return !(v->features & STATUS) || !virtio_config(v, CONFIG_STATUS, status, sizeof status) ||
	       status[0] & STATUS_LINK_UP;
}

static struct nic *begin(struct virtio *v, struct netdev *dev)
{
	unsigned rx_len, tx_len;
	uint64_t wanted = CSUM | MAC | STATUS | MTU | MRG_RXBUF | GUEST_CSUM | GUEST_TSO4 | VIRTIO_ANY_LAYOUT;
	if (virtio_agree(v, wanted) < 0)
		return NULL;
	/* 64 KiB at once want GUEST_CSUM (5.1.3.1), and slots that can be joined */
	if ((v->features & (GUEST_CSUM | MRG_RXBUF | GUEST_TSO4)) != (GUEST_CSUM | MRG_RXBUF | GUEST_TSO4) &&
	    v->features & GUEST_TSO4) {
		if (!virtio_reset(v) || virtio_agree(v, wanted & ~(uint64_t)GUEST_TSO4) < 0)
			return NULL;
	}
	if (!read_config(v, dev) || !(rx_len = virtio_queue_len(v, RECEIVE)) || !(tx_len = virtio_queue_len(v, SEND)))
		return NULL;
	struct nic *nic = rx_len < 2 || tx_len < 2 ? NULL : lay_out(v, rx_len, tx_len);
	if (!nic) {
		v->why = rx_len < 2 || tx_len < 2 ? "a queue is too short" : "there is no memory for its rings";
		return NULL;
	}
	give_slots(nic);
	virtio_queue_give(v, RECEIVE, &nic->rx);
	virtio_queue_give(v, SEND, &nic->tx);
	virtio_go(v);
	if (virtq_wants_notice(&nic->rx))
		virtio_notify(v, RECEIVE);
	return nic;
}

static struct nic *net_start(uint32_t function, struct netdev *dev, const char **why)
{
	struct virtio v = { 0 };
	struct nic *nic = NULL;
	if (virtio_find(&v, function) == 0 && virtio_reset(&v)) {
		nic = begin(&v, dev);
		const char *failed = v.why;
		if (!nic && virtio_reset(&v))
			v.why = failed;
	}
	*why = v.why;
	if (!nic)
		return NULL;
	dev->link_up = has_link(&v);
	dev->tx_sums_tcp = v.features & CSUM;
	nic->sending_at = clock_us();
	nic->look_at = nic->sending_at + LOOK_US;
	return nic;
}

/* Takes back what has been sent: false where it is broken. */
static bool reclaim(struct nic *nic)
{
	uint32_t len;
	int ready = virtq_ready(&nic->tx);
	for (; ready > 0; ready--)
		if (virtq_take(&nic->tx, &len) < 0)
			return false;
	return ready == 0;
}

static bool net_stop(struct nic *nic)
{
	uint64_t until = clock_us() + NIC_DRAIN_US;
	while (reclaim(nic) && nic->tx.seen != nic->tx.posted && clock_us() < until)
		;
	if (!virtio_reset(&nic->v))
		return false;
	size_t len = nic->memory_len;
	memset(nic, 0, len);		/* passwords may be in frames */
	pages_free(nic, len);
	return true;
}

static void net_tell(const struct nic *nic, char text[NIC_TOLD_LEN])
{
	snprintf(text, NIC_TOLD_LEN, "virtio %s%s%s", nic->v.modern ? "1" : "0.9",
		 nic->v.features & GUEST_CSUM ? ", checksums" : "",
		 nic->v.features & GUEST_TSO4 ? ", 64 KiB at once" : "");
}

/* --- receiving */

/* Does the header make sense?  dev->rx_checked becomes what it says. */
static bool judge(const struct nic *nic, struct netdev *dev, const uint8_t *header, size_t len)
{
	unsigned flags = header[HEADER_FLAGS], gso = header[HEADER_GSO] & ~GSO_ECN;
	size_t csum_at = (size_t)get_le16(header + HEADER_CSUM_START) + get_le16(header + HEADER_CSUM_OFFSET);
	dev->rx_checked = nic->v.features & GUEST_CSUM && flags & (NEEDS_CSUM | DATA_VALID);
	if (len < FRAME_LEAST || len > FRAME_MOST || (gso && gso != GSO_TCPV4))
		return false;
	return !(flags & NEEDS_CSUM) || csum_at + 2 <= len;
}

/*
 * Takes the next frame, of at most `ready` slots: their number, *frame and
 * *len; or -EIO.  The slots are to be given back.
 */
static int take_frame(struct nic *nic, int ready, uint8_t slots[BUFFERS_MOST], uint8_t **frame, size_t *len)
{
	uint32_t part;
	int slot = virtq_take(&nic->rx, &part), count = 1;
	bool in_place = true;
	if (slot < 0)
		return slot;
	if (part < nic->header) {
		nic->rx.broken = "it returns a frame without a header";
		return -EIO;
	}
	uint8_t *header = nic->slots + (size_t)slot * RX_SLOT;
	slots[0] = (uint8_t)slot;
	*frame = header + nic->header;
	*len = part - nic->header;
	if (nic->v.features & MRG_RXBUF)
		count = get_le16(header + HEADER_BUFFERS);
	if (count < 1 || count > (int)BUFFERS_MOST || count > ready) {
		nic->rx.broken = "it says that a frame is in more buffers than it has returned";
		return -EIO;
	}
	for (int i = 1; i < count; i++) {
		bool full = part == RX_SLOT;
		slot = virtq_take(&nic->rx, &part);
		if (slot < 0)
			return slot;
		slots[i] = (uint8_t)slot;
		if (in_place && (!full || slot != slots[i - 1] + 1)) {
			in_place = false;
			memcpy(nic->whole, *frame, *len < FRAME_MOST ? *len : FRAME_MOST);
			*frame = nic->whole;
		}
		if (!in_place && *len + part <= FRAME_MOST)
			memcpy(nic->whole + *len, nic->slots + (size_t)slot * RX_SLOT, part);
		*len += part;
	}
	return count;
}

static unsigned receive(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	uint8_t slots[BUFFERS_MOST], *frame;
	unsigned frames = 0;
	size_t len;
	int ready = virtq_ready(&nic->rx);
	if (ready > 0)
		dev->rx_visits++;
	while (ready > 0) {
		int count = take_frame(nic, ready, slots, &frame, &len);
		if (count < 0)
			break;
		ready -= count;
		if (judge(nic, dev, nic->slots + (size_t)slots[0] * RX_SLOT, len)) {
			deliver(ctx, dev, frame, len);
			frames++;
		} else {
			dev->rx_errors++;
		}
		dev->rx_checked = false;
		for (int i = 0; i < count; i++)
			virtq_post(&nic->rx, slots[i], RX_SLOT);
	}
	if (!nic->rx.broken && virtq_wants_notice(&nic->rx))
		virtio_notify(&nic->v, RECEIVE);
	return frames;
}

/* --- sending */

static unsigned get_be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Where TCP begins in a frame of the stack's: IPv4 without options, perhaps in a VLAN; 0: there is none. */
static unsigned tcp_at(const uint8_t *frame, size_t len)
{
	unsigned ip = get_be16(frame + 12) == ETHERTYPE_VLAN ? 18 : 14;
	return len >= ip + 40 && get_be16(frame + ip - 2) == ETHERTYPE_IP && frame[ip] == 0x45 &&
	       frame[ip + 9] == PROTOCOL_TCP ? ip + 20 : 0;
}

/* What the device is to do to it: the sum of all behind TCP's pseudo header, which the stack has summed. */
static void put_header(const struct nic *nic, uint8_t *header, const uint8_t *frame, size_t len)
{
	unsigned at = nic->v.features & CSUM ? tcp_at(frame, len) : 0;
	header[HEADER_FLAGS] = at ? NEEDS_CSUM : 0;
	header[HEADER_CSUM_START] = (uint8_t)at;
	header[HEADER_CSUM_OFFSET] = at ? TCP_CHECKSUM : 0;
}

static int net_transmit(struct nic *nic, struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	if (len < FRAME_LEAST || len > TX_SLOT - nic->header)
		return -EINVAL;
	if (!reclaim(nic))
		return -EIO;
	int slot = virtq_free_slot(&nic->tx);
	if (slot < 0)
		return -ENOBUFS;
	uint8_t *header = nic->tx_slots + (size_t)slot * TX_SLOT;
	put_header(nic, header, frame, len);
	memcpy(header + nic->header, frame, len);
	virtq_post(&nic->tx, (unsigned)slot, (uint32_t)(nic->header + len));
	if (virtq_wants_notice(&nic->tx))
		virtio_notify(&nic->v, SEND);
	return 0;
}

/* --- its state */

/* Its ring is full, the cable is in, and nothing goes out. */
static bool is_stuck(struct nic *nic, const struct netdev *dev)
{
	uint64_t now = clock_us();
	if (!reclaim(nic) || virtq_free_slot(&nic->tx) >= 0 || nic->tx.seen != nic->sent || !dev->link_up)
		nic->sending_at = now;
	nic->sent = nic->tx.seen;
	return now - nic->sending_at > NIC_STUCK_US;
}

/* Now and then, as each look costs: what is wrong with it, or NULL. */
static const char *look(struct nic *nic, struct netdev *dev)
{
	uint8_t status;
	if (clock_us() < nic->look_at)
		return NULL;
	nic->look_at = clock_us() + LOOK_US;
	status = virtio_status(&nic->v);
	if (status == VIRTIO_GONE)
		return "it does not answer any more";
	if (status & VIRTIO_NEEDS_RESET)
		return "it says that it needs a reset";
	if (!status)
		return "it has reset itself";
	dev->link_up = has_link(&nic->v);
	return is_stuck(nic, dev) ? "it sends nothing any more" : nic->tx.broken;
}

static int net_poll(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx, const char **why)
{
	unsigned frames = receive(nic, dev, deliver, ctx);
	*why = nic->rx.broken ? nic->rx.broken : nic->tx.broken ? nic->tx.broken : look(nic, dev);
	return *why ? -EIO : (int)frames;
}

const struct nic_driver virtio_net_driver = {
	.name = "virtio-net",
	.ids = (const struct nic_id[]){ { VIRTIO_VENDOR, 0x1000 }, { VIRTIO_VENDOR, 0x1041 }, { 0 } },
	.start = net_start, .stop = net_stop, .poll = net_poll, .transmit = net_transmit, .tell = net_tell,
};
