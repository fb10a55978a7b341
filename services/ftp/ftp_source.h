/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheme ftp (RFC 1738, 3.2): a row for the table in main.c. */
#ifndef SERVICES_FTP_FTP_SOURCE_H
#define SERVICES_FTP_FTP_SOURCE_H

extern const struct scheme ftp_scheme;

#endif
