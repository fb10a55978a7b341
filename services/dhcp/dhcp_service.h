/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service: runs the handshake of services/dhcp/dhcp.h on links, each
 * for itself, says each step in the log, gives the links their addresses and
 * routes, and renews leases in the background.  Its state outlives a crash of
 * its task.
 */
#ifndef SERVICES_DHCP_DHCP_SERVICE_H
#define SERVICES_DHCP_DHCP_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/cause/cause.h"
#include "services/dhcp/dhcp.h"

struct carry;
struct link;
struct service;

enum {				/* requests; data: the link's name with its NUL; no answer but the result */
	DHCP_MSG_CONFIGURE = 1,	/* get a lease: answered with 0 or -E */
	DHCP_MSG_RELEASE,	/* give the lease back and take the link's address away */
	DHCP_MSG_PAUSE,		/* no data: dhcp_pause() */
	DHCP_MSG_TRY,
	DHCP_MSG_PART,		/* no data: dhcp_part() */
};

void dhcp_main(void *arg);	/* the service's task */
void dhcp_cleanup(struct service *self);	/* after a fault: closes its socket */

/*
 * Before the first handshake: the machine's UUID (16 bytes; NULL: zeros are sent), a host name to ask for (or NULL),
 * what the loader can do, by iPXE's numbers up to a 0, and its version, "1.2" (they stay).
 */
void dhcp_set_identity(const uint8_t *uuid, const char *hostname, const uint8_t *features, const char *version);
/* By which user class (option 77) leases are asked for from now on; "": DHCP_USER_CLASS.  Less than DHCP_CLASS_MAX. */
void dhcp_ask_as(const char *user_class);
/* From now on the lease that the ROM got is taken, where it has one for the card, and nobody is asked. */
void dhcp_use_rom(bool on);
/* By which the lease in force on l was asked for, or the next will be where l is NULL or has none. */
const char *dhcp_asked_as(const struct link *l);
/*
 * Asks the service for a lease on l and waits for it: 0, -ETIMEDOUT (nobody
 * answered, or deadline_us came), -EPROTO (only nonsense was answered),
 * -EACCES (refused), -ENODEV (no such link), -EBUSY (it is getting one for somebody
 * else), -ECONNRESET (it crashed over it), ...; the log says more.  stop, if
 * not NULL, is asked again and again meanwhile: when it says true the
 * handshake ends with -ECANCELED.  It gives up by itself after about 40 s.
 * With a lease in force it starts afresh; that lease stays in force until
 * another comes, and also if none does.
 */
int dhcp_configure(const struct link *l, uint64_t deadline_us, bool (*stop)(void));
/*
 * While all waits (on), leases that were asked for in vain are asked for on and on, without a word, so that whoever
 * waits may go on as soon as a server is back: then dhcp_leases_come() is another than before.
 */
void dhcp_pause(bool on);
unsigned dhcp_leases_come(void);
/* Tells the servers of all leases that they are given back; here all stays as it is, for it is the last thing done. */
void dhcp_part(uint64_t deadline_us);
/* Gives the lease back, if there is one, and forgets the link.  Waits.  0 or -E. */
int dhcp_release_lease(const struct link *l, uint64_t deadline_us);
/* The lease in force on l, or NULL.  Stays in place; its contents change only when the service renews
 * it, and by dhcp_link_take_proxy(). */
const struct dhcp_lease *dhcp_link_lease(const struct link *l);
/* dhcp_take_proxy() for that lease; nothing where there is none any more. */
void dhcp_link_take_proxy(const struct link *l, const void *raw, size_t len, const struct net_addr *from);
/* Who asks on l, as its next or last handshake says it. */
void dhcp_link_identity(const struct link *l, struct dhcp_identity *id);
/* Seconds until that ends, -1 = never or there is none. */
int32_t dhcp_link_left_s(const struct link *l);
/* How long it took to get that lease, from the first DISCOVER on; 0: there is none. */
uint64_t dhcp_link_took_us(const struct link *l);
/* Why the last handshake on l failed; NULL: none has.  Stays in place. */
const struct cause_fact *dhcp_link_cause(const struct link *l);
/* How many answers on l were not taken for that reason, and the reason in words: 0, there were none. */
uint32_t dhcp_link_untaken(const struct link *l, enum dhcp_untaken_why why);
const char *dhcp_untaken_word(enum dhcp_untaken_why why);
/* True if the service knows l: there is a lease, or one was asked for; dhcp_release_lease() makes it forget l. */
bool dhcp_runs_on(const struct link *l);
/* The i-th lease in force, that of the link for which one was asked for last before the others; or NULL. */
const struct dhcp_lease *dhcp_lease_get(unsigned i);
/* Before the loader starts anew from memory: the leases in force, which its next life has until a server answers. */
void dhcp_carry(struct carry *to);
/* The first of these. */
const struct dhcp_lease *dhcp_service_lease(void);

#endif
