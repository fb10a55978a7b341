/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entropy device of virtual machines (virtio 1.2, 5.4), by its legacy
 * interface at I/O ports (4.1.4.8), which QEMU's has unless it is told
 * otherwise, or by the one that its PCI capabilities lead to (4.1.4), below
 * 4 GiB.  Nothing of it stays in use between two calls.  Touches the machine by
 * virtio_pci.h only.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_RNG_H
#define DRIVERS_VIRTIO_VIRTIO_RNG_H

#include <stddef.h>

/*
 * Fills buf from the first such device, within half a second, and resets it:
 * how many bytes came; or -ENODEV (there is none), -ENOTSUP (it has no
 * interface that can be reached, or one that is none), -EIO (its reset does not
 * end), -ENOMEM.  Does not wait.  A device that cannot be reset afterwards keeps
 * the pages that it may still write into.
 */
int virtio_rng_read(void *buf, size_t len);

#endif
