/* SPDX-License-Identifier: BSD-2-Clause */
/* See native.h. */
#include "drivers/native/native.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/pci/bar.h"
#include "drivers/pci/pci.h"
#include "drivers/undi/undi.h"
#include "kernel/clock.h"
#include "kernel/early.h"
#include "kernel/log.h"

#define RETRY_US 10000000u		/* before a card that only we can drive is started anew */
/* So many frames sent, the first so long ago, and none heard: a DHCP client's try has two DISCOVERs left then. */
#define DEAF_FRAMES 4u
#define DEAF_US 20000000u
#define WORD_LEN 8
#define GROUPS_MAX 8u			/* as many as the stack joins */
#define SAME_KIND 16u			/* a PCI BIOS may find the same one for ever */

enum want { WANT_UNSET, WANT_UNDI, WANT_NATIVE, WANT_AUTO };

struct native {
	struct netdev *dev;
	struct netdev own;		/* where no ROM has made one */
	const struct nic_driver *driver;
	uint32_t function;
	uint16_t command;		/* the PCI command register, as it was found */
	struct nic *nic;		/* NULL: at rest */
	bool open, gone;
	uint64_t retry_at;
	enum want want;
	bool heard;			/* since it was started; until then how much was sent, and when the first */
	unsigned sent;
	uint64_t sent_at;
	/*
	 * What auto remembers: it did not come up, it broke, or the ROM needed it; it was said why the ROM keeps it;
	 * when it heard nothing, and the ROM got it.
	 */
	bool left, told;
	uint64_t deaf_at;
	/* the ROM's, while we have its card; rom_ops NULL: there is none, or it has it */
	const struct netdev_ops *rom_ops;
	void *rom_priv;
	uint8_t groups[GROUPS_MAX][6];		/* joined meanwhile: it must hear them, too */
	unsigned group_count;
	bool has_joined;
	uint8_t rom_flight;
};

static struct native cards[NATIVE_CARDS + 1];	/* and the one that is being looked at */
static unsigned card_count, rom_cards;	/* rom_cards: of the table's, the first */
static const struct nic_driver *const *drivers;
static bool is_virtual;			/* the machine */
static const struct netdev_ops native_ops;

void native_set_drivers(const struct nic_driver *const *list, bool in_virtual_machine)
{
	drivers = list;
	is_virtual = in_virtual_machine;
}

/* "00:03.0" */
static const char *place(const struct native *n)
{
	static char text[12];
	snprintf(text, sizeof text, "%02x:%02x.%x", n->function >> 8, n->function >> 3 & 31, n->function & 7);
	return text;
}

static bool has_rom(const struct native *n)
{
	return n->dev != &n->own;
}

/* --- its hardware */

/* 0, and it is up; or -EIO, and why. */
static int start(struct native *n, const char **why)
{
	uint32_t v = 0;
	if (!pci_reg(n->function, PCI_COMMAND, &v)) {
		*why = "it does not answer";
		return -EIO;
	}
	n->command = (uint16_t)v;
	pci_command(n->function, PCI_COMMAND_NO_INTX, 0);
	n->nic = n->driver->start(n->function, n->dev, why);
	n->heard = false;
	n->sent = 0;
	if (n->nic)
		return 0;
	n->dev->link_up = false;
	pci_command(n->function, 0, PCI_COMMAND_MASTER);
	pci_set_reg(n->function, PCI_COMMAND, n->command);
	return -EIO;
}

/* Quiet, and as it was found; without bus mastering where nobody is to use it, or it might still write. */
static void stop(struct native *n, bool for_kernel)
{
	bool quiet = !n->nic || n->driver->stop(n->nic);
	n->nic = NULL;
	n->dev->link_up = n->dev->tx_sums_tcp = false;
	pci_set_reg(n->function, PCI_COMMAND, n->command);
	if (for_kernel || !quiet)
		pci_command(n->function, 0, PCI_COMMAND_MASTER);
	if (!quiet)
		log_warn("native: %s: %s at %s never ends its reset; it may no longer reach memory", n->dev->name,
			 n->driver->name, place(n));
}

/* --- whose the card is */

static void become_ours(struct native *n)
{
	struct netdev *dev = n->dev;
	n->rom_ops = dev->ops;
	n->rom_priv = dev->priv;
	n->rom_flight = dev->rx_flight;
	dev->rx_flight = 0;
	dev->wnd_learnt = 0;
	dev->ops = &native_ops;
	dev->driver = n->driver->name;
	dev->priv = n;
	n->open = true;
	n->left = false;
	n->deaf_at = 0;
}

/* The ROM's table is in force again; its hardware is not touched. */
static void become_rom(struct native *n)
{
	struct netdev *dev = n->dev;
	dev->ops = n->rom_ops;
	dev->driver = NULL;
	dev->priv = n->rom_priv;
	dev->rx_flight = n->rom_flight;
	dev->wnd_learnt = 0;
	n->rom_ops = NULL;
}

static void say_ours(const struct native *n, const char *reason)
{
	char text[NIC_TOLD_LEN];
	n->driver->tell(n->nic, text);
	log_line("native: %s is driven without its ROM: %s at %s, %s (%s)", n->dev->name, n->driver->name, place(n),
		 text, reason);
	if (!n->dev->link_up)
		log_warn("native: %s has no link; is the cable in?", n->dev->name);
}

static void give_to_rom(struct native *n, bool open)
{
	become_rom(n);
	if (n->has_joined && n->dev->ops->set_filter)
		n->dev->ops->set_filter(n->dev, n->groups, n->group_count);
	if (undi_wake(n->dev) < 0)
		n->left = false;	/* then we are all that it has */
	else if (open)
		n->dev->ops->open(n->dev);
}

/* From the ROM's UNDI to our driver; if that does not come up, back. */
static void take_from_rom(struct native *n, const char *reason)
{
	const char *why = "it does not come up";
	bool was_up = n->dev->link_up;
	if (undi_rest(n->dev) < 0) {
		log_warn("native: %s: its ROM hangs, and does not let go of the card", n->dev->name);
		return;
	}
	if (start(n, &why) == 0) {
		become_ours(n);
		say_ours(n, reason);
		return;
	}
	log_warn("native: %s: %s at %s does not come up: %s; its ROM's UNDI drives it", n->dev->name, n->driver->name,
		 place(n), why);
	n->left = true;
	if (undi_wake(n->dev) < 0)
		n->left = false;
	else if (was_up)
		n->dev->ops->open(n->dev);
}

/* It is broken, and why: to the ROM, or to be started anew later. */
static void fail(struct native *n, const char *why)
{
	uint32_t id = UINT32_MAX;
	n->gone = !pci_reg(n->function, PCI_ID, &id) || id == UINT32_MAX || !id;
	stop(n, false);
	n->left = true;
	n->retry_at = clock_us() + RETRY_US;
	if (n->gone) {
		log_error("native: %s: the card at %s is gone; one that is plugged in again is set up by the "
			  "BIOS only: reboot then", n->dev->name, place(n));
	} else if (has_rom(n)) {
		log_error("native: %s: %s at %s is broken (%s); back to its ROM's UNDI", n->dev->name,
			  n->driver->name, place(n), why);
		give_to_rom(n, true);
	} else {
		log_error("native: %s: %s at %s is broken (%s); started anew in %lu s", n->dev->name,
			  n->driver->name, place(n), why, RETRY_US / 1000000ul);
	}
}

/* It may be a card that our driver does not understand: the ROM shall try. */
static void fail_to_hear(struct native *n)
{
	log_warn("native: %s has heard nothing since it sent its first frame, %lu s ago; its ROM's UNDI drives it "
		 "(driver=native, then dhcp, takes it again)", n->dev->name,
		 (unsigned long)((clock_us() - n->sent_at) / 1000000u));
	stop(n, false);
	give_to_rom(n, true);
	n->deaf_at = clock_us();
}

static bool is_deaf(const struct native *n)
{
	return !n->heard && n->want != WANT_NATIVE && has_rom(n) && n->dev->link_up && n->sent >= DEAF_FRAMES &&
	       clock_us() - n->sent_at > DEAF_US;
}

/* --- netdev_ops */

static int native_open(struct netdev *dev)
{
	struct native *n = dev->priv;
	const char *why = "it does not come up";
	if (n->nic)
		return 0;
	if (start(n, &why) == 0) {
		n->open = true;
		n->gone = false;
		return 0;
	}
	log_error("native: %s does not open: %s at %s: %s%s", dev->name, n->driver->name, place(n), why,
		  has_rom(n) && !n->gone ? "; its ROM's UNDI drives it" : "");
	if (!has_rom(n) || n->gone)
		return -EIO;
	n->left = true;
	give_to_rom(n, false);
	return dev->ops->open(dev);
}

static void native_close(struct netdev *dev)
{
	struct native *n = dev->priv;
	n->open = false;
	if (n->nic)
		stop(n, false);
}

static void try_again(struct native *n)
{
	const char *why;
	if (!n->open || n->gone || has_rom(n) || clock_us() < n->retry_at)
		return;
	n->retry_at = clock_us() + RETRY_US;
	if (start(n, &why) == 0)
		log_line("native: %s works again", n->dev->name);
}

static unsigned native_poll(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	struct native *n = dev->priv;
	bool was_up = dev->link_up;
	const char *why;
	if (!n->nic) {
		try_again(n);
		return 0;
	}
	int frames = n->driver->poll(n->nic, dev, deliver, ctx, &why);
	if (frames < 0) {
		fail(n, why);
		return 0;
	}
	n->heard |= frames > 0;
	if (dev->link_up != was_up) {
		log_line("native: %s has %s", dev->name, was_up ? "lost its link; is the cable in?" : "a link again");
		n->sent = 0;
	}
	if (is_deaf(n))
		fail_to_hear(n);
	return (unsigned)frames;
}

static int native_transmit(struct netdev *dev, const void *frame, size_t len)
{
	struct native *n = dev->priv;
	if (!n->nic)
		return -ENETDOWN;
	if (!n->heard && !n->sent++)
		n->sent_at = clock_us();
	return n->driver->transmit(n->nic, dev, frame, len);
}

/* The cards hear all groups. */
static void native_set_filter(struct netdev *dev, const uint8_t (*groups)[6], unsigned count)
{
	struct native *n = dev->priv;
	n->group_count = count < GROUPS_MAX ? count : GROUPS_MAX;
	memcpy(n->groups, groups, n->group_count * sizeof n->groups[0]);
	n->has_joined = true;
}

/* A ROM is asked for its card again only where somebody may use it. */
static int native_leave(struct netdev *dev, enum netdev_leave how)
{
	struct native *n = dev->priv;
	stop(n, how == NETDEV_UNLOAD);
	if (!has_rom(n))
		return 0;
	if (how == NETDEV_UNLOAD || n->gone)
		become_rom(n);
	else
		give_to_rom(n, how == NETDEV_KEEP);
	return dev->ops->leave ? dev->ops->leave(dev, how) : 0;
}

/* All are at rest before any ROM is called: that may be the last call. */
void native_leave_for_restart(void)
{
	for (struct native *n = cards; n < cards + card_count; n++)
		if (n->dev->ops == &native_ops)
			stop(n, false);
	for (struct native *n = cards; n < cards + card_count; n++) {
		if (n->dev->ops != &native_ops || !has_rom(n))
			continue;
		if (n->gone)
			become_rom(n);
		else
			give_to_rom(n, false);
	}
}

void native_silence(void)
{
	for (struct native *n = cards; n < cards + card_count; n++)
		if (n->nic)
			pci_silence(n->function);
}

static const struct netdev_ops native_ops = {
	.open = native_open, .close = native_close, .poll = native_poll, .transmit = native_transmit,
	.set_filter = native_set_filter, .leave = native_leave,
};

/* --- which cards */

static enum want want_of(const char *name, const char *word)
{
	static const char *const words[] = { "", "undi", "native", "auto" };
	for (unsigned i = 0; word && i < sizeof words / sizeof words[0]; i++)
		if (strcspn(word, " ") == strlen(words[i]) && !strncmp(word, words[i], strlen(words[i])))
			return (enum want)i;
	if (word)
		log_warn("native: %s: driver=%.*s is none of undi, native, auto; taken as if it were not set", name,
			 (int)strcspn(word, " "), word);
	return WANT_UNSET;
}

static enum want early_want(const struct boot_params *params, const char *name)
{
	char scoped[NETDEV_NAME_LEN + WORD_LEN];
	snprintf(scoped, sizeof scoped, "%s/driver", name);
	const char *word = early_setting(params, scoped);
	return want_of(name, word ? word : early_setting(params, "driver"));
}

/* A card that its ROM drives, too: shall we? */
static bool wants_ours(struct native *n, enum want want)
{
	n->want = want;
	if (want == WANT_UNDI || want == WANT_NATIVE)
		return want == WANT_NATIVE;
	if (n->driver->virtual_only && !is_virtual) {
		if (!n->told)
			log_line("native: %s stays with its ROM's UNDI: our driver of %s at %s has been tried in "
				 "virtual machines only, and this is none (driver=native takes it)", n->dev->name,
				 n->driver->name, place(n));
		n->told = true;
		return false;
	}
	/* what has gone back once stays with the ROM, and so does what the ROM hears by and we did not */
	return !n->left && !(n->deaf_at && n->dev->heard_us > n->deaf_at);
}

static const char *reason_of(enum want want)
{
	return want == WANT_NATIVE ? "driver=native" : "driver=auto";
}

void native_set_driver(struct netdev *dev, const char *word)
{
	for (struct native *n = cards; n < cards + card_count; n++) {
		if (n->dev != dev || !has_rom(n))
			continue;
		enum want want = want_of(dev->name, word);
		bool ours = wants_ours(n, want);
		if (ours && dev->ops != &native_ops) {
			take_from_rom(n, reason_of(want));
		} else if (!ours && dev->ops == &native_ops && !n->gone) {
			bool open = n->open;
			stop(n, false);
			give_to_rom(n, open);
			log_line("native: %s is its ROM's again", dev->name);
		}
	}
}

bool native_yield(void)
{
	for (struct native *n = cards; n < cards + card_count; n++) {
		if (n->dev->ops != &native_ops || !has_rom(n) || n->gone || strcmp(n->dev->name, "net0"))
			continue;
		log_line("native: net0 goes back to its ROM, for that's own TFTP");
		stop(n, false);
		n->left = true;
		give_to_rom(n, true);
		return true;
	}
	return false;
}

/* Which of the ROMs' cards is at that place, or NULL; *unplaced: one that it may be for all we know, or NULL. */
static struct netdev *at_place(struct netdev **table, uint32_t function, const struct netdev **unplaced)
{
	*unplaced = NULL;
	for (unsigned i = 0; i < rom_cards; i++) {
		int at = undi_at(table[i], (uint16_t)function);
		if (at > 0)
			return table[i];
		if (at < 0 && !*unplaced)
			*unplaced = table[i];
	}
	return NULL;
}

static bool is_known(uint32_t function)
{
	for (unsigned i = 0; i < card_count; i++)
		if (cards[i].function == function)
			return true;
	return false;
}

/* A card that no ROM drives: true if it is up, and in n->own. */
static bool add(struct native *n, const struct nic_id *id, unsigned number)
{
	const char *why = "it does not come up";
	n->dev = &n->own;
	n->own = (struct netdev){ .ops = &native_ops, .driver = n->driver->name, .priv = n };
	snprintf(n->own.name, sizeof n->own.name, "net%u", number);
	n->own.bus = (struct netdev_bus){ .type = "PCI", .location = (uint16_t)n->function, .vendor = id->vendor,
					  .device = id->device };
	if (start(n, &why) < 0) {
		log_error("native: %s at %s does not come up: %s; no ROM drives it either", n->driver->name, place(n),
			  why);
		return false;
	}
	n->open = true;
	say_ours(n, "no ROM drives it");
	return true;
}

static void left_alone(const struct native *n, const char *name, const char *why)
{
	log_line("native: %s at %s is left alone: %s%s", n->driver->name, place(n), name, why);
}

/* One card that a driver of ours is for; *count: cards in the table. */
static void consider(const struct boot_params *params, struct native *n, const struct nic_id *id,
		     struct netdev **table, unsigned *count, unsigned room)
{
	const struct netdev *unplaced;
	struct netdev *dev = at_place(table, n->function, &unplaced);
	char name[NETDEV_NAME_LEN];
	snprintf(name, sizeof name, "net%u", *count);
	enum want want = early_want(params, dev ? dev->name : name);
	if (dev) {
		n->dev = dev;
		card_count++;
		if (wants_ours(n, want))
			take_from_rom(n, reason_of(want));
	} else if (unplaced) {
		left_alone(n, unplaced->name, "'s ROM does not say which card is its own, and it may be this one");
	} else if (want == WANT_UNDI) {
		left_alone(n, "", "driver=undi, and no ROM drives it");
	} else if (*count >= room) {
		left_alone(n, "", "there are as many cards as are used at the most (undi.cards)");
	} else if (add(n, id, *count)) {
		table[(*count)++] = n->dev;
		card_count++;
	}
}

unsigned native_cards(const struct boot_params *params, struct netdev **table, unsigned count, unsigned room)
{
	card_count = 0;
	rom_cards = count;
	room = room < NATIVE_CARDS ? room : NATIVE_CARDS;
	for (unsigned d = 0; drivers[d]; d++)
		for (const struct nic_id *id = drivers[d]->ids; id->vendor; id++) {
			uint32_t function;
			for (unsigned nth = 0; nth < SAME_KIND &&
			     pci_find(id->vendor, id->device, nth, &function); nth++) {
				if (is_known(function))
					continue;
				cards[card_count] = (struct native){ .driver = drivers[d], .function = function };
				consider(params, &cards[card_count], id, table, &count, room);
			}
		}
	return count;
}
