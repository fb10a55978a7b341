/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door to our own drivers of network cards: what native.c asks of the
 * driver of one kind.  A driver is a table; it finds nothing and chooses
 * nothing, and says nothing on the console.  Nothing here waits.
 *
 *	struct nic *nic = driver->start(function, &dev, &why);
 *	driver->poll(nic, dev, deliver, ctx); driver->transmit(nic, dev, frame, len);
 *	driver->stop(nic);
 */
#ifndef DRIVERS_NATIVE_NIC_H
#define DRIVERS_NATIVE_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/netdev.h"

#define NIC_TOLD_LEN 64u
#define NIC_STUCK_US 2000000u		/* a transmitter that takes nothing for so long, with a link, is broken */
#define NIC_DRAIN_US 20000u		/* in which the last frames may go out, before a card is reset */

struct nic;

struct nic_id {
	uint16_t vendor, device;
};

struct nic_driver {
	const char *name;		/* "virtio-net" */
	const struct nic_id *ids;	/* to a vendor of 0 */
	bool virtual_only;		/* tried in virtual machines only, and there are such cards elsewhere */
	/*
	 * Resets the PCI function's device and brings it up, with memory of its own: dev->mac and dev->mtu become the
	 * card's, and dev->link_up tells of the cable.  Or NULL, and *why; then the device is quiet, unless *why is
	 * that it cannot be reset.
	 */
	struct nic *(*start)(uint32_t function, struct netdev *dev, const char **why);
	/*
	 * The last call: what waits to be sent goes out, if it does soon; resets the device, and frees all.  False: it
	 * never answered, and its memory stays its own.
	 */
	bool (*stop)(struct nic *nic);
	/* As netdev's: frames handed over, also keeps dev->link_up; or -E and *why: it is broken. */
	int (*poll)(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx, const char **why);
	int (*transmit)(struct nic *nic, struct netdev *dev, const void *frame, size_t len);
	/* What it can do, for the console: "virtio 1, large receive". */
	void (*tell)(const struct nic *nic, char text[NIC_TOLD_LEN]);
};

#endif
