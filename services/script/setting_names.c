/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings with names and numbers.  See setting_names.h. */
#include "services/script/setting_names.h"

#include <stddef.h>
#include <string.h>

static const struct setting_name names[] = {
	{ "ip", NULL, VALUE_IPV4 }, { "next-server", NULL, VALUE_IPV4 },
	{ "mac", NULL, VALUE_HEX }, { "uuid", "97", VALUE_UUID }, { "busid", "175.177", VALUE_HEX },
	{ "netmask", "1", VALUE_IPV4 }, { "gateway", "3", VALUE_IPV4 }, { "dns", "6", VALUE_IPV4 },
	{ "syslog", "7", VALUE_STRING },	/* a host's name will do */
	{ "hostname", "12", VALUE_STRING }, { "domain", "15", VALUE_STRING }, { "root-path", "17", VALUE_STRING },
	{ "mtu", "26", VALUE_INT16 },
	{ "ntp", "42", VALUE_STRING },		/* the same */
	{ "dhcp-server", "54", VALUE_IPV4 }, { "tftp-server-name", "66", VALUE_STRING },
	{ "filename", "67", VALUE_STRING }, { "user-class", "77", VALUE_STRING }, { "search", "119", VALUE_DNSSL },
	{ "static-route", "121", VALUE_HEX }, { "priority", "175.1", VALUE_INT8 }, { "keep-san", "175.8", VALUE_INT8 },
	{ "skip-san-boot", "175.9", VALUE_INT8 }, { "scriptlet", "175.81", VALUE_STRING },
	{ "syslogs", "175.85", VALUE_STRING }, { "trust", "175.90", VALUE_HEX }, { "cert", "175.91", VALUE_HEX },
	{ "privkey", "175.92", VALUE_HEX }, { "crosscert", "175.93", VALUE_STRING },
	{ "san-filename", "175.188", VALUE_STRING }, { "bios-drive", "175.189", VALUE_UINT8 },
	{ "no-pxedhcp", "175.176", VALUE_UINT8 },
	{ "username", "175.190", VALUE_STRING }, { "password", "175.191", VALUE_STRING },
	{ "reverse-username", "175.192", VALUE_STRING }, { "reverse-password", "175.193", VALUE_STRING },
	{ "version", "175.235", VALUE_STRING }, { "initiator-iqn", "203", VALUE_STRING },
};

const struct setting_name *setting_name_find(const char *leaf)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(leaf, names[i].name) || (names[i].number && !strcmp(leaf, names[i].number)))
			return &names[i];
	return NULL;
}

const struct setting_name *setting_name_get(unsigned i)
{
	return i < sizeof(names) / sizeof(names[0]) ? &names[i] : NULL;
}

const char *setting_name_of(const char *leaf)
{
	const struct setting_name *n = setting_name_find(leaf);
	return n ? n->name : leaf;
}
