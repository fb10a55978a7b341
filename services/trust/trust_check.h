/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy's question, put under the policy that the settings name; what is
 * refused is said.  For commands, and for the store of settings.
 */
#ifndef SERVICES_TRUST_TRUST_CHECK_H
#define SERVICES_TRUST_TRUST_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "services/trust/trust.h"

struct settings;

/* May it be run?  0, or -EACCES, said. */
int trust_check(const struct trust_subject *s);
/* The policy in force for what runs now. */
enum trust_policy trust_policy(void);
/*
 * From now on, until trust_forget(), `signed` lets all be run that was typed at this machine alone; the settings stay
 * what they are.
 */
void trust_unlock(void);
/* What runs from now on is somebody else's order, a module's, whoever has started that; or not: what it was before. */
bool trust_of_others(bool on);
/* What runs now is such. */
bool trust_is_unlocked(void);
/*
 * From now on whom to believe stays as it is: who has settled that only what is trusted is run has settled that.  0; or
 * -E2BIG, said: it is too long to be kept.
 */
int trust_settle(void);
/* Settings that begin anew, for another try or after a fault, have first of all what was settled. */
void trust_put_settled(struct settings *s);
/* A settings_gate_fn (services/script/settings.h): settings that matter are changed only as the policy allows. */
int trust_check_setting(const struct settings *s, const char *name, const void *data, size_t len);

/* setting_owner.changed (services/script/setting_owner.h): the policy is kept from now on. */
int trust_keep(void);
/* All begins from the start: no policy until one is set. */
void trust_forget(void);
/* Settings that begin anew after a fault have the policy that was kept: what closed the door stays. */
void trust_restore(struct settings *s);

#endif
