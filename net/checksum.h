/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), summed in the machine's own byte order:
 * store the result of csum_finish() with csum_put().  Data whose checksum
 * field is filled in sums to csum_finish() == 0.
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "net/addr.h"

/* Adds len bytes to a running sum.  All pieces but the last have even length. */
uint32_t csum_add(uint32_t sum, const void *data, size_t len);
/* The sum of TCP's and UDP's pseudo header; len is that of header and data. */
uint32_t csum_pseudo(const struct net_addr *src, const struct net_addr *dst, uint8_t proto, size_t len);
/* The checksum, ready for csum_put. */
uint16_t csum_finish(uint32_t sum);

static inline void csum_put(uint8_t *field, uint16_t csum)
{
	memcpy(field, &csum, 2);
}

#endif
