/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine this is, for whoever reads about many: one phrase for banners, headings and answers. */
#ifndef SERVICES_INTERFACE_IDENTITY_H
#define SERVICES_INTERFACE_IDENTITY_H

#include <stddef.h>

#define IDENTITY_MAX 192

struct net_addr;

/*
 * "node7 (10.0.2.15, 52:54:00:12:34:56), serial number SN-1".  own: the address
 * by which it is spoken to; NULL: the last lease's or, without one, that of the first link that has one.
 */
void identity_text(const struct net_addr *own, char *out, size_t cap);

#endif
