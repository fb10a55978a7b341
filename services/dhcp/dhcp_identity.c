/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who a DHCP message says that it comes from, and what it asks for: the options that all of our messages have
 * (RFC 2132, PXE 2.1 section 2.2.3, and iPXE's 175).  Called by dhcp.c and pxebs.c.
 */
#include <string.h>

#include "services/dhcp/dhcp.h"

static const uint8_t parameters[] = {
	DHCP_OPT_CLASSLESS_ROUTES, DHCP_OPT_CLASSLESS_MS, DHCP_OPT_MASK, DHCP_OPT_ROUTERS, DHCP_OPT_STATIC_ROUTES,
	DHCP_OPT_DNS, DHCP_OPT_LOG, DHCP_OPT_HOSTNAME, DHCP_OPT_DOMAIN,
	DHCP_OPT_ROOT_PATH, DHCP_OPT_MTU, DHCP_OPT_BROADCAST, DHCP_OPT_NTP, DHCP_OPT_VENDOR, DHCP_OPT_LEASE,
	DHCP_OPT_SERVER_ID, DHCP_OPT_T1, DHCP_OPT_T2, DHCP_OPT_CLASS, DHCP_OPT_SERVER_NAME, DHCP_OPT_BOOT_FILE,
	DHCP_OPT_SEARCH,
	128, 129, 130, 131, 132, 133, 134, 135,		/* PXE 2.1, 2.2.3 */
	DHCP_OPT_TFTP_SERVERS, DHCP_OPT_IPXE, 203, 209, 210, 211,	/* iPXE's, and pxelinux's of RFC 5071 */
	224,						/* our settings */
};

void dhcp_write_client_id(const struct dhcp_identity *id, struct dhcp_writer *w)
{
	uint8_t client_id[7] = { 1 };

	memcpy(client_id + 1, id->mac, 6);
	dhcp_write_option(w, DHCP_OPT_CLIENT_ID, client_id, sizeof(client_id));
}

/* Option 175: one octet for each ability, which is 1. */
static void write_features(const struct dhcp_identity *id, struct dhcp_writer *w)
{
	static const uint8_t none[DHCP_BUS_LEN];
	uint8_t inner[255];
	struct dhcp_writer in = { .p = inner, .cap = sizeof(inner) };

	if (memcmp(id->bus, none, sizeof(none)) != 0)
		dhcp_write_option(&in, DHCP_IPXE_BUS, id->bus, sizeof(id->bus));
	for (const uint8_t *f = id->features; f && *f; f++)
		dhcp_write_option(&in, *f, (const uint8_t[]){ 1 }, 1);
	if (id->features)
		dhcp_write_option(&in, DHCP_IPXE_VERSION, id->version, sizeof(id->version));
	if (in.len)
		dhcp_write_option(w, DHCP_OPT_IPXE, inner, in.len);
}

void dhcp_write_identity(const struct dhcp_identity *id, struct dhcp_writer *w)
{
	static const char class[] = "PXEClient:Arch:00000:UNDI:002001";
	const char *user_class = id->user_class[0] ? id->user_class : DHCP_USER_CLASS;
	const unsigned max_len = id->max_len ? id->max_len : DHCP_MAX_LEN;
	const uint8_t max_size[2] = { (uint8_t)(max_len >> 8), (uint8_t)max_len };
	static const uint8_t arch[2] = { 0, 0 }, undi[3] = { 1, 2, 1 };
	uint8_t uuid[17] = { 0 };

	dhcp_write_option(w, DHCP_OPT_MAX_SIZE, max_size, sizeof(max_size));
	dhcp_write_option(w, DHCP_OPT_CLASS, class, sizeof(class) - 1);
	dhcp_write_option(w, DHCP_OPT_USER_CLASS, user_class, strlen(user_class));
	dhcp_write_option(w, DHCP_OPT_ARCH, arch, sizeof(arch));
	dhcp_write_option(w, DHCP_OPT_UNDI, undi, sizeof(undi));
	dhcp_write_client_id(id, w);
	if (id->has_uuid) {
		memcpy(uuid + 1, id->uuid, 16);
		dhcp_write_option(w, DHCP_OPT_UUID, uuid, sizeof(uuid));
	}
	if (id->hostname[0])
		dhcp_write_option(w, DHCP_OPT_HOSTNAME, id->hostname, strlen(id->hostname));
	write_features(id, w);
	dhcp_write_option(w, DHCP_OPT_PARAMETERS, parameters, sizeof(parameters));
}
