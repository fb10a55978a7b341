/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network device as the stack sees it: an Ethernet port that sends one
 * frame at a time.  Received frames enter through net_input(); the driver
 * keeps its buffers, the stack copies what it must keep.
 */
#ifndef NET_NETDEV_H
#define NET_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETDEV_MTU_MAX 1500u		/* bytes of IP packet; larger mtu values are cut to this */
#define NETDEV_FRAME_MAX (14u + NETDEV_MTU_MAX)

struct netdev {
	/* the driver fills these before net_add_dev() */
	const char *name;		/* "net0"; outlives the device */
	uint8_t mac[6];
	uint16_t mtu;			/* largest IP packet, bytes; 0 means 1500 */
	uint8_t rx_flight;		/* large frames that may be on their way to it at once, 0: as many as one likes */
	bool link_up;			/* kept current by the driver; while false nothing is sent */
	/*
	 * Sends one whole frame (destination MAC first, no FCS, padded to 60
	 * bytes by the stack): 0, or -E and the frame is lost, which the stack
	 * counts and treats as loss on the wire.  The buffer is the stack's
	 * again on return.  Must not call into the stack.
	 */
	int (*transmit)(struct netdev *dev, const void *frame, size_t len);
	/*
	 * Lets frames to these multicast addresses in, and to no others, from
	 * now on; NULL when the driver cannot choose.  Must not call into the
	 * stack.
	 */
	void (*set_groups)(struct netdev *dev, const uint8_t (*macs)[6], unsigned count);
	/* Brings the driver's counters up to date; NULL when they always are. */
	void (*update_counts)(struct netdev *dev);
	void *priv;			/* the driver's own */

	/* counted by the stack */
	uint64_t rx_bytes, tx_bytes;
	uint32_t rx_frames, tx_frames;
	uint32_t tx_errors;		/* transmit() failed */
	uint32_t tx_no_link;		/* not sent: link_up was false */
	/* counted by the driver */
	uint32_t rx_errors;		/* bad frames the hardware or ROM reported */
	uint32_t rx_damaged;		/* wrong FCS; iPXE's ROMs count here what they lose for any reason, and in the next, too */
	uint32_t rx_overruns;		/* frames lost for want of room */
	uint32_t rx_visits;		/* times the hardware or ROM was asked and had frames, ... */
	uint64_t rx_us, tx_us;		/* ... and how long it took to hand them over; to take those sent */
};

#endif
