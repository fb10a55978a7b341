/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP: who the client says it is. */
#include "tests/unit/dhcp_server.h"

/* Option 175 and the user class, in each message with the identity. */
static void test_abilities(void **state)
{
	static const uint8_t can[] = { 19, 39, 0 }, every[] = { 177, 5, 1, 0x80, 0x86, 0x10, 0x0e, 19, 1, 1, 39, 1, 1,
		235, 3, 1, 2, 3 }, no_bus[] = { 19, 1, 1, 39, 1, 1, 235, 3, 1, 2, 3 };
	uint8_t b[300];

	(void)state;
	begin();
	assert_int_equal(dhcp_option(out.data, out.len, 175, 0, b, sizeof(b)), -ENOENT);	/* it can do nothing */
	c.id.features = can;
	memcpy(c.id.version, "\1\2\3", 3);
	dhcp_start(&c, 0, 7);
	dhcp_poll(&c, 0, 0, &out);
	assert_int_equal(dhcp_option(out.data, out.len, 175, 0, b, sizeof(b)), sizeof(no_bus));
	assert_memory_equal(b, no_bus, sizeof(no_bus));
	memcpy(c.id.bus, "\1\x80\x86\x10\x0e", 5);
	memset(c.id.user_class, 'x', 255);
	dhcp_start(&c, 0, 7);
	dhcp_poll(&c, 0, 0, &out);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(dhcp_option(out.data, out.len, 175, 0, b, sizeof(b)), sizeof(every));
		assert_memory_equal(b, every, sizeof(every));
		assert_int_equal(dhcp_option(out.data, out.len, 77, 0, b, sizeof(b)), 255);
		assert_int_equal(b[254], 'x');
		assert_string_equal(dhcp_user_class(&c), c.id.user_class);
		dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, "x"), V4(SRV), 0);
		dhcp_poll(&c, 0, 0, &out);
		assert_int_equal(out.type, DHCP_REQUEST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
