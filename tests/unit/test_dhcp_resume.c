/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP: a lease that one life of the loader remembers, and the next takes up. */
#include "tests/unit/dhcp_server.h"

static struct dhcp_client next;
static uint8_t memory[DHCP_REMEMBERED_MAX];

static void test_resume(void **state)
{
	size_t n;

	(void)state;
	bind_now();
	n = dhcp_remember(&c, 100 * S, memory, sizeof(memory));
	assert_true(n > c.lease.raw_len);
	assert_int_equal(dhcp_remember(&c, 100 * S, memory, n - 1), 0);
	dhcp_init(&next, &me);
	assert_int_equal(dhcp_resume(&next, 5 * S, memory, n), 0);
	assert_int_equal(next.state, DHCP_BOUND);
	assert_int_equal(next.lease.addr.v4, ADDR);
	assert_int_equal(next.lease.server_id.v4, SRV);
	assert_int_equal(next.lease.len, 24);
	assert_string_equal(next.lease.boot_file, "x");
	assert_int_equal(next.lease.lease_s, 3485);
	assert_int_equal(next.lease.t1_s, 1685);
	assert_int_equal(next.lease.t2_s, 3035);
	assert_int_equal(dhcp_deadline(&next), 1690 * S);
	/* a third life has less of it */
	n = dhcp_remember(&next, 100 * S, memory, sizeof(memory));
	dhcp_init(&c, &me);
	assert_int_equal(dhcp_resume(&c, 0, memory, n), 0);
	assert_int_equal(c.lease.lease_s, 3600 - 115 - 95 - 10);
	/* it goes on as any lease does */
	dhcp_poll(&next, 1690 * S, 7, &out);
	assert_int_equal(out.type, DHCP_REQUEST);
	assert_int_equal(out.dst.v4, SRV);
	n = plain(&next, DHCP_ACK, ADDR, SRV, "x");
	assert_int_equal(dhcp_input(&next, pkt, n, V4(SRV), 1691 * S), DHCP_EV_RENEWED);
	assert_int_equal(next.lease.lease_s, 3600);
}

/* In the time for renewals: it is asked for at once. */
static void test_resume_late(void **state)
{
	size_t n;

	(void)state;
	bind_now();
	n = dhcp_remember(&c, 3500 * S, memory, sizeof(memory));
	dhcp_init(&next, &me);
	assert_int_equal(dhcp_resume(&next, S, memory, n), 0);
	assert_int_equal(next.lease.lease_s, 89);
	dhcp_poll(&next, S, 7, &out);
	assert_int_equal(out.type, DHCP_REQUEST);
	assert_int_equal(next.state, DHCP_REBINDING);
	n = dhcp_remember(&c, 3590 * S, memory, sizeof(memory));
	dhcp_init(&next, &me);
	assert_int_equal(dhcp_resume(&next, S, memory, n), -ETIMEDOUT);
	assert_int_equal(next.state, DHCP_IDLE);
	assert_int_equal(next.lease.addr.family, 0);
}

/* The boot file, and its server, came from somebody else. */
static void test_resume_proxy(void **state)
{
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, NULL);
	dhcp_input(&c, pkt, n, V4(SRV), 0);
	n = plain(&c, DHCP_OFFER, 0, SRV + 1, "proxys");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV + 1), 0), DHCP_EV_PROXY);
	dhcp_poll(&c, 0, 0, &out);
	n = plain(&c, DHCP_ACK, ADDR, SRV, NULL);
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_BOUND);
	n = dhcp_remember(&c, 0, memory, sizeof(memory));
	dhcp_init(&next, &me);
	assert_int_equal(dhcp_resume(&next, 0, memory, n), 0);
	assert_string_equal(next.lease.boot_file, "proxys");
	assert_true(next.lease.boot_file_from_proxy);
	assert_int_equal(next.lease.next_server.v4, SRV + 1);
}

/* Who has a lease to go on with soon does, unless it has been refused. */
static void test_brief(void **state)
{
	uint64_t t = 0;
	unsigned discovers = 0;
	(void)state;
	for (int refused = 0; refused < 2; refused++, discovers = 0, t = 0) {
		dhcp_init(&c, &me);
		dhcp_start(&c, 0, 1);
		c.brief = true;
		c.naks = refused;
		while (c.state != DHCP_FAILED) {
			t = dhcp_deadline(&c);
			dhcp_poll(&c, t, 0, &out);
			discovers += out.len != 0;
		}
		assert_int_equal(discovers, refused ? 7 : 3);
		assert_in_range(t, refused ? 25 * S : 5 * S, refused ? 40 * S : 9 * S);
	}
}

static void test_resume_nonsense(void **state)
{
	struct dhcp_identity other = me;
	size_t n;

	(void)state;
	dhcp_init(&next, &me);
	assert_int_equal(dhcp_remember(&next, 0, memory, sizeof(memory)), 0);	/* there is none */
	bind_now();
	n = dhcp_remember(&c, 0, memory, sizeof(memory));
	for (size_t len = 0; len < n; len++)
		assert_int_equal(dhcp_resume(&next, 0, memory, len), -EPROTO);
	other.mac[5]++;
	dhcp_init(&next, &other);
	assert_int_equal(dhcp_resume(&next, 0, memory, n), -EACCES);
	assert_int_equal(next.state, DHCP_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_resume_late),
		cmocka_unit_test(test_resume_proxy),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_resume_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
