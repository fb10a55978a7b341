/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers for settings.  See setting_owner.h. */
#include "services/script/setting_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"

#define WORD_MAX 1024			/* bytes of one name=value, with a NUL */

static const struct setting_owner *owners;

void setting_set_owners(const struct setting_owner *rows)
{
	owners = rows;
}

static bool is_row(const struct setting_owner *o)
{
	return o && (o->prefix || o->lookup);
}

static bool owns(const struct setting_owner *o, const char *name)
{
	return o->prefix && !strncmp(name, o->prefix, strlen(o->prefix));
}

int setting_owner_lookup(void *ctx, const char *name, struct setting_value *v)
{
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->lookup && o->lookup(ctx, name, v) == 0)
			return 0;
	return -ENOENT;
}

int setting_owner_set(struct settings *s, const char *name, const char *text, bool keep)
{
	struct setting_value v;
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->store && owns(o, name))
			return o->store(s, name, text, keep);
	return keep && settings_fetch(s, name, &v) == 0 ? 0 : settings_set(s, name, text);
}

int setting_owner_changed(const char *name)
{
	int result = 0;
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->changed && (!name || owns(o, name))) {
			int err = o->changed();
			result = err < 0 ? err : result;
		}
	return result;
}

void setting_owner_take_words(struct settings *s, const char *from, const char *words, bool keep)
{
	char word[WORD_MAX];
	for (; words += strspn(words, " \t\r\n"), *words;) {
		size_t len = strcspn(words, " \t\r\n");
		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		words += len;
		char *value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		int err = value && len < sizeof(word) ? setting_owner_set(s, word, value, keep) : -EINVAL;
		if (err < 0)
			log_line("%s: %s is ignored: %s", from, word,
				 value ? err_text(err) : "it is no setting (name=value)");
	}
}
