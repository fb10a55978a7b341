/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The syslog service: sends the log to a server over UDP, from its beginning
 * on, as soon as there is a lease and a server is known: the setting `syslog`
 * ("HOST" or "HOST:PORT"), or DHCP's option 7; by TLS where the setting is "tls://HOST:PORT", to a server that is
 * believed (services/tls).  It sends at a rate, waits for
 * nobody, and what cannot be sent yet stays in the log.
 */
#ifndef SERVICES_SYSLOG_SYSLOG_SERVICE_H
#define SERVICES_SYSLOG_SYSLOG_SERVICE_H

#include <stdbool.h>

struct service;
struct settings;

void syslog_main(void *arg);	/* the service's task */
void syslog_cleanup(struct service *self);	/* after a fault: closes its socket */

/* The settings syslog and syslog.format (rfc5424, rfc3164): see services/script/setting_owner.h. */
int syslog_store_setting(struct settings *s, const char *name, const char *text, bool keep);
int syslog_apply_settings(void);

/* Before the machine is left: sends what is there.  Waits, two seconds at most. */
void syslog_leave(void);

#endif
