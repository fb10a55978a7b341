/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheme tftp (RFC 3617): a row for the table in main.c. */
#ifndef SERVICES_TFTP_TFTP_SOURCE_H
#define SERVICES_TFTP_TFTP_SOURCE_H

extern const struct scheme tftp_scheme;

#endif
