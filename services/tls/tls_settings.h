/* SPDX-License-Identifier: BSD-2-Clause */
/* What TLS has of this machine, and what settings say of it. */
#ifndef SERVICES_TLS_TLS_SETTINGS_H
#define SERVICES_TLS_TLS_SETTINGS_H

/* Before any connection: its memory, the random numbers and the clock. */
void tls_begin(void);
/*
 * trust, trust-pin, trust-bundle or trust-clock has been set: 0, or -EINVAL or -E2BIG, said;
 * then nobody is believed.  What was set counts, never what a DHCP server
 * says in its options.
 */
int tls_apply_settings(void);
/* cert or privkey has been set: 0, or -E, said; then nobody is shown one, until they fit again. */
int tls_apply_client_cert(void);

#endif
