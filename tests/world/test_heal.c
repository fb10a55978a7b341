/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a desk: something is broken, the loader is watched until its try has
 * failed - and the next one, too -, then it is mended from outside, and the
 * machine must boot with nobody's hand: at the most the pause that is running
 * and HEAL_S later.  A row each; docs/operations.md has the table of them.
 * Then seeds draw some of them, and crashes, and when, and for how long.
 *
 *	test_heal [ROW | seeds FIRST COUNT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <mbedtls/sha256.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/bytes.h"
#include "net/checksum.h"
#include "services/dhcp/dhcp_packet.h"
#include "tests/world/check.h"
#include "tests/world/draw.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define HOUR (3600 * SECOND)
#define HEAL_S 10u			/* how long a try that goes well may take */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define KERNEL "kernel kernel a=1\n"
#define MODULES "module one first word\nmodule two second\nboot\n"
#define GOOD "#!ipxe\n" KERNEL MODULES
#define BEYOND "#!ipxe\nkernel http://10.9.0.1/kernel a=1\n" MODULES

struct row {
	const char *name;
	const char *said;		/* in the log, of what is broken */
	const char *script;		/* NULL: GOOD */
	/* a file that is answered like another path, is other text, or ends early */
	const char *path, *instead, *text;
	size_t cut;
	/* or else; each may be NULL */
	void (*breaks)(void), (*mends)(void);
	uint64_t after_sent;		/* it breaks when the web server has sent so much */
	unsigned broken_s;		/* so long, whatever tries do; 0: until two have failed */
	bool boots;			/* it does, though nothing is mended, and so soon */
	const char *service;		/* that crashes */
};

/* ---- what the log says of tries ---- */

static unsigned tries;			/* that have failed */
static uint64_t pause_us;		/* after the last of them */
static uint64_t failed_us;		/* when that was */
static bool in_try = true;
static bool begun_anew;			/* the shell is: the pause that it says next is another, */
static unsigned pauses_anew;		/* as so many were */

static void note_line(const char *line)
{
	static const char words[] = "tried again in ";
	const char *at = strstr(line, words);
	/* a lease that comes in a pause is the try's that it brings forward, and as old as that is */
	in_try = in_try || strstr(line, "dhcp: ACK ") || (strstr(line, ": try ") && strstr(line, " of failing."));
	begun_anew = begun_anew || strstr(line, "The shell has been started again after a fault");
	if (!at)
		return;
	in_try = false;
	tries++;
	pauses_anew += begun_anew;
	begun_anew = false;
	pause_us = strtoul(at + strlen(words), NULL, 10) * SECOND;
	failed_us = clock_us();
}

static void read_log(void)
{
	static uint64_t pos;
	static char line[1024];
	static size_t len;
	char text[512];
	for (size_t n; (n = log_read(&pos, text, sizeof(text)));)
		for (size_t i = 0; i < n; i++) {
			line[len] = text[i] == '\n' ? '\0' : text[i];
			len += len < sizeof(line) - 1;
			if (text[i] != '\n')
				continue;
			note_line(line);
			len = 0;
		}
}

/* ---- how things are broken, and mended ---- */

static const struct row *row;
static struct far_file whole[8];	/* all that is served, as it should be */
static unsigned whole_count;

static void serve(const char *path, const void *data, size_t len)
{
	whole[whole_count++] = *far_serve(path, data, len);
}

static void break_file(void)
{
	struct far_file *f = far_find(row->path);
	f->instead = row->instead;
	if (row->text) {
		f->data = (const uint8_t *)row->text;
		f->len = strlen(row->text);
	}
	if (row->cut && row->cut < f->len)
		f->len = row->cut;
}

static void mend_file(void)
{
	for (unsigned i = 0; i < whole_count; i++)
		if (!strcmp(whole[i].path, row->path))
			*far_find(row->path) = whole[i];
}

static void silence_dhcp(void) { far_silent_port = 67; }
static void silence_dns(void) { far_silent_port = 53; }
static void silence_http(void) { far_silent_port = 80; }
static void silence_tftp(void) { far_silent_port = 69; }
static void silence_syslog(void) { far_silent_port = 514; }
static void end_silence(void) { far_silent_port = 0; }
static void refuse(void) { far_dhcp_refuses = true; }
static void grant(void) { far_dhcp_refuses = false; }
static void close_dns(void) { far_open(53, false); }
static void open_dns(void) { far_open(53, true); }
static void close_http(void) { far_open(80, false); }
static void open_http(void) { far_open(80, true); }
static void go_dark(void) { far_dark = true; }
static void go_light(void) { far_dark = false; }
static void go_down(void) { far_down = true; }
static void come_up(void) { far_down = false; }
static void name_nobody(void) { far_files_at = 0x0a000042; }
static void name_host(void) { far_files_at = 0x0a000001; }
static void name_nobody_first(void) { far_files_first = 0x0a000042; }
static void name_host_first(void) { far_files_first = 0; }
static void no_gateway(void) { far_gateway = 0; }
static void dead_gateway(void) { far_gateway = 0x0a000043; }
static void right_gateway(void) { far_gateway = 0x0a000001; }

/* ---- other hosts on the wire ---- */

#define NEIGHBOUR_IP 0x0a000044u	/* a host that forwards nothing */
#define LOADER_IP 0x0a000064u

static uint32_t neighbour_ip;

static bool is_neighbour(uint32_t ip)
{
	return ip == neighbour_ip;
}

static void answer_arp(const uint8_t *f, size_t len)
{
	far_answer_arp(f, len, is_neighbour);
}

static void leave(void)
{
	far_crowd = NULL;
}

static void wrong_gateway(void)
{
	far_gateway = neighbour_ip = NEIGHBOUR_IP;
	far_crowd = answer_arp;
}

static void leave_and_right_gateway(void)
{
	leave();
	right_gateway();
}

static void take_its_address(void)
{
	neighbour_ip = LOADER_IP;
	far_crowd = answer_arp;
}

/* A home router somebody has plugged in: it gives addresses of a net of its own, and names no boot file. */
#define ROGUE_IP 0xc0a80101u

static void answer_dhcp(const uint8_t *f, size_t len)
{
	uint8_t out[700] = { 0 }, *ip = out + 14, *udp = ip + 20, type;
	struct dhcp_writer w = { .p = udp + 8, .cap = sizeof(out) - 42 };
	struct dhcp_header h;
	uint32_t wanted_server;
	if (len < 42 + DHCP_MIN_LEN || get_be16(f + 12) != 0x800 || f[23] != 17 ||
	    get_be16(f + 36) != DHCP_SERVER_PORT ||
	    dhcp_parse(f + 42, len - 42, &h) < 0 || dhcp_option(f + 42, len - 42, DHCP_OPT_TYPE, 0, &type, 1) != 1)
		return;
	wanted_server = dhcp_option_u32(f + 42, len - 42, DHCP_OPT_SERVER_ID, 0);
	if (type != DHCP_DISCOVER && (type != DHCP_REQUEST || (wanted_server && wanted_server != ROGUE_IP)))
		return;
	uint8_t reply = type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK;
	h.op = 2;
	h.yiaddr = ROGUE_IP + 99;
	h.siaddr = 0;
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &reply, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, ROGUE_IP);
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_u32(&w, DHCP_OPT_ROUTERS, ROGUE_IP);
	dhcp_write_u32(&w, DHCP_OPT_DNS, ROGUE_IP);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, 86400);
	dhcp_write_end(&w);
	memset(out, 0xff, 6);
	far_put_mac(out + 6, ROGUE_IP);
	put_be16(out + 12, 0x800);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(28 + w.len));
	ip[8] = 64;
	ip[9] = 17;
	put_be32(ip + 12, ROGUE_IP);
	put_be32(ip + 16, UINT32_MAX);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(udp, DHCP_SERVER_PORT);
	put_be16(udp + 2, DHCP_CLIENT_PORT);
	put_be16(udp + 4, (uint16_t)(8 + w.len));
	far_put(out, 42 + w.len);
}

static void plug_rogue_in(void)
{
	far_crowd = answer_dhcp;
}

static void only_rogue(void)
{
	far_crowd = answer_dhcp;
	far_silent_port = 67;
}

static void rogue_out_and_real_back(void)
{
	leave();
	end_silence();
}

/* ---- what happens at waits ---- */

static bool flapping, dying;		/* the cable; the DHCP server, as soon as its lease is used */
static void (*also)(void);

static void at_wait(const char *task, unsigned n, bool back)
{
	(void)task;
	(void)n;
	if (back)
		return;
	if (flapping)			/* in for a fifth of a second, out for almost ten */
		far_dark = clock_us() / (SECOND / 5) % 50;
	if (dying && far_http_sent) {
		dying = false;
		silence_dhcp();
	}
	if (also)
		also();
}

static void begin_flapping(void)
{
	flapping = true;
}

static void end_flapping(void)
{
	flapping = false;
	far_dark = false;
}

/* The script is not there, the lease is a short one, and nobody renews it. */
static void short_lease(void)
{
	break_file();
	far_lease_s = 30;
	dying = true;
}

static void mend_lease(void)
{
	dying = false;
	mend_file();
	end_silence();
}

static void crash(void)
{
	task_crash(service_find(row->service)->task);
}

/* As often as it takes until it is given a rest. */
static unsigned crashes_left;

static void crash_again(void)
{
	static uint64_t next_us;
	if (!crashes_left || clock_us() < next_us)
		return;
	next_us = clock_us() + SECOND / 5;
	crashes_left--;
	crash();
}

static void crash_often(void)
{
	crashes_left = 6;
	also = crash_again;
}

/* ---- the rows ---- */

#define WEB_PAGE "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>It works!</body></html>\n"
#define LISTED "#!ipxe\nset sha256sums sums\n" KERNEL MODULES

static const struct row rows[] = {
	{ "no DHCP at the start", "no server answered", .breaks = silence_dhcp, .mends = end_silence },
	{ "DHCP refuses (NAK)", "refused", .breaks = refuse, .mends = grant },
	{ "the lease ends with DHCP dead", "the lease ran out", .path = "/boot.ipxe", .instead = "/nothing",
	  .breaks = short_lease, .mends = mend_lease },
	{ "a rogue DHCP server beside the real one", "OFFER 192.168.1.100", .breaks = plug_rogue_in, .mends = leave,
	  .boots = true, .broken_s = 10 },
	{ "a rogue DHCP server alone", "ACK 192.168.1.100", .breaks = only_rogue, .mends = rogue_out_and_real_back },
	{ "a rogue DHCP server alone, and it stays", "ACK 192.168.1.100", .breaks = only_rogue, .mends = end_silence },
	{ "script: 404", "404", .path = "/boot.ipxe", .instead = "/nothing" },
	{ "script: unknown command", "kernle", .path = "/boot.ipxe", .text = "#!ipxe\nkernle kernel a=1\n" MODULES },
	{ "script: syntax error", "--nonsense", .path = "/boot.ipxe",
	  .text = "#!ipxe\nkernel --nonsense kernel\n" MODULES },
	{ "script: no #!ipxe", "neither a script", .path = "/boot.ipxe", .text = KERNEL MODULES },
	{ "script: cut short", "mod: ", .path = "/boot.ipxe", .cut = 50 },
	{ "script: refused", "refuses the connection", .breaks = close_http, .mends = open_http },
	{ "script: never answered, no connection", "10.0.0.1:80", .breaks = silence_http, .mends = end_silence },
	{ "script: never answered", "sends no answer", .path = "/boot.ipxe", .instead = "/silent" },
	{ "script: stalls in mid-file", "silent", .path = "/boot.ipxe", .instead = "/stall" },
	{ "script: 500", "500", .path = "/boot.ipxe", .instead = "/error" },
	{ "script: 503", "503", .path = "/boot.ipxe", .instead = "/busy" },
	{ "script: redirect circle", "redirect", .path = "/boot.ipxe", .instead = "/circle" },
	{ "script: without end, as fast as it goes", "boot.ipxe", .path = "/boot.ipxe", .instead = "/pour-body" },
	{ "script: without end, drip by drip", "boot.ipxe", .path = "/boot.ipxe", .instead = "/drip-until-close" },
	{ "script: an endless loop, with boot-timeout", "Stopped by boot-timeout", .path = "/boot.ipxe",
	  .text = "#!ipxe\nset boot-timeout 100\n:on\nsleep 1\ngoto on\n" },
	{ "DNS: silent", "files.test", .breaks = silence_dns, .mends = end_silence },
	{ "DNS: closed", "files.test", .breaks = close_dns, .mends = open_dns },
	{ "DNS: wrong", "10.0.0.66", .breaks = name_nobody, .mends = name_host },
	{ "DNS: the first address is dead", "10.0.0.66", .breaks = name_nobody_first,
	  .mends = name_host_first, .boots = true, .broken_s = 20 },
	{ "kernel: a web page", "begins like a web page", .path = "/kernel", .text = WEB_PAGE },
	{ "kernel: cut short", "kernel", .path = "/kernel", .cut = 80000 },
	{ "kernel: bad ELF", "kernel",
	  .path = "/kernel", .text = "\177ELF\1\1\1 and nothing more that would make sense" },
	{ "kernel: stalls in mid-file", "silent", .path = "/kernel", .instead = "/stall" },
	{ "initrd: too big", "memory", .path = "/two", .instead = "/huge" },
	{ "checksum: wrong file", "SHA-256", LISTED, .path = "/two", .text = "another" },
	{ "checksum: wrong list", "SHA-256", LISTED, .path = "/sums", .instead = "/wrong-sums" },
	{ "checksum: the list is a web page", "begins like a web page", LISTED, .path = "/sums", .text = WEB_PAGE },
	{ "link: down at the start", "no server answered", .breaks = go_dark, .mends = go_light },
	{ "link: down in a download", "is gone", .breaks = go_dark, .mends = go_light, .after_sent = 100000 },
	{ "link: flaps for an hour", "no server answered",
	  .breaks = begin_flapping, .mends = end_flapping, .broken_s = 3600 },
	{ "server: reset in mid-file", "", .breaks = go_down, .mends = come_up, .after_sent = 100000 },
	{ "server: silent in mid-file", "is gone", .breaks = silence_http, .mends = end_silence, .after_sent = 100000 },
	{ "server: another MAC in mid-file", "", .breaks = far_change_card, .after_sent = 100000, .boots = true,
	  .broken_s = 30 },
	{ "gateway: missing", "there is no route to", BEYOND, .breaks = no_gateway, .mends = right_gateway },
	{ "gateway: wrong", "10.9.0.1", BEYOND, .breaks = wrong_gateway, .mends = leave_and_right_gateway },
	{ "gateway: dead", "10.9.0.1", BEYOND, .breaks = dead_gateway, .mends = right_gateway },
	{ "syslog: its server is silent", "kernel", "#!ipxe\nset syslog 10.0.0.1\n" KERNEL MODULES,
	  .breaks = silence_syslog, .mends = end_silence, .boots = true, .broken_s = 10 },
	{ "syslog: its server is off", "kernel", "#!ipxe\nset syslog 10.0.0.66\n" KERNEL MODULES,
	  .breaks = silence_syslog, .mends = end_silence, .boots = true, .broken_s = 10 },
	{ "address conflict: a host that will not leave", "10.0.0.100", .breaks = take_its_address,
	  .mends = leave, .boots = true, .broken_s = 20 },
#define CRASH(s) { "crash in a download: " s, s ": service started again", .service = s, .breaks = crash, \
		   .after_sent = 100000, .boots = true, .broken_s = 30 }
	CRASH("console"), CRASH("net"), CRASH("dhcp"), CRASH("dns"), CRASH("fetch"), CRASH("telnet"), CRASH("syslog"),
	CRASH("report"), CRASH("fetch2"),
#define CRASHES(s) { "crashes, five times in a row: " s, s ": it is started again in 60 s", .service = s, \
		     .breaks = crash_often, .after_sent = 100000, .boots = true, .broken_s = 30 }
	CRASHES("telnet"), CRASHES("syslog"), CRASHES("report"), CRASHES("fetch2"),
	{ "crash in a try: shell", "The shell has been started again", .service = "shell", .breaks = crash,
	  .after_sent = 100000, .boots = true, .broken_s = 75 },
	{ "TFTP dead, with autoexec.ipxe", "autoexec.ipxe", .path = "/boot.ipxe", .breaks = silence_tftp,
	  .mends = end_silence },
};

static struct {
	double healed_s[COUNT(rows)], pause_s[COUNT(rows)];
	unsigned booted, booted_before;
	uint64_t longest_us;
} *shared;

/* ---- a row is played ---- */

static unsigned wanted;			/* tries */

static bool has_ended(void)
{
	read_log();
	return pc_ended();
}

static bool has_failed(void)
{
	return has_ended() || tries >= wanted;
}

static bool has_sent(void)
{
	return pc_ended() || far_http_sent >= row->after_sent;
}

static const char *const kernel_files[] = { "kernel", "one", "two" };

static void serve_sums(void)
{
	static char sums[300], wrong[300];
	size_t len = 0;
	for (unsigned i = 0; i < COUNT(kernel_files); i++) {
		uint8_t hash[32];
		const struct far_file *f = far_find(kernel_files[i]);
		mbedtls_sha256(f->data, f->len, hash, 0);
		for (unsigned k = 0; k < sizeof(hash); k++)
			len += (size_t)sprintf(sums + len, "%02x", hash[k]);
		len += (size_t)sprintf(sums + len, "  %s\n", kernel_files[i]);
	}
	memcpy(wrong, sums, len);
	memset(wrong, '0', 64);
	serve("/sums", sums, len);
	serve("/wrong-sums", wrong, len);
}

static void serve_all(const char *script)
{
	bool by_tftp = row && row->breaks == silence_tftp;
	far_boot_file = by_tftp ? "undine.0" : "http://files.test/boot.ipxe";
	far_gateway = 0x0a000001;
	serve("/boot.ipxe", script, strlen(script));
	if (by_tftp)
		serve("/autoexec.ipxe", script, strlen(script));
	kernels_serve(0);
	for (unsigned i = 0; i < COUNT(kernel_files); i++)
		whole[whole_count++] = *far_find(kernel_files[i]);
	serve_sums();
	machine_at_wait = at_wait;
	pc_start(NULL);
}

/* Broken, watched. */
static void suffer(void)
{
	(row->breaks ? row->breaks : break_file)();
	wanted = 2;
	if (row->broken_s)
		machine_run(has_ended, row->broken_s * SECOND);
	else
		CHECK(machine_run(has_failed, 2 * HOUR));
	CHECK(row->boots == pc_ended());
	CHECK(pc_said(row->said));
	CHECK(row->boots || tries);
}

/* All is mended.  In the middle of a try, that may fail by what was broken when it began; a pause may be cut short. */
static void heal(void)
{
	wanted = tries + 1;
	read_log();
	if (in_try)
		CHECK(machine_run(has_failed, HOUR));
	for (unsigned before = pauses_anew + 1; before != pauses_anew && !pc_ended();) {
		uint64_t end_us = failed_us + pause_us + HEAL_S * SECOND;
		before = pauses_anew;
		machine_run(has_ended, end_us > clock_us() ? end_us - clock_us() : 0);
	}
}

static void play(unsigned n)
{
	row = &rows[n];
	serve_all(row->script ? row->script : GOOD);
	if (row->after_sent)
		CHECK(machine_run(has_sent, 60 * SECOND) && !pc_ended());
	uint64_t since_us = clock_us();
	suffer();
	if (!row->boots) {
		since_us = clock_us();
		(row->mends ? row->mends : mend_file)();
		heal();
	}
	CHECK_INT(pc_end, PC_BOOTED);
	shared->healed_s[n] = (double)(clock_us() - since_us) / SECOND;
	shared->pause_s[n] = row->boots ? 0 : (double)pause_us / SECOND;
	kernels_arrived(pc_hand_over());
}

static const char *only;

static bool heals(const void *arg)
{
	bool good = true, any = false;
	(void)arg;
	/* in 32 bit a third: what is special there is not a matter of what is broken */
	for (unsigned i = 0, failed; i < COUNT(rows); i += only || sizeof(void *) == 8 ? 1 : 3) {
		if (only && strcmp(only, rows[i].name))
			continue;
		any = true;
		if (!machine_each(play, i, i + 1, 1, &failed)) {
			printf("row: %s\n", rows[i].name);
			good = false;
			continue;
		}
		printf("| %-42s | %6.1f s | pause %5.0f s |\n", rows[i].name, shared->healed_s[i], shared->pause_s[i]);
	}
	return good && any;
}

/* ---- seeds ---- */

#define SEEDS (sizeof(void *) == 4 ? 20u : 200u)
#define AT_ONCE 50u			/* in one process */
#define FAULTS 5

/* All that the rows break is used by it. */
static const char all_of_it[] = "#!ipxe\nset sha256sums sums\nset syslog files.test\n"
				"kernel http://10.9.0.1/kernel a=1\n" MODULES;
static const char *const services[] = {
	"console", "net", "dhcp", "dns", "fetch", "fetch2", "fetch3", "fetch4", "fetch5", "fetch6",
	"telnet", "syslog", "shell",
};

static struct fault {
	const struct row *row;		/* or NULL: a service crashes */
	const char *service;
	uint64_t from_us, to_us;
	bool broken, mended;
} faults[FAULTS];
static unsigned fault_count;

/* Short times are as likely as long ones: 1 s to as many seconds as 2^bits. */
static uint64_t draw_time(unsigned bits)
{
	uint32_t top = 1u << draw(bits);
	return (top + draw(top)) * SECOND + draw(SECOND);
}

static void set_fault(struct fault *f, bool broken)
{
	row = f->row;
	if (broken && !row)
		task_crash(service_find(f->service)->task);
	else if (broken)
		(row->breaks ? row->breaks : break_file)();
	else if (row && (row->mends || row->path))
		(row->mends ? row->mends : mend_file)();
	*(broken ? &f->broken : &f->mended) = true;
}

static void break_and_mend(void)
{
	uint64_t now = clock_us();
	for (struct fault *f = faults; f < faults + fault_count; f++)
		if (!f->broken && now >= f->from_us)
			set_fault(f, true);
		else if (f->broken && !f->mended && now >= f->to_us)
			set_fault(f, false);
}

static bool all_mended(void)
{
	bool all = true;
	for (const struct fault *f = faults; f < faults + fault_count; f++)
		all = all && f->mended;
	return has_ended() || all;
}

static void draw_faults(unsigned seed)
{
	draw_by(seed);
	machine_chance = draw(UINT32_MAX) | 1;
	far_seed = draw(UINT32_MAX) | 1;
	fault_count = 1 + draw(FAULTS);
	for (struct fault *f = faults; f < faults + fault_count; f++) {
		do {
			f->row = draw(4) ? &rows[draw(COUNT(rows))] : NULL;
		} while (f->row && (f->row->service || f->row->breaks == silence_tftp));
		f->service = services[draw(COUNT(services))];
		/* most within the first try, some from its first moment on */
		f->from_us = clock_us() + (draw(2) ? draw(6000000) : draw(8) ? 0 : draw_time(9));
		f->to_us = f->from_us + (f->row ? draw_time(12) : 0);
	}
}

static void live(unsigned seed)
{
	row = NULL;
	draw_faults(seed);
	also = break_and_mend;
	serve_all(all_of_it);
	machine_run(all_mended, 3 * HOUR);
	uint64_t mended_us = clock_us();
	bool before = pc_ended();
	if (!before)
		heal();
	if (pc_end != PC_BOOTED)
		for (struct fault *f = faults; f < faults + fault_count; f++)
			fprintf(stderr, "%s: from %u s to %u s\n", f->row ? f->row->name : f->service,
				(unsigned)(f->from_us / SECOND), (unsigned)(f->to_us / SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	shared->booted++;
	shared->booted_before += before;
	if (clock_us() - mended_us > shared->longest_us)
		shared->longest_us = clock_us() - mended_us;
	kernels_arrived(pc_hand_over());
}

static unsigned first = 1, count = SEEDS;

static bool lives(const void *arg)
{
	(void)arg;
	for (unsigned from = first, failed; from < first + count; from += AT_ONCE) {
		unsigned end = first + count - from < AT_ONCE ? first + count : from + AT_ONCE;
		if (machine_each(live, from, end, 1, &failed))
			continue;
		printf("once more: test_heal seeds %u 1\n", failed);
		return false;
	}
	printf("soak: %u boots, %u of them before all was mended; longest from then on %.0f s\n", shared->booted,
	       shared->booted_before, (double)shared->longest_us / SECOND);
	return shared->booted == count;
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "heals", heals, NULL }, { "seeds", lives, NULL } };
	bool seeds = argc > 1 && !strcmp(argv[1], "seeds");
	only = argc > 1 && !seeds ? argv[1] : NULL;
	first = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : first;
	count = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : count;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return run_tests(tests, COUNT(tests), only ? "heals" : seeds ? "seeds" : NULL);
}
