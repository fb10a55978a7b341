/* SPDX-License-Identifier: BSD-2-Clause */
/* See e1000.h. */
#include "drivers/e1000/e1000.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/pci/bar.h"
#include "drivers/pci/pci.h"
#include "kernel/clock.h"
#include "kernel/pages.h"

/* Registers (13.4), of 32 bits. */
#define CTRL 0x0000
#define STATUS 0x0008
#define IMC 0x00d8			/* masks interrupts */
#define RCTL 0x0100
#define TCTL 0x0400
#define TIPG 0x0410
#define RDBAL 0x2800
#define RDBAH 0x2804
#define RDLEN 0x2808
#define RDH 0x2810
#define RDT 0x2818
#define TDBAL 0x3800
#define TDBAH 0x3804
#define TDLEN 0x3808
#define TDH 0x3810
#define TDT 0x3818
#define RXCSUM 0x5000
#define MTA 0x5200			/* 128 of them: which groups */
#define MTA_COUNT 128u
#define RAL 0x5400			/* the first address that it receives */
#define RAH 0x5404

#define CTRL_ASDE (1u << 5)		/* speed as the PHY has it */
#define CTRL_SLU (1u << 6)		/* set link up */
#define CTRL_RST (1u << 26)
#define STATUS_FD 1u			/* full duplex; the speed is in bits 6 and 7 */
#define STATUS_LU (1u << 1)
#define GONE UINT32_MAX
#define RAH_VALID (1u << 31)
#define RCTL_EN (1u << 1)
#define RCTL_MPE (1u << 4)		/* all groups */
#define RCTL_BAM (1u << 15)		/* broadcasts; buffers of 2,048 bytes are 0 in bits 16, 17 and 25 */
#define RCTL_SECRC (1u << 26)		/* without the CRC */
#define TCTL_EN (1u << 1)
#define TCTL_PSP (1u << 3)		/* short ones are filled up */
#define TCTL_CT (0x0fu << 4)		/* as 13.4.33 recommends, as is the next */
#define TCTL_COLD (0x40u << 12)
#define TIPG_COPPER (10u | 8u << 10 | 6u << 20)		/* 13.4.34 */
#define RXCSUM_IP (1u << 8)
#define RXCSUM_TCP (1u << 9)

/* Of a received descriptor (3.2.3): its status and errors. */
#define RX_DONE 0x01u
#define RX_END 0x02u
#define RX_NO_CHECKSUMS 0x04u
#define RX_TCP_CHECKED 0x20u
#define RX_TCP_WRONG 0x20u
#define RX_IP_WRONG 0x40u
#define RX_CHECKSUMS (RX_TCP_WRONG | RX_IP_WRONG)	/* what the stack would find itself */
/* Of one to be sent (3.3.3). */
#define TX_END 0x01u
#define TX_CRC 0x02u
#define TX_REPORT 0x08u
#define TX_DONE 0x01u

#define RX_COUNT 256u
#define TX_COUNT 64u
#define SLOT 2048u
#define FRAME_LEAST 14u
#define TELL_EVERY 32u			/* received frames after which the card hears of free slots */
#define WAIT_US 500000u
#define DEAF_US 10u			/* after a reset begins; the manual's 1 us at the least (13.4.1) */
#define RELOAD_US 5000u			/* in which the EEPROM is read again */
#define ADDRESS_US 20000u		/* until it must have given an address */
#define LOOK_US 100000u

struct rx_desc {
	uint64_t addr;
	uint16_t len, checksum;
	uint8_t status, errors;
	uint16_t special;
};

struct tx_desc {
	uint64_t addr;
	uint16_t len;
	uint8_t checksum_offset, command, status, checksum_start;
	uint16_t special;
};

struct nic {
	uint32_t regs;
	volatile struct rx_desc *rx;
	volatile struct tx_desc *tx;
	uint8_t *slots, *tx_slots;
	unsigned rx_next, tx_next, tx_done;	/* free-running */
	bool skipping;			/* the rest of a frame that is too long */
	uint64_t look_at, sending_at;	/* sending_at: when a look last found that it sends, or need not */
	unsigned sent;			/* tx_done at that look */
};

#define DESCS_LEN (RX_COUNT * sizeof(struct rx_desc) + TX_COUNT * sizeof(struct tx_desc))
#define DESCS_AT PAGE_LEN
#define SLOTS_AT (DESCS_AT + ((DESCS_LEN + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1)))
#define MEMORY_LEN (SLOTS_AT + (size_t)(RX_COUNT + TX_COUNT) * SLOT)

static uint32_t get(uint32_t regs, unsigned at)
{
	return pci_in(regs + at, 4);
}

static void set(uint32_t regs, unsigned at, uint32_t value)
{
	pci_out(regs + at, 4, value);
}

/* --- coming up */

/* Quiet first, as some emulations do nothing at a reset (14.3): false if it never ends. */
static bool reset(uint32_t regs)
{
	uint64_t until = clock_us() + WAIT_US;
	set(regs, IMC, UINT32_MAX);
	set(regs, RCTL, 0);
	set(regs, TCTL, TCTL_PSP);
	set(regs, CTRL, get(regs, CTRL) | CTRL_RST);
	clock_busy_us(DEAF_US);
	while (get(regs, CTRL) & CTRL_RST)
		if (clock_us() > until)
			return false;
	set(regs, IMC, UINT32_MAX);
	return true;
}

/* The address, which a reset has read from the EEPROM (14.4): false if it is none. */
static bool read_mac(uint32_t regs, struct netdev *dev)
{
	uint64_t until = clock_us() + ADDRESS_US;
	uint32_t high;
	uint8_t mac[6];
	clock_busy_us(RELOAD_US);
	do {
		uint32_t low = get(regs, RAL);
		high = get(regs, RAH);
		for (unsigned i = 0; i < sizeof mac; i++)
			mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
	} while (!netdev_mac_valid(mac) && clock_us() < until);
	if (!netdev_mac_valid(mac))
		return false;
	memcpy(dev->mac, mac, sizeof mac);
	set(regs, RAH, (high & 0xffff) | RAH_VALID);
	return true;
}

static void give_rings(struct nic *nic)
{
	uint64_t rx = (uintptr_t)nic->rx, tx = (uintptr_t)nic->tx;
	for (unsigned i = 0; i < RX_COUNT; i++)
		nic->rx[i].addr = (uintptr_t)(nic->slots + i * SLOT);
	for (unsigned i = 0; i < TX_COUNT; i++)
		nic->tx[i].addr = (uintptr_t)(nic->tx_slots + i * SLOT);
	for (unsigned i = 0; i < MTA_COUNT; i++)
		set(nic->regs, MTA + 4 * i, 0);
	set(nic->regs, RDBAL, (uint32_t)rx);
	set(nic->regs, RDBAH, (uint32_t)(rx >> 32));
	set(nic->regs, RDLEN, RX_COUNT * sizeof(struct rx_desc));
	set(nic->regs, RDH, 0);
	set(nic->regs, RDT, RX_COUNT - 1);
	set(nic->regs, TDBAL, (uint32_t)tx);
	set(nic->regs, TDBAH, (uint32_t)(tx >> 32));
	set(nic->regs, TDLEN, TX_COUNT * sizeof(struct tx_desc));
	set(nic->regs, TDH, 0);
	set(nic->regs, TDT, 0);
}

static struct nic *begin(uint32_t regs)
{
	uint8_t *p = pages_alloc(MEMORY_LEN);
	if (!p)
		return NULL;
	memset(p, 0, SLOTS_AT);
	struct nic *nic = (struct nic *)p;
	nic->regs = regs;
	nic->rx = (volatile struct rx_desc *)(p + DESCS_AT);
	nic->tx = (volatile struct tx_desc *)(p + DESCS_AT + RX_COUNT * sizeof(struct rx_desc));
	nic->slots = p + SLOTS_AT;
	nic->tx_slots = nic->slots + (size_t)RX_COUNT * SLOT;
	set(regs, CTRL, get(regs, CTRL) | CTRL_SLU | CTRL_ASDE);
	give_rings(nic);
	set(regs, RXCSUM, RXCSUM_IP | RXCSUM_TCP);
	set(regs, TIPG, TIPG_COPPER);
	set(regs, TCTL, TCTL_EN | TCTL_PSP | TCTL_CT | TCTL_COLD);
	set(regs, RCTL, RCTL_EN | RCTL_BAM | RCTL_MPE | RCTL_SECRC);
	return nic;
}

static struct nic *card_start(uint32_t function, struct netdev *dev, const char **why)
{
	uint32_t regs = pci_bar(function, 0, why);
	struct nic *nic = NULL;
	if (!regs)
		return NULL;
	*why = "the PCI BIOS does not switch it on";
	if (!pci_command(function, PCI_COMMAND_DECODE | PCI_COMMAND_MASTER, 0))
		return NULL;
	if (get(regs, STATUS) == GONE)
		*why = "it does not answer";
	else if (!reset(regs))
		*why = "it never ends its reset";
	else if (!read_mac(regs, dev))
		*why = "its address is none that a card can have";
	else if (!(nic = begin(regs)))
		*why = "there is no memory for its rings";
	if (!nic)
		return NULL;
	dev->mtu = NETDEV_MTU_MAX;
	dev->link_up = get(regs, STATUS) & STATUS_LU;
	nic->sending_at = clock_us();
	nic->look_at = nic->sending_at + LOOK_US;
	return nic;
}

static void reclaim(struct nic *nic)
{
	while (nic->tx_done != nic->tx_next && nic->tx[nic->tx_done % TX_COUNT].status & TX_DONE)
		nic->tx_done++;
}

static bool is_full(const struct nic *nic)
{
	return nic->tx_next - nic->tx_done >= TX_COUNT - 1;
}

static bool card_stop(struct nic *nic)
{
	uint64_t until = clock_us() + NIC_DRAIN_US;
	for (reclaim(nic); nic->tx_done != nic->tx_next && clock_us() < until; reclaim(nic))
		;
	if (!reset(nic->regs))
		return false;
	memset(nic, 0, MEMORY_LEN);	/* passwords may be in frames */
	pages_free(nic, MEMORY_LEN);
	return true;
}

static void card_tell(const struct nic *nic, char text[NIC_TOLD_LEN])
{
	static const uint16_t speeds[] = { 10, 100, 1000, 1000 };
	uint32_t status = get(nic->regs, STATUS);
	snprintf(text, NIC_TOLD_LEN, "%u Mb/s, %s duplex", speeds[status >> 6 & 3],
		 status & STATUS_FD ? "full" : "half");
}

/* --- receiving */

/* What came in that slot: true if it is a frame, whole and sound. */
static bool judge(struct nic *nic, struct netdev *dev, size_t len, unsigned status, unsigned errors)
{
	bool part = nic->skipping || !(status & RX_END);
	nic->skipping = !(status & RX_END);
	dev->rx_checked = !(status & RX_NO_CHECKSUMS) && status & RX_TCP_CHECKED && !(errors & RX_CHECKSUMS);
	return !part && !(errors & ~RX_CHECKSUMS) && len >= FRAME_LEAST;
}

/* -EIO: it has said that it wrote beyond a slot's end. */
static int receive(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	unsigned frames = 0, taken = 0;
	for (; taken < RX_COUNT; taken++) {
		unsigned at = nic->rx_next % RX_COUNT, status = nic->rx[at].status;
		if (!(status & RX_DONE))
			break;
		__sync_synchronize();
		size_t len = nic->rx[at].len;
		if (len > SLOT)
			return -EIO;
		if (judge(nic, dev, len, status, nic->rx[at].errors)) {
			deliver(ctx, dev, nic->slots + at * SLOT, len);
			frames++;
		} else {
			dev->rx_errors++;
		}
		dev->rx_checked = false;
		nic->rx[at].status = 0;
		nic->rx_next++;
		if (!(nic->rx_next % TELL_EVERY))
			set(nic->regs, RDT, at);	/* the slot before the next: never all are its */
	}
	if (taken)
		dev->rx_visits++;
	if (taken && nic->rx_next % TELL_EVERY)
		set(nic->regs, RDT, (nic->rx_next - 1) % RX_COUNT);
	return (int)frames;
}

/* --- sending */

static int card_transmit(struct nic *nic, struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	if (len < FRAME_LEAST || len > SLOT)
		return -EINVAL;
	reclaim(nic);
	if (is_full(nic))
		return -ENOBUFS;
	unsigned at = nic->tx_next++ % TX_COUNT;
	memcpy(nic->tx_slots + at * SLOT, frame, len);
	nic->tx[at].len = (uint16_t)len;
	nic->tx[at].status = 0;
	nic->tx[at].command = TX_END | TX_CRC | TX_REPORT;
	__sync_synchronize();
	set(nic->regs, TDT, nic->tx_next % TX_COUNT);
	return 0;
}

/* Its ring is full, the cable is in, and nothing goes out. */
static bool is_stuck(struct nic *nic, const struct netdev *dev)
{
	uint64_t now = clock_us();
	reclaim(nic);
	if (!is_full(nic) || nic->tx_done != nic->sent || !dev->link_up)
		nic->sending_at = now;
	nic->sent = nic->tx_done;
	return now - nic->sending_at > NIC_STUCK_US;
}

static int card_poll(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx, const char **why)
{
	int frames = receive(nic, dev, deliver, ctx);
	if (frames < 0) {
		*why = "it says that it has written beyond a buffer's end";
		return frames;
	}
	if (clock_us() < nic->look_at)
		return frames;
	nic->look_at = clock_us() + LOOK_US;
	uint32_t status = get(nic->regs, STATUS);
	if (status == GONE || !(get(nic->regs, RCTL) & RCTL_EN)) {
		*why = status == GONE ? "it does not answer any more" : "it has reset itself";
		return -EIO;
	}
	dev->link_up = status & STATUS_LU;
	if (!is_stuck(nic, dev))
		return frames;
	*why = "it sends nothing any more";
	return -EIO;
}

const struct nic_driver e1000_driver = {
	.name = "e1000",
	.ids = (const struct nic_id[]){ { 0x8086, 0x100e }, { 0x8086, 0x100f }, { 0x8086, 0x10d3 }, { 0 } },
	.virtual_only = true,
	.start = card_start, .stop = card_stop, .poll = card_poll, .transmit = card_transmit, .tell = card_tell,
};
