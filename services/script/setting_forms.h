/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings that are one of a few words, or a number: what else somebody sets is
 * refused by name, or said and not heeded.  Rooms that read more than that judge themselves.
 */
#ifndef SERVICES_SCRIPT_SETTING_FORMS_H
#define SERVICES_SCRIPT_SETTING_FORMS_H

/* A `changed` (setting_owner.h) of all names: 0, or -EINVAL, said. */
int setting_forms_check(void);

#endif
