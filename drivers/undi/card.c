/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An UNDI card as a network device: see card.h.  Frames are taken out of the
 * ROM by the resident drain loop (boot16/resident.asm), 16 for each visit to
 * 16-bit code; this file judges them, sends, opens and closes.
 */
#include "drivers/undi/card.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/pic.h"

#define DRAIN_CALLS_MAX 40u		/* ROM calls in one stay: a ROM that refills its ring for ever must come back */
#define DRAIN_STAYS_MAX 16u		/* stays in one poll */
#define TX_STUCK_US 2000000u		/* a transmitter that takes nothing for so long is started anew */
#define REST_US 10000000u		/* before a card that does not open is tried again */
#define NIC_PCI 2
#define NIC_TYPE_UNSET 0xebu		/* Intel X710's ROM leaves the field alone */
#define ETH_HEADER 14u
#define ETHERTYPE_IP 0x0800u
#define ETHERTYPE_ARP 0x0806u

uint16_t undi_card_call(struct undi_card *card, enum pxe_op op, void *params, size_t len)
{
	return transport_call(&card->transport, op, params, len);
}

/* The line of the card's interrupt stays masked: we poll. */
static void mask_irq(unsigned irq)
{
	if (irq == 2)
		irq = 9;
	if (irq == 0 || irq > 15)
		return;
	pic_mask_line(irq);
}

/*
 * Large frames that may be on their way to a card at once, 0: as many as one
 * likes.  Two of iPXE's drivers do not survive a full ring (docs/cards.md):
 *
 *  - 8255x: four receive descriptors.  When a poll finds all of them full, it
 *    starts the receiver twice over the same one; a frame in between makes the
 *    card write into memory that the driver has freed, and then to wherever
 *    that points.  So two of a stream, and one for the rest of the world.
 *  - NE2000: 58 pages, six for a large frame.  QEMU's takes a ring that is
 *    full to the last page for an empty one, and writes over what nobody has
 *    read.  The driver then finds no header where it looks, and looks there for
 *    ever; closing and opening it changes nothing.  So six of a stream, and 22
 *    pages for the rest of the world.
 */
static uint8_t flight_of(const struct undi_card *card, const struct pxe_get_nic_type *nic)
{
	if (!undi_is_ipxe(&card->stack))
		return 0;
	switch ((uint32_t)nic->vendor_id << 16 | nic->device_id) {
	case 0x80861209: case 0x80861229: case 0x80862449:
		return 2;
	case 0x10ec8029:
		return 6;
	}
	return 0;
}

/* The card in words: those of the ROM that we have loaded its driver from, or of the first that is for such a card. */
static void read_words(struct undi_card *card)
{
	struct undi_memory mem = { .base = NULL, .lowest = PAGE0_END, .len = MIB };
	struct netdev_bus *bus = &card->dev.bus;
	struct undi_rom rom = card->driver.rom;
	if (!card->driver.in_memory && !undi_rom_for(&mem, bus->vendor, bus->device, &rom))
		return;
	snprintf(bus->words, sizeof bus->words, "%s%s%s", rom.product, *rom.product && *rom.maker ? ", " : "",
		 rom.maker);
	if (*bus->words)
		log_line("undi: %s in its ROM's words: %s", card->dev.name, bus->words);
}

/* Where the card is plugged in, and what its driver bears. */
static void read_nic_type(struct undi_card *card, unsigned irq)
{
	struct pxe_get_nic_type nic = { .nic_type = NIC_TYPE_UNSET };
	if (undi_card_call(card, PXE_UNDI_GET_NIC_TYPE, &nic, sizeof nic))
		return;
	if (nic.nic_type != NIC_PCI && nic.nic_type != NIC_TYPE_UNSET)
		return;
	card->dev.bus = (struct netdev_bus){
		.type = "PCI", .location = nic.bus_dev_fn, .vendor = nic.vendor_id, .device = nic.device_id,
	};
	log_line("undi: card PCI %04x:%04x at %02x:%02x.%x, IRQ %u (polled)", nic.vendor_id, nic.device_id,
		 nic.bus_dev_fn >> 8, nic.bus_dev_fn >> 3 & 31, nic.bus_dev_fn & 7, irq);
	read_words(card);
	card->dev.rx_flight = flight_of(card, &nic);
	if (card->dev.rx_flight)
		log_line("undi: this ROM's driver bears no bursts: no more than %u frames will be under way",
			 card->dev.rx_flight);
}

/* False, after a message: nothing sane could be sent from it. */
static bool read_mac(struct undi_card *card, const struct pxe_get_information *info)
{
	const uint8_t *mac = netdev_mac_valid(info->current_address) ? info->current_address : info->permanent_address;
	if (!netdev_mac_valid(mac)) {
		mac = info->current_address;
		log_error("undi: %s is refused: its ROM gives it the address %02x:%02x:%02x:%02x:%02x:%02x, "
			  "which no card can have", card->dev.name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		return false;
	}
	memcpy(card->dev.mac, mac, 6);
	return true;
}

/* What the ROM says of its card: 0, or -EIO after a message. */
int undi_card_describe(struct undi_card *card)
{
	struct netdev *dev = &card->dev;
	struct pxe_get_information info = { 0 };
	uint16_t status = undi_card_call(card, PXE_UNDI_GET_INFORMATION, &info, sizeof info);
	if (status) {
		log_error("undi: %s: the ROM does not describe the card (GET_INFORMATION status %02xh)", dev->name,
			  status);
		return -EIO;
	}
	mask_irq(info.int_number);
	dev->mtu = info.mtu >= 576 && info.mtu <= 1500 ? info.mtu : 1500;
	read_nic_type(card, info.int_number);
	if (!read_mac(card, &info))
		return -EIO;
	struct pxe_get_iface_info iface = { 0 };
	status = undi_card_call(card, PXE_UNDI_GET_IFACE_INFO, &iface, sizeof iface);
	log_line("undi: %s MAC %02x:%02x:%02x:%02x:%02x:%02x, %.16s, MTU %u", dev->name, dev->mac[0], dev->mac[1],
		 dev->mac[2], dev->mac[3], dev->mac[4], dev->mac[5], status ? "type unknown" : iface.type, dev->mtu);
	/* UNDI tells no more of the cable than this number, and some ROMs make it up (iPXE: always 10 Mb/s) */
	if (!status && iface.link_speed)
		log_line("undi: link speed %lu Mb/s, says the ROM", (unsigned long)(iface.link_speed / 1000000));
	else
		log_line("undi: link speed not told by the ROM");
	return 0;
}

/* --- coming up */

void undi_card_set_state(struct undi_card *card, enum card_state state)
{
	card->state = state;
	card->dev.link_up = state == CARD_OPEN || state == CARD_LENT;
}

static void is_open(struct undi_card *card)
{
	undi_card_set_state(card, CARD_OPEN);
	card->isr_flag = ISR_IN_PROCESS;
	card->waiting.count = 0;
	card->waiting.worked = false;
	log_line("undi: %s open, receiving", card->dev.name);
}

/* Several tries were in vain: said once, and on after a rest. */
static void rest(struct undi_card *card, uint16_t status)
{
	if (!card->given_up)
		log_error("undi: %s does not open (%s status %02xh after %d tries); is the cable in? On every %lu s.",
			  card->dev.name, card->uninitialised ? "INITIALIZE" : "OPEN", status, UNDI_INIT_TRIES,
			  REST_US / 1000000ul);
	card->given_up = true;
	card->tries = 0;
	card->due_us = clock_us() + REST_US;
}

uint16_t undi_card_initialise(struct undi_card *card)
{
	struct pxe_initialize init = { 0 };
	uint16_t status = undi_card_call(card, PXE_UNDI_INITIALIZE, &init, sizeof init);
	card->uninitialised &= status != 0;
	card->initialise = card->uninitialised;
	if (status)
		card->due_us = clock_us() + UNDI_INIT_PAUSE_US;
	return status;
}

static uint8_t filter_of(const struct undi_card *card)
{
	return FILTER_DIRECTED | FILTER_BROADCAST | (card->promiscuous ? FILTER_PROMISCUOUS : 0);
}

static uint16_t call_open(struct undi_card *card)
{
	struct pxe_open o = { .filter = filter_of(card), .groups = card->groups };
	return undi_card_call(card, PXE_UNDI_OPEN, &o, sizeof o);
}

/* Interrupts and transport as they were before. */
static void end_loan(struct undi_card *card)
{
	pic_set_bios_masks(card->masks);
	if (!undi_is_ipxe(&card->stack) || card->transport_due)
		transport_choose(&card->transport, card->transport_wanted);
	card->transport_due = false;
}

/*
 * From the ROM's own stack, when it is due.  That may have the card open still, so OPEN may fail; should it not be
 * open, what is sent gets no answer, and it is opened anew for that: watch_receiver().
 */
static void take_back(struct undi_card *card)
{
	if (card->state != CARD_LENT || clock_us() < card->due_us)
		return;
	end_loan(card);
	call_open(card);
	undi_card_set_state(card, CARD_OPEN);
	card->isr_flag = ISR_IN_PROCESS;
	card->waiting.count = 0;
	card->hearing = (struct hearing){ .worked = card->hearing.worked };
}

static uint16_t open_now(struct undi_card *card)
{
	uint16_t status = call_open(card);
	card->initialise = status != 0;
	if (!status)
		is_open(card);
	return status;
}

/* A driver that was new in memory has taken its card at last: which it is, and how it is called. */
static void get_to_know(struct undi_card *card)
{
	if (undi_card_describe(card) < 0)
		undi_card_set_state(card, CARD_REFUSED);
	else
		transport_choose(&card->transport, card->transport_wanted);
}

/*
 * The next step of OPENING, if it is due: OPEN; or INITIALIZE, where the ROM
 * has refused OPEN or its driver is new.  Either may fail for some time
 * (INITIALIZE of some Realtek ROMs, with 61h).
 */
void undi_card_come_up(struct undi_card *card)
{
	if (card->state != CARD_OPENING || clock_us() < card->due_us)
		return;
	bool is_new = card->uninitialised;
	uint16_t status = card->initialise ? undi_card_initialise(card) : open_now(card);
	if (is_new && !status)
		get_to_know(card);
	if (status && card->initialise && card->tries++ == UNDI_INIT_TRIES)
		rest(card, status);
}

void undi_card_start(struct undi_card *card)
{
	undi_card_set_state(card, CARD_OPENING);
	card->initialise = card->uninitialised;
	card->tries = 0;
	card->due_us = clock_us();
}

int undi_card_open(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	if (card->state == CARD_REFUSED) {
		log_error("undi: %s does not open: it was refused, as its ROM %s", dev->name,
			  card->transport.lost ? "hangs" : "does not describe it well");
		return -EADDRNOTAVAIL;
	}
	if (card->dev.link_up)
		return 0;
	card->given_up = false;
	undi_card_start(card);
	undi_card_come_up(card);
	return 0;
}

void undi_card_close(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	struct pxe_status_only s = { 0 };
	if (card->state == CARD_REFUSED)
		return;
	if (card->state == CARD_LENT)
		end_loan(card);
	if (card->dev.link_up)
		undi_card_call(card, PXE_UNDI_CLOSE, &s, sizeof s);
	undi_card_set_state(card, CARD_CLOSED);
}

/* CLOSE may take a while in the ROM, and so may OPEN, which is the next poll's. */
static void restart(struct undi_card *card)
{
	undi_card_close(&card->dev);
	undi_card_start(card);
}

void undi_card_set_filter(struct netdev *dev, const uint8_t (*groups)[6], unsigned count)
{
	struct undi_card *card = dev->priv;
	struct pxe_set_mcast s = { 0 };
	for (; s.groups.count < count && s.groups.count < PXE_GROUPS; s.groups.count++)
		memcpy(s.groups.mac[s.groups.count], groups[s.groups.count], 6);
	card->groups = s.groups;
	if (card->state != CARD_OPEN)
		return;
	bool all = undi_card_call(card, PXE_UNDI_SET_MCAST, &s, sizeof s) && card->groups.count;
	if (all == card->promiscuous)
		return;
	card->promiscuous = all;
	struct pxe_set_packet_filter f = { .filter = filter_of(card) };
	undi_card_call(card, PXE_UNDI_SET_PACKET_FILTER, &f, sizeof f);
}

/* What the ROM has counted, if it tells. */
void undi_card_update_counts(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	struct pxe_statistics s = { 0 };
	if (card->state != CARD_OPEN || undi_card_call(card, PXE_UNDI_GET_STATISTICS, &s, sizeof s))
		return;
	dev->rx_damaged = s.damaged;
	dev->rx_overruns = s.no_room;
}

/* --- frames */

/*
 * IP and ARP go out without their Ethernet header, which the ROM then builds:
 * QLogic's 8242 ROM mangles whole frames (P_UNKNOWN).
 */
static uint16_t transmit_now(struct undi_card *card, const void *frame, size_t len)
{
	const struct transport *t = &card->transport;
	const uint8_t *b = frame;
	uint16_t type = (uint16_t)(b[12] << 8 | b[13]);
	uint8_t protocol = type == ETHERTYPE_IP ? TX_P_IP : type == ETHERTYPE_ARP ? TX_P_ARP : TX_P_UNKNOWN;
	unsigned skip = protocol == TX_P_UNKNOWN ? 0 : ETH_HEADER;
	/* on the page of the frame: the TBD, the frame; the destination is the frame's own first six bytes */
	enum { TBD_AT = R_TX, FRAME_AT = R_TX + 16 };
	struct pxe_tbd tbd = {
		.immediate_len = (uint16_t)(len - skip), .immediate = transport_ptr(t, FRAME_AT + skip),
	};
	struct pxe_transmit tx = {
		.protocol = protocol, .dest = transport_ptr(t, FRAME_AT), .tbd = transport_ptr(t, TBD_AT),
	};
	memcpy(gate_ptr(TBD_AT), &tbd, sizeof tbd);
	memcpy(gate_ptr(FRAME_AT), frame, len);
	uint64_t began = clock_us();
	uint16_t status = undi_card_call(card, PXE_UNDI_TRANSMIT, &tx, sizeof tx);
	card->dev.tx_us += clock_us() - began;
	return status;
}

int undi_card_transmit(struct netdev *dev, const void *frame, size_t len)
{
	struct undi_card *card = dev->priv;
	struct waiting *w = &card->waiting;
	if (card->state != CARD_OPEN || len < ETH_HEADER || len > RX_FRAME_MAX)
		return -EINVAL;
	hearing_sent(&card->hearing, clock_us());
	if (!w->count) {
		w->status = transmit_now(card, frame, len);
		if (!w->status)
			w->worked = true;
		if (!w->status || !w->worked)
			return w->status ? -EIO : 0;
		w->since_us = clock_us();
	}
	if (w->count == UNDI_TX_WAITING)
		return -ENOBUFS;
	unsigned at = (w->head + w->count++) % UNDI_TX_WAITING;
	w->slot[at].len = (uint16_t)len;
	memcpy(w->slot[at].frame, frame, len);
	return 0;
}

/*
 * Sends what waits, as far as the ROM takes it.  iPXE's pcnet32 can run
 * out of descriptors for good: then the card is opened anew.
 */
static void transmit_waiting(struct undi_card *card)
{
	struct waiting *w = &card->waiting;
	while (w->count) {
		unsigned at = w->head;
		w->status = transmit_now(card, w->slot[at].frame, w->slot[at].len);
		if (w->status)
			break;
		w->head = (w->head + 1) % UNDI_TX_WAITING;
		w->count--;
		w->since_us = clock_us();
	}
	if (!w->count || clock_us() - w->since_us < TX_STUCK_US)
		return;
	log_warn("undi: %s sends nothing (status %02xh for 2 s); closing and opening it", card->dev.name, w->status);
	restart(card);
}

static void watch_receiver(struct undi_card *card, unsigned frames)
{
	if (frames)
		hearing_heard(&card->hearing);
	uint32_t deaf_s = hearing_deaf_s(&card->hearing, clock_us());
	if (!deaf_s)
		return;
	log_warn("undi: %s has heard nothing for %lu s though it sends; closing and opening it. Is the cable in?",
		 card->dev.name, (unsigned long)deaf_s);
	restart(card);
}

struct drain_result {
	uint16_t count, why;
};

static struct drain_result drain(struct undi_card *card)
{
	uint16_t in[2] = { card->isr_flag, DRAIN_CALLS_MAX };
	struct drain_result r;
	memcpy(gate_ptr(R_DATA + D_DRAIN_FLAG), in, sizeof in);
	uint64_t began = clock_us();
	transport_drain(&card->transport);
	memcpy(&r, gate_ptr(R_DATA + D_DRAIN_COUNT), sizeof r);
	if (r.count) {
		card->dev.rx_visits++;
		card->dev.rx_us += clock_us() - began;
	}
	return r;
}

unsigned undi_card_poll(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	struct undi_card *card = dev->priv;
	struct rx *rx = &card->rx;
	unsigned frames = 0;
	if (card->transport.lost)
		undi_card_set_state(card, CARD_REFUSED);
	undi_card_come_up(card);
	take_back(card);
	for (unsigned stay = 0; stay < DRAIN_STAYS_MAX && card->state == CARD_OPEN; stay++) {
		struct drain_result r = drain(card);
		/* after a break the ROM goes on where it was; else it begins anew */
		card->isr_flag = r.why == DRAIN_FULL || r.why == DRAIN_QUOTA ? ISR_IN_GET_NEXT : ISR_IN_PROCESS;
		if (r.why == DRAIN_ERROR)
			dev->rx_errors++;
		for (unsigned i = 0; i < r.count && i < R_SLOTS; i++) {
			struct rom_slot slot;
			size_t len;
			memcpy(&slot, gate_ptr(R_DATA + D_SLOTS + i * sizeof slot), sizeof slot);
			const uint8_t *frame = rx_take(rx, gate_ptr(R_RING + i * R_SLOT_LEN), R_SLOT_LEN,
						       slot.buffer_len, slot.frame_len, &len);
			if (frame) {
				frames++;
				deliver(ctx, dev, frame, len);
			}
		}
		dev->rx_errors += rx->bad;
		rx->bad = 0;
		transmit_waiting(card);
		if (r.why != DRAIN_FULL)
			break;
	}
	if (card->state == CARD_OPEN)
		watch_receiver(card, frames);
	return frames;
}
