/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_TFTP_TFTM_SOURCE_H
#define SERVICES_TFTP_TFTM_SOURCE_H

#include "services/fetch/scheme.h"

extern const struct scheme tftm_scheme;		/* tftm://server/file: multicast, RFC 2090 */
/*
 * mtftp://server:port/file?group=239.1.2.3&port=1758: PXE's own MTFTP.  Without what stands behind "?" it is what the
 * lease says of its boot file; tftp: where it says nothing, or the file is another.
 */
extern const struct scheme mtftp_scheme;
/* A lease's boot file, by tftp: as yet, becomes mtftp: where the lease says that. */
void mtftp_prefer(struct url *url);

#endif
