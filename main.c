/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where everything is wired together: which tasks exist, in which order they
 * come up, and what the loader does when it leaves.  Nothing registers itself
 * anywhere else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/e1000/e1000.h"
#include "drivers/native/native.h"
#include "drivers/undi/undi.h"
#include "drivers/virtio/virtio_net.h"
#include "drivers/virtio/virtio_rng.h"
#include "kernel/boot_params.h"
#include "kernel/clock.h"
#include "kernel/e820.h"
#include "kernel/gate.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/patch.h"
#include "kernel/random.h"
#include "kernel/restart.h"
#include "kernel/service.h"
#include "kernel/symbols.h"
#include "kernel/traps.h"
#include "kernel/version.h"
#include "kernel/watchdog.h"
#include "net/net.h"
#include "services/boot/boot_commands.h"
#include "services/boot/disk_commands.h"
#include "services/boot/file_commands.h"
#include "services/boot/freebsd_commands.h"
#include "services/boot/parallel_commands.h"
#include "services/boot/probes.h"
#include "services/command/editor.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/console_service.h"
#include "services/console/local.h"
#include "services/dhcp/dhcp_rom.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_commands.h"
#include "services/dns/dns_service.h"
#include "services/fetch/answer_commands.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/listing_commands.h"
#include "services/fetch/params_commands.h"
#include "services/fetch/scheme.h"
#include "services/fetch/url_words.h"
#include "services/firmware/machine.h"
#include "services/firmware/machine_commands.h"
#include "services/firmware/machine_settings.h"
#include "services/firmware/probe_commands.h"
#include "services/firmware/spcr.h"
#include "services/ftp/ftp_source.h"
#include "services/graphics/graphics.h"
#include "services/graphics/graphics_commands.h"
#include "services/http/http_settings.h"
#include "services/http/http_source.h"
#include "services/image/image_commands.h"
#include "services/verify/verify_commands.h"
#include "services/interface/interface_commands.h"
#include "services/interface/interface_settings.h"
#include "services/interface/lease.h"
#include "services/interface/lotest_commands.h"
#include "services/interface/ping_commands.h"
#include "services/interface/pxebs_commands.h"
#include "services/interface/route_commands.h"
#include "services/menu/config_commands.h"
#include "services/menu/menu_commands.h"
#include "services/modules/module.h"
#include "services/modules/modules_commands.h"
#include "services/nfs/nfs_source.h"
#include "services/ntp/ntp_commands.h"
#include "services/pxelinux/pxelinux_commands.h"
#include "services/report/report_service.h"
#include "services/script/beyond_commands.h"
#include "services/script/script_commands.h"
#include "services/script/setting_forms.h"
#include "services/script/setting_owner.h"
#include "services/shell/absent_commands.h"
#include "services/shell/autoboot_commands.h"
#include "services/shell/shell.h"
#include "services/shell/shell_commands.h"
#include "services/shell/source.h"
#include "services/shell/status_commands.h"
#include "services/stack/stack.h"
#include "services/syslog/syslog_service.h"
#include "services/telnet/telnet_commands.h"
#include "services/telnet/telnet_service.h"
#include "services/telnet/telnetd_commands.h"
#include "services/tftp/rom_tftp_source.h"
#include "services/tftp/tftm_source.h"
#include "services/tftp/tftp_source.h"
#include "services/tls/cert_commands.h"
#include "services/tls/tls_settings.h"
#include "services/trust/trust_check.h"
#include "services/trust/unlock_commands.h"

_Noreturn void kernel_main(const struct boot_params *bp);

static struct boot_params params;

/* Every network device, by its name: net0, net1, ... */
static struct netdev *devices[NET_DEVS];

/* Network cards that we drive ourselves. */
static const struct nic_driver *const nic_drivers[] = { &virtio_net_driver, &e1000_driver, NULL };

/* Every task that always runs. */
static struct service services[] = {
	{ .name = "console", .main = console_main, .stack_len = 8192, .essential = true },
	{ .name = "net", .main = net_main, .stack_len = 16384, .essential = true },
	{ .name = "dhcp", .main = dhcp_main, .stack_len = 16384, .cleanup = dhcp_cleanup, .essential = true },
	{ .name = "dns", .main = dns_main, .stack_len = 16384, .cleanup = dns_cleanup, .essential = true },
	{ .name = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup, .essential = true },
	{ .name = "fetch2", .serves = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup },
	{ .name = "fetch3", .serves = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup },
	{ .name = "fetch4", .serves = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup },
	{ .name = "fetch5", .serves = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup },
	{ .name = "fetch6", .serves = "fetch", .main = fetch_main, .stack_len = 16384, .cleanup = fetch_cleanup },
	{ .name = "telnet", .main = telnet_main, .stack_len = 16384, .cleanup = telnet_cleanup },
	{ .name = "syslog", .main = syslog_main, .stack_len = 16384, .cleanup = syslog_cleanup },
	{ .name = "report", .main = report_main, .stack_len = 16384, .cleanup = report_cleanup },
	{ .name = "shell", .main = shell_main, .stack_len = SHELL_STACK, .cleanup = shell_cleanup, .essential = true },
};

/* What a URL may begin with. */
static const struct scheme *const schemes[] = {
	&http_scheme, &https_scheme, &tftp_scheme, &tftm_scheme, &mtftp_scheme,
	&rom_tftp_scheme, &ftp_scheme, &nfs_scheme, NULL,
};

/* What DHCP servers are told that we can do (option 175), by iPXE's numbers: as long as it stands below or above. */
static const uint8_t features[] = {
	19 /* http */, 20 /* https */, 21 /* tftp */, 22 /* ftp */, 23 /* dns */, 24 /* bzImage */, 25 /* multiboot */,
	33 /* NBPs */, 34 /* ELF */, 38 /* vlan */, 39 /* menu */, 41 /* nfs */, 0,
};

/* The commands, in the order in which `help` shows them. */
static const struct command *const commands[] = {
	shell_commands, status_commands, interface_commands, route_commands, ping_commands, pxebs_commands,
	lotest_commands, pxelinux_commands, autoboot_commands, dns_commands,
	telnet_commands, boot_commands, parallel_commands, image_commands, verify_commands, unlock_commands,
	disk_commands,
	script_commands, beyond_commands, answer_commands, cert_commands,
	menu_commands, config_commands, graphics_commands, telnetd_commands, machine_commands, params_commands,
	probe_commands, absent_commands, file_commands, ntp_commands, listing_commands, freebsd_commands,
	modules_commands, NULL,
};

/* What Tab completes by asking a server. */
static const struct editor_far far_words = { .ask = url_words_ask, .word = url_words_get };

/* The setting console, or console.plain, has been set. */
static int apply_console(void)
{
	char *text;
	int32_t plain = 0;
	(void)settings_number(command_settings(), "console.plain", &plain);
	console_set_plain(plain > 0);
	int len = settings_text(command_settings(), "console", &text), err = len > 0 ? local_set(text) : 0;
	free(text);
	return err;
}

/* The setting watchdog has been set. */
static int apply_watchdog(void)
{
	int32_t seconds = WATCHDOG_S;
	if (settings_number(command_settings(), "watchdog", &seconds) < 0 || seconds < 0)
		seconds = WATCHDOG_S;
	watchdog_set((uint32_t)seconds);
	return 0;
}

/* Who answers for settings; of those that nobody set, the first that knows one. */
static const struct setting_owner setting_owners[] = {
	{ .prefix = "net", .lookup = interface_lookup, .changed = interface_apply_settings },
	{ .prefix = "dns", .changed = interface_apply_settings },
	{ .lookup = machine_lookup },
	{ .prefix = "fetch.", .lookup = download_lookup, .changed = download_apply_settings },
	{ .prefix = "tftp-by-rom", .changed = download_apply_by_rom },
	{ .prefix = "mirrors", .changed = download_apply_mirrors },
	{ .prefix = "http-proxy", .changed = http_apply_settings },
	{ .prefix = "no-proxy", .changed = http_apply_settings },
	{ .prefix = "username", .changed = http_apply_login },
	{ .prefix = "password", .changed = http_apply_login },
	{ .prefix = "undi.trace", .changed = machine_apply_trace },
	{ .prefix = "console", .changed = apply_console },
	{ .prefix = "watchdog", .changed = apply_watchdog },
	{ .prefix = "telnetd.", .store = telnetd_store_setting, .changed = telnetd_apply_settings,
	  .guard = "telnetd.allow" },
	{ .prefix = "retry-", .changed = shell_apply_settings },
	{ .prefix = "presence", .changed = shell_apply_settings },
	{ .prefix = "menu-idle", .changed = shell_apply_settings },
	{ .prefix = "boot-timeout", .changed = shell_apply_settings },
	{ .prefix = "fallback-after", .changed = shell_apply_settings },
	{ .prefix = "boot-type", .changed = source_apply_settings },
	{ .prefix = TRUST_POLICY, .changed = trust_keep, .guard = TRUST_POLICY },
	{ .prefix = "trust", .changed = tls_apply_settings },
	{ .prefix = "cert", .changed = tls_apply_client_cert },
	{ .prefix = "crl", .changed = cert_apply_lists },
	{ .prefix = "privkey", .changed = tls_apply_client_cert },
	{ .prefix = "report-url", .store = report_store_setting, .changed = report_apply_settings },
	{ .prefix = "syslog", .store = syslog_store_setting, .changed = syslog_apply_settings },
	{ .prefix = "", .changed = setting_forms_check },
	{ 0 },
};

/* False: the ROM that started us must not be called any more. */
static bool leave_cards(void)
{
	native_leave_for_restart();
	return undi_leave_for_restart();
}

static const struct restart_hooks restart_hooks = {
	.carry = dhcp_carry, .leave = leave_cards, .silence = native_silence,
};

/* What is done before the machine is left to somebody else. */
static const struct machine_leaving leaving[] = {
	{ .leave = modules_leave, .for_good = true },
	{ .leave = graphics_end },
	{ .leave = local_leave, .stay = local_stay },
	{ .leave = telnetd_leave, .stay = telnetd_stay },
	{ .leave = report_leave },
	{ .leave = syslog_leave },
	{ .leave = parallel_drop, .for_good = true },
	{ .leave = fetch_close_all, .for_good = true },
	{ .leave = lease_leave, .for_good = true, .not_for_nbp = true },
	{ 0 },
};

/*
 * The serial ports that show the console unless arguments, DHCP or a script
 * name others: those that the loader's own file names; else the firmware's own, if
 * it says so, else COM1.
 */
static void begin_serial(void)
{
	struct ports_port port = ports_com1;
	struct spcr spcr;
	int err = machine_serial_console(&spcr);
	if (err == 0) {
		port.io = spcr.io;
		port.rate = spcr.rate;
		port.can |= spcr.terminal == SPCR_VT100 ? 0 : SCREEN_COLOUR;
	}
	const char *named = patch_get(params.options, "console", NULL);
	local_begin(&port, err == 0, named);
	if (named)
		return;
	if (err == 0)
		log_line("console: that is the port which the firmware names (ACPI's SPCR)");
	else if (err == -ENOTSUP)
		log_warn("console: the firmware names a serial port that is no 16550 at an I/O address (ACPI's SPCR)");
}

/* The settings in the file, out of the way of what is put into low memory: where they lay there. */
static void *keep_options(void)
{
	static uint8_t options[OPTIONS_LEN];
	void *given = (void *)(uintptr_t)params.options;
	params.options = memcpy(options, given, sizeof options);
	return given;
}

static void say_options(void)
{
	int used = patch_check(params.options);
	if (used > 0)
		log_line("options: the settings in this file fill %d of %u bytes", used, PATCH_ROOM);
	else if (used < 0)
		log_error("options: the settings in this file cannot be read (%s): none of them is in force, and what "
			  "they may have guarded stays shut; tools/options.py writes them anew", patch_why(used));
}

#define SEED_WORDS 64

static void seed(void)
{
	uint32_t words[SEED_WORDS];
	random_init();
	int got = virtio_rng_read(words, sizeof words);
	if (got > 0)
		random_feed("virtio-rng", words, (size_t)got / sizeof words[0]);
	if (!random_ready())
		log_warn("random: neither the processor nor a device gives a seed; it comes from the moments of "
			 "interrupts and frames");
}

static void memory_init(void)
{
	pages_init(&params.map, params.rom_area ? params.rom_area : PAGES_HIGH);
	/* the loader itself lies in usable memory */
	if (!pages_alloc_range(params.image_len, params.image,
			       params.image + ((params.image_len + PAGE_LEN - 1) & ~(PAGE_LEN - 1))))
		panic("the loader's own memory is not in the map");
	restart_init(&params);
	paging_init();
	paging_read_only(params.resident + R_CODE, params.resident + R_DATA);
}

/* The map may have changed: an option ROM's driver hides what it has taken. */
static void memory_settle(void)
{
	if (!memmap_is_usable(&params.map, params.image, params.image_len))
		panic("the ROM's driver has taken the loader's memory");
	pages_withdraw(&params.map);
	if (params.rom_area)
		pages_init_above(&params.map, params.rom_area);
	if (params.map.lost)
		log_warn("memory: %lu KiB of it are not used: the BIOS's map has more pieces than the %u that are kept",
			 (unsigned long)(params.map.lost >> 10), MEMMAP_MAX);
}

_Noreturn void kernel_main(const struct boot_params *bp)
{
	params = *bp;
	void *given = keep_options();
	gate_attach(params.resident);
	clock_init();
	symbols_init((const uint8_t *)(uintptr_t)params.syms, params.syms_len, params.image);
	console_init(console_key_came);
	begin_serial();
	memory_init();
	memset(given, 0, OPTIONS_LEN);	/* there are passwords in them, and the next NBP need not find them */
	traps_init();
	local_begin_vga();
	restart_begin();
	restart_set_hooks(&restart_hooks);
	log_line("Undine " UNDINE_VERSION ": network boot loader, BSD-2-Clause");
	log_line("cpu: TSC %lu.%03lu MHz; memory: %lu KiB free, loader at %08lx, 16-bit segment at %05lx",
		 (unsigned long)clock_tsc_khz() / 1000, (unsigned long)clock_tsc_khz() % 1000,
		 (unsigned long)(pages_free_total() >> 10), (unsigned long)params.image,
		 (unsigned long)params.resident);
	say_options();
	seed();
	unsigned device_count = undi_cards(&params, devices, NET_DEVS);
	memory_settle();
	machine_setup(&params);		/* asks net0's ROM for its packets, while that has its card */
	native_set_drivers(nic_drivers, machine_is_virtual());
	device_count = native_cards(&params, devices, device_count, undi_cards_wanted(&params, NET_DEVS));
	for (unsigned i = 0; i < device_count; i++)
		random_stir(devices[i]->mac, sizeof devices[i]->mac);
	net_setup(devices, device_count);
	machine_set_leaving(leaving);
	dhcp_set_identity(machine_facts()->uuid, NULL, features, UNDINE_VERSION);
	const struct machine_packet *ack = &machine_facts()->rom_ack, *reply = &machine_facts()->rom_reply;
	dhcp_rom_set(ack->data, ack->len, reply->data, reply->len);
	image_set_probes(boot_probes);
	setting_set_owners(setting_owners);
	command_set_tables(commands);
	editor_set_far(&far_words);
	command_set_await(parallel_await);
	scheme_set_table(schemes);
	download_set_before(cert_fetch_lists);
	tls_begin();
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
		if (service_start(&services[i]) < 0)
			panic("no memory for the %s service", services[i].name);
	watchdog_start();
	task_run();
}
