/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The services as they run in the loader - net, dhcp, dns, fetch, telnet - and
 * a task that asks them for what a boot needs.  First all goes well; then, one
 * run each, something happens to one of the tasks at one of its waits:
 *
 *	crash	it faults there
 *	stop	it returns there
 *	late	a minute and a half pass there, so that every deadline comes
 *	cancel	whoever asks loses interest there, and the wire goes dark
 *
 * or one of the allocations made meanwhile fails.  Whatever the asker gets, it
 * must get it; and afterwards the next asker must get everything, and nothing
 * may be left behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/native/native.h"
#include "kernel/clock.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/console/console.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/scheme.h"
#include "services/firmware/machine.h"
#include "services/http/http_source.h"
#include "services/stack/stack.h"
#include "services/telnet/telnet_service.h"
#include "services/tftp/tftp_source.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define SECOND 1000000ull
#define LATE_US (90 * SECOND)

static struct service services[] = {
	{ .name = "net", .main = net_main, .stack_len = MACHINE_STACK },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = MACHINE_STACK, .cleanup = dhcp_cleanup },
	{ .name = "dns", .main = dns_main, .stack_len = MACHINE_STACK, .cleanup = dns_cleanup },
	{ .name = "telnet", .main = telnet_main, .stack_len = MACHINE_STACK, .cleanup = telnet_cleanup },
	{ .name = "fetch", .main = fetch_main, .stack_len = MACHINE_STACK, .cleanup = fetch_cleanup },
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

const struct machine_facts *machine_facts(void)
{
	static const struct machine_facts facts = { .serial = "1" };
	return &facts;
}

bool native_yield(void)
{
	return false;
}

/* ---- who asks ---- */

enum { LEASE, SLOW_NAME, BIG_NAME, MUTE_NAME, BY_HTTP, AGAIN_BY_HTTP, BY_TFTP, TELNET, STEPS };

static int results[STEPS];
static bool lost_interest, done;

static bool no_interest(void)
{
	return lost_interest;
}

static int look_up(const char *name)
{
	struct net_addr addr = { 0 };
	int n = dns_lookup(name, &addr, 1, clock_us() + 3 * SECOND, no_interest, NULL);
	CHECK(n <= 0 || addr.v4 == 0x0a000001);
	return n;
}

static int fetch(const char *url)
{
	struct membuf file = { 0 };
	struct fetch_status status;
	int err, r = fetch_start(url);
	if (r < 0)
		return r;
	while ((err = fetch_wait(r, &status, clock_us() + 200000)) == -EAGAIN && !lost_interest)
		CHECK(status.got <= FAR_FILE_LEN);
	if (err == 0) {
		fetch_take(r, &file);
		CHECK_INT(file.len, FAR_FILE_LEN);
		for (size_t i = 0; i < file.len; i++)
			CHECK_INT(file.data[i], far_byte(i));
		CHECK_INT(status.got, FAR_FILE_LEN);
	}
	fetch_close(r);
	membuf_free(&file);
	return err;
}

/* Lets somebody far away look on for a moment: 1 if they saw something. */
static int show_far_away(void)
{
	struct guard_config c;
	guard_defaults(&c);
	c.insecure = true;
	int err = telnetd_start(&c);
	if (err < 0)
		return err;
	far_call_telnet();
	for (unsigned i = 0; i < 4 && !lost_interest; i++)
		task_sleep_ms(100);
	telnetd_stop();
	return far_was_greeted();
}

static void ask_for_all(void *arg)
{
	(void)arg;
	results[LEASE] = dhcp_configure(link_get(net_stack(), 0), clock_us() + 30 * SECOND, no_interest);
	results[SLOW_NAME] = look_up("slow.test");
	results[BIG_NAME] = look_up("big.test");
	results[MUTE_NAME] = look_up("mute.test");
	results[BY_HTTP] = fetch("http://files.test/file");
	results[AGAIN_BY_HTTP] = fetch("http://files.test/file");
	results[BY_TFTP] = fetch("tftp://slow.test/file");
	results[TELNET] = show_far_away();
	done = true;
}

static bool is_done(void)
{
	return done;
}

static void expect_all(void)
{
	static const int good[STEPS] = { 0, 1, 1, -ETIMEDOUT, 0, 0, 0, 1 };
	done = lost_interest = false;
	CHECK(task_create("asker", ask_for_all, NULL, MACHINE_STACK));
	CHECK(machine_run(is_done, 120 * SECOND));
	CHECK(!memcmp(results, good, sizeof(good)));
}

/* ---- what is left ---- */

static void expect_nothing_left(void)
{
	struct sock_info s;
	struct task_info t;
	unsigned tasks = 0;
	fetch_close_all();
	for (unsigned i = 0; i < 5; i++) {
		machine_pass(100 * SECOND);	/* closed connections wait for their time */
		machine_run(NULL, SECOND);
	}
	while (task_get_info(tasks, &t))
		tasks++;
	CHECK_INT(tasks, SERVICES);
	CHECK(!sock_info(net_stack(), 0, &s));
	CHECK_INT(machine_blocks_held, 0);
	CHECK_INT(machine_pages_held, SERVICES * (MACHINE_STACK + 4096));
	for (unsigned i = 0; i < SERVICES; i++)
		CHECK(services[i].port.open && !services[i].port.waiting && !services[i].port.first);
}

static void start(void)
{
	static const struct scheme *const schemes[] = { &http_scheme, &tftp_scheme, NULL };
	scheme_set_table(schemes);
	console_init(NULL);
	far_setup();
	for (unsigned i = 0; i < SERVICES; i++)
		CHECK_INT(service_start(&services[i]), 0);
}

/* ---- all goes well ---- */

static void one_handshake(void *arg)
{
	(void)arg;
	far_dhcp_delay_us = 700000;
	start();
	expect_all();
	CHECK_INT(far_handshakes(), 1);	/* though the asker looked up many times meanwhile */
	expect_nothing_left();
}

static bool slow_dhcp(const void *arg)
{
	(void)arg;
	return machine_alone(one_handshake, NULL);
}

/* ---- what nobody should ask ---- */

static int ask_raw(const char *service, uint32_t type, const char *in, size_t len)
{
	return port_call(service_port(service), type, in, len, NULL, 0, clock_us() + SECOND);
}

static void ask_oddly(void *arg)
{
	(void)arg;
	CHECK_INT(ask_raw("dhcp", DHCP_MSG_CONFIGURE, "net0", 4), -ENODEV);
	CHECK_INT(ask_raw("dns", DNS_MSG_LOOKUP, "files.test", 10), -EINVAL);
	CHECK_INT(ask_raw("dns", DNS_MSG_LOOKUP, NULL, 0), -EINVAL);
	CHECK_INT(ask_raw("fetch", FETCH_MSG_GET, "http://files.test/file", 22), -EINVAL);
	CHECK_INT(ask_raw("telnet", TELNET_MSG_START, "on", 3), -EINVAL);
	CHECK_INT(ask_raw("telnet", TELNET_MSG_STOP + 1, NULL, 0), -ENOSYS);
	CHECK_INT(telnetd_end(0, "nobody"), -ENOENT);
	CHECK_INT(telnetd_end(1, "nobody"), -ENOENT);
	CHECK_INT(telnetd_end(UINT32_MAX, "nobody"), -ENOENT);
	CHECK_INT(telnetd_stop(), 0);
	done = true;
}

static void odd_requests(void *arg)
{
	(void)arg;
	done = lost_interest = false;
	start();
	CHECK(task_create("asker", ask_oddly, NULL, MACHINE_STACK));
	CHECK(machine_run(is_done, 20 * SECOND));
	expect_nothing_left();
}

static bool odd_requests_alone(const void *arg)
{
	(void)arg;
	return machine_alone(odd_requests, NULL);
}

/* ---- two links ---- */

static struct link *card, *vlan;
static unsigned leases;

static void get_lease(void *arg)
{
	CHECK_INT(dhcp_configure(arg, clock_us() + 30 * SECOND, no_interest), 0);
	leases++;
}

static bool has_both(void)
{
	return leases == 2;
}

static void use_vlan_only(void *arg)
{
	(void)arg;
	card->open = false;
	CHECK_INT(look_up("files.test"), 1);
	card->open = true;
	CHECK_INT(dhcp_release_lease(card, clock_us() + 2 * SECOND), 0);
	CHECK_INT(dhcp_release_lease(vlan, clock_us() + 2 * SECOND), 0);
	CHECK_INT(dhcp_configure(card, clock_us() + 30 * SECOND, no_interest), 0);
	done = true;
}

/*
 * A VLAN beside its card: both handshakes at a time, each link has its lease,
 * and names are asked for through the link whose lease named the server.
 */
static void two_links(void *arg)
{
	(void)arg;
	int err;
	far_dhcp_delay_us = 700000;
	done = lost_interest = false;
	leases = 0;
	start();
	card = link_get(net_stack(), 0);
	vlan = link_add_vlan(net_stack(), card, FAR_VLAN, 0, &err);
	CHECK(task_create("first", get_lease, card, MACHINE_STACK) && task_create("second", get_lease, vlan,
										  MACHINE_STACK));
	CHECK(machine_run(has_both, 10 * SECOND));
	CHECK_INT(far_handshakes(), 2);
	CHECK_INT(card->addr.v4, 0x0a000064);
	CHECK_INT(vlan->addr.v4, 0x0a050064);
	CHECK_INT(dhcp_link_lease(vlan)->dns[0].v4, 0x0a050001);
	CHECK(task_create("asker", use_vlan_only, NULL, MACHINE_STACK));
	CHECK(machine_run(is_done, 60 * SECOND));
	CHECK(!dhcp_runs_on(vlan) && !vlan->addr.family);
	CHECK_INT(link_remove(net_stack(), vlan), 0);
	expect_nothing_left();
}

static bool two_links_alone(const void *arg)
{
	(void)arg;
	return machine_alone(two_links, NULL);
}

/* A task has a stack and what guards it, or it is not started. */
static void start_unguarded(void *arg)
{
	size_t held = machine_pages_held;
	(void)arg;
	for (unsigned n = 1; n <= 2; n++) {
		machine_failing_allocation = machine_allocations + n;
		CHECK(!task_create("asker", ask_for_all, NULL, MACHINE_STACK));
		CHECK_INT(machine_pages_held, held);
	}
}

static bool start_unguarded_alone(const void *arg)
{
	(void)arg;
	return machine_alone(start_unguarded, NULL);
}

/* ---- one thing goes wrong ---- */

enum fate { CRASH, STOP, LATE, CANCEL };
static const char *const fates[] = { "crash", "stop", "late", "cancel" };

static struct plan {
	const char *task;
	unsigned n;
	enum fate fate;
} plan;

static struct {
	unsigned waits[SERVICES + 1];	/* of each task, the asker last, while all goes well */
	unsigned allocations;		/* for all that is asked */
} *shared;

static bool struck;
static uint64_t struck_us;

static void strike(const char *task, unsigned n, bool back)
{
	if (strcmp(task, plan.task) || n != plan.n)
		return;
	if (!back && struck)
		return;			/* its next life */
	struck = true;
	struck_us = clock_us();
	switch (plan.fate) {
	case CRASH:
		if (!back)
			task_crash(task_self());
		done = !strcmp(task, "asker");
		break;
	case STOP:
		if (back) {
			done = !strcmp(task, "asker");
			machine_at_wait = NULL;
			task_exit();
		}
		break;
	case LATE:
		if (!back)
			machine_pass(LATE_US);
		break;
	case CANCEL:
		lost_interest = true;
		far_dark = true;	/* nor does an answer end what was asked for */
		break;
	}
}

static void run_plan(unsigned n)
{
	plan.n = n;
	start();
	machine_at_wait = strike;
	task_create("asker", ask_for_all, NULL, MACHINE_STACK);
	CHECK(machine_run(is_done, 300 * SECOND));
	CHECK(struck);
	if (plan.fate == CANCEL)
		CHECK(clock_us() - struck_us <= SECOND);
	machine_at_wait = NULL;
	machine_run(NULL, SECOND / 5);
	far_dark = false;
	expect_all();
	expect_nothing_left();
}

/* One allocation fails: one thing may, and nothing else. */
static void run_short(unsigned n)
{
	start();
	task_create("asker", ask_for_all, NULL, MACHINE_STACK);
	machine_failing_allocation = machine_allocations + n;
	CHECK(machine_run(is_done, 300 * SECOND));
	machine_failing_allocation = 0;
	machine_run(NULL, SECOND / 5);
	expect_all();
	expect_nothing_left();
}

static void count_waits(const char *task, unsigned n, bool back)
{
	(void)back;
	unsigned i = 0;
	while (i < SERVICES && strcmp(services[i].name, task))
		i++;
	shared->waits[i] = n;
}

static void count(void *arg)
{
	(void)arg;
	start();
	machine_at_wait = count_waits;
	task_create("asker", ask_for_all, NULL, MACHINE_STACK);
	unsigned before = machine_allocations;
	CHECK(machine_run(is_done, 300 * SECOND));
	shared->allocations = machine_allocations - before;
}

/* Every wait of the task; of net, which never rests, some. */
static bool try_all(const char *task, enum fate fate)
{
	unsigned i = 0;
	while (i < SERVICES && strcmp(services[i].name, task))
		i++;
	unsigned waits = shared->waits[i], step = waits > 100 ? waits / 40 : 1;
	step *= sizeof(void *) == 4 ? 3 : 1;	/* what is special in 32 bit is not a matter of when */
	unsigned failed;
	plan = (struct plan){ .task = task, .fate = fate };
	if (!machine_each(run_plan, 1, waits + 1, step, &failed)) {
		printf("%s at wait %u of %s\n", fates[fate], failed, task);
		return false;
	}
	printf("%s: %u waits, every %u\n", fates[fate], waits, step);
	return waits > 0;
}

static bool try_task(const void *task)
{
	for (enum fate f = CRASH; f <= CANCEL; f++)
		if (!try_all(task, f))
			return false;
	return true;
}

static bool try_short(const void *arg)
{
	(void)arg;
	unsigned step = 1 + shared->allocations / 100, failed;
	if (!machine_each(run_short, 1, shared->allocations + 1, step, &failed)) {
		printf("allocation %u fails\n", failed);
		return false;
	}
	printf("%u allocations, every %u\n", shared->allocations, step);
	return shared->allocations > 0;
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "slow dhcp", slow_dhcp, NULL },
		{ "odd requests", odd_requests_alone, NULL },
		{ "two links", two_links_alone, NULL },
		{ "a stack without a guard", start_unguarded_alone, NULL },
		{ "memory", try_short, NULL },
		{ "asker", try_task, "asker" },
		{ "net", try_task, "net" },
		{ "dhcp", try_task, "dhcp" },
		{ "dns", try_task, "dns" },
		{ "fetch", try_task, "fetch" },
		{ "telnet", try_task, "telnet" },
	};
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !machine_alone(count, NULL))
		return 1;
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
