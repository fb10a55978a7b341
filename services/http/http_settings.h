/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings http-proxy and no-proxy; username and password. */
#ifndef SERVICES_HTTP_HTTP_SETTINGS_H
#define SERVICES_HTTP_HTTP_SETTINGS_H

/* They take effect: 0 or -E, said. */
int http_apply_settings(void);
int http_apply_login(void);

#endif
