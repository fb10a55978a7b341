/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: the task that finds the script, runs it, and otherwise gives the
 * prompt.  There is one: what is typed on any console goes to it, and all
 * consoles show it.  It knows commands only as tables (services/command).
 */
#ifndef SERVICES_SHELL_SHELL_H
#define SERVICES_SHELL_SHELL_H

#define SHELL_STACK 32768

struct service;

void shell_main(void *arg);	/* the service's task; arg is its struct service */
void shell_cleanup(struct service *self);	/* after a fault */
int shell_apply_settings(void);		/* one of retry-*, presence, ... has been set: 0 */

#endif
