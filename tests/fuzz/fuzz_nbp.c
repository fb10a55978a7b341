/* SPDX-License-Identifier: BSD-2-Clause */
/* NBPs by content; changes to a DHCP packet: text up to the first NUL, then the packet. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "services/boot/nbp.h"
#include "services/dhcp/dhcp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nbp_changes c;
	struct boot_why why = { "" };
	nbp_probe(data, size);
	const uint8_t *end = memchr(data, 0, size);
	if (!end)
		return 0;
	int rc = nbp_changes_parse((const char *)data, &c, &why);
	assert(rc == 0 || (rc == -EINVAL && why.text[0]));
	if (rc)
		return 0;
	assert(c.options <= NBP_OPTIONS_MAX && c.used <= NBP_VALUES_MAX);
	size_t len = size - (size_t)(end + 1 - data);
	uint8_t *packet = malloc(len + 1), *before = malloc(len + 1);
	if (!packet || !before)
		abort();
	memcpy(packet, end + 1, len);
	memcpy(before, end + 1, len);
	rc = nbp_changes_apply(&c, packet, len, &why);
	if (rc) {
		assert(why.text[0] && !memcmp(packet, before, len));
	} else {
		/* no option that was there and did not change is lost */
		uint8_t a[DHCP_MAX_LEN], b[DHCP_MAX_LEN];
		size_t seen = len < DHCP_MAX_LEN ? len : DHCP_MAX_LEN;
		int la = dhcp_option(before, seen, 12, 0, a, sizeof(a));
		int lb = dhcp_option(packet, seen, 12, 0, b, sizeof(b));
		bool touched = false;
		for (unsigned i = 0; i < c.options; i++)
			touched |= c.option[i].number == 12;
		assert(touched || (la == lb && (la <= 0 || !memcmp(a, b, (size_t)la))));
	}
	free(packet);
	free(before);
	return 0;
}
