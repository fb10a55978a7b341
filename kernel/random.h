/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers: HMAC_DRBG seeded by RDRAND and by a device, where there are
 * such, and by the TSC's jitter at interrupts, frames and turns of the tasks
 * (entropy.h).  The
 * clock's time, MAC addresses and what DHCP servers say are stirred in and
 * count for nothing.
 *
 * Numbers are always to be had.  What makes a secret of them asks first:
 *
 *	int err = random_wait(clock_us() + SEED_US);
 *	if (err < 0)
 *		return refuse("too little chance on this machine for a secret key", err);
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void random_init(void);
/* What a device made for it ("virtio-rng") has given. */
void random_feed(const char *device, const uint32_t *words, size_t count);
void random_stir(const void *data, size_t len);
/* Something has happened whose moment nobody outside knows to the tick; costs a comparison once there is a seed. */
void random_jitter(void);
uint32_t random_u32(void);

/* True once the numbers are good for secrets. */
bool random_ready(void);
/* Waits for that, and makes what chance there is in the meantime: 0, -ETIMEDOUT (too little came) or -ECANCELED. */
int random_wait(uint64_t deadline_us);

#endif
