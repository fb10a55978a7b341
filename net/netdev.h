/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door "netdev": a network device as the stack sees it, an Ethernet port
 * that sends one frame at a time.  A driver is a table of functions, a device
 * a struct with that table in it; main.c has the one table of devices: net0,
 * net1, ...  Nothing here waits, and nothing in a driver may wait for more
 * than one answer of its hardware or ROM: what needs several tries goes on in
 * poll().
 *
 * Who owns what: the driver owns the device, and frames that have come until
 * deliver() returns; the stack owns a frame to be sent again when transmit()
 * returns, and keeps no pointer to the device beyond close() and leave().
 *
 *	static const struct netdev_ops ops = { open, close, poll, transmit, set_filter, leave };
 *	struct netdev dev = { .ops = &ops, .name = "net0", .mac = { ... }, .mtu = 1500, .priv = &card };
 *	dev.ops->open(&dev);				now, or in later polls, link_up becomes true
 *	while (running)
 *		dev.ops->poll(&dev, deliver, ctx);	calls deliver(ctx, &dev, frame, len) for each frame
 *	dev.ops->leave(&dev, NETDEV_UNLOAD);
 */
#ifndef NET_NETDEV_H
#define NET_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NETDEV_MTU_MAX 1500u		/* bytes of IP packet; larger mtu values are cut to this */
#define NETDEV_FRAME_MAX (14u + NETDEV_MTU_MAX)
#define NETDEV_NAME_LEN 8u
#define NETDEV_WORDS_LEN 130u

struct netdev;

/* Could a station have this address?  None has a group's, as all ones are, nor zeros. */
bool netdev_mac_valid(const uint8_t mac[6]);

/* Takes one received frame: destination MAC first, no FCS.  It must not keep it, nor open or close the device. */
typedef void netdev_deliver(void *ctx, struct netdev *dev, const void *frame, size_t len);

/* Why a device is left. */
enum netdev_leave {
	NETDEV_KEEP,		/* for another program that the same firmware serves: as we found it */
	NETDEV_RETURN,		/* back to whoever started us: quiet, and what we loaded taken out */
	NETDEV_UNLOAD,		/* a kernel follows: quiet, and all of its firmware out of memory */
};

struct netdev_ops {
	/*
	 * Begins to bring it up: 0 and it is, or will be after some polls, as
	 * link_up tells; or -E after a message, and it never will.  0 where it is
	 * open.
	 */
	int (*open)(struct netdev *dev);
	/* Quiet: nothing is received or sent until open(). */
	void (*close)(struct netdev *dev);
	/*
	 * Hands over every frame that has come, bounded: their number.  Also takes
	 * the next step of coming up, and of restarting hardware that is stuck.
	 */
	unsigned (*poll)(struct netdev *dev, netdev_deliver *deliver, void *ctx);
	/*
	 * Sends one whole frame (destination MAC first, no FCS, padded to 60
	 * bytes by the stack): 0, or -E and the frame is lost, which the stack
	 * counts and treats as loss on the wire.  The buffer is the stack's
	 * again on return.  Must not call into the stack.
	 */
	int (*transmit)(struct netdev *dev, const void *frame, size_t len);
	/*
	 * Lets frames to these multicast addresses in from now on, and to no
	 * others if the device can choose; NULL when it cannot.  Must not call into
	 * the stack.
	 */
	void (*set_filter)(struct netdev *dev, const uint8_t (*groups)[6], unsigned count);
	/* The last call: 0, or -EBUSY where its firmware stays in memory.  NULL: there is nothing to do. */
	int (*leave)(struct netdev *dev, enum netdev_leave how);
	/* Brings the driver's counters up to date; NULL when they always are. */
	void (*update_counts)(struct netdev *dev);
};

/* Where it is plugged in. */
struct netdev_bus {
	const char *type;		/* "PCI", or NULL: not known, and the rest is 0 */
	uint16_t location;		/* bus, device, function: 8, 5 and 3 bits */
	uint16_t vendor, device;
	char words[NETDEV_WORDS_LEN];	/* "product, maker", as its firmware has them; "": not known */
};

struct netdev {
	/* the driver fills these before link_add() */
	const struct netdev_ops *ops;
	char name[NETDEV_NAME_LEN];	/* "net0" */
	/* before link_up becomes true for the first time: some hardware can be asked only when it has come up */
	uint8_t mac[6];			/* netdev_mac_valid(), or the driver refuses its device; zeros: not known yet */
	uint16_t mtu;			/* largest IP packet, bytes; 0 means 1500 */
	/* large frames that may be on their way to it at once, 0: as many as one likes */
	uint8_t rx_flight;
	/* kept current by the driver; while false nothing is sent.  Many cannot see the cable: link_state() */
	bool link_up;
	/*
	 * While deliver() runs: TCP's or UDP's checksum in that frame needs no look, for the hardware has found it
	 * right, or the frame has never been on a wire and the field is not filled in.
	 */
	bool rx_checked;
	/* the hardware sums: TCP's checksum field has its pseudo header's sum only in what is sent */
	bool tx_sums_tcp;
	const char *driver;		/* "virtio-net", which sees its cable; NULL: its ROM drives it, by UNDI */
	struct netdev_bus bus;
	void *priv;			/* the driver's own */

	/* counted by the stack */
	uint64_t rx_bytes, tx_bytes;
	uint32_t rx_frames, tx_frames;
	uint64_t heard_us;		/* when the last frame came; 0: none has */
	uint32_t tx_errors;		/* transmit() failed */
	uint32_t tx_no_link;		/* not sent: link_up was false */
	/* kept by TCP: wnd_max of the connection by way of it that last changed its own, 0: nothing less than usual */
	uint32_t wnd_learnt;
	/* counted by the driver */
	uint32_t rx_errors;		/* bad frames the hardware or ROM reported */
	/* wrong FCS; iPXE's ROMs count here what they lose for any reason, and in the next, too */
	uint32_t rx_damaged;
	uint32_t rx_overruns;		/* frames lost for want of room */
	uint32_t rx_visits;		/* times the hardware or ROM was asked and had frames, ... */
	uint64_t rx_us, tx_us;		/* ... and how long it took to hand them over; to take those sent */
};

static inline bool netdev_known(const struct netdev *dev)
{
	static const uint8_t none[6];
	return memcmp(dev->mac, none, 6) != 0;
}

#endif
