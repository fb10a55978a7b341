/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One card that a ROM drives, as far as it is a struct netdev: what its ROM
 * says of it, opening and closing, frames.  Which cards there are, and how
 * they are left, is undi.c's; nobody else includes this.
 */
#ifndef DRIVERS_UNDI_CARD_H
#define DRIVERS_UNDI_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/undi/find.h"
#include "drivers/undi/hearing.h"
#include "drivers/undi/load.h"
#include "drivers/undi/rx.h"
#include "drivers/undi/transport.h"
#include "net/netdev.h"

#define UNDI_INIT_TRIES 10		/* INITIALIZE fails at first on some Realtek ROMs */
#define UNDI_INIT_PAUSE_US 200000u
#define UNDI_TX_WAITING 8		/* frames that the ROM had no room for */

enum card_state {
	CARD_CLOSED,
	CARD_OPENING,			/* undi_card_come_up() goes on at due_us; the card may not be known yet */
	CARD_OPEN,
	CARD_LENT,			/* the ROM's own stack has it: undi_lend() */
	CARD_RESTING,			/* shut down: a driver of our own has its hardware */
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
	} slot[UNDI_TX_WAITING];
	unsigned head, count;
	uint64_t since_us;		/* of the last frame that went out, or when the first came to wait */
	uint16_t status;		/* the ROM's last refusal */
	bool worked;			/* a frame has gone out since the card was opened */
};

struct undi_card {
	struct netdev dev;		/* dev.priv leads back here */
	struct undi_stack stack;	/* entry.seg 0: there is none, or no more */
	struct transport transport;
	struct undi_driver driver;	/* where the stack came out of an option ROM */
	enum card_state state;
	const char *transport_wanted;	/* undi.transport, for when the ROM can be asked */
	bool transport_due;		/* it has changed while the ROM rested, or had its card */
	bool uninitialised;		/* no INITIALIZE has succeeded yet: nothing else must be called */
	bool initialise;		/* the next step is INITIALIZE, not OPEN */
	bool given_up;			/* it was said that the card does not open */
	unsigned tries;
	uint64_t due_us;		/* the next step of OPENING; LENT: when it is taken back */
	uint8_t masks[2];		/* the interrupt controllers', while it is lent */
	struct pxe_groups groups;
	bool promiscuous;		/* the only way to hear groups with some ROMs */
	struct rx rx;
	uint16_t isr_flag;
	struct waiting waiting;
	struct hearing hearing;
};

/* One API call of the card's ROM: its status. */
uint16_t undi_card_call(struct undi_card *card, enum pxe_op op, void *params, size_t len);
void undi_card_set_state(struct undi_card *card, enum card_state state);

/*
 * What the ROM says of its card, into card->dev and on the console; the card's
 * interrupt is masked.  0, or -EIO after a message: the card is no good.
 */
int undi_card_describe(struct undi_card *card);
/* INITIALIZE: its status; if it fails, it is due again in a while. */
uint16_t undi_card_initialise(struct undi_card *card);
/* Begins to open it: the first step is due at once. */
void undi_card_start(struct undi_card *card);
/* The next step of OPENING, if it is due: one ROM call, but for some quick questions. */
void undi_card_come_up(struct undi_card *card);

/* The card whose ROM started us, if its own stack has it: undi_lend(); or NULL. */
struct undi_card *undi_lent(void);

/* netdev_ops; dev->priv is the card. */
int undi_card_open(struct netdev *dev);
void undi_card_close(struct netdev *dev);
unsigned undi_card_poll(struct netdev *dev, netdev_deliver *deliver, void *ctx);
int undi_card_transmit(struct netdev *dev, const void *frame, size_t len);
void undi_card_set_filter(struct netdev *dev, const uint8_t (*groups)[6], unsigned count);
void undi_card_update_counts(struct netdev *dev);

#endif
