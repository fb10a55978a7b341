/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_TFTP_TFTM_SOURCE_H
#define SERVICES_TFTP_TFTM_SOURCE_H

#include "services/fetch/scheme.h"

extern const struct scheme tftm_scheme;	/* tftm://server/file: multicast, RFC 2090 */

#endif
