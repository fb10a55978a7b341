/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings that have a name, a type of their own and, most of them, a
 * number: DHCP's option ("67", "175.1").  Name and number are the same
 * setting.  Names, numbers and types are iPXE's.  Pure.
 */
#ifndef SERVICES_SCRIPT_SETTING_NAMES_H
#define SERVICES_SCRIPT_SETTING_NAMES_H

#include "services/script/value.h"

struct setting_name {
	const char *name, *number;	/* number NULL: DHCP has none */
	enum value_type type;
};

/* By name or by number, without scope and type; NULL: it has nothing of its own. */
const struct setting_name *setting_name_find(const char *leaf);
/* All of them: the i-th, or NULL past the last. */
const struct setting_name *setting_name_get(unsigned i);
/* What two names without scope have in common if they are the same setting: the name, or leaf itself. */
const char *setting_name_of(const char *leaf);

#endif
