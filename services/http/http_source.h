/* SPDX-License-Identifier: BSD-2-Clause */
/* The schemes http and https (RFC 9110, 4.2): rows for the table in main.c. */
#ifndef SERVICES_HTTP_HTTP_SOURCE_H
#define SERVICES_HTTP_HTTP_SOURCE_H

extern const struct scheme http_scheme, https_scheme;

#endif
