/* SPDX-License-Identifier: BSD-2-Clause */
/* See story.h. */
#include "tests/world/story.h"

#include <string.h>

#include "kernel/service.h"
#include "net/net.h"
#include "services/stack/stack.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define HOUR 3600000000ull
#define CONNECTION_BLOCKS 2

static const char script[] =
	"#!ipxe\n"
	"imgfree\n"
	"set x:int32 5\n"
	"inc x\n"
	"iseq ${x} 6 || goto wrong\n"
	"echo ${net0/ip} ${net0/mac} ${version} ${cwuri} ${uuid} ${memsize}\n"
	"isset ${net0/ip} || isset ${net1/ip} || goto wrong\n"
	"show net0/ip ; ifstat ; route ; arp ; sockets\n"
	"ifconf --timeout 3000 net1 || echo there is no second network\n"
	"iflinkwait --timeout 5000\n"
	"nslookup addr files.test\n"
	"iseq ${addr} 10.0.0.1 || goto wrong\n"
	"ping -c 1 10.0.0.1\n"
	"help kernel ; tasks ; memmap ; log\n"
	"time sleep 1\n"
	"vcreate --tag 5 net0\n"
	"ifconf --timeout 20000 net0-5\n"
	"vdestroy net0-5\n"
	"telnetd --insecure && who\n"
	"set syslog files.test ; set report-url http://files.test/report\n"
	"imgfetch --name extra tftp://files.test/file\n"
	"imgstat ; sha256sum extra ; imgargs extra more words\n"
	"imgfree extra\n"
	"chain sub.ipxe\n"
	"prompt --timeout 100 any key || echo none\n"
	"set fetch-parallel 3\n"
	"kernel kernel a=1\n"
	"module one first word\n"
	"module two second\n"
	"imgstat\n"
	"boot\n"
	":wrong\n"
	"exit 1\n";
static const char sub[] = "#!ipxe\nset y ${x}\nclear y\nisset ${y} || echo it is gone\n";

struct story_rest *story_usual;
const char *story_args;

static void take(const char *body)
{
	CHECK(*body == '{');
}

void story_begin(void)
{
	far_posted = take;
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/sub.ipxe", sub, strlen(sub));
	kernels_serve(1);
	pc_start(story_args);
}

bool story_service_is_down(void)
{
	static const char *const names[] = {
		"console", "net", "dhcp", "dns", "fetch", "fetch2", "fetch3", "fetch4", "fetch5", "fetch6",
		"telnet", "report", "shell",
	};
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!service_find(names[i])->task)
			return true;
	return false;
}

static void expect_nothing_left(void)
{
	struct task_info t;
	struct sock_info s;
	for (unsigned i = 0; task_get_info(i, &t); i++)
		CHECK(service_find(t.name));
	unsigned closing = 0;
	for (unsigned i = 0; sock_info(net_stack(), i, &s); i++) {
		CHECK(s.type == SOCK_UDP || strcmp(s.state, "ESTABLISHED"));
		closing += s.type != SOCK_UDP;
	}
	if (!story_usual || story_service_is_down())
		return;
	if (!story_usual->pages)
		*story_usual = (struct story_rest){ machine_pages_held, machine_blocks_held, story_usual->typed,
						    closing };
	CHECK_INT(machine_pages_held, story_usual->pages);
	/* files that come side by side may have taken one connection more, which is closing */
	size_t more = closing > story_usual->closing ? closing - story_usual->closing : 0;
	CHECK(machine_blocks_held <= story_usual->blocks + story_usual->typed + more * CONNECTION_BLOCKS);
}

void story_ends_well(void)
{
	bool ended = machine_run(pc_ended, 4 * HOUR);
	if (!ended && story_service_is_down())
		return;
	CHECK(ended);
	if (pc_end == PC_RESTARTED)	/* no memory for a service: the next life has all of it */
		return;
	CHECK_INT(pc_end, PC_BOOTED);
	expect_nothing_left();
	kernels_arrived(pc_hand_over());
}
