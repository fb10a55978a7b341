/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a server of https (RFC 9110, 4.2.2): a stream of TLS, through a proxy's tunnel where there is a proxy. */
#ifndef SERVICES_HTTP_HTTPS_SOURCE_H
#define SERVICES_HTTP_HTTPS_SOURCE_H

#include "services/fetch/scheme.h"

/* A scheme's connect (scheme.h): by s->tunnel, where that is not NULL.  Waits.  On failure *out is NULL. */
enum source_end https_connect(struct source *s, struct stream **out);

#endif
