/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that stand in their own URL: "data:[type][;base64],content" (RFC 2397).  Pure. */
#ifndef SERVICES_FETCH_DATA_URL_H
#define SERVICES_FETCH_DATA_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool data_url_is(const char *url);
/*
 * The content into out, which has room for as many bytes as url has: their
 * count; or -EINVAL: no comma, or what is no base64.  What is encoded by % is
 * decoded first; a % that encodes nothing stands for itself.
 */
int data_url_decode(const char *url, uint8_t *out);

#endif
