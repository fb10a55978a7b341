/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of TCP. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#define TCP_NODELAY 1
#define TCP_KEEPIDLE 4

#endif
