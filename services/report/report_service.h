/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report service: posts a record (report.h) to the setting report-url when a
 * try has failed and when the machine is left, so that a fleet's dashboard
 * needs no console.  Nothing waits for a failure's; who leaves the machine
 * waits REPORT_LEAVE_US at the most.  A record that cannot be posted is lost:
 * the next one says how often and since when the machine has failed.  That
 * is said once, until one has been posted again.
 */
#ifndef SERVICES_REPORT_REPORT_SERVICE_H
#define SERVICES_REPORT_REPORT_SERVICE_H

#include <stdbool.h>

struct service;
struct settings;

#define REPORT_LEAVE_US	2000000u
#define REPORT_URL_MAX	1024u		/* bytes, with a NUL */

void report_main(void *arg);	/* the service's task */
void report_cleanup(struct service *self);	/* after a fault: closes its connection */

/* The setting report-url: see services/script/setting_owner.h. */
int report_store_setting(struct settings *s, const char *name, const char *text, bool keep);
int report_apply_settings(void);

/* For the task that tries: a try begins; it has failed, and its cause is kept (services/cause/cause.h). */
void report_try(void);
void report_failure(void);
/* Before the machine is left.  Waits. */
void report_leave(void);

#endif
