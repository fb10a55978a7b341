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
#define NIC_TYPE_UNSET 0xebu		/* Intel X710's ROM leaves the field alone */
#define ETH_HEADER 14u
#define ETHERTYPE_IP 0x0800u
#define ETHERTYPE_ARP 0x0806u
#define PIC1_MASK 0x21
#define PIC2_MASK 0xa1

static struct undi_stack stack;
static struct netdev card;
static struct rx rx;
static uint16_t isr_flag;
static bool open;
static uint8_t found_mask1, found_mask2;	/* the interrupt controller's, before the card's line was masked */

static bool int1a(void *ctx, struct pxe_ptr *pxenv)
{
	(void)ctx;
	struct bios_regs r = { .intno = 0x1a, .eax = 0x5650 };
	gate_bios(&r);
	*pxenv = (struct pxe_ptr){ .off = (uint16_t)r.ebx, .seg = r.es };
	return (uint16_t)r.eax == 0x564e && !(r.flags & EFLAGS_CF);
}

static void say_stack(void)
{
	static const char *const names[UNDI_SEGMENTS] = { "stack", "data", "code", NULL, "BC data", "BC code", NULL };
	if (stack.refused && !stack.bang)
		log_line("pxe: refused: %s", stack.refused);
	if (stack.bang)
		log_line("pxe: !PXE at %05lx, entry %04x:%04x (found by %s)", (unsigned long)stack.bang_at, stack.entry.seg,
			 stack.entry.off, stack.how);
	if (stack.pxenv_at)
		log_line("pxe: PXENV+ %u.%u at %05lx%s", stack.pxenv_version >> 8, stack.pxenv_version & 0xff,
			 (unsigned long)stack.pxenv_at, stack.bang ? "" : ", used because there is no !PXE");
	for (unsigned i = 0; i < stack.segments; i++)
		if (names[i] && stack.segment[i].size)
			log_line("undi: %-7s segment %04x, %u bytes at %05lx", names[i], stack.segment[i].seg,
				 stack.segment[i].size, (unsigned long)stack.segment[i].base);
}

static bool mac_valid(const uint8_t *mac)
{
	static const uint8_t zero[6], ones[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	return memcmp(mac, zero, 6) && memcmp(mac, ones, 6);
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
static bool has_e100_driver(const struct pxe_get_nic_type *nic)
{
	return nic->vendor_id == 0x8086 && (nic->device_id == 0x1209 || nic->device_id == 0x1229 || nic->device_id == 0x2449) &&
	       undi_is_ipxe(&stack);
}

static int read_information(void)
{
	struct pxe_get_information info = { 0 };
	uint16_t status = transport_call(PXE_UNDI_GET_INFORMATION, &info, sizeof info);
	if (status) {
		log_line("undi: the ROM does not describe the card (GET_INFORMATION status %02xh)", status);
		return -EIO;
	}
	memcpy(card.mac, mac_valid(info.current_address) ? info.current_address : info.permanent_address, 6);
	card.mtu = info.mtu >= 576 && info.mtu <= 1500 ? info.mtu : 1500;
	mask_irq(info.int_number);

	struct pxe_get_nic_type nic = { .nic_type = NIC_TYPE_UNSET };
	status = transport_call(PXE_UNDI_GET_NIC_TYPE, &nic, sizeof nic);
	if (!status && (nic.nic_type == 2 || nic.nic_type == NIC_TYPE_UNSET))
		log_line("undi: card PCI %04x:%04x at %02x:%02x.%x, IRQ %u (polled)", nic.vendor_id, nic.device_id,
			 nic.bus_dev_fn >> 8, nic.bus_dev_fn >> 3 & 31, nic.bus_dev_fn & 7, info.int_number);
	if (has_e100_driver(&nic)) {
		card.rx_flight = E100_FLIGHT;
		log_line("undi: this ROM's driver bears no bursts: no more than %u frames will be under way", E100_FLIGHT);
	}
	struct pxe_get_iface_info iface = { 0 };
	status = transport_call(PXE_UNDI_GET_IFACE_INFO, &iface, sizeof iface);
	log_line("undi: %s MAC %02x:%02x:%02x:%02x:%02x:%02x, %.16s, MTU %u", card.name, card.mac[0], card.mac[1],
		 card.mac[2], card.mac[3], card.mac[4], card.mac[5], status ? "type unknown" : iface.type, card.mtu);
	/* UNDI tells no more of the cable than this number, and some ROMs make it up (iPXE: always 10 Mb/s) */
	if (!status && iface.link_speed)
		log_line("undi: link speed %lu Mb/s, says the ROM", (unsigned long)(iface.link_speed / 1000000));
	else
		log_line("undi: link speed not told by the ROM");
	return 0;
}

/* OPEN, after INITIALIZE where the ROM says that it is not initialised. */
static struct pxe_groups groups;

static int open_card(void)
{
	for (int i = 0;; i++) {
		struct pxe_open o = { .filter = FILTER_DIRECTED | FILTER_BROADCAST, .groups = groups };
		uint16_t status = transport_call(PXE_UNDI_OPEN, &o, sizeof o);
		if (!status)
			return 0;
		if (i == INIT_TRIES) {
			log_line("undi: the card does not open (OPEN status %02xh after %d tries); is the cable in?", status, i);
			return -EIO;
		}
		struct pxe_initialize init = { 0 };
		status = transport_call(PXE_UNDI_INITIALIZE, &init, sizeof init);
		if (status)
			clock_busy_us(INIT_PAUSE_US);
	}
}

static int transmit(struct netdev *dev, const void *frame, size_t len);

static void set_groups(struct netdev *dev, const uint8_t (*macs)[6], unsigned count)
{
	struct pxe_set_mcast s = { 0 };
	(void)dev;
	for (; s.groups.count < count && s.groups.count < 8; s.groups.count++)
		memcpy(s.groups.mac[s.groups.count], macs[s.groups.count], 6);
	groups = s.groups;
	if (open)
		transport_call(PXE_UNDI_SET_MCAST, &s, sizeof s);
}

/* What the ROM has counted, if it tells. */
static void update_counts(struct netdev *dev)
{
	struct pxe_statistics s = { 0 };
	if (!open || transport_call(PXE_UNDI_GET_STATISTICS, &s, sizeof s))
		return;
	dev->rx_damaged = s.damaged;
	dev->rx_overruns = s.no_room;
}

/* The arguments of iPXE's `chain undine.0 ARGS`, unless the starter has given others. */
static void read_command_line(char *buf, size_t len)
{
	struct pxe_file_cmdline f = { .length = R_BUFFER_LEN, .buffer = transport_ptr(R_BUFFER) };
	if (*buf || transport_call(PXE_FILE_CMDLINE, &f, sizeof f))
		return;
	size_t have = f.length < R_BUFFER_LEN ? f.length : R_BUFFER_LEN;
	have = have < len ? have : len - 1;
	memcpy(buf, gate_ptr(R_BUFFER), have);
	buf[have] = 0;
}

static char transport_wanted[16];

void undi_set_transport(const char *want)
{
	if (!stack.entry.seg || !strcmp(want, transport_wanted))
		return;
	snprintf(transport_wanted, sizeof transport_wanted, "%s", want);
	transport_choose(want);
}

/* undi.transport=WORD among the arguments. */
static void choose_transport(const char *args)
{
	static const char key[] = "undi.transport=";
	const char *at = strstr(args, key);
	if (at)
		snprintf(transport_wanted, sizeof transport_wanted, "%.*s", (int)strcspn(at + sizeof key - 1, " "),
			 at + sizeof key - 1);
	transport_choose(transport_wanted);
}

int undi_open(struct boot_params *params)
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
	found_mask1 = inb(PIC1_MASK);
	found_mask2 = inb(PIC2_MASK);
	if (undi_find(&mem, &hints, &stack, why, sizeof why) < 0) {
		log_line("pxe: no PXE stack is resident (%s); looking for a driver in the option ROMs", why);
		if (undi_load(params, &mem, &stack) < 0) {
			log_line("undi: no driver for a card, so there is no network. Start Undine from the card's PXE ROM, or switch that "
				 "ROM on in the BIOS's setup.");
			return -ENODEV;
		}
	}
	say_stack();
	transport_open(&stack);
	card = (struct netdev){ .name = "net0", .transmit = transmit, .link_up = true,
				.set_groups = set_groups, .update_counts = update_counts };
	read_command_line(params->args, sizeof params->args);
	int err = read_information();	/* first: what masks are found is what the other transports give the BIOS */
	if (err)
		return err;
	choose_transport(params->args);
	err = open_card();
	if (err)
		return err;
	isr_flag = ISR_IN_PROCESS;
	open = true;
	log_line("undi: %s open, receiving", card.name);
	return 0;
}

struct netdev *undi_netdev(void)
{
	return open ? &card : NULL;
}

/*
 * IP and ARP go out without their Ethernet header, which the ROM then builds:
 * QLogic's 8242 ROM mangles whole frames (P_UNKNOWN).
 */
static uint16_t transmit_now(const void *frame, size_t len)
{
	const uint8_t *b = frame;
	uint16_t type = (uint16_t)(b[12] << 8 | b[13]);
	uint8_t protocol = type == ETHERTYPE_IP ? TX_P_IP : type == ETHERTYPE_ARP ? TX_P_ARP : TX_P_UNKNOWN;
	unsigned skip = protocol == TX_P_UNKNOWN ? 0 : ETH_HEADER;
	/* on the page of the frame: the TBD, the frame; the destination is the frame's own first six bytes */
	enum { TBD_AT = R_TX, FRAME_AT = R_TX + 16 };
	struct pxe_tbd tbd = { .immediate_len = (uint16_t)(len - skip), .immediate = transport_ptr(FRAME_AT + skip) };
	struct pxe_transmit t = { .protocol = protocol, .dest = transport_ptr(FRAME_AT), .tbd = transport_ptr(TBD_AT) };
	memcpy(gate_ptr(TBD_AT), &tbd, sizeof tbd);
	memcpy(gate_ptr(FRAME_AT), frame, len);
	uint64_t began = clock_us();
	uint16_t status = transport_call(PXE_UNDI_TRANSMIT, &t, sizeof t);
	card.tx_us += clock_us() - began;
	return status;
}

/*
 * Frames wait here while the ROM has no room (OUT_OF_RESOURCES; several of
 * iPXE's drivers say UNSUPPORTED): many free their descriptors only while
 * they are asked for received frames, so trying again before the next drain
 * would be in vain.
 */
static struct {
	struct {
		uint16_t len;
		uint8_t frame[RX_FRAME_MAX];
	} slot[TX_WAITING];
	unsigned head, count;
	uint64_t since_us;		/* of the last frame that went out, or when the first came to wait */
	uint16_t status;		/* the ROM's last refusal */
	bool worked;			/* a frame has gone out since the card was opened */
} waiting;

static struct {
	bool worked;			/* a frame has come in, ever */
	unsigned sent;			/* since the last frame came in, or the last new start */
	uint64_t since_us, patience_us;
} hearing;

static int transmit(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	if (!open || len < ETH_HEADER || len > RX_FRAME_MAX)
		return -EINVAL;
	hearing.sent++;
	if (!waiting.count) {
		waiting.status = transmit_now(frame, len);
		if (!waiting.status)
			waiting.worked = true;
		if (!waiting.status || !waiting.worked)
			return waiting.status ? -EIO : 0;
		waiting.since_us = clock_us();
	}
	if (waiting.count == TX_WAITING)
		return -ENOBUFS;
	unsigned at = (waiting.head + waiting.count++) % TX_WAITING;
	waiting.slot[at].len = (uint16_t)len;
	memcpy(waiting.slot[at].frame, frame, len);
	return 0;
}

static void restart_card(void)
{
	struct pxe_status_only s = { 0 };
	transport_call(PXE_UNDI_CLOSE, &s, sizeof s);
	waiting.count = 0;
	waiting.worked = false;
	isr_flag = ISR_IN_PROCESS;
	open_card();		/* says so if it fails; whoever sends next brings us here again */
}

/* Sends what waits, as far as the ROM takes it.  iPXE's pcnet32 can run out of descriptors for good: then the card is opened anew. */
static void transmit_waiting(void)
{
	while (waiting.count) {
		unsigned at = waiting.head;
		waiting.status = transmit_now(waiting.slot[at].frame, waiting.slot[at].len);
		if (waiting.status)
			break;
		waiting.head = (waiting.head + 1) % TX_WAITING;
		waiting.count--;
		waiting.since_us = clock_us();
	}
	if (!waiting.count || clock_us() - waiting.since_us < TX_STUCK_US)
		return;
	log_line("undi: %s sends nothing (status %02xh for 2 s); closing and opening it", card.name, waiting.status);
	restart_card();
}

/* A receiver that fell silent under load (iPXE's ne2k) is opened anew. */
static void watch_receiver(unsigned frames)
{
	uint64_t now = clock_us();
	if (frames) {
		hearing.worked = true;
		hearing.sent = 0;
		hearing.since_us = now;
		hearing.patience_us = DEAF_US;
		return;
	}
	if (!hearing.worked || hearing.sent < DEAF_FRAMES || now - hearing.since_us < hearing.patience_us)
		return;
	log_line("undi: %s has heard nothing for %lu s though it sends; closing and opening it. Is the cable in?", card.name,
		 (unsigned long)((now - hearing.since_us) / 1000000));
	hearing.sent = 0;
	hearing.since_us = now;
	hearing.patience_us *= 2;
	restart_card();
}

struct drain_result {
	uint16_t count, why;
};

static struct drain_result drain(void)
{
	uint16_t in[2] = { isr_flag, DRAIN_CALLS_MAX };
	struct drain_result r;
	memcpy(gate_ptr(R_DATA + D_DRAIN_FLAG), in, sizeof in);
	uint64_t began = clock_us();
	transport_drain();
	memcpy(&r, gate_ptr(R_DATA + D_DRAIN_COUNT), sizeof r);
	if (r.count) {
		card.rx_visits++;
		card.rx_us += clock_us() - began;
	}
	return r;
}

unsigned undi_poll(void (*deliver)(struct netdev *, const void *, size_t))
{
	unsigned frames = 0;
	for (unsigned stay = 0; stay < DRAIN_STAYS_MAX && open; stay++) {
		struct drain_result r = drain();
		/* after a break the ROM goes on where it was; else it begins anew */
		isr_flag = r.why == DRAIN_FULL || r.why == DRAIN_QUOTA ? ISR_IN_GET_NEXT : ISR_IN_PROCESS;
		if (r.why == DRAIN_ERROR)
			card.rx_errors++;
		for (unsigned i = 0; i < r.count && i < R_SLOTS; i++) {
			struct rom_slot slot;
			size_t len;
			memcpy(&slot, gate_ptr(R_DATA + D_SLOTS + i * sizeof slot), sizeof slot);
			const uint8_t *frame = rx_take(&rx, gate_ptr(R_RING + i * R_SLOT_LEN), R_SLOT_LEN, slot.buffer_len,
						       slot.frame_len, &len);
			if (frame) {
				frames++;
				deliver(&card, frame, len);
			}
		}
		card.rx_errors += rx.bad;
		rx.bad = 0;
		transmit_waiting();
		if (r.why != DRAIN_FULL)
			break;
	}
	watch_receiver(frames);
	return frames;
}

int undi_cached_packet(unsigned type, void *buf, size_t len)
{
	struct pxe_get_cached_info g = {
		.packet_type = (uint16_t)type, .buffer_size = R_BUFFER_LEN, .buffer = transport_ptr(R_BUFFER),
	};
	if (!stack.entry.seg || transport_call(PXE_GET_CACHED_INFO, &g, sizeof g))
		return -ENOENT;
	size_t have = g.buffer_size < R_BUFFER_LEN ? g.buffer_size : R_BUFFER_LEN;
	memcpy(buf, gate_ptr(R_BUFFER), have < len ? have : len);
	return (int)(have < len ? have : len);
}

uint32_t undi_cached_buffer(unsigned type, uint16_t *len)
{
	struct pxe_get_cached_info g = { .packet_type = (uint16_t)type };	/* size 0: where it is (PXE 2.1, page 36) */
	if (!stack.entry.seg || transport_call(PXE_GET_CACHED_INFO, &g, sizeof g))
		return 0;
	struct segoff at = { g.buffer.off, g.buffer.seg };
	*len = g.buffer_size ? g.buffer_size : g.buffer_limit;
	return segoff_linear(at) >= PAGE0_END && segoff_linear(at) + *len <= MIB ? segoff_linear(at) : 0;
}

bool undi_structures(uint32_t *bang, uint32_t *pxenv)
{
	*bang = stack.bang ? stack.bang_at : 0;
	*pxenv = stack.pxenv_at;
	return stack.entry.seg != 0;
}

void undi_keep(void)
{
	static const char reopen[] = "ifopen";
	struct pxe_file_api_check check = { .size = sizeof check, .magic = FILE_API_ASK };
	if (!stack.entry.seg)
		return;
	transport_close();
	/*
	 * PXE 2.1 has the card open when an NBP starts, and so it stays.  iPXE keeps
	 * received frames from its own stack between OPEN and CLOSE, and can open
	 * the card for that stack again only by a command of its own.
	 */
	if (open && !transport_call(PXE_FILE_API_CHECK, &check, sizeof check) && check.magic == FILE_API_ANSWER) {
		undi_close();
		struct pxe_file_exec exec = { .command = transport_ptr(R_BUFFER) };
		memcpy(gate_ptr(R_BUFFER), reopen, sizeof reopen);
		transport_call(PXE_FILE_EXEC, &exec, sizeof exec);
	}
	open = false;
	outb(PIC1_MASK, found_mask1);
	outb(PIC2_MASK, found_mask2);
}

void undi_close(void)
{
	struct pxe_status_only s = { 0 };
	if (!open)
		return;
	open = false;
	transport_call(PXE_UNDI_CLOSE, &s, sizeof s);
}

void undi_leave(void)
{
	transport_close();
	undi_close();
	if (undi_is_loaded())
		undi_unload();
}

bool undi_unload(void)
{
	/* CLEANUP before STOP_UNDI, as the ROM's own order of coming up says backwards */
	static const uint8_t ops[] = { PXE_UNDI_SHUTDOWN, PXE_UNDI_CLEANUP, PXE_UNLOAD_STACK, PXE_STOP_UNDI };
	uint16_t status = 0;
	if (!stack.entry.seg)
		return true;
	transport_close();
	undi_close();
	if (undi_is_loaded()) {
		stack.entry = (struct pxe_ptr){ 0, 0 };
		return undi_load_end();
	}
	for (size_t i = 0; i < sizeof ops; i++) {
		struct pxe_status_only s = { 0 };
		status = transport_call(ops[i], &s, sizeof s);
	}
	stack.entry = (struct pxe_ptr){ 0, 0 };
	return status != PXE_KEEP_UNDI;
}
