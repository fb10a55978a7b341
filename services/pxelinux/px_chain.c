/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.c32 and pxechn.c32.  See px.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "net/addr.h"
#include "services/boot/disk_commands.h"
#include "services/command/run.h"
#include "services/image/image.h"
#include "services/pxelinux/chain.h"
#include "services/pxelinux/px.h"

#define BLANKS " \t"
#define OPTION_TEXT_MAX 256
#define SECONDS_MAX UINT32_MAX

/* ---- chain.c32 ---- */

int px_run_chain(struct px_session *s)
{
	static char url[URL_TEXT_MAX];
	static struct px_chain chain;	/* the handover reads them when the stack is gone */
	static struct boot_disk disk;
	struct boot_why why = { "" };
	int err = px_chain_parse(&chain, s->call.args, &why);
	if (err == 0)
		err = disk_search(&disk, &chain.wanted, &why);
	if (err < 0)
		return err == -EINTR ? err : command_fail(err, "pxelinux: chain.c32: %s", why.text);
	disk.places = &chain.places;
	if (chain.file[0]) {
		err = px_url(s, chain.file, strlen(chain.file), url);
		if (err == 0)
			err = RUN("imgfree");
		if (err == 0)
			err = RUN("kernel", "--type", "bootsector", url);
	}
	if (err == 0 && chain.wait)
		err = RUN("prompt", "chain.c32: a key starts it");
	return err < 0 ? err : disk_start(&disk, chain.file[0] ? image_kernel() : NULL, "pxelinux: chain.c32");
}

/* ---- pxechn.c32 ---- */

/* A command's words, and the room for their text. */
struct words {
	const char *word[PX_WORDS_MAX + 1];
	unsigned count;
	char text[16][OPTION_TEXT_MAX];
	unsigned texts;
};

static int add(struct words *w, const char *word)
{
	if (w->count >= PX_WORDS_MAX)
		return command_fail(-E2BIG, "pxelinux: pxechn.c32: there are too many options");
	w->word[w->count++] = word;
	return 0;
}

/* "--option NUMBER:type=value" */
static int add_option(struct words *w, const char *number, const char *type, const char *value)
{
	if (w->texts >= sizeof(w->text) / sizeof(w->text[0]))
		return command_fail(-E2BIG, "pxelinux: pxechn.c32: there are too many options");
	char *text = w->text[w->texts++];
	if (snprintf(text, OPTION_TEXT_MAX, "%s:%s=%s", number, type, value) >= OPTION_TEXT_MAX)
		return command_fail(-E2BIG, "pxelinux: pxechn.c32: %.60s...: the value is too long", value);
	int err = add(w, "--option");
	return err < 0 ? err : add(w, text);
}

/* -o "NUMBER.TYPE=VALUE" */
static int add_typed(struct words *w, char *value)
{
	static const struct { char letter; const char *type; } types[] = {
		{ 'b', "uint8" }, { 'w', "uint16" }, { 'l', "uint32" }, { 's', "string" }, { 'x', "hex" },
	};
	char *dot = strchr(value, '.'), *equal = strchr(value, '=');
	if (!dot || !equal || equal != dot + 2)
		return command_fail(-EINVAL, "pxelinux: pxechn.c32: -o %.60s: it is to be NUMBER.TYPE=VALUE", value);
	*dot = *equal = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((dot[1] | 0x20) == types[i].letter)
			return add_option(w, value, types[i].type, equal + 1);
	return command_fail(-ENOTSUP, "pxelinux: pxechn.c32: options of type %c are not known; b, w, l, s and x are",
			    dot[1]);
}

/* One option, and its value, which is in text: 0, 1 (a key is to be waited for) or -E, said. */
static int take_option(struct words *w, const char *option, char *value)
{
	const char *number = !strcmp(option, "-c") ? "209" : !strcmp(option, "-p") ? "210" : NULL;
	if (!strcmp(option, "-w"))
		return 1;
	if (number && value)
		return add_option(w, number, "string", value);
	if (!strcmp(option, "-t") && value)
		return add_option(w, "211", "uint32", value);
	if (!strcmp(option, "-o") && value)
		return add_typed(w, value);
	if (!strcmp(option, "-S"))	/* the server goes into its field in any case */
		return 0;
	return command_fail(-ENOTSUP, "pxelinux: pxechn.c32: %.60s: -c, -p, -t, -o with their values, -r, -S and -w "
			    "are known; chain --option changes what an NBP finds in the ROM's packets", option);
}

static bool takes_value(const char *option)
{
	return option[0] == '-' && option[1] && strchr("cpto", option[1]) && !option[2];
}

/* The server and the file's name, as the ROM would have got them. */
static int add_file(struct words *w, const char *url, char *host)
{
	struct net_addr ip;
	const char *at = strstr(url, "://");
	if (!at || strncmp(url, "tftp://", 7))
		return 0;
	size_t len = strcspn(at + 3, ":/");
	snprintf(host, NET_ADDR_TEXT, "%.*s", (int)len, at + 3);
	const char *file = at + 3 + strcspn(at + 3, "/");
	int err = add(w, "--filename");
	if (err == 0)
		err = add(w, file + (*file == '/'));
	if (err < 0 || len >= NET_ADDR_TEXT || net_addr_parse(host, &ip) < 0)
		return err;
	err = add(w, "--next-server");
	return err < 0 ? err : add(w, host);
}

int px_run_pxechn(struct px_session *s)
{
	static struct words w;
	static char url[URL_TEXT_MAX];
	char host[NET_ADDR_TEXT], *rest = s->call.args, *word, *value;
	const char *file = NULL;
	bool wait = false;
	w.count = w.texts = 0;
	int err = add(&w, "chain");
	while (err == 0 && (word = strtok_r(rest, BLANKS, &rest))) {
		if (word[0] != '-') {
			file = word;
			continue;
		}
		if (!strcmp(word, "-r"))	/* the file is fetched and entered, as the ROM does it */
			continue;
		value = takes_value(word) ? strtok_r(rest, BLANKS, &rest) : NULL;
		err = take_option(&w, word, value);
		wait |= err == 1;
		err = err > 0 ? 0 : err;
	}
	if (err == 0 && !file)
		err = command_fail(-EINVAL, "pxelinux: pxechn.c32: it is to be told a file");
	if (err == 0)
		err = px_url(s, file, strlen(file), url);
	if (err == 0)
		err = add_file(&w, url, host);
	if (err == 0)
		err = add(&w, url);
	if (err == 0 && wait)
		err = RUN("prompt", "pxechn.c32: a key starts it");
	if (err < 0)
		return err;
	w.word[w.count] = NULL;
	return px_command(w.word);
}
