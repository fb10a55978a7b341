/* SPDX-License-Identifier: BSD-2-Clause */
/* See asker.h. */
#include "tests/world/asker.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "kernel/clock.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/scheme.h"
#include "services/ftp/ftp_source.h"
#include "services/http/http_source.h"
#include "services/nfs/nfs_source.h"
#include "services/stack/stack.h"
#include "services/tftp/tftm_source.h"
#include "services/tftp/tftp_source.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

static struct service services[] = {
	{ .name = "net", .main = net_main, .stack_len = MACHINE_STACK },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = MACHINE_STACK, .cleanup = dhcp_cleanup },
	{ .name = "dns", .main = dns_main, .stack_len = MACHINE_STACK, .cleanup = dns_cleanup },
	{ .name = "fetch", .main = fetch_main, .stack_len = MACHINE_STACK, .cleanup = fetch_cleanup },
};
#define SERVICES (sizeof(services) / sizeof(services[0]))

struct asker asked;

static const char *url;			/* NULL: a lease */
static bool over, listed;

static bool is_over(void)
{
	return over;
}

static void ask(void *arg)
{
	struct membuf file = { 0 };
	(void)arg;
	if (!url) {
		asked.err = dhcp_configure(link_get(net_stack(), 0), clock_us() + 30 * SECOND, NULL);
		over = true;
		return;
	}
	int r = listed ? fetch_start_want(url, &(struct fetch_want){ .want = SOURCE_LISTING }) : fetch_start(url);
	CHECK(r > 0);
	asked.err = fetch_wait(r, &asked.status, CLOCK_NEVER);
	if (asked.err == 0) {
		fetch_take(r, &file);
		asked.len = file.len;
		mbedtls_sha256(file.data, file.len, asked.sha256, 0);
		size_t len = file.len < sizeof(asked.text) ? file.len : sizeof(asked.text) - 1;
		if (len)
			memcpy(asked.text, file.data, len);
	}
	fetch_close(r);
	membuf_free(&file);
	over = true;
}

void asker_fetch(const char *what, unsigned limit_s)
{
	url = what;
	over = false;
	memset(&asked, 0, sizeof(asked));
	uint64_t begun_us = clock_us();
	CHECK(task_create("asker", ask, NULL, MACHINE_STACK));
	CHECK(machine_run(is_over, limit_s * SECOND));
	asked.took_us = clock_us() - begun_us;
}

void asker_list(const char *what, unsigned limit_s)
{
	listed = true;
	asker_fetch(what, limit_s);
	listed = false;
}

void asker_start(void)
{
	static const struct scheme *const schemes[] = {
		&http_scheme, &tftp_scheme, &tftm_scheme, &mtftp_scheme, &ftp_scheme, &nfs_scheme, NULL
	};
	scheme_set_table(schemes);
	far_setup();
	for (unsigned i = 0; i < SERVICES; i++)
		CHECK_INT(service_start(&services[i]), 0);
	asker_fetch(NULL, 60);
	CHECK_INT(asked.err, 0);
}

void asker_failed(int err, const char *words)
{
	if (asked.err != err || !strstr(asked.status.cause.what, words))
		fprintf(stderr, "it says: %s\n", asked.status.cause.what);
	CHECK_INT(asked.err, err);
	CHECK(strstr(asked.status.cause.what, words));
	CHECK_INT(asked.status.cause.err, err);
}

void asker_has(size_t len)
{
	static uint8_t want[FAR_FILE_LEN], sha256[32];
	if (asked.err)
		fprintf(stderr, "it says: %s\n", asked.status.cause.what);
	CHECK_INT(asked.err, 0);
	CHECK_INT(asked.len, len);
	CHECK(len <= sizeof(want));
	for (size_t i = 0; i < len; i++)
		want[i] = far_byte(i);
	mbedtls_sha256(want, len, sha256, 0);
	CHECK(!memcmp(sha256, asked.sha256, sizeof(sha256)));
}

void asker_ended(size_t len, unsigned within_s)
{
	if (asked.err == 0)
		asker_has(len);
	else
		CHECK(asked.status.cause.err == asked.err && *asked.status.cause.what);
	if (asked.took_us > within_s * SECOND)
		fprintf(stderr, "%llu s: %s\n", (unsigned long long)(asked.took_us / SECOND), asked.status.cause.what);
	CHECK(asked.took_us <= within_s * SECOND);
}

void asker_leaves_nothing(void)
{
	struct sock_info s;
	fetch_close_all();
	for (unsigned i = 0; i < 5; i++) {
		machine_pass(100 * SECOND);
		machine_run(NULL, SECOND);
	}
	CHECK(!sock_info(net_stack(), 0, &s));
	CHECK_INT(machine_blocks_held, 0);
	CHECK_INT(machine_pages_held, SERVICES * (MACHINE_STACK + 4096));
}
