/* SPDX-License-Identifier: BSD-2-Clause */
/* Every command there is, in one table, and how one is run. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "services/shell/shell.h"

#define FETCH_OPTIONS "n/name= /no-name /nounzip t/timeout= a/autofree r/replace /type= /load= /entry= " \
	"/next-server= /filename= /option=*"

const struct command shell_commands[] = {
	{ "help", "", 0, 1, cmd_help, "[command]", "this list, or one command's options" },

	{ "dhcp", "c/configurator= t/timeout=", 0, 1, cmd_dhcp, "[net0]", "get an address by DHCP, or take the one set by net0/ip" },
	{ "ifconf", "c/configurator= t/timeout=", 0, 1, cmd_dhcp, "[net0]", NULL },
	{ "ifopen", "", 0, 1, cmd_dhcp, "[net0]", NULL },
	{ "ifstat", "a/all", 0, 1, cmd_ifstat, "[--all]", "the network card, its address, what it counted" },
	{ "route", "", 0, 3, cmd_route, "[add NET/LEN|default GATEWAY | del NET/LEN|default]", "show or change routes" },
	{ "arp", "", 0, 1, cmd_arp, "", "the neighbours' hardware addresses" },
	{ "sockets", "", 0, 0, cmd_sockets, "", "open connections" },
	{ "ping", "c/count= s/size= i/interval= t/timeout= /ttl= q/quiet", 1, 1, cmd_ping,
	  "HOST [-c count] [-s bytes] [-i ms] [-t ms] [--ttl n]", "ask a host whether it is there, until Ctrl-C" },
	{ "nslookup", "", 1, 2, cmd_nslookup, "[setting] NAME", "look up a name; its address goes to the setting" },
	{ "telnet", "", 1, 2, cmd_telnet, "HOST [port]", "talk to a telnet server; Ctrl-] leaves it" },

	{ "kernel", FETCH_OPTIONS, 1, ANY_ARGS, cmd_fetch,
	  "[--name n] [--no-name] [--nounzip] [--type t] [--timeout ms] URL [arguments]", "fetch the kernel that boot starts" },
	{ "imgselect", FETCH_OPTIONS, 1, ANY_ARGS, cmd_imgselect, "NAME|URL [arguments]", "make a fetched image the kernel" },
	{ "imgload", FETCH_OPTIONS, 1, ANY_ARGS, cmd_imgselect, "NAME|URL [arguments]", NULL },
	{ "module", FETCH_OPTIONS, 1, ANY_ARGS, cmd_fetch,
	  "[--name n] [--no-name] [--nounzip] [--type t] [--timeout ms] URL [arguments]", "fetch a module for the kernel" },
	{ "initrd", FETCH_OPTIONS, 1, ANY_ARGS, cmd_fetch, "URL [arguments]", NULL },
	{ "imgfetch", FETCH_OPTIONS, 1, ANY_ARGS, cmd_fetch, "URL [arguments]", NULL },
	{ "imgstat", "", 0, ANY_ARGS, cmd_imgstat, "[name...]", "what has been fetched" },
	{ "imgargs", "", 1, ANY_ARGS, cmd_imgargs, "NAME [arguments]", "replace an image's arguments" },
	{ "imgfree", "", 0, ANY_ARGS, cmd_imgfree, "[name...]", "drop these images, or all" },
	{ "sha256sum", "", 0, ANY_ARGS, cmd_sha256sum, "[name...]", "checksums of images" },
	{ "imgverify", "/sha256=", 1, 1, cmd_imgverify, "[--sha256 hex] NAME",
	  "check an image against its checksum, or the list that sha256sums names" },
	{ "kenv", "", 1, ANY_ARGS, cmd_kenv, "name=value", "for FreeBSD's environment" },
	{ "boot", FETCH_OPTIONS, 0, ANY_ARGS, cmd_boot, "[NAME|URL [arguments]]", "start the kernel with its modules" },
	{ "imgexec", FETCH_OPTIONS, 0, ANY_ARGS, cmd_boot, "[NAME|URL [arguments]]", NULL },
	{ "chain", FETCH_OPTIONS, 1, ANY_ARGS, cmd_chain,
	  "[--replace] [--next-server ip] [--filename f] [--option n=value]... URL [arguments]",
	  "fetch and run a script, or boot a kernel or another NBP" },

	{ "sanboot", "d/drive= p/partition= /no-describe", 0, 0, cmd_sanboot, "[--drive 0x80] [--partition n]",
	  "boot a disk, or one of its partitions" },
	{ "localboot", "1/int18", 0, 1, cmd_localboot, "[type | -1]", "back to the ROM with this number; -1: the BIOS's next device" },

	{ "set", "", 1, ANY_ARGS, cmd_set, "NAME[:type] [value]", "set a setting" },
	{ "clear", "", 1, 1, cmd_clear, "NAME", "unset a setting" },
	{ "show", "", 0, 1, cmd_show, "[NAME[:type]]", "a setting, or all that were set" },
	{ "inc", "", 1, 2, cmd_inc, "NAME [by]", "count a setting up" },
	{ "read", "", 1, 1, cmd_read, "NAME", "let a person type a setting's value" },
	{ "echo", "n/n", 0, ANY_ARGS, cmd_echo, "[-n] [text]", "print text" },
	{ "isset", "", 1, 1, cmd_isset, "VALUE", "succeed if the value is not empty" },
	{ "iseq", "", 2, 2, cmd_iseq, "VALUE VALUE", "succeed if they are the same" },
	{ "goto", "", 1, 1, cmd_goto, "LABEL", "go on after :LABEL in the script" },
	{ "prompt", "k/key= t/timeout=", 0, ANY_ARGS, cmd_prompt, "[--key k] [--timeout ms] [text]", "wait for a key" },
	{ "sleep", "", 1, 1, cmd_sleep, "SECONDS", "wait" },
	{ "time", "", 1, ANY_ARGS, cmd_time, "COMMAND", "run a command and tell how long it took" },
	{ "shell", "", 0, 0, cmd_shell, "", "a prompt in the middle of a script; exit goes on" },
	{ "exit", "", 0, 1, cmd_exit, "[status]", "leave the script; at the prompt, go back to the ROM" },
	{ "reboot", "w/warm s/setup", 0, 0, cmd_reboot, "", "reset the machine" },
	{ "poweroff", "", 0, 0, cmd_poweroff, "", "switch the machine off" },

	{ "telnetd", "p/port= /password= /password-sha256= /insecure /allow=* /readonly /idle= /sessions= /stop", 0, 0, cmd_telnetd,
	  "[--port n] (--password[=]text | --password-sha256[=]salt:hex | --insecure) [--allow net/len]... [--readonly] [--idle s] [--sessions n], --stop",
	  "let people see and steer this console over the network" },
	{ "who", "", 0, 0, cmd_who, "", "the telnet sessions" },
	{ "kick", "", 1, 1, cmd_kick, "SESSION", "end one of them" },
	{ "logout", "", 0, 0, cmd_logout, "", "end the telnet session where this is typed" },

	{ "log", "", 0, 0, cmd_log, "", "print the log again from its beginning" },
	{ "tasks", "", 0, 0, cmd_tasks, "", "the loader's tasks: state, stack, memory, time" },
	{ "memmap", "", 0, 0, cmd_memmap, "", "the machine's memory and what is free of it" },
	{ "crash", "a/after=", 1, 1, cmd_crash, "SERVICE [--after ms]", "make a service fault: a test of its restart" },
	{ 0 },
};

const struct command *shell_command_find(const char *name)
{
	for (const struct command *c = shell_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int usage(const struct command *cmd, const char *what, const char *arg)
{
	log_line("%s: %s%s; usage: %s %s", cmd->name, what, arg, cmd->name, cmd->usage);
	shell.said = true;
	return -EINVAL;
}

int shell_command(int argc, char **argv)
{
	struct options o;
	struct call c;

	shell.said = false;
	shell.why[0] = '\0';
	c.cmd = shell_command_find(argv[0]);
	if (!c.cmd) {
		char name[40];
		options_show(1, argv, name, sizeof(name));
		shell_why(-ENOEXEC, "no such command");
		return shell_fail(-ENOEXEC, "%s: no such command; help lists them", name);
	}
	if (options_parse(&o, c.cmd->options, argc, argv, c.cmd->max != ANY_ARGS) < 0)
		return usage(c.cmd, "unknown or incomplete option ", o.bad);
	memcpy(c.opt, o.value, sizeof(c.opt));
	c.list = o.list;
	c.listed = o.listed;
	c.argc = argc - o.next;
	c.argv = argv + o.next;
	if (c.argc < c.cmd->min)
		return usage(c.cmd, "argument missing", "");
	if (c.argc > c.cmd->max)
		return usage(c.cmd, "one argument too many: ", c.argv[c.cmd->max]);
	return c.cmd->run(&c);
}

int cmd_help(struct call *c)
{
	const struct command *k;
	if (!c->argc) {
		for (k = shell_commands; k->name; k++)
			if (k->help)
				log_line("  %-10s %s", k->name, k->help);
		log_line("Several commands: a && b, a || b, a ; b.  ${name} is a setting.  help COMMAND says more.");
		return 0;
	}
	const struct command *asked = shell_command_find(c->argv[0]);
	if (!asked)
		return shell_fail(-ENOENT, "help: no command is called %s", c->argv[0]);
	log_line("%s %s", asked->name, asked->usage);
	for (k = asked; !k->help; k--)
		;
	log_line("  %s%s%s", k->help, k == asked ? "" : ": the same as ", k == asked ? "" : k->name);
	return 0;
}

int shell_fail(int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	log_vline(fmt, ap);
	va_end(ap);
	shell.said = true;
	return err;
}

int shell_why(int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(shell.why, sizeof(shell.why), fmt, ap);
	va_end(ap);
	return err;
}

int shell_number(const char *text, const char *what, uint32_t *out)
{
	int32_t n;
	if (!text)
		return 0;
	if (value_parse_number(text, &n) < 0 || n < 0)
		return shell_fail(-EINVAL, "%s is to be a number, not \"%s\"", what, text);
	*out = (uint32_t)n;
	return 0;
}
