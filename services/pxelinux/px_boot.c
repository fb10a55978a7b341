/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line of the configuration does.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "services/boot/nbp.h"
#include "services/command/run.h"
#include "services/http/http_source.h"
#include "services/image/image.h"
#include "services/pxelinux/px.h"
#include "services/script/settings.h"

#define BLANKS " \t"
#define NAME_IN_INITRD_MAX 512
#define FIRST_DISK 0x80
#define MEMDISK "memdisk"		/* under the prefix */

int px_command(const char *const *words)
{
	char *argv[PX_WORDS_MAX + 1];
	int argc = 0, err = 0;
	for (; argc < PX_WORDS_MAX && words[argc] && err == 0; argc++) {
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

const char *px_shown(const char *name, size_t len, char shown[PX_SHOWN_MAX])
{
	static char whole[URL_TEXT_MAX];
	snprintf(whole, sizeof(whole), "%.*s", (int)(len < sizeof(whole) ? len : sizeof(whole)), name);
	url_redact(whole, shown, PX_SHOWN_MAX);
	return shown;
}

int px_url(struct px_session *s, const char *name, size_t len, char url[URL_TEXT_MAX])
{
	char shown[PX_SHOWN_MAX];
	int err = px_resolve(&s->where, name, len, url, URL_TEXT_MAX);
	if (err < 0)
		command_fail(err, "pxelinux: %s: %s", px_shown(name, len, shown), err == -ENAMETOOLONG ?
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

uint32_t px_cpuid(const char *name)
{
	struct setting_value v;
	if (settings_fetch(command_settings(), name, &v) < 0 || v.len != sizeof(uint32_t))
		return 0;
	return (uint32_t)v.raw[0] << 24 | (uint32_t)v.raw[1] << 16 | (uint32_t)v.raw[2] << 8 | v.raw[3];
}

/* "6PXL": the processor's family, 6 at most, and what it can do that pxelinux tells of. */
static char *processor(void)
{
	uint32_t also = px_cpuid("cpuid/2.1"), family = px_cpuid("cpuid/0.1") >> 8 & 15;
	char text[16];
	snprintf(text, sizeof(text), "%u%s%s%s%s%s%s", family > 6 ? 6 : family < 3 ? 3 : (unsigned)family,
		 px_cpuid(PX_CPU_FEATURES) >> 6 & 1 ? "P" : "", also >> 5 & 1 ? "V" : "", also >> 6 & 1 ? "T" : "",
		 px_cpuid("cpuid/3.0x80000001") >> 20 & 1 ? "X" : "", px_cpuid(PX_CPU_MORE) >> 29 & 1 ? "L" : "",
		 px_cpuid("cpuid/2.0x80000001") >> 2 & 1 ? "S" : "");
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

/* What those bits mean, as write() has it, into out: 0 or -E2BIG. */
static int write_facts(uint32_t bits, size_t (*write)(const struct px_facts *f, uint32_t bits, char *out, size_t cap),
		       char *out, size_t cap)
{
	struct px_facts f = { 0 };
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++)
		if (bits >> i & 1)
			f.of[i] = i < 2 ? made_up(i) : i == 3 ? processor() : text_of(facts[i]);
	size_t len = write(&f, bits, out, cap);
	for (unsigned i = 0; i < PX_SYSAPPENDS; i++)
		free((void *)f.of[i]);
	return len < cap ? 0 : -E2BIG;
}

int px_append_facts(uint32_t bits, char *line, size_t cap)
{
	size_t len = strlen(line);
	return write_facts(bits, px_sysappend, line + len, cap - len);
}

void px_tell_servers(uint32_t bits)
{
	static char cookies[HTTP_TOLD_MAX];
	bool all = write_facts(bits, px_cookies, cookies, sizeof(cookies)) == 0;
	http_tell(all ? cookies : "");
	if (!all)
		log_line("pxelinux: web servers are not told of this machine in cookies: that is too long");
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
	static char url[URL_TEXT_MAX], own[NAME_IN_INITRD_MAX];
	const char *name;
	size_t len;
	bool as_file;
	int err = 0;
	for (unsigned i = 0; err == 0 && (len = px_call_initrd(&s->call, i, &name, &as_file)); i++) {
		const char *at = as_file ? memchr(name, '@', len) : NULL;
		size_t file = at ? (size_t)(at - name) : len;
		err = px_url(s, name, file, url);
		if (err < 0)
			return err;
		if (snprintf(own, sizeof(own), "%.*s", (int)(at ? len - file - 1 : len), at ? at + 1 : name) >=
		    (int)sizeof(own) && as_file)
			return command_fail(-ENAMETOOLONG, "pxelinux: %.60s...: a file's name in the initrd has at "
					    "most %u bytes", own, NAME_IN_INITRD_MAX - 1);
		err = as_file ? RUN("initrd", url, own) : RUN("initrd", url);
	}
	return err;
}

/* What has come is no kernel: of a disk's image no more can be said. */
static bool is_disk(void)
{
	const struct image *k = image_kernel();
	return k && image_type_probe(k->data, k->len) == IMAGE_UNKNOWN;
}

/* The disk's image that has come is what the tree's memdisk boots. */
static int put_into_memdisk(struct px_session *s)
{
	static char url[URL_TEXT_MAX], line[PX_CALL_MAX + 32];
	struct image *disk = image_kernel();
	int err = px_url(s, MEMDISK, strlen(MEMDISK), url);
	if (err == 0)
		err = image_set_args(disk, "");
	if (err < 0)
		return err;
	image_set_role(disk, IMAGE_MODULE);
	snprintf(line, sizeof(line), "BOOT_IMAGE=%s%s%s", MEMDISK, s->call.args[0] ? " " : "", s->call.args);
	err = RUN("kernel", "--no-name", url, line);
	return err == 0 || err == -EINTR ? err :
	       command_fail(err, "pxelinux: %s: a disk's image needs memdisk, called %s; the package syslinux-common "
			    "has it", s->call.file, MEMDISK);
}

int px_boot_kernel(struct px_session *s)
{
	static char url[URL_TEXT_MAX], line[PX_CALL_MAX + 1100];
	int err = px_url(s, s->call.file, strlen(s->call.file), url);
	if (err < 0)
		return err;
	const char *args = s->call.args, *options = args + s->call.options;
	snprintf(line, sizeof(line), "BOOT_IMAGE=%s%s%.*s", s->call.file, s->call.options ? " " : "",
		 (int)s->call.options, args);
	err = px_append_facts(s->call.sysappend, line, sizeof(line));
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
		err = s->call.kind == PX_FDIMAGE && is_disk() ? put_into_memdisk(s) : fetch_initrds(s);
	return err < 0 ? err : start();
}

static int chain(struct px_session *s, const char *type)
{
	static char url[URL_TEXT_MAX];
	int err = px_url(s, s->call.file, strlen(s->call.file), url);
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
	if (n < 0 || n == 0xffff)	/* it is 16 bits there */
		return RUN("localboot", "--int18");
	if (n >= FIRST_DISK || disk) {
		snprintf(text, sizeof(text), "%#lx", n >= FIRST_DISK ? n : (long)FIRST_DISK);
		return RUN("sanboot", "--drive", text);
	}
	snprintf(text, sizeof(text), "%ld", n);
	return RUN("localboot", text);
}

/* ---- a line ---- */

int px_run_config(struct px_session *s)
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

/* pxelinux tries endings where there is no such file: "DEFAULT menu" is menu.c32. */
static int boot_or_call(struct px_session *s)
{
	char name[32];
	int err = px_boot_kernel(s);
	bool ending = px_module(s->call.file, name, sizeof(name)) || strchr(name, '.');
	if (err != -ENOENT || s->call.kind != PX_KERNEL || ending || !px_has_module(name))
		return err;
	command_forget_failure();
	return px_run_module(s);
}

static int run_call(struct px_session *s)
{
	switch (s->call.kind) {
	case PX_LOCALBOOT: return local_boot(s->call.file);
	case PX_CONFIG: return px_run_config(s);
	case PX_COM32: return px_run_module(s);
	case PX_PXE: return chain(s, NULL);
	case PX_BOOT: case PX_BSS: return chain(s, "bootsector");
	default: return boot_or_call(s);	/* PX_FDIMAGE, too, may be a kernel */
	}
}

/* What has become a call, or why it has not: err, where line says what was wanted. */
static int run_made(struct px_session *s, const char *line, int err)
{
	char shown[PX_SHOWN_MAX];
	px_shown(line ? line : "a label", SIZE_MAX, shown);
	if (err == -ENOENT)
		return command_fail(err, "pxelinux: %s: there is no such label, and by IMPLICIT 0 no file is to be "
				    "named", shown);
	if (err == -ENOEXEC)
		return command_fail(err, "pxelinux: %s:%u: the label %s names nothing to be booted",
				    s->call.label->file, s->call.label->line, shown);
	if (err < 0)
		return command_fail(err, "pxelinux: %s...: it is longer than any command line may be", shown);
	const struct px_label *l = s->call.label;
	if (l)
		log_line("pxelinux: %s (%s:%u)", shown, l->file, l->line);
	bool bare = !l && s->call.kind == PX_KERNEL;
	err = run_call(s);
	if (err == -ENOENT && l && l->unnamed)
		return command_fail(err, "pxelinux: %s:%u: the label %s names nothing to be booted, and there is no "
				    "file of that name", l->file, l->line, l->name);
	return err != -ENOENT || !bare ? err :
	       command_fail(err, "pxelinux: there is neither a label nor a file %s; at the boot: line Tab completes "
			    "labels, and Ctrl-C leaves", shown);
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
