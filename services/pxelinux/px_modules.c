/* SPDX-License-Identifier: BSD-2-Clause */
/* What syslinux has c32 modules for, which are not needed.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kernel/log.h"
#include "services/command/run.h"
#include "services/pxelinux/px.h"

#define MODULE_MAX 32		/* its name */
#define BLANKS " \t"

static int show(struct px_session *s, bool vesa)
{
	if (!s->call.args[0] && !s->c.start)	/* nothing has been read yet */
		return command_fail(-EINVAL, "pxelinux: menu.c32: it is to be told a file, where no configuration "
				    "called it");
	if (s->call.args[0]) {
		int err = px_load(s, s->call.args, NULL);
		if (err < 0)
			return err;
	}
	s->vesa = vesa;
	return PX_SHOW_MENU;
}

static int show_menu(struct px_session *s)
{
	return show(s, false);
}

static int show_vesamenu(struct px_session *s)
{
	return show(s, true);
}

/* What a module is told to start becomes the call: 0 or -E, said. */
static int shift(struct px_session *s)
{
	char module[MODULE_MAX];
	px_module(s->call.file, module, sizeof(module));
	int err = px_call_shift(&s->call);
	return err < 0 ? command_fail(err, "pxelinux: %s.c32: %s", module, err == -ENOENT ? "it is to be told a file" :
				      "its file's name is too long") : 0;
}

static int run_linux(struct px_session *s)
{
	int err = shift(s);
	if (err == 0 && s->call.file[0] == '-')
		return command_fail(-ENOTSUP, "pxelinux: linux.c32: the option %.60s is not known; the file's name "
				    "comes first", s->call.file);
	return err < 0 ? err : px_boot_kernel(s);
}

/* The next "---" that is a word of its own, or NULL. */
static char *dashes(char *p)
{
	for (p += strspn(p, BLANKS); *p; p += strspn(p, BLANKS)) {
		size_t len = strcspn(p, BLANKS);
		if (len == 3 && !memcmp(p, "---", 3))
			return p;
		p += len;
	}
	return NULL;
}

/* "KERNEL ARGUMENTS --- MODULE ARGUMENTS --- ...": Multiboot, of either version. */
static int run_mboot(struct px_session *s)
{
	static char url[URL_TEXT_MAX];
	char *part = s->call.args;
	bool first = true;
	if (*part == '-' && part[1] != '-')
		return command_fail(-ENOTSUP, "pxelinux: mboot.c32: the option %.60s is not known; with -c another "
				    "mboot.c32 is meant, VMware's: write kernel, modules and --- instead", part);
	int err = *part ? RUN("imgfree") : command_fail(-EINVAL, "pxelinux: mboot.c32: it is to be told a kernel");
	while (err == 0 && part) {
		char *next = dashes(part), *end = next ? next : part + strlen(part);
		while (end > part && strchr(BLANKS, end[-1]))
			end--;
		next = next ? next + 3 + strspn(next + 3, BLANKS) : NULL;
		*end = '\0';
		if (!*part) {
			part = next;
			continue;
		}
		size_t len = strcspn(part, BLANKS);
		const char *args = part + len + strspn(part + len, BLANKS);
		err = px_url(s, part, len, url);
		if (err == 0)
			err = *args ? RUN(first ? "kernel" : "module", url, args) :
			      RUN(first ? "kernel" : "module", url);
		first = false;
		part = next;
	}
	return err < 0 ? err : RUN("boot");
}

static int run_reboot(struct px_session *s)
{
	const char *p = s->call.args;
	return !strcmp(p, "-w") || !strcmp(p, "--warm") ? RUN("reboot", "--warm") : RUN("reboot");
}

static int run_poweroff(struct px_session *s)
{
	(void)s;
	return RUN("poweroff");
}

/* A module's line is another line, from the blank or `until` on. */
static int run_line(struct px_session *s, const char *module, const char *from, const char *until)
{
	char line[1024];
	from += strspn(from, BLANKS);
	size_t len = until ? (size_t)(until - from) : strlen(from);
	while (len && strchr(BLANKS, from[len - 1]))
		len--;
	if (!len)
		return command_fail(-EINVAL, "pxelinux: %s.c32 names nothing for this case", module);
	if (len >= sizeof(line))
		return command_fail(-E2BIG, "pxelinux: %s.c32: a line is too long", module);
	snprintf(line, sizeof(line), "%.*s", (int)len, from);
	return px_run(s, line);
}

/* The next word that is "--", or NULL. */
static const char *two_dashes(const char *p)
{
	for (p += strspn(p, BLANKS); *p; p += strspn(p, BLANKS)) {
		size_t len = strcspn(p, BLANKS);
		if (len == 2 && !memcmp(p, "--", 2))
			return p;
		p += len;
	}
	return NULL;
}

#define HAS_LONG_MODE (px_cpuid(PX_CPU_MORE) >> 29 & 1)
#define HAS_PAE (px_cpuid(PX_CPU_FEATURES) >> 6 & 1)

/* "LABEL64 [-- LABEL32]" or with a third for what has no PAE: whichever this processor can run. */
static int run_ifcpu64(struct px_session *s)
{
	const char *part[3] = { s->call.args }, *end[3] = { NULL };
	unsigned parts = 1;
	while (parts < 3 && (end[parts - 1] = two_dashes(part[parts - 1]))) {
		part[parts] = end[parts - 1] + 2;
		parts++;
	}
	/* two are with long mode and without; three have one with PAE between them */
	unsigned at = HAS_LONG_MODE ? 0 : parts == 3 && HAS_PAE ? 1 : parts - 1;
	return run_line(s, "ifcpu64", parts == 1 && !HAS_LONG_MODE ? "" : part[at], end[at]);
}

/* What ifcpu.c32 asks of a processor: the register's setting and the bit; NULL: it is said of all. */
static const struct { const char *word, *setting; unsigned bit; } features[] = {
	{ "64", PX_CPU_MORE, 29 }, { "pae", PX_CPU_FEATURES, 6 }, { "hypervisor", "cpuid/2.1", 31 },
	{ "debug", NULL, 0 }, { "dry-run", NULL, 0 },
};

/* "FEATURE... -- LABEL [-- LABEL]": the first where the processor has all of them. */
static int run_ifcpu(struct px_session *s)
{
	const char *first = two_dashes(s->call.args), *second = first ? two_dashes(first + 2) : NULL;
	bool has = true;
	if (!first)
		return command_fail(-EINVAL, "pxelinux: ifcpu.c32: it is to be FEATURE -- LABEL -- LABEL");
	for (const char *p = s->call.args; p < first; p += strspn(p, BLANKS)) {
		size_t len = strcspn(p, BLANKS), i = 0, n = sizeof(features) / sizeof(features[0]);
		while (i < n && (strlen(features[i].word) != len || strncasecmp(p, features[i].word, len)))
			i++;
		if (i == n)
			return command_fail(-ENOTSUP, "pxelinux: ifcpu.c32: what %.*s is of a processor is not known; "
					    "64, pae and hypervisor are", (int)(len < 60 ? len : 60), p);
		has = has && (!features[i].setting || px_cpuid(features[i].setting) >> features[i].bit & 1);
		p += len;
	}
	return has ? run_line(s, "ifcpu", first + 2, second) :
	       run_line(s, "ifcpu", second ? second + 2 : "", NULL);
}

/* "-iso- LINE -pxe- LINE -sys- LINE": we stand for pxelinux. */
static int run_whichsys(struct px_session *s)
{
	const char *from = strstr(s->call.args, "-pxe-"), *end = NULL;
	if (!from)
		return command_fail(-EINVAL, "pxelinux: whichsys.c32: it has nothing behind -pxe-");
	const char *iso = strstr(from, "-iso-"), *sys = strstr(from, "-sys-");
	end = iso && (!sys || iso < sys) ? iso : sys;
	return run_line(s, "whichsys", from + 5, end);
}

static int run_cmd(struct px_session *s)
{
	return run_line(s, "cmd", s->call.args, NULL);
}

static int run_config(struct px_session *s)
{
	int err = shift(s);
	return err < 0 ? err : px_run_config(s);
}

/* Text files, one after the other. */
static int run_cat(struct px_session *s)
{
	int err;
	while ((err = shift(s)) == 0 && (err = px_show_file(s, s->call.file)) == 0 && s->call.args[0])
		;
	return err < 0 ? err : s->asked ? PX_SHOW_PROMPT : PX_DONE;
}

static const struct {
	const char *name;
	int (*run)(struct px_session *s);
} modules[] = {
	{ "menu", show_menu }, { "vesamenu", show_vesamenu }, { "linux", run_linux }, { "mboot", run_mboot },
	{ "chain", px_run_chain }, { "pxechn", px_run_pxechn }, { "reboot", run_reboot }, { "poweroff", run_poweroff },
	{ "ifcpu64", run_ifcpu64 }, { "ifcpu", run_ifcpu }, { "whichsys", run_whichsys }, { "cmd", run_cmd },
	{ "config", run_config }, { "cat", run_cat },
};

/* Those that have none here, and what to write instead. */
static const struct { const char *name, *instead; } others[] = {
	{ "cmenu", "menu.c32 with MENU directives" }, { "gfxboot", "vesamenu.c32 with MENU directives" },
	{ "ls", "the command ls" }, { "dir", "the command ls" }, { "pwd", "the command show cwduri" },
	{ "host", "the command nslookup" }, { "sanboot", "the command sanboot" },
	{ "gpxecmd", "a label with KERNEL x.ipxe, a script of those commands" },
	{ "lua", "a script: KERNEL x.ipxe" }, { "rosh", "Undine's prompt, by Ctrl-C" },
	{ "hdt", "KERNEL memdisk with HDT's own image" }, { "sysdump", "status, memmap and config" },
	{ "meminfo", "the command memmap" }, { "cpuid", "the command cpuid" }, { "dmi", "the settings smbios/" },
	{ "dmitest", "the settings smbios/" }, { "vpdtest", "the settings smbios/" },
	{ "pcitest", "the settings pci/" },
	{ "prdhcp", "the command config" }, { "ethersel", "a script, with pciscan" },
	{ "ifmemdsk", "a label for each" }, { "ifplop", "a label for each" }, { "debug", "the command log" },
	{ "kbdmap", "nothing: the BIOS's keyboard is used as it is" }, { "sdi", "KERNEL wimboot" },
	{ "elf", "the file itself by KERNEL" }, { "vesainfo", "the command console" }, { "cptime", "the command time" },
	{ "disk", "sanboot --drive 0x80" },
};

bool px_has_module(const char *name)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (!strcasecmp(name, modules[i].name))
			return true;
	return false;
}

int px_run_module(struct px_session *s)
{
	char name[MODULE_MAX], shown[PX_SHOWN_MAX];
	px_module(s->call.file, name, sizeof(name));
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (!strcasecmp(name, modules[i].name))
			return modules[i].run(s);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcasecmp(name, others[i].name))
			return command_fail(-ENOTSUP, "pxelinux: %s: this program for syslinux is not needed; instead "
					    "of it: %s", px_shown(s->call.file, SIZE_MAX, shown), others[i].instead);
	return command_fail(-ENOTSUP, "pxelinux: %s: c32 modules are programs for syslinux alone, and this one has no "
			    "counterpart here; docs/pxelinux.md has what to write instead",
			    px_shown(s->call.file, SIZE_MAX, shown));
}
