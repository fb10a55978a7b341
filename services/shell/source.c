/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the script comes from.  See source.h. */
#include "services/shell/source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/boot/boot_commands.h"
#include "services/boot/nbp.h"
#include "services/boot/boot_type.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/fetch/download.h"
#include "services/firmware/machine.h"
#include "services/image/image.h"
#include "services/interface/interface_commands.h"
#include "services/pxelinux/pxelinux_commands.h"
#include "services/script/script.h"
#include "services/script/settings.h"
#include "services/tftp/tftm_source.h"

#define OTHER_CLASS "iPXE"		/* as which DHCP is asked where Undine is named no script */
#define REASON_MAX 200
#define BOOT_TYPE_TEXT 48
#define ORDER_TEXT 80

/* why the source asked last is passed over; "": that goes without saying */
static char reason[REASON_MAX];
static enum { OTHER, THIS_LOADER, AN_NBP } found;	/* what that was */
static bool silent;			/* the server of the file asked for last did not answer */

static int pass_over(const char *why, const char *what)
{
	snprintf(reason, sizeof(reason), "%s%s", why, what);
	found = OTHER;
	return SOURCE_NONE;
}

static int pass_over_ourselves(const char *what)
{
	pass_over("it is this loader itself: ", what);
	found = THIS_LOADER;
	return SOURCE_NONE;
}

/* A server that names undine.0 to all, and to Undine too, shall not make it start itself for ever. */
static bool is_this_loader(const struct membuf *b)
{
	return nbp_is_undine(b->data, b->len);
}

/* What the setting boot-type says of a file whose content is of that type; NULL: it goes by that. */
static const struct boot_type *type_set(enum image_type type)
{
	static struct boot_type t;
	char text[BOOT_TYPE_TEXT];
	if (type == IMAGE_SCRIPT || image_type_mistake(type) ||
	    settings_format(command_settings(), BOOT_TYPE, text, sizeof(text)) < 0 || boot_type_parse(&t, text) < 0)
		return NULL;
	return &t;
}

int source_apply_settings(void)
{
	char text[BOOT_TYPE_TEXT];
	struct boot_type t;
	int n = settings_format(command_settings(), BOOT_TYPE, text, sizeof(text));
	if (n < 0 || ((size_t)n < sizeof(text) && boot_type_parse(&t, text) == 0))
		return 0;
	return command_fail(-EINVAL, BOOT_TYPE " is to be an image type (raw, nbp, multiboot2, ...), and behind commas "
			    "where it is loaded and entered, as raw,0x100000; it is %s, and not heeded", text);
}

/* It need not be there; another NBP is not started; the lease says by which way it comes. */
enum { OPTIONAL = 1, NO_NBP = 2, BY_LEASE = 4 };

/* Fetches and starts what url names. */
static int take_url(const char *url, unsigned how)
{
	struct membuf b = { 0 };
	char text[128];
	url_redact(url, text, sizeof(text));
	log_line("script: fetching %s", text);
	int err = download(url, &b, NULL, 0, how & OPTIONAL ? DOWNLOAD_TRY : 0);
	silent = err < 0 && err != -ENOENT && err != -EACCES && err != -EIO;
	if (err < 0)
		return (how & OPTIONAL) && err != -EINTR ? pass_over(download_error(), "") : err;
	if (is_this_loader(&b)) {
		membuf_free(&b);
		return pass_over_ourselves(text);
	}
	enum image_type type = image_type_probe(b.data, b.len);
	const struct boot_type *t = how & OPTIONAL ? NULL : type_set(type);
	if (t)
		type = image_type_named(t->name);
	if (type == IMAGE_UNKNOWN || image_type_mistake(type)) {
		const char *mistake = image_type_mistake(type);
		membuf_free(&b);
		snprintf(reason, sizeof(reason), "%s: %.100s%s", mistake ? mistake :
			 "it is neither a script (#!ipxe) nor a kernel", text,
			 mistake ? "" : " (" BOOT_TYPE "=raw takes a flat binary)");
		return SOURCE_NONE;
	}
	if (type == IMAGE_NBP && (how & NO_NBP)) {
		membuf_free(&b);
		pass_over("it is another network boot program: ", text);
		found = AN_NBP;
		return SOURCE_NONE;
	}
	err = boot_execute(&b, url, download_led_to(), t);
	return err < 0 ? err : SOURCE_TAKEN;
}

static unsigned marks(void)
{
	return settings_marks(command_settings(), "script");
}

bool source_waits(void)
{
	return marks() & SETTING_DEFAULT;
}

/* What script=URL says, if it was set. */
/* Runs a script that is in memory: a copy, for each try has one. */
static int take_text(const char *name, const char *head, const void *text, size_t len)
{
	struct membuf b = { 0 };
	int err = membuf_append(&b, head, strlen(head));
	if (err == 0)
		err = membuf_append(&b, text, len);
	if (err == 0)
		err = boot_execute(&b, name, "", NULL);
	else
		membuf_free(&b);
	return err < 0 ? err : SOURCE_TAKEN;
}

static int from_setting(bool set)
{
	char *ref = NULL, *url = NULL;
	int err = set ? settings_text(command_settings(), "script", &ref) : 0;
	if (err <= 0)
		err = pass_over("none names a script (script=URL)", "");
	else
		err = strcmp(ref, "prompt") ? download_resolve(ref, &url) : -ECANCELED;
	free(ref);
	if (url)
		err = take_url(url, 0);
	free(url);
	return err;
}

static int from_arguments(void)
{
	const char *commands = machine_facts()->commands;
	int result = from_setting(!marks());
	if (result != SOURCE_NONE || !*commands)
		return result;
	return take_text("command line", "#!ipxe\n", commands, strlen(commands));
}

static int from_initrd(void)
{
	const struct machine_facts *m = machine_facts();
	reason[0] = '\0';
	if (!m->initrd_len)
		return SOURCE_NONE;
	if (marks() & SETTING_FINAL)
		return pass_over("script is final, by our own file", "");
	enum image_type type = image_type_probe(m->initrd, m->initrd_len);
	const char *mistake = image_type_mistake(type);
	if (type != IMAGE_SCRIPT)
		return pass_over(mistake ? mistake : "it is no script (#!ipxe)", "");
	return take_text("initrd", "", m->initrd, m->initrd_len);
}

static int from_own_file(void)
{
	return from_setting(marks());
}

static const char *skip_slashes(const char *path)
{
	return path + strspn(path, "/");
}

/* A file by the name that a DHCP or TFTP server has for it. */
static int take_file(const char *server, const char *file, unsigned how)
{
	static struct url url;
	static char text[URL_TEXT_MAX];
	if (url_is_absolute(file))
		return take_url(file, how);
	if (url_from_boot_file(&url, server, file) < 0)
		return pass_over("it is no URL, and no server is named for it: ", file);
	if (how & BY_LEASE)
		mtftp_prefer(&url);
	if (url_format(&url, text, sizeof(text)) >= sizeof(text))
		return pass_over("it is too long: " URL_LIMITS, "");
	return take_url(text, how);
}

/* What the lease in force names. */
static int take_named(unsigned how)
{
	const char *nbp = machine_facts()->nbp_name;
	const struct dhcp_lease *l = dhcp_service_lease();
	char ip[NET_ADDR_TEXT];
	if (!l)
		return pass_over("there is no DHCP lease", "");
	if (!l->boot_file[0])
		return pass_over("the DHCP server names none", "");
	if (nbp && !strcmp(skip_slashes(nbp), skip_slashes(l->boot_file)))
		return pass_over_ourselves(l->boot_file);
	return take_file(dhcp_boot_host(l, ip), l->boot_file, how | BY_LEASE);
}

/*
 * Undine was named no script: once more, as iPXE, which servers know.  An NBP that is there for all who are no iPXE
 * may well be what would start us again; so it is started only where iPXE is not named something else.
 */
static int ask_once_more(void)
{
	static struct { char file[DHCP_STRING_MAX], server[DHCP_HOST_MAX]; } first;
	const struct dhcp_lease *l = dhcp_service_lease();
	char why[REASON_MAX], ip[NET_ADDR_TEXT];
	bool nbp = found == AN_NBP;
	if (!l)				/* it has run out just now */
		return SOURCE_NONE;
	memcpy(why, reason, sizeof(why));
	memcpy(first.file, l->boot_file, sizeof(first.file));
	snprintf(first.server, sizeof(first.server), "%s", dhcp_boot_host(l, ip));
	log_line("script: DHCP names none to user class " DHCP_USER_CLASS " (%s); asking once more as " OTHER_CLASS
		 " (the setting user-class spares this)", why);
	int err = interface_ask_as(OTHER_CLASS);
	l = dhcp_service_lease();
	if (err == -EINTR)
		return err;
	found = OTHER;
	if (err == 0 && *l->boot_file &&
	    (strcmp(l->boot_file, first.file) || strcmp(dhcp_boot_host(l, ip), first.server))) {
		err = take_named(0);
		if (err != SOURCE_NONE)
			return err;
		strncat(why, "; as " OTHER_CLASS ", ", sizeof(why) - strlen(why) - 1);
		strncat(why, reason, sizeof(why) - strlen(why) - 1);
	} else {
		strncat(why, err < 0 ? "; as " OTHER_CLASS " no answer" : "; as " OTHER_CLASS " the same",
			sizeof(why) - strlen(why) - 1);
	}
	if (nbp && found != THIS_LOADER)
		return take_file(first.server, first.file, 0);
	return pass_over(why, "");
}

static int from_boot_file(void)
{
	if (marks() & SETTING_FINAL)
		return pass_over("script is final, by our own file", "");
	bool more = interface_may_ask_as();
	int result = take_named(more ? NO_NBP : 0);
	return result == SOURCE_NONE && more ? ask_once_more() : result;
}

int source_take_boot_file(void)
{
	return from_boot_file();
}

const char *source_reason(void)
{
	return reason;
}

static int from_autoexec(void)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *l = dhcp_service_lease();
	const char *nbp = m->nbp_name ? m->nbp_name : "";
	char file[sizeof(l->boot_file) + 16], ip[NET_ADDR_TEXT];
	if (url_is_absolute(nbp))
		return pass_over("we did not come by TFTP", "");
	snprintf(file, sizeof(file), "%.*sautoexec.ipxe", (int)url_bare_folder_len(nbp), nbp);
	if (l && !m->nbp_server.family)
		return take_file(dhcp_boot_host(l, ip), file, OPTIONAL);
	return take_file(m->nbp_server.family ? net_addr_format(&m->nbp_server, ip) : "", file, OPTIONAL);
}

/* A tree that pxelinux would boot from; where our own server is silent it is not asked a dozen times more. */
static int from_pxelinux(void)
{
	static const char script[] = "#!ipxe\npxelinux\n";	/* our own: what it reads is asked for */
	if (silent)
		return pass_over("the server does not answer", "");
	int err = pxelinux_find(reason, sizeof(reason));
	if (err < 0)
		return err == -EINTR ? err : SOURCE_NONE;
	err = script_push(command_script(), "pxelinux", script, strlen(script), false);
	return err < 0 ? err : SOURCE_TAKEN;
}

/* In the order in which they are asked; the first that has a script wins. */
static const struct {
	const char *name, *word;	/* the setting config-order's */
	int (*take)(void);		/* SOURCE_TAKEN, SOURCE_NONE, -E */
} sources[] = {
	{ "arguments", "arguments", from_arguments },
	{ "initrd", "initrd", from_initrd },
	{ "DHCP boot file", "dhcp", from_boot_file },
	{ "settings in our own file", "file", from_own_file },
	{ "autoexec.ipxe", "autoexec", from_autoexec },
	{ "pxelinux's configuration", "pxelinux", from_pxelinux },
};

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

/* Those that config-order names come first, the others behind them as they stand. */
static void put_in_order(unsigned order[SOURCES])
{
	char text[ORDER_TEXT], *rest = text, *word;
	bool named[SOURCES] = { false };
	unsigned n = 0, i;
	if (settings_format(command_settings(), "config-order", text, sizeof(text)) < 0)
		text[0] = '\0';
	while ((word = strtok_r(rest, ", ", &rest))) {
		for (i = 0; i < SOURCES && strcmp(word, sources[i].word); i++)
			;
		if (i == SOURCES)
			log_line("script: config-order: %.30s is none of arguments, initrd, dhcp, file, autoexec, "
				 "pxelinux; passed over", word);
		else if (!named[i])
			named[order[n++] = i] = true;
	}
	for (i = 0; i < SOURCES; i++)
		if (!named[i])
			order[n++] = i;
}

bool source_is_here(void)
{
	const struct machine_facts *m = machine_facts();
	char script[2];
	if (marks() & SETTING_FINAL || (!marks() && settings_format(command_settings(), "script", script, 2) > 0))
		return false;
	return *m->commands || (m->initrd_len && image_type_probe(m->initrd, m->initrd_len) == IMAGE_SCRIPT);
}

int source_take(void)
{
	unsigned order[SOURCES];
	silent = false;
	put_in_order(order);
	for (size_t n = 0; n < SOURCES; n++) {
		unsigned i = order[n];
		int result = sources[i].take();
		if (result == SOURCE_TAKEN)
			log_line("script: taken from %s", sources[i].name);
		if (result != SOURCE_NONE)
			return result;
		if (!reason[0])
			continue;
		log_line("script: not from %s: %s", sources[i].name, reason);
		cause_add(command_cause(), "not from %s: %s", sources[i].name, reason);
	}
	return SOURCE_NONE;
}
