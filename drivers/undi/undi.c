/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UNDI network device.  Frames are taken out of the ROM by the resident
 * drain loop (boot16/resident.asm), 16 for each visit to 16-bit code; this
 * file judges them, sends, opens and closes.  How 16-bit code is reached is
 * transport.c's.
 */
#include "drivers/undi/undi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/undi/find.h"
#include "drivers/undi/load.h"
#include "drivers/undi/rx.h"
#include "drivers/undi/transport.h"
#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"

#define MIB 0x100000u
#define PAGE0_END 0x1000u		/* the page of the interrupt vectors is not mapped */
#define DRAIN_CALLS_MAX 40u		/* ROM calls in one stay: a ROM that refills its ring for ever must come back */
#define DRAIN_STAYS_MAX 16u		/* stays in one poll */
#define INIT_TRIES 10			/* UNDI_INITIALIZE fails at first on some Realtek ROMs */
#define INIT_PAUSE_US 200000u
#define TX_WAITING 8			/* frames that the ROM had no room for */
#define TX_STUCK_US 2000000u		/* a transmitter that takes nothing for so long is started anew */
#define DEAF_FRAMES 4			/* a receiver that hears nothing while so many frames are sent, ... */
#define DEAF_US 4000000u		/* ... for so long, though it has worked, is started anew; the next time after twice as long */
#define E100_FLIGHT 2			/* see has_e100_driver() */
#define REST_US 10000000u		/* before a card that does not open is tried again */
#define NIC_PCI 2
#define NIC_TYPE_UNSET 0xebu		/* Intel X710's ROM leaves the field alone */
#define ETH_HEADER 14u
#define ETHERTYPE_IP 0x0800u
#define ETHERTYPE_ARP 0x0806u
#define PIC1_MASK 0x21
#define PIC2_MASK 0xa1

enum card_state {
	CARD_CLOSED,
	CARD_OPENING,			/* come_up() goes on at due_us */
	CARD_OPEN,
	CARD_REFUSED,			/* what its ROM says of it cannot be; nothing is asked of it but to leave */
};

/*
 * Frames wait here while the ROM has no room (OUT_OF_RESOURCES; several of
 * iPXE's drivers say UNSUPPORTED): many free their descriptors only while
 * they are asked for received frames, so trying again before the next drain
 * would be in vain.
 */
struct waiting {
	struct {
		uint16_t len;
		uint8_t frame[RX_FRAME_MAX];
	} slot[TX_WAITING];
	unsigned head, count;
	uint64_t since_us;		/* of the last frame that went out, or when the first came to wait */
	uint16_t status;		/* the ROM's last refusal */
	bool worked;			/* a frame has gone out since the card was opened */
};

struct hearing {
	bool worked;			/* a frame has come in, ever */
	unsigned sent;			/* since the last frame came in, or the last new start */
	uint64_t since_us, patience_us;
};

static const struct netdev_ops ops;

struct undi_card {
	struct netdev dev;		/* dev.priv leads back here */
	struct undi_stack stack;	/* entry.seg 0: there is none, or no more */
	struct transport transport;
	struct undi_driver driver;	/* where the stack came out of an option ROM */
	enum card_state state;
	bool uninitialised;		/* no INITIALIZE has succeeded yet, so OPEN must not be called */
	bool initialise;		/* the next step is INITIALIZE, not OPEN */
	bool given_up;			/* it was said that the card does not open */
	unsigned tries;
	uint64_t due_us;
	struct pxe_groups groups;
	bool promiscuous;		/* the only way to hear groups with some ROMs */
	struct rx rx;
	uint16_t isr_flag;
	struct waiting waiting;
	struct hearing hearing;
};

static struct undi_card cards[UNDI_CARDS];	/* the first: whose ROM started us, or the first that has a driver */
static uint8_t found_mask1, found_mask2;	/* the interrupt controller's, before the cards' lines were masked */
static char transport_wanted[16];

static uint16_t call(struct undi_card *card, enum pxe_op op, void *params, size_t len)
{
	return transport_call(&card->transport, op, params, len);
}

static bool int1a(void *ctx, struct pxe_ptr *pxenv)
{
	(void)ctx;
	struct bios_regs r = { .intno = 0x1a, .eax = 0x5650 };
	gate_bios(&r);
	*pxenv = (struct pxe_ptr){ .off = (uint16_t)r.ebx, .seg = r.es };
	return (uint16_t)r.eax == 0x564e && !(r.flags & EFLAGS_CF);
}

static void say_stack(const struct undi_stack *stack)
{
	static const char *const names[UNDI_SEGMENTS] = { "stack", "data", "code", NULL, "BC data", "BC code", NULL };
	if (stack->refused && !stack->bang)
		log_line("pxe: refused: %s", stack->refused);
	if (stack->bang)
		log_line("pxe: !PXE at %05lx, entry %04x:%04x (found by %s)", (unsigned long)stack->bang_at,
			 stack->entry.seg, stack->entry.off, stack->how);
	if (stack->pxenv_at)
		log_line("pxe: PXENV+ %u.%u at %05lx%s", stack->pxenv_version >> 8, stack->pxenv_version & 0xff,
			 (unsigned long)stack->pxenv_at, stack->bang ? "" : ", used because there is no !PXE");
	for (unsigned i = 0; i < stack->segments; i++)
		if (names[i] && stack->segment[i].size)
			log_line("undi: %-7s segment %04x, %u bytes at %05lx", names[i], stack->segment[i].seg,
				 stack->segment[i].size, (unsigned long)stack->segment[i].base);
}

/* One station's: neither a group's, as all ones are, nor zeros. */
static bool mac_valid(const uint8_t *mac)
{
	static const uint8_t zero[6];
	return memcmp(mac, zero, 6) && !(mac[0] & 1);
}

/* The line of the card's interrupt stays masked: we poll. */
static void mask_irq(unsigned irq)
{
	if (irq == 2)
		irq = 9;
	if (irq == 0 || irq > 15)
		return;
	uint16_t port = irq < 8 ? PIC1_MASK : PIC2_MASK;
	outb(port, (uint8_t)(inb(port) | 1u << (irq & 7)));
}

/*
 * iPXE's driver for the 8255x has four receive descriptors.  When a poll finds
 * all of them full, it starts the receiver twice over the same one; a frame in
 * between makes the card write into memory that the driver has freed, and then
 * to wherever that points (docs/cards.md).  So at most three frames may come
 * between two polls: two of a stream, and one for the rest of the world.
 */
static bool has_e100_driver(const struct undi_card *card, const struct pxe_get_nic_type *nic)
{
	return nic->vendor_id == 0x8086 && (nic->device_id == 0x1209 || nic->device_id == 0x1229 || nic->device_id == 0x2449) &&
	       undi_is_ipxe(&card->stack);
}

/* Where the card is plugged in, and what its driver bears. */
static void read_nic_type(struct undi_card *card, unsigned irq)
{
	struct pxe_get_nic_type nic = { .nic_type = NIC_TYPE_UNSET };
	if (call(card, PXE_UNDI_GET_NIC_TYPE, &nic, sizeof nic))
		return;
	if (nic.nic_type != NIC_PCI && nic.nic_type != NIC_TYPE_UNSET)
		return;
	card->dev.bus = (struct netdev_bus){
		.type = "PCI", .location = nic.bus_dev_fn, .vendor = nic.vendor_id, .device = nic.device_id,
	};
	log_line("undi: card PCI %04x:%04x at %02x:%02x.%x, IRQ %u (polled)", nic.vendor_id, nic.device_id,
		 nic.bus_dev_fn >> 8, nic.bus_dev_fn >> 3 & 31, nic.bus_dev_fn & 7, irq);
	if (has_e100_driver(card, &nic)) {
		card->dev.rx_flight = E100_FLIGHT;
		log_line("undi: this ROM's driver bears no bursts: no more than %u frames will be under way",
			 E100_FLIGHT);
	}
}

/* False, after a message: nothing sane could be sent from it. */
static bool read_mac(struct undi_card *card, const struct pxe_get_information *info)
{
	const uint8_t *mac = mac_valid(info->current_address) ? info->current_address : info->permanent_address;
	if (!mac_valid(mac)) {
		mac = info->current_address;
		log_line("undi: %s is refused: its ROM gives it the address %02x:%02x:%02x:%02x:%02x:%02x, "
			 "which no card can have", card->dev.name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		return false;
	}
	memcpy(card->dev.mac, mac, 6);
	return true;
}

/* What the ROM says of its card: 0, or -EIO after a message. */
static int read_information(struct undi_card *card)
{
	struct netdev *dev = &card->dev;
	struct pxe_get_information info = { 0 };
	uint16_t status = call(card, PXE_UNDI_GET_INFORMATION, &info, sizeof info);
	if (status) {
		log_line("undi: %s: the ROM does not describe the card (GET_INFORMATION status %02xh)", dev->name,
			 status);
		return -EIO;
	}
	mask_irq(info.int_number);
	dev->mtu = info.mtu >= 576 && info.mtu <= 1500 ? info.mtu : 1500;
	read_nic_type(card, info.int_number);
	if (!read_mac(card, &info))
		return -EIO;
	struct pxe_get_iface_info iface = { 0 };
	status = call(card, PXE_UNDI_GET_IFACE_INFO, &iface, sizeof iface);
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

static void set_state(struct undi_card *card, enum card_state state)
{
	card->state = state;
	card->dev.link_up = state == CARD_OPEN;
}

static void is_open(struct undi_card *card)
{
	set_state(card, CARD_OPEN);
	card->isr_flag = ISR_IN_PROCESS;
	card->waiting.count = 0;
	card->waiting.worked = false;
	log_line("undi: %s open, receiving", card->dev.name);
}

/* Several tries were in vain: said once, and on after a rest. */
static void rest(struct undi_card *card, uint16_t status)
{
	if (!card->given_up)
		log_line("undi: %s does not open (OPEN status %02xh after %d tries); is the cable in? On every %lu s.",
			 card->dev.name, status, INIT_TRIES, REST_US / 1000000ul);
	card->given_up = true;
	card->tries = 0;
	card->due_us = clock_us() + REST_US;
}

static uint16_t initialise(struct undi_card *card)
{
	struct pxe_initialize init = { 0 };
	uint16_t status = call(card, PXE_UNDI_INITIALIZE, &init, sizeof init);
	card->uninitialised &= status != 0;
	card->initialise = card->uninitialised;
	if (status)
		card->due_us = clock_us() + INIT_PAUSE_US;
	return status;
}

static uint8_t filter_of(const struct undi_card *card)
{
	return FILTER_DIRECTED | FILTER_BROADCAST | (card->promiscuous ? FILTER_PROMISCUOUS : 0);
}

static uint16_t open_now(struct undi_card *card)
{
	struct pxe_open o = { .filter = filter_of(card), .groups = card->groups };
	uint16_t status = call(card, PXE_UNDI_OPEN, &o, sizeof o);
	card->initialise = status != 0;
	if (!status)
		is_open(card);
	return status;
}

/*
 * The next step of OPENING, if it is due: OPEN; or INITIALIZE, where the ROM
 * has refused OPEN or its driver is new.  Either may fail for some time
 * (INITIALIZE of some Realtek ROMs, with 61h).
 */
static void come_up(struct undi_card *card)
{
	if (card->state != CARD_OPENING || clock_us() < card->due_us)
		return;
	uint16_t status = card->initialise ? initialise(card) : open_now(card);
	if (status && card->initialise && card->tries++ == INIT_TRIES)
		rest(card, status);
}

static void start_opening(struct undi_card *card)
{
	set_state(card, CARD_OPENING);
	card->initialise = card->uninitialised;
	card->tries = 0;
	card->due_us = clock_us();
	come_up(card);
}

static int open_card(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	if (card->state == CARD_REFUSED) {
		log_line("undi: %s does not open: it was refused, as its ROM does not describe it well", dev->name);
		return -EADDRNOTAVAIL;
	}
	if (card->state == CARD_OPEN)
		return 0;
	card->given_up = false;
	start_opening(card);
	return 0;
}

static void close_card(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	struct pxe_status_only s = { 0 };
	if (card->state == CARD_REFUSED)
		return;
	if (card->state == CARD_OPEN)
		call(card, PXE_UNDI_CLOSE, &s, sizeof s);
	set_state(card, CARD_CLOSED);
}

static void restart(struct undi_card *card)
{
	close_card(&card->dev);
	start_opening(card);
}

static void set_filter(struct netdev *dev, const uint8_t (*groups)[6], unsigned count)
{
	struct undi_card *card = dev->priv;
	struct pxe_set_mcast s = { 0 };
	for (; s.groups.count < count && s.groups.count < PXE_GROUPS; s.groups.count++)
		memcpy(s.groups.mac[s.groups.count], groups[s.groups.count], 6);
	card->groups = s.groups;
	if (card->state != CARD_OPEN)
		return;
	bool all = call(card, PXE_UNDI_SET_MCAST, &s, sizeof s) && card->groups.count;
	if (all == card->promiscuous)
		return;
	card->promiscuous = all;
	struct pxe_set_packet_filter f = { .filter = filter_of(card) };
	call(card, PXE_UNDI_SET_PACKET_FILTER, &f, sizeof f);
}

/* What the ROM has counted, if it tells. */
static void update_counts(struct netdev *dev)
{
	struct undi_card *card = dev->priv;
	struct pxe_statistics s = { 0 };
	if (card->state != CARD_OPEN || call(card, PXE_UNDI_GET_STATISTICS, &s, sizeof s))
		return;
	dev->rx_damaged = s.damaged;
	dev->rx_overruns = s.no_room;
}

/* --- finding cards */

/* The arguments of iPXE's `chain undine.0 ARGS`, unless the starter has given others. */
static void read_command_line(struct undi_card *card, char *buf, size_t len)
{
	struct pxe_file_cmdline f = { .length = R_BUFFER_LEN, .buffer = transport_ptr(&card->transport, R_BUFFER) };
	if (*buf || call(card, PXE_FILE_CMDLINE, &f, sizeof f))
		return;
	size_t have = f.length < R_BUFFER_LEN ? f.length : R_BUFFER_LEN;
	have = have < len ? have : len - 1;
	memcpy(buf, gate_ptr(R_BUFFER), have);
	buf[have] = 0;
}

/* undi.transport=WORD among the arguments. */
static void read_transport(const char *args)
{
	static const char key[] = "undi.transport=";
	const char *at = strstr(args, key);
	if (at)
		snprintf(transport_wanted, sizeof transport_wanted, "%.*s", (int)strcspn(at + sizeof key - 1, " "),
			 at + sizeof key - 1);
}

void undi_set_transport(const char *want)
{
	if (!cards[0].stack.entry.seg || !strcmp(want, transport_wanted))
		return;
	snprintf(transport_wanted, sizeof transport_wanted, "%s", want);
	for (struct undi_card *card = cards; card < cards + UNDI_CARDS; card++)
		if (card->stack.entry.seg && card->state != CARD_REFUSED)
			transport_choose(&card->transport, want);
}

static void name_card(struct undi_card *card)
{
	*card = (struct undi_card){ .dev.ops = &ops, .dev.priv = card };
	snprintf(card->dev.name, sizeof card->dev.name, "net%u", (unsigned)(card - cards));
}

/* A driver is not to be asked anything before INITIALIZE.  No task runs yet that could be kept waiting. */
static int initialise_new(struct undi_card *card)
{
	uint16_t status;
	card->uninitialised = true;
	for (unsigned i = 0; (status = initialise(card)) && i < INIT_TRIES; i++)
		clock_busy_us(INIT_PAUSE_US);
	if (status)
		log_line("rom: %05lxh: its driver does not take the card (INITIALIZE status %02xh)",
			 (unsigned long)card->driver.rom.at, status);
	return status ? -EIO : 0;
}

/* The first of the ROMs' drivers that takes its card: 0 or -ENODEV. */
static int load_driver(struct undi_card *card, struct boot_params *params, const struct undi_memory *mem)
{
	struct undi_driver drivers[UNDI_ROMS];
	unsigned count = undi_survey(mem, drivers);
	if (count && !params->rom_area) {
		log_line("rom: no driver is loaded: a PXE stack is resident already, or there is too little memory");
		return -ENODEV;
	}
	for (unsigned i = 0; i < count; i++) {
		card->driver = drivers[i];
		if (undi_load(&card->driver, card->dev.name, params, mem, &card->stack, &card->transport) < 0)
			continue;
		if (initialise_new(card) == 0)
			return 0;
		undi_load_end(&card->driver, &card->transport);
	}
	return -ENODEV;
}

/* 0, or -ENODEV after a message. */
static int find_stack(struct undi_card *card, struct boot_params *params)
{
	const struct caller_frame *f = &params->caller;
	struct undi_hints hints = {
		.stack_arg = { .off = f->arg[0], .seg = f->arg[1] },
		.es_bx = { .off = (uint16_t)f->ebx, .seg = f->es },
		.int1a = int1a,
		.base_top = (uint32_t)params->base_kib << 10,
	};
	struct undi_memory mem = { .base = NULL, .lowest = PAGE0_END, .len = MIB };
	char why[200];
	if (undi_find(&mem, &hints, &card->stack, why, sizeof why) < 0) {
		log_line("pxe: no PXE stack is resident (%s); looking for a driver in the option ROMs", why);
		if (load_driver(card, params, &mem) < 0) {
			card->stack = (struct undi_stack){ 0 };
			log_line("undi: no driver for a card, so there is no network. Start Undine from the card's PXE ROM, or switch that "
				 "ROM on in the BIOS's setup.");
			return -ENODEV;
		}
	} else {
		transport_open(&card->transport, &card->stack, card->dev.name);
	}
	say_stack(&card->stack);
	return 0;
}

unsigned undi_cards(struct boot_params *params, struct netdev **table, unsigned room)
{
	struct undi_card *card = cards;
	found_mask1 = inb(PIC1_MASK);
	found_mask2 = inb(PIC2_MASK);
	name_card(card);
	if (!room || find_stack(card, params) < 0)
		return 0;
	read_command_line(card, params->args, sizeof params->args);
	read_transport(params->args);
	*table = &card->dev;
	/* first: what masks are found is what the other transports give the BIOS */
	if (read_information(card) < 0) {
		set_state(card, CARD_REFUSED);
		return 1;
	}
	transport_choose(&card->transport, transport_wanted);
	start_opening(card);
	while (card->state == CARD_OPENING && clock_us() >= card->due_us)
		come_up(card);
	return 1;
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
	uint16_t status = call(card, PXE_UNDI_TRANSMIT, &tx, sizeof tx);
	card->dev.tx_us += clock_us() - began;
	return status;
}

static int transmit(struct netdev *dev, const void *frame, size_t len)
{
	struct undi_card *card = dev->priv;
	struct waiting *w = &card->waiting;
	if (card->state != CARD_OPEN || len < ETH_HEADER || len > RX_FRAME_MAX)
		return -EINVAL;
	card->hearing.sent++;
	if (!w->count) {
		w->status = transmit_now(card, frame, len);
		if (!w->status)
			w->worked = true;
		if (!w->status || !w->worked)
			return w->status ? -EIO : 0;
		w->since_us = clock_us();
	}
	if (w->count == TX_WAITING)
		return -ENOBUFS;
	unsigned at = (w->head + w->count++) % TX_WAITING;
	w->slot[at].len = (uint16_t)len;
	memcpy(w->slot[at].frame, frame, len);
	return 0;
}

/* Sends what waits, as far as the ROM takes it.  iPXE's pcnet32 can run out of descriptors for good: then the card is opened anew. */
static void transmit_waiting(struct undi_card *card)
{
	struct waiting *w = &card->waiting;
	while (w->count) {
		unsigned at = w->head;
		w->status = transmit_now(card, w->slot[at].frame, w->slot[at].len);
		if (w->status)
			break;
		w->head = (w->head + 1) % TX_WAITING;
		w->count--;
		w->since_us = clock_us();
	}
	if (!w->count || clock_us() - w->since_us < TX_STUCK_US)
		return;
	log_line("undi: %s sends nothing (status %02xh for 2 s); closing and opening it", card->dev.name, w->status);
	restart(card);
}

/* A receiver that fell silent under load (iPXE's ne2k) is opened anew. */
static void watch_receiver(struct undi_card *card, unsigned frames)
{
	struct hearing *h = &card->hearing;
	uint64_t now = clock_us();
	if (frames) {
		h->worked = true;
		h->sent = 0;
		h->since_us = now;
		h->patience_us = DEAF_US;
		return;
	}
	if (!h->worked || h->sent < DEAF_FRAMES || now - h->since_us < h->patience_us)
		return;
	log_line("undi: %s has heard nothing for %lu s though it sends; closing and opening it. Is the cable in?",
		 card->dev.name, (unsigned long)((now - h->since_us) / 1000000));
	h->sent = 0;
	h->since_us = now;
	h->patience_us *= 2;
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

static unsigned poll(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	struct undi_card *card = dev->priv;
	struct rx *rx = &card->rx;
	unsigned frames = 0;
	come_up(card);
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

/* --- the stack that started us */

int undi_cached_packet(unsigned type, void *buf, size_t len)
{
	struct undi_card *card = cards;
	struct pxe_get_cached_info g = {
		.packet_type = (uint16_t)type, .buffer_size = R_BUFFER_LEN,
		.buffer = transport_ptr(&card->transport, R_BUFFER),
	};
	if (!card->stack.entry.seg || call(card, PXE_GET_CACHED_INFO, &g, sizeof g))
		return -ENOENT;
	size_t have = g.buffer_size < R_BUFFER_LEN ? g.buffer_size : R_BUFFER_LEN;
	memcpy(buf, gate_ptr(R_BUFFER), have < len ? have : len);
	return (int)(have < len ? have : len);
}

uint32_t undi_cached_buffer(unsigned type, uint16_t *len)
{
	struct undi_card *card = cards;
	struct pxe_get_cached_info g = { .packet_type = (uint16_t)type };	/* size 0: where it is (PXE 2.1, page 36) */
	if (!card->stack.entry.seg || call(card, PXE_GET_CACHED_INFO, &g, sizeof g))
		return 0;
	struct segoff at = { g.buffer.off, g.buffer.seg };
	*len = g.buffer_size ? g.buffer_size : g.buffer_limit;
	return segoff_linear(at) >= PAGE0_END && segoff_linear(at) + *len <= MIB ? segoff_linear(at) : 0;
}

bool undi_structures(uint32_t *bang, uint32_t *pxenv)
{
	const struct undi_stack *stack = &cards[0].stack;
	*bang = stack->bang ? stack->bang_at : 0;
	*pxenv = stack->pxenv_at;
	return stack->entry.seg != 0;
}

/* --- leaving */

/*
 * PXE 2.1 has the card open when an NBP starts, and so it stays.  iPXE keeps
 * received frames from its own stack between OPEN and CLOSE, and can open
 * the card for that stack again only by a command of its own.
 */
static void keep(struct undi_card *card)
{
	static const char reopen[] = "ifopen";
	struct pxe_file_api_check check = { .size = sizeof check, .magic = FILE_API_ASK };
	if (card->state == CARD_OPEN && !call(card, PXE_FILE_API_CHECK, &check, sizeof check) &&
	    check.magic == FILE_API_ANSWER) {
		close_card(&card->dev);
		struct pxe_file_exec exec = { .command = transport_ptr(&card->transport, R_BUFFER) };
		memcpy(gate_ptr(R_BUFFER), reopen, sizeof reopen);
		call(card, PXE_FILE_EXEC, &exec, sizeof exec);
	}
	set_state(card, CARD_CLOSED);
	outb(PIC1_MASK, found_mask1);
	outb(PIC2_MASK, found_mask2);
}

/* Takes the stack out of memory: 0, or -EBUSY when the ROM keeps its memory. */
static int unload(struct undi_card *card)
{
	/* CLEANUP before STOP_UNDI, as the ROM's own order of coming up says backwards */
	static const uint8_t ops_down[] = { PXE_UNDI_SHUTDOWN, PXE_UNDI_CLEANUP, PXE_UNLOAD_STACK, PXE_STOP_UNDI };
	uint16_t status = 0;
	int err;
	if (card->driver.in_memory) {
		err = undi_load_end(&card->driver, &card->transport);
	} else {
		for (size_t i = 0; i < sizeof ops_down; i++) {
			struct pxe_status_only s = { 0 };
			status = call(card, ops_down[i], &s, sizeof s);
		}
		err = status == PXE_KEEP_UNDI ? -EBUSY : 0;
	}
	card->stack.entry = (struct pxe_ptr){ 0, 0 };
	set_state(card, CARD_REFUSED);
	return err;
}

/* The first card's stack is what another NBP may use: it stays for that, even where we have loaded it. */
static int leave(struct netdev *dev, enum netdev_leave how)
{
	struct undi_card *card = dev->priv;
	if (!card->stack.entry.seg)
		return 0;
	transport_close(&card->transport);
	if (how == NETDEV_KEEP && card == cards) {
		keep(card);
		return 0;
	}
	close_card(dev);
	return how == NETDEV_UNLOAD || card->driver.in_memory ? unload(card) : 0;
}

static const struct netdev_ops ops = {
	.open = open_card, .close = close_card, .poll = poll, .transmit = transmit, .set_filter = set_filter,
	.leave = leave, .update_counts = update_counts,
};
