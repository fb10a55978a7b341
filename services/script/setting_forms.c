/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that are words or numbers.  See setting_forms.h. */
#include "services/script/setting_forms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "services/command/run.h"
#include "services/script/setting_owner.h"

#define PARTED_BY " ,"

/*
 * Without words it is a number from `least` on.  A plain word may be a variable
 * that a script has for itself, so that with another value it is only not heeded.
 */
static const struct form {
	const char *name, *words;
	int32_t least;
} forms[] = {
	{ "boot-timeout", NULL, 0 }, { "console.plain", "1 or 0", 0 }, { "dhcp", "yes or no", 0 },
	{ "dhcp.cached", "yes, 1, no or 0", 0 }, { "dhcp.release", "yes, 1, no or 0", 0 },
	{ "driver", "auto, undi or native", 0 }, { "fallback-after", NULL, 0 }, { "fetch-parallel", NULL, 1 },
	{ "localboot", "disk", 0 }, { "menu-idle", NULL, 0 }, { "module.cpu", NULL, 0 }, { "module.handles", NULL, 0 },
	{ "module.memory", NULL, 0 }, { "module.sockets", NULL, 0 }, { "presence", NULL, 0 },
	{ "retry-max", NULL, 0 }, { "retry-timeout", NULL, 0 }, { "tftp-any-source", "1 or 0", 0 },
	{ "tftp-by-rom", "1 or 0", 0 }, { "undi.cards", NULL, 1 }, { "undi.trace", "1 or 0", 0 },
	{ "undi.transport", "auto, pm, v86 or real", 0 }, { "watchdog", NULL, 0 },
};

static bool is_one_of(const char *text, const char *words)
{
	size_t len = strlen(text), n;
	for (; words += strspn(words, PARTED_BY), (n = strcspn(words, PARTED_BY)); words += n)
		if (n == len && !memcmp(text, words, n))
			return strcmp(text, "or");
	return false;
}

static bool is_right(const struct form *f, const char *name)
{
	char text[16];
	int32_t n = 0;
	if (!f->words) {
		int err = settings_number(command_settings(), name, &n);
		return err == -ENOENT || (err == 0 && n >= f->least);
	}
	int len = settings_format(command_settings(), name, text, sizeof(text));
	return len == -ENOENT || len == 0 || (len > 0 && is_one_of(text, f->words));
}

static int check(const struct form *f, const char *name)
{
	char number[40];
	if (is_right(f, name))
		return 0;
	snprintf(number, sizeof(number), "a number, %ld to %ld", (long)f->least, (long)INT32_MAX);
	const char *what = f->words ? f->words : number;
	if (strpbrk(f->name, "-."))
		return command_fail(-EINVAL, "%s is to be %s", name, what);
	log_warn("%s is to be %s; it is not heeded", name, what);
	return 0;
}

int setting_forms_check(void)
{
	const char *set = setting_owner_name(), *leaf = set ? strrchr(set, '/') : NULL;
	char name[SETTING_NAME_MAX];
	int result = 0;
	if (set)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(set, ":"), set);
	leaf = leaf ? name + (leaf + 1 - set) : name;
	for (const struct form *f = forms; f < forms + sizeof(forms) / sizeof(forms[0]); f++) {
		if (set && strcmp(leaf, f->name))
			continue;
		int err = check(f, set ? name : f->name);
		result = err < 0 ? err : result;
	}
	return result;
}
