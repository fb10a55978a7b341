/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line of the configuration does.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "services/boot/nbp.h"
#include "services/command/run.h"
#include "services/image/image.h"
#include "services/pxelinux/px.h"
#include "services/script/settings.h"

#define MODULE_MAX 32		/* a c32 module's name */
#define WORDS_MAX 64
#define BLANKS " \t"
#define FIRST_DISK 0x80

/* Runs a command of at most a few words, up to a NULL. */
static int run(const char *const *words)
{
	char *argv[8];
	int argc = 0, err = 0;
	for (; words[argc] && err == 0; argc++) {
		argv[argc] = strdup(words[argc]);
		err = argv[argc] ? 0 : -ENOMEM;
	}
	if (err == 0) {
		argv[argc] = NULL;
		err = command_run(argc, argv);
	}
	while (argc)
		free(argv[--argc]);
	return err > 0 ? -ECANCELED : err;
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static int url_of(struct px_session *s, const char *name, size_t len, char url[URL_TEXT_MAX])
{
	int err = px_resolve(&s->where, name, len, url, URL_TEXT_MAX);
	if (err < 0)
		command_fail(err, "pxelinux: %.*s: %s", (int)(len < 100 ? len : 100), name, err == -ENAMETOOLONG ?
			     "its URL is too long: " URL_LIMITS : err == -EDESTADDRREQ ? "no server is known for it" :
			     "it is no URL, and no name of a file");
	return err;
}

/* ---- SYSAPPEND ---- */

/* Where each word's value stands. */
static const char *const facts[PX_SYSAPPENDS] = {
	[1] = "mac:hexhyp", [2] = "uuid", [4] = "smbios/1.4.0", [5] = "smbios/1.5.0", [6] = "smbios/1.6.0",
	[7] = "smbios/1.7.0", [8] = "smbios/1.25.0", [9] = "smbios/1.26.0", [10] = "smbios/2.4.0",
	[11] = "smbios/2.5.0", [12] = "smbios/2.6.0", [13] = "smbios/2.7.0", [14] = "smbios/2.8.0",
	[15] = "smbios/0.4.0", [16] = "smbios/0.5.0", [17] = "smbios/3.5.1:int8",
};

/* A register of a leaf of cpuid's, as the setting's name has it; 0 where there is none. */
static uint32_t cpuid(const char *name)
{
	struct setting_value v;
	uint32_t n = 0;
	if (settings_fetch(command_settings(), name, &v) == 0 && v.len == sizeof(n))
		memcpy(&n, v.raw, sizeof(n));
	return n;
}

#define CPU_PAE (cpuid("cpuid/3.1") >> 6 & 1)
#define CPU_LONG (cpuid("cpuid/3.0x80000001") >> 29 & 1)

/* "6PXL": the processor's family, 6 at most, and what it can do that pxelinux tells of. */
static char *processor(void)
{
	uint32_t also = cpuid("cpuid/2.1"), family = cpuid("cpuid/0.1") >> 8 & 15;
	char text[16];
	snprintf(text, sizeof(text), "%u%s%s%s%s%s%s", family > 6 ? 6 : family < 3 ? 3 : (unsigned)family,
		 CPU_PAE ? "P" : "", also >> 5 & 1 ? "V" : "", also >> 6 & 1 ? "T" : "",
		 cpuid("cpuid/3.0x80000001") >> 20 & 1 ? "X" : "", CPU_LONG ? "L" : "",
		 cpuid("cpuid/2.0x80000001") >> 2 & 1 ? "S" : "");
	return strdup(text);
}

static char *text_of(const char *name)
{
	char *text = NULL;
	return settings_text(command_settings(), name, &text) > 0 ? text : (free(text), NULL);
}

/* "client:server:gateway:mask", or with "01-" before it the MAC. */
static char *made_up(unsigned bit)
{
	static const char *const parts[] = { "ip", "next-server", "gateway", "netmask" };
	char text[80] = "";
	for (unsigned i = 0; bit == 0 && i < 4; i++) {
		size_t len = strlen(text);
		if (i)
			text[len++] = ':';
		if (settings_format(command_settings(), parts[i], text + len, sizeof(text) - len) < 0)
			text[len] = '\0';
	}
	if (bit == 1) {
		strcpy(text, "01-");
		if (settings_format(command_settings(), facts[1], text + 3, sizeof(text) - 3) <= 0)
			return NULL;
	}
	return strdup(text);
}

/* Behind what is in out already; 0 or -E2BIG. */
static int append_facts(uint32_t bits, char *out, size_t cap)
{
	struct px_facts f = { 0 };
	size_t len = strlen(out), more;
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++)
		if (bits >> i & 1)
			f.of[i] = i < 2 ? made_up(i) : i == 3 ? processor() : text_of(facts[i]);
	more = px_sysappend(&f, bits, out + len, cap - len);
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++)
		free((void *)f.of[i]);
	return more < cap - len ? 0 : -E2BIG;
}

/* ---- kinds of what is booted ---- */

/*
 * Starts what is fetched.  A tree of pxelinux's that is there to start us names us, and would do so for ever.
 */
static int start(void)
{
	const struct image *k = image_kernel();
	if (k && nbp_is_undine(k->data, k->len))
		return command_fail(-ELOOP, "pxelinux: %.60s: it is this loader itself, and is not started once more",
				    k->name);
	return RUN("boot");
}

/* Its initrds, or modules that stand in words of their own. */
static int fetch_initrds(struct px_session *s)
{
	static char url[URL_TEXT_MAX];
	const char *name;
	size_t len;
	int err = 0;
	for (unsigned i = 0; err == 0 && (len = px_call_initrd(&s->call, i, &name)); i++) {
		err = url_of(s, name, len, url);
		if (err == 0)
			err = RUN("initrd", url);
	}
	return err;
}

/* Kernels of any kind: the image says which. */
static int boot_kernel(struct px_session *s)
{
	static char url[URL_TEXT_MAX], line[PX_CALL_MAX + 1100];
	int err = url_of(s, s->call.file, strlen(s->call.file), url);
	if (err < 0)
		return err;
	const char *args = s->call.args, *options = args + s->call.options;
	snprintf(line, sizeof(line), "BOOT_IMAGE=%s%s%.*s", s->call.file, s->call.options ? " " : "",
		 (int)s->call.options, args);
	err = append_facts(s->call.sysappend, line, sizeof(line));
	options += strspn(options, BLANKS);
	size_t len = strlen(line);
	if (err == 0 && snprintf(line + len, sizeof(line) - len, "%s%s", *options ? " " : "", options) >=
	    (int)(sizeof(line) - len))
		err = -E2BIG;
	if (err < 0)
		return command_fail(err, "pxelinux: %s: its command line is too long", s->call.file);
	err = RUN("imgfree");
	if (err == 0)
		err = RUN("kernel", "--no-name", url, line);
	if (err == 0)
		err = fetch_initrds(s);
	return err < 0 ? err : start();
}

static int chain(struct px_session *s, const char *type)
{
	static char url[URL_TEXT_MAX];
	int err = url_of(s, s->call.file, strlen(s->call.file), url);
	if (err == 0)
		err = RUN("imgfree");
	if (err == 0)
		err = type ? RUN("kernel", "--type", type, url) : RUN("kernel", url);
	return err < 0 ? err : start();
}

/* As pxelinux numbers it: -1 is INT 18h, from 80h on a disk; others go to the ROM. */
static int local_boot(const char *number)
{
	long n = strtol(number, NULL, 0);
	char text[16], own[16] = "";
	settings_format(command_settings(), "localboot", own, sizeof(own));
	bool disk = !strcmp(own, "disk");
	if (n < 0)
		return RUN("localboot", "--int18");
	if (n >= FIRST_DISK || disk) {
		snprintf(text, sizeof(text), "%#lx", n >= FIRST_DISK ? n : (long)FIRST_DISK);
		return RUN("sanboot", "--drive", text);
	}
	snprintf(text, sizeof(text), "%ld", n);
	return RUN("localboot", text);
}

/* ---- c32 modules, which are not needed ---- */

static int show_menu(struct px_session *s)
{
	if (s->call.args[0]) {
		int err = px_load(s, s->call.args, NULL);
		if (err < 0)
			return err;
	}
	return PX_SHOW_MENU;
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
	return err < 0 ? err : boot_kernel(s);
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
		err = url_of(s, part, len, url);
		if (err == 0)
			err = *args ? RUN(first ? "kernel" : "module", url, args) :
			      RUN(first ? "kernel" : "module", url);
		first = false;
		part = next;
	}
	return err < 0 ? err : RUN("boot");
}

static int run_chain(struct px_session *s)
{
	const char *p = s->call.args + strspn(s->call.args, BLANKS);
	char drive[16], partition[16], *end;
	unsigned long n = FIRST_DISK;
	if (!strncmp(p, "boot", 4) && strchr(BLANKS, p[4]))
		p += 4;
	else if (strncmp(p, "hd", 2) && strncmp(p, "fd", 2))
		return command_fail(-ENOTSUP, "pxelinux: chain.c32 %.60s: only hdN, fdN and boot are known, each "
				    "with a partition's number or without; sanboot --drive 0x80 boots a disk", p);
	else {
		n = strtoul(p + 2, &end, 10) + (*p == 'h' ? FIRST_DISK : 0);
		p = end;
	}
	snprintf(drive, sizeof(drive), "%#lx", n);
	p += strspn(p, BLANKS ",");
	snprintf(partition, sizeof(partition), "%lu", strtoul(p, &end, 10));
	end += strspn(end, BLANKS);
	if (*end)
		return command_fail(-ENOTSUP, "pxelinux: chain.c32: the option %.60s is not known", end);
	return strcmp(partition, "0") ? RUN("sanboot", "--drive", drive, "--partition", partition) :
	       RUN("sanboot", "--drive", drive);
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

/* "LABEL64 [-- LABEL32]" or with a third for what has no PAE: whichever this processor can run. */
static int run_ifcpu64(struct px_session *s)
{
	char line[1024];
	bool can[] = { CPU_LONG, CPU_PAE, true };
	const char *part[3] = { s->call.args, NULL, NULL };
	unsigned parts = 1;
	for (const char *p = s->call.args; parts < 3 && (p = strstr(p, "--")); p += 2)
		part[parts++] = p + 2;
	/* two are with long mode and without; three have one with PAE between them */
	unsigned at = can[0] ? 0 : parts == 3 && can[1] ? 1 : parts - 1;
	const char *text = part[at] + strspn(part[at], BLANKS), *end = strstr(text, "--");
	int len = (int)(end ? (size_t)(end - text) : strlen(text));
	while (len && strchr(BLANKS, text[len - 1]))
		len--;
	if (!len || (parts == 1 && !can[0]))
		return command_fail(-EINVAL, "pxelinux: ifcpu64.c32 names nothing for this processor");
	if (snprintf(line, sizeof(line), "%.*s", len, text) >= (int)sizeof(line))
		return command_fail(-E2BIG, "pxelinux: ifcpu64.c32: a line is too long");
	return px_run(s, line);
}

static int run_pxechn(struct px_session *s)
{
	int err = shift(s);
	if (err < 0)
		return err;
	if (s->call.args[0])
		return command_fail(-ENOTSUP, "pxelinux: pxechn.c32: the options %.60s are not known; chain --option "
				    "changes what an NBP finds in the ROM's packets", s->call.args);
	return chain(s, NULL);
}

static const struct {
	const char *name;
	int (*run)(struct px_session *s);
} modules[] = {
	{ "menu", show_menu }, { "vesamenu", show_menu }, { "linux", run_linux }, { "mboot", run_mboot },
	{ "chain", run_chain }, { "reboot", run_reboot }, { "poweroff", run_poweroff },
	{ "ifcpu64", run_ifcpu64 }, { "pxechn", run_pxechn },
};

static int run_module(struct px_session *s)
{
	char name[MODULE_MAX];
	px_module(s->call.file, name, sizeof(name));
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (!strcmp(name, modules[i].name))
			return modules[i].run(s);
	return command_fail(-ENOTSUP, "pxelinux: %s: c32 modules are programs for syslinux alone, and this one has no "
			    "counterpart here; docs/pxelinux.md has what to write instead", s->call.file);
}

/* ---- a line ---- */

/* CONFIG: another file; what its own arguments say is the prefix of all that it names. */
static int run_config(struct px_session *s)
{
	static char prefix[URL_TEXT_MAX];
	size_t len = strlen(s->call.args);
	int err = 0;
	if (len && (len + 1 >= sizeof(prefix) || (err = px_resolve(&s->where, s->call.args, len, prefix,
								   sizeof(prefix) - 1)) < 0))
		return command_fail(err ? err : -ENAMETOOLONG, "pxelinux: %.60s is no folder's name", s->call.args);
	if (len && prefix[strlen(prefix) - 1] != '/')
		strcat(prefix, "/");
	err = px_load(s, s->call.file, len ? prefix : NULL);
	return err < 0 ? err : PX_AGAIN;
}

static int run_call(struct px_session *s)
{
	switch (s->call.kind) {
	case PX_LOCALBOOT: return local_boot(s->call.file);
	case PX_CONFIG: return run_config(s);
	case PX_COM32: return run_module(s);
	case PX_PXE: return chain(s, NULL);
	case PX_BOOT: case PX_BSS: return chain(s, "bootsector");
	case PX_FDIMAGE:
		return command_fail(-ENOTSUP, "pxelinux: %s: a disk's image is booted by KERNEL memdisk with INITRD %s",
				    s->call.file, s->call.file);
	default: return boot_kernel(s);
	}
}

/* What has become a call, or why it has not: err, where line says what was wanted. */
static int run_made(struct px_session *s, const char *line, int err)
{
	char shown[80];
	snprintf(shown, sizeof(shown), "%s", line ? line : "a label");
	if (err == -ENOENT)
		return command_fail(err, "pxelinux: %s: there is no such label, and by IMPLICIT 0 no file is to be "
				    "named", shown);
	if (err == -ENOEXEC)
		return command_fail(err, "pxelinux: %s:%u: the label %s names nothing to be booted",
				    s->call.label->file, s->call.label->line, shown);
	if (err < 0)
		return command_fail(err, "pxelinux: %s...: it is longer than any command line may be", shown);
	if (s->call.label)
		log_line("pxelinux: %s (%s:%u)", shown, s->call.label->file, s->call.label->line);
	return run_call(s);
}

/* A line's module may name another line, but not for ever. */
int px_run(struct px_session *s, const char *line)
{
	if (s->depth >= PX_DEPTH_MAX)
		return command_fail(-ELOOP, "pxelinux: %.60s: ifcpu64.c32 leads to itself again and again", line);
	s->depth++;
	snprintf(s->line, sizeof(s->line), "%s", line);
	int result = run_made(s, line, px_call_make(&s->call, &s->c, line));
	s->depth--;
	return result;
}

int px_run_label(struct px_session *s, const struct px_label *l)
{
	snprintf(s->line, sizeof(s->line), "%s", l->name ? l->name : "");
	return run_made(s, l->name, px_call_label(&s->call, l));
}

int px_run_edited(struct px_session *s, const struct px_label *l, const char *line)
{
	int err = px_call_edited(&s->call, l, line);
	return err < 0 ? command_fail(err, "pxelinux: %.60s...: it is longer than any command line may be", line) :
	       run_call(s);
}
