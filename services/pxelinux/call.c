/* SPDX-License-Identifier: BSD-2-Clause */
/* What a line at the boot: prompt means.  See call.h. */
#include "services/pxelinux/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

static const struct { const char *ending; enum px_kind kind; } endings[] = {
	{ ".0", PX_PXE }, { ".bs", PX_BOOT }, { ".bss", PX_BSS }, { ".bin", PX_BOOT }, { ".img", PX_FDIMAGE },
	{ ".c32", PX_COM32 },
};

/* What may stand before a file's name, to say its kind (".linux FILE"). */
static const struct { const char *word; enum px_kind kind; } prefixes[] = {
	{ ".linux", PX_LINUX }, { ".kernel", PX_KERNEL }, { ".boot", PX_BOOT }, { ".bss", PX_BSS },
	{ ".pxe", PX_PXE }, { ".fdimage", PX_FDIMAGE }, { ".com32", PX_COM32 }, { ".config", PX_CONFIG },
	{ ".localboot", PX_LOCALBOOT },
};

static bool ends_with(const char *text, size_t len, const char *ending)
{
	size_t n = strlen(ending);
	return len > n && !strncasecmp(text + len - n, ending, n);
}

enum px_kind px_kind_of(const char *file)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_with(file, strlen(file), endings[i].ending))
			return endings[i].kind;
	return PX_KERNEL;
}

bool px_module(const char *file, char *out, size_t cap)
{
	const char *slash = strrchr(file, '/'), *colon = strrchr(file, ':');
	const char *name = slash && slash > colon ? slash + 1 : colon ? colon + 1 : file;
	size_t len = strlen(name);
	bool is = ends_with(name, len, ".c32");
	snprintf(out, cap, "%.*s", (int)(is ? len - 4 : len), name);
	return is;
}

/* One more piece of the arguments; a blank parts them. */
static int add(struct px_call *call, const char *what, const char *text, size_t len)
{
	size_t had = strlen(call->args);
	int n = len || *what ? snprintf(call->args + had, sizeof(call->args) - had, "%s%s%.*s", had ? " " : "", what,
					(int)len, text) : 0;
	return n < 0 || (size_t)n >= sizeof(call->args) - had ? -E2BIG : 0;
}

static const char *skip(const char *p)
{
	return p + strspn(p, BLANKS);
}

/* "FILE ARGUMENTS", or ".linux FILE ARGUMENTS": the file to its place, the others added. */
static int take_file(struct px_call *call, const char *text)
{
	size_t len = strcspn(text, BLANKS);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strlen(prefixes[i].word) == len && !strncasecmp(text, prefixes[i].word, len)) {
			call->kind = prefixes[i].kind;
			text = skip(text + len);
			break;
		}
	len = strcspn(text, BLANKS);
	if (len >= sizeof(call->file))
		return -E2BIG;
	memcpy(call->file, text, len);
	call->file[len] = '\0';
	text = skip(text + len);
	return add(call, "", text, strlen(text));
}

static int of_label(struct px_call *call, const struct px_label *l, const char *options)
{
	call->label = l;
	call->sysappend = l->sysappend;
	if (l->kind == PX_NONE)
		return -ENOEXEC;
	call->kind = l->kind;
	int err = take_file(call, l->kernel);
	if (err == 0)
		err = add(call, "", l->append, strlen(l->append));
	if (err == 0 && l->initrd)
		err = add(call, "initrd=", l->initrd, strlen(l->initrd));
	call->options = strlen(call->args);
	return err == 0 ? add(call, "", options, strlen(options)) : err;
}

static int of_file(struct px_call *call, const struct px_config *c, const char *line)
{
	call->kind = PX_KERNEL;
	call->sysappend = c->sysappend;
	/* APPEND outside labels is for labels alone, and SYSAPPEND's place is behind all that was typed */
	int err = take_file(call, line);
	call->options = strlen(call->args);
	return err;
}

static int finish(struct px_call *call)
{
	if (call->kind == PX_KERNEL)
		call->kind = px_kind_of(call->file);
	return 0;
}

int px_call_make(struct px_call *call, const struct px_config *c, const char *line)
{
	memset(call, 0, sizeof(*call));
	line = skip(line);
	size_t len = strcspn(line, BLANKS);
	const struct px_label *l = px_config_label(c, line, len);
	if (!l && !c->implicit)
		return -ENOENT;
	int err = l ? of_label(call, l, skip(line + len)) : of_file(call, c, line);
	return err < 0 ? err : finish(call);
}

int px_call_label(struct px_call *call, const struct px_label *l)
{
	memset(call, 0, sizeof(*call));
	int err = of_label(call, l, "");
	return err < 0 ? err : finish(call);
}

int px_call_edited(struct px_call *call, const struct px_label *l, const char *line)
{
	memset(call, 0, sizeof(*call));
	call->label = l;
	call->kind = l->kind;
	int err = take_file(call, skip(line));
	call->options = strlen(call->args);
	return err < 0 ? err : finish(call);
}

int px_call_shift(struct px_call *call)
{
	const char *args = skip(call->args);
	size_t len = strcspn(args, BLANKS);
	if (!len)
		return -ENOENT;
	if (len >= sizeof(call->file))
		return -E2BIG;
	memcpy(call->file, args, len);
	call->file[len] = '\0';
	args = skip(args + len);
	size_t gone = (size_t)(args - call->args);
	memmove(call->args, args, strlen(args) + 1);
	call->options -= gone < call->options ? gone : call->options;
	return 0;
}

/* If the word at p begins with that, what follows it, else NULL. */
static const char *after(const char *p, const char *word)
{
	size_t len = strlen(word);
	return strncmp(p, word, len) ? NULL : p + len;
}

/* Of initrd= the first counts, as pxelinux has it; initrd+= and initrdfile= (linux.c32) add to it. */
size_t px_call_initrd(const struct px_call *call, unsigned i, const char **name, bool *as_file)
{
	bool found = false;
	for (const char *p = skip(call->args); *p; p = skip(p + strcspn(p, BLANKS))) {
		const char *files = after(p, "initrdfile=");
		const char *first = found ? NULL : after(p, "initrd=");
		const char *list = files ? files : first ? first : after(p, "initrd+=");
		found = found || first;
		while (list && *list && !strchr(BLANKS, *list)) {
			size_t len = strcspn(list, "," BLANKS);
			*name = list;
			*as_file = files != NULL;
			if (len && i-- == 0)
				return len;
			list += len + (list[len] == ',');
		}
	}
	return 0;
}
