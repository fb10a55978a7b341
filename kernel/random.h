/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for identifiers, ports and jitter: seeded from what differs
 * between machines and moments (TSC, MAC address, RDRAND where there is one),
 * stirred with the TSC at every call.  Not for keys.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_init(void);
void random_stir(const void *data, size_t len);
uint32_t random_u32(void);

#endif
