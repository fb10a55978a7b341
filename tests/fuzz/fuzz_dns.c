/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer to the question for boot.example.com, id 0707. */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "services/dns/dns.h"
#include "tests/unit/v4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct dns_config cfg = { .servers = { { NET_V4, { 1 } } }, .server_count = 1,
					       .search = "lab.example" };
	static struct dns_lookup l;
	static struct dns_output out;
	struct dns_answer a;
	int err = dns_parse_answer(data, len, 0x0707, DNS_A, "boot.example.com", &a);

	assert(err == 0 || err == -ENOENT || err == -EIO || err == -EPROTO || err == -EAGAIN || err == -EMSGSIZE);
	if (!err) {
		char name[DNS_NAME_MAX];
		assert(a.count <= DNS_MAX_ADDRS && (a.count > 0) == (a.alias[0] == 0));
		assert(strlen(a.alias) < sizeof(a.alias));
		(void)dns_name_canon(a.alias, name);
	}
	dns_lookup_start(&l, "boot.example.com", &cfg, 0);
	for (unsigned i = 0; i < 80 && !l.done; i++) {
		dns_lookup_poll(&l, dns_lookup_deadline(&l), 0x0707, &out);
		dns_lookup_input(&l, data, len, V4(1), l.next_us);
	}
	assert(l.done && l.result);
	return 0;
}
