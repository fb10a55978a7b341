/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheme http (RFC 9110, 4.2.1): a row for the table in main.c. */
#ifndef SERVICES_HTTP_HTTP_SOURCE_H
#define SERVICES_HTTP_HTTP_SOURCE_H

extern const struct scheme http_scheme;

#endif
