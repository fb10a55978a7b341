/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheme tftp (RFC 3617): a row for the table in main.c. */
#ifndef SERVICES_TFTP_TFTP_SOURCE_H
#define SERVICES_TFTP_TFTP_SOURCE_H

#include "services/fetch/source.h"
#include "services/tftp/tftp.h"

extern const struct scheme tftp_scheme;

/*
 * A try's beginning, by whatever TFTP: the file's name, which is len bytes of the URL behind its '/' (RFC 3617), and
 * the server's address, another one each try.  OK, or how the try ends.
 */
enum source_end tftp_source_begin(struct source *s, size_t len, char name[TFTP_NAME_MAX], struct net_addr *server);

#endif
