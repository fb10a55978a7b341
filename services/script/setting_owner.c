/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers for settings.  See setting_owner.h. */
#include "services/script/setting_owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/patch.h"

_Static_assert(PATCH_NAME_MAX == SETTING_NAME_MAX, "a name in the file is a setting's");

static const struct setting_owner *owners;
static const char *changing;		/* setting_owner_name() */

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
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->store && owns(o, name))
			return o->store(s, name, text, keep);
	return keep ? settings_set_unless(s, name, text) : settings_set(s, name, text);
}

int setting_owner_set_raw(struct settings *s, const char *name, const void *raw, size_t len)
{
	const struct setting_owner *o = owners;
	while (is_row(o) && !(o->store && owns(o, name)))
		o++;
	if (!is_row(o))
		return settings_set_raw(s, name, raw, len);
	char *text = memchr(raw, 0, len) ? NULL : strndup(raw, len);
	int err = text ? o->store(s, name, text, false) : -EINVAL;
	free(text);
	return err;
}

const char *setting_owner_name(void)
{
	return changing;
}

int setting_owner_changed(const char *name)
{
	int result = 0;
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->changed && (!name || owns(o, name))) {
			changing = name;
			int err = o->changed();
			result = err < 0 ? err : result;
		}
	changing = NULL;
	return result;
}

int setting_owner_apply(struct settings *s, const char *name)
{
	int err = setting_owner_changed(name);
	if (err < 0) {
		settings_undo(s);
		setting_owner_changed(name);
	}
	return err;
}

/* What `name` is about, or all that is guarded, opens for nobody. */
static bool shut_for(struct settings *s, const char *name)
{
	bool shuts = false;
	for (const struct setting_owner *o = owners; is_row(o); o++)
		if (o->guard && (!name || owns(o, name))) {
			settings_set(s, o->guard, "unreadable");
			shuts = true;
		}
	return shuts;
}

static void shut(struct settings *s)
{
	settings_free(s);
	s->marks = SETTING_FINAL;
	shut_for(s, NULL);
}

void setting_owner_take_file(struct settings *s, const void *block)
{
	struct patch_entry e;
	int err = patch_check(block);
	for (size_t at = 0; err > 0 && patch_next(block, &at, &e);) {
		s->marks = e.final ? SETTING_FINAL : SETTING_DEFAULT;
		int taken = setting_owner_set(s, e.name, e.value, false);
		if (taken == 0)
			continue;
		log_error("options: %s in this file: %s; what it may have guarded stays shut", e.name, err_text(taken));
		err = taken;
	}
	if (err < 0)
		shut(s);
	s->marks = 0;
}

void setting_owner_take_words(struct settings *s, const char *from, const char *words, bool keep)
{
	s->told = keep;
	for (; words += strspn(words, " \t\r\n"), *words;) {
		size_t len = strcspn(words, " \t\r\n");
		char *word = strndup(words, len), *value = word ? strchr(word, '=') : NULL;
		words += len;
		if (value)
			*value++ = '\0';
		int err = !word ? -ENOMEM : value ? setting_owner_set(s, word, value, keep) : -EINVAL;
		/* it was to shut somebody out, perhaps */
		if (err < 0 && err != -EROFS && err != -EACCES && word && shut_for(s, word))
			log_warn("%s: %.60s is not understood; what it may have guarded stays shut until that is set "
				 "right", from, word);
		else if (err == -E2BIG)
			log_warn("%s: %.60s is ignored: its value is longer than %u bytes", from, word,
				 SETTING_LEN_MAX);
		else if (err < 0)
			log_warn("%s: %.60s is ignored: %s", from, word ? word : "a setting",
				 value || !word ? err_text(err) : "it is no setting (name=value)");
		free(word);
	}
	s->told = false;
}

void setting_owner_words_cut(struct settings *s, const char *from)
{
	shut_for(s, NULL);
	log_warn("%s: some of it is lost; what that may have guarded - telnet, and what may be run - stays shut until "
		 "all of it is there, or that is set right", from);
}
