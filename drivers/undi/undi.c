/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UNDI cards: the one whose ROM started us, those that have a driver in
 * their own option ROMs; and how each is left.  See undi.h.
 */
#include "drivers/undi/undi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/undi/card.h"
#include "drivers/undi/find.h"
#include "drivers/undi/load.h"
#include "drivers/undi/trace.h"
#include "drivers/undi/transport.h"
#include "kernel/clock.h"
#include "kernel/early.h"
#include "kernel/gate.h"
#include "kernel/keep.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/pic.h"

#define LENT_STILL_US 3000000u		/* for the next file: iPXE's cards come up anew each time they are lent */

static const struct netdev_ops ops;

static struct undi_card cards[UNDI_CARDS];	/* the first: whose ROM started us, or the first that has a driver */
static uint8_t found_masks[2];		/* the interrupt controllers', before the cards' lines were masked */
static char transport_wanted[16];

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
		log_warn("pxe: refused: %s", stack->refused);
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

/* --- finding cards */

/* The arguments of iPXE's `chain undine.0 ARGS`, unless the starter has given others. */
static void read_command_line(struct undi_card *card, char *buf, size_t len)
{
	struct pxe_file_cmdline f = { .length = R_BUFFER_LEN, .buffer = transport_ptr(&card->transport, R_BUFFER) };
	if (*buf || undi_card_call(card, PXE_FILE_CMDLINE, &f, sizeof f))
		return;
	size_t have = f.length < R_BUFFER_LEN ? f.length : R_BUFFER_LEN;
	have = have < len ? have : len - 1;
	memcpy(buf, gate_ptr(R_BUFFER), have);
	buf[have] = 0;
}

static void read_trace(const struct boot_params *params)
{
	const char *word = early_setting(params, "undi.trace");
	trace_set(word && strtoul(word, NULL, 10));
}

static void read_patience(const struct boot_params *params)
{
	const char *word = early_setting(params, "undi.patience");
	if (word && transport_set_patience(strtoul(word, NULL, 10)) < 0)
		log_warn("undi: undi.patience=%.*s is not 1 to 3600 seconds; a ROM's call may take %u s",
			 (int)strcspn(word, " "), word, transport_patience());
}

static void read_transport(const struct boot_params *params)
{
	const char *word = early_setting(params, "undi.transport");
	if (word)
		snprintf(transport_wanted, sizeof transport_wanted, "%.*s", (int)strcspn(word, " "), word);
}

void undi_set_trace(bool on)
{
	trace_set(on);
}

void undi_set_transport(const char *want)
{
	if (!cards[0].stack.entry.seg || !strcmp(want, transport_wanted))
		return;
	snprintf(transport_wanted, sizeof transport_wanted, "%s", want);
	for (struct undi_card *card = cards; card < cards + UNDI_CARDS; card++) {
		card->transport_due = card->state == CARD_RESTING || card->state == CARD_LENT;
		if (card->stack.entry.seg && card->state != CARD_REFUSED && !card->transport_due &&
		    !card->uninitialised)
			transport_choose(&card->transport, want);
	}
}

static void name_card(struct undi_card *card)
{
	*card = (struct undi_card){ .dev.ops = &ops, .dev.priv = card, .transport_wanted = transport_wanted };
	snprintf(card->dev.name, sizeof card->dev.name, "net%u", (unsigned)(card - cards));
}

/* The stack that started us, as card net0: 0 or -ENODEV after a message. */
static int find_resident(struct undi_card *card, struct boot_params *params, const struct undi_memory *mem)
{
	const struct caller_frame *f = &params->caller;
	struct undi_hints hints = {
		.stack_arg = { .off = f->arg[0], .seg = f->arg[1] },
		.es_bx = { .off = (uint16_t)f->ebx, .seg = f->es },
		.int1a = int1a,
		.base_top = (uint32_t)params->base_kib << 10,
	};
	char why[200];
	if (params->keep && params->keep->rom_lost) {
		log_line("pxe: the PXE stack that started the loader hangs, and is left alone; looking for a driver in "
			 "the option ROMs");
		return -ENODEV;
	}
	name_card(card);
	if (undi_find(mem, &hints, &card->stack, why, sizeof why) < 0) {
		log_line("pxe: no PXE stack is resident (%s); looking for a driver in the option ROMs", why);
		card->stack = (struct undi_stack){ 0 };
		return -ENODEV;
	}
	say_stack(&card->stack);
	transport_open(&card->transport, &card->stack, card->dev.name);
	read_command_line(card, params->args, sizeof params->args);
	if (undi_card_describe(card) < 0)	/* it stays in the table: its stack is to be left one day */
		undi_card_set_state(card, CARD_REFUSED);
	return 0;
}

/*
 * INITIALIZE, before which a driver is not to be asked anything: 0 or -EIO after
 * a message.  Some fail for a while; they are asked again, as those that do not
 * open are, when there are tasks that shall not be kept waiting.
 */
static int initialise_new(struct undi_card *card)
{
	card->uninitialised = true;
	uint16_t status = undi_card_initialise(card);
	if (!status)
		return undi_card_describe(card);
	log_warn("rom: %05lxh: its driver does not take the card yet (INITIALIZE status %02xh); on in 200 ms",
		 (unsigned long)card->driver.rom.at, status);
	undi_card_set_state(card, CARD_OPENING);
	return 0;
}

/* Brings up a card by its own ROM: 0 or -E after a message. */
static int load_driver(struct undi_card *card, struct boot_params *params, const struct undi_memory *mem)
{
	int err = undi_load(&card->driver, card->dev.name, params, mem, &card->stack, &card->transport);
	if (err)
		return err;
	say_stack(&card->stack);
	if (initialise_new(card) == 0)
		return 0;
	undi_load_end(&card->driver, &card->transport);
	return -EIO;
}

/* A ROM may leave what GET_NIC_TYPE is to tell as it was: then there is no vendor. */
int undi_at(const struct netdev *dev, uint16_t function)
{
	const struct undi_card *card = (const struct undi_card *)dev;
	if (card->driver.in_memory)
		return card->driver.bus_dev_fn == function;
	return dev->bus.type && dev->bus.vendor ? dev->bus.location == function : -ENOENT;
}

static const struct undi_card *driven_by(uint16_t bus_dev_fn, unsigned count)
{
	for (struct undi_card *card = cards; card < cards + count; card++)
		if (undi_at(&card->dev, bus_dev_fn) > 0)
			return card;
	return NULL;
}

/* As many cards as have a driver in a ROM, behind the `count` that there are: their number with those. */
static unsigned load_drivers(struct boot_params *params, const struct undi_memory *mem, unsigned count, unsigned room)
{
	struct undi_driver drivers[UNDI_ROMS];
	unsigned found = undi_survey(mem, drivers);
	bool hung = false;
	if (found && !params->rom_area) {
		log_line("rom: no driver is loaded: a PXE stack is resident already, or there is too little memory");
		return count;
	}
	for (unsigned i = 0; i < found && count < room; i++) {
		const struct undi_card *other = driven_by(drivers[i].bus_dev_fn, count);
		struct undi_card *card = &cards[count];
		if (other) {
			log_line("rom: %05lxh: its card is %s", (unsigned long)drivers[i].rom.at, other->dev.name);
			continue;
		}
		name_card(card);
		card->driver = drivers[i];
		int err = load_driver(card, params, mem);
		count += err == 0;
		hung |= err == -ETIMEDOUT;
	}
	if (!count && hung)
		machine_reset_soon("undi");
	return count;
}

unsigned undi_cards_wanted(const struct boot_params *params, unsigned room)
{
	const char *word = early_setting(params, "undi.cards");
	unsigned long count = word ? strtoul(word, NULL, 10) : room;
	return count && count < room ? (unsigned)count : room;
}

/*
 * Another card's driver, if it is iPXE's, has reset every card of its kind; and
 * OPEN does nothing to a card that iPXE had open when it started us.
 */
static void close_found_open(struct undi_card *card)
{
	struct pxe_status_only s = { 0 };
	undi_card_call(card, PXE_UNDI_CLOSE, &s, sizeof s);
}

unsigned undi_cards(struct boot_params *params, struct netdev **table, unsigned room)
{
	struct undi_memory mem = { .base = NULL, .lowest = PAGE0_END, .len = MIB };
	unsigned resident, count;
	pic_bios_masks(found_masks);
	transport_set_patience(TRANSPORT_PATIENCE_S);
	read_trace(params);
	resident = count = find_resident(cards, params, &mem) == 0;
	read_trace(params);	/* iPXE's arguments are known now */
	read_patience(params);
	room = undi_cards_wanted(params, room < UNDI_CARDS ? room : UNDI_CARDS);
	if (!resident || (params->rom_area && room > 1))
		count = load_drivers(params, &mem, count, room);
	if (!count)
		log_error("undi: no driver for a card: only those that need no ROM can be used. Start Undine from the "
			  "card's PXE ROM, or switch that ROM on in the BIOS's setup.");
	read_transport(params);
	for (unsigned i = 0; i < count; i++) {
		struct undi_card *card = &cards[i];
		table[i] = &card->dev;
		if (card->state == CARD_REFUSED || card->uninitialised)
			continue;
		if (resident && !i && count > 1)
			close_found_open(card);
		transport_choose(&card->transport, transport_wanted);
		undi_card_start(card);
		while (card->state == CARD_OPENING && clock_us() >= card->due_us)
			undi_card_come_up(card);
	}
	return count;
}

int undi_cached_packet(unsigned type, void *buf, size_t len)
{
	struct undi_card *card = cards;
	struct pxe_get_cached_info g = {
		.packet_type = (uint16_t)type, .buffer_size = R_BUFFER_LEN,
		.buffer = transport_ptr(&card->transport, R_BUFFER),
	};
	if (!card->stack.entry.seg || undi_card_call(card, PXE_GET_CACHED_INFO, &g, sizeof g))
		return -ENOENT;
	size_t have = g.buffer_size < R_BUFFER_LEN ? g.buffer_size : R_BUFFER_LEN;
	memcpy(buf, gate_ptr(R_BUFFER), have < len ? have : len);
	return (int)(have < len ? have : len);
}

uint32_t undi_cached_buffer(unsigned type, uint16_t *len)
{
	struct undi_card *card = cards;
	/* size 0: where it is (PXE 2.1, page 36) */
	struct pxe_get_cached_info g = { .packet_type = (uint16_t)type };
	if (!card->stack.entry.seg || undi_card_call(card, PXE_GET_CACHED_INFO, &g, sizeof g))
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

/* --- beside a driver of our own */

static struct undi_card *card_of(struct netdev *dev)
{
	return (struct undi_card *)dev;		/* its first member; dev->priv may be another driver's now */
}

int undi_rest(struct netdev *dev)
{
	struct undi_card *card = card_of(dev);
	struct pxe_status_only s = { 0 };
	if (!card->stack.entry.seg || card->transport.lost)
		return -EIO;
	undi_card_close(dev);
	if (!card->uninitialised)
		undi_card_call(card, PXE_UNDI_SHUTDOWN, &s, sizeof s);
	undi_card_set_state(card, CARD_RESTING);
	return 0;
}

int undi_wake(struct netdev *dev)
{
	struct undi_card *card = card_of(dev);
	struct pxe_status_only s = { 0 };
	uint16_t status = undi_card_call(card, PXE_UNDI_STARTUP, &s, sizeof s);
	for (unsigned tries = 0; tries < UNDI_INIT_TRIES; tries++) {
		status = undi_card_initialise(card);
		if (!status)
			break;
		clock_busy_us(UNDI_INIT_PAUSE_US);
	}
	undi_card_set_state(card, status ? CARD_REFUSED : CARD_CLOSED);
	if (status)
		log_error("undi: %s: its ROM does not take the card back (INITIALIZE status %02xh)", dev->name, status);
	else if (card->transport_due)
		transport_choose(&card->transport, transport_wanted);
	card->transport_due = false;
	return status ? -EIO : 0;
}

/*
 * PXE 2.1 has the card open when an NBP starts, and so it stays.  iPXE keeps
 * received frames from its own stack between OPEN and CLOSE, and can open
 * the card for that stack again only by a command of its own.
 */
static void give_to_its_stack(struct undi_card *card)
{
	static const char reopen[] = "ifopen";
	struct pxe_file_api_check check = { .size = sizeof check, .magic = FILE_API_ASK };
	if (card->state == CARD_OPEN && !undi_card_call(card, PXE_FILE_API_CHECK, &check, sizeof check) &&
	    check.magic == FILE_API_ANSWER) {
		undi_card_close(&card->dev);
		struct pxe_file_exec exec = { .command = transport_ptr(&card->transport, R_BUFFER) };
		memcpy(gate_ptr(R_BUFFER), reopen, sizeof reopen);
		undi_card_call(card, PXE_FILE_EXEC, &exec, sizeof exec);
	}
	pic_set_bios_masks(found_masks);
}

static void keep(struct undi_card *card)
{
	give_to_its_stack(card);
	undi_card_set_state(card, CARD_CLOSED);
}

/* --- lent to the ROM's own stack */

int undi_lend(void)
{
	struct undi_card *card = cards;
	if (!card->stack.entry.seg || card->driver.in_memory || card->transport.lost)
		return -ENODEV;
	if (card->state == CARD_OPEN) {
		transport_close(&card->transport);	/* its calls wait by the BIOS's clock: in real mode */
		pic_bios_masks(card->masks);
		give_to_its_stack(card);
		undi_card_set_state(card, CARD_LENT);
	}
	if (card->state != CARD_LENT)
		return card->state == CARD_RESTING ? -EBUSY : -ENETDOWN;
	card->due_us = CLOCK_NEVER;
	return 0;
}

void undi_take_back(void)
{
	if (cards->state == CARD_LENT)
		cards->due_us = clock_us() + LENT_STILL_US;
}

struct undi_card *undi_lent(void)
{
	return cards->state == CARD_LENT ? cards : NULL;
}

/* --- leaving */

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
			status = undi_card_call(card, ops_down[i], &s, sizeof s);
		}
		err = status == PXE_KEEP_UNDI ? -EBUSY : 0;
	}
	card->stack.entry = (struct pxe_ptr){ 0, 0 };
	undi_card_set_state(card, CARD_REFUSED);
	return err;
}

/* The first card's stack is what another NBP may use: it stays for that, even where we have loaded it. */
static int leave(struct netdev *dev, enum netdev_leave how)
{
	struct undi_card *card = dev->priv;
	if (!card->stack.entry.seg)
		return 0;
	if (card->transport.lost)
		return -EBUSY;
	transport_close(&card->transport);
	if (how == NETDEV_KEEP && card == cards) {
		keep(card);
		return 0;
	}
	undi_card_close(dev);
	return how == NETDEV_UNLOAD || card->driver.in_memory ? unload(card) : 0;
}

bool undi_leave_for_restart(void)
{
	for (unsigned i = UNDI_CARDS; i-- > 0;)
		if (cards[i].stack.entry.seg)
			leave(&cards[i].dev, NETDEV_RETURN);
	pic_set_bios_masks(found_masks);
	return !cards[0].transport.lost;
}

static const struct netdev_ops ops = {
	.open = undi_card_open, .close = undi_card_close, .poll = undi_card_poll, .transmit = undi_card_transmit,
	.set_filter = undi_card_set_filter, .leave = leave, .update_counts = undi_card_update_counts,
};
