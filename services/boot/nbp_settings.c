/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings for the next NBP.  See nbp_settings.h. */
#include "services/boot/nbp_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/boot/nbp.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/script/setting_names.h"

#define VALUE_MAX 250u		/* an option's value has 255 bytes at the most, a line of nbp.h is bounded, too */
#define OPTIONS_MAX (NBP_OPTIONS_MAX / 2)	/* the other half is for who asks for some by chain --option */

/* Without the scope; NULL: it is another link's. */
static const char *leaf_here(const struct settings *s, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : 0;
	if (!slash)
		return name;
	return strlen(s->netx) == len && !memcmp(name, s->netx, len) ? slash + 1 : NULL;
}

/* 0: it is no option of its own, or one that belongs to the conversation itself. */
static unsigned option_number(const char *leaf)
{
	const struct setting_name *own = setting_name_find(leaf);
	const char *text = own && own->number ? own->number : leaf;
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n > 254)
		return 0;
	return n == DHCP_OPT_OVERLOAD || n == DHCP_OPT_TYPE || n == DHCP_OPT_SERVER_ID ? 0 : (unsigned)n;
}

static int write_line(const struct setting *e, const char *leaf, char *line, size_t cap)
{
	const char *name = setting_name_of(leaf);
	bool fields = !strcmp(name, "filename") || !strcmp(name, "next-server");
	enum value_type type = !fields ? VALUE_HEXRAW : !strcmp(name, "filename") ? VALUE_STRING : VALUE_IPV4;
	unsigned number = fields ? 0 : option_number(leaf);
	if (!fields && !number)
		return 0;
	if ((number == DHCP_OPT_NTP || number == DHCP_OPT_LOG) && e->type == VALUE_STRING)
		return 0;		/* a host by name: the option has addresses */
	int len = fields ? snprintf(line, cap, "~%s=", name) : snprintf(line, cap, "~%u:hexraw=", number);
	int n = value_format(type, e->raw, e->len, line + len, cap - (size_t)len);
	if (n < 0 || (size_t)(len + n) + 2 > cap || strchr(line, '\n'))
		return -1;
	strcpy(line + len + n, "\n");
	return len + n + 1;
}

size_t nbp_settings_lines(const struct settings *s, char *out, size_t cap, unsigned *left_out)
{
	char line[2 * VALUE_MAX + 16];
	size_t len = 0;
	unsigned count = 0;
	*left_out = 0;
	out[0] = '\0';
	for (const struct setting *e = s->first; e; e = e->next) {
		const char *leaf = leaf_here(s, e->name);
		int n = leaf ? write_line(e, leaf, line, sizeof(line)) : 0;
		if (n < 0 || (n && (count == OPTIONS_MAX || len + (size_t)n >= cap))) {
			++*left_out;
		} else if (n) {
			strcpy(out + len, line);
			len += (size_t)n;
			count++;
		}
	}
	return len;
}
