/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio's network device (virtio 1.2, 5.1), legacy or 1.x.  One queue each
 * way, no control queue, no interrupts.  Received frames lie in slots that
 * follow each other in memory, so that one that the device has spread over
 * several (MRG_RXBUF) - up to 64 KiB of TCP at once, with GUEST_TSO4 - is
 * handed over where it lies; it is only copied where it goes over the end.
 * Pure.  Called by native.c.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_NET_H
#define DRIVERS_VIRTIO_VIRTIO_NET_H

#include "drivers/native/nic.h"

extern const struct nic_driver virtio_net_driver;

#endif
