/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who answers for settings: a room may say what a name means that nobody set,
 * what is kept of a text (a password's hash), and what follows when one of its
 * settings has been set.  One row each, listed by main.c; the first that knows
 * a name wins.
 */
#ifndef SERVICES_SCRIPT_SETTING_OWNER_H
#define SERVICES_SCRIPT_SETTING_OWNER_H

#include <stdbool.h>

#include "services/script/settings.h"

struct setting_owner {
	const char *prefix;		/* "telnetd.": the names that store and changed are for */
	settings_lookup_fn *lookup;	/* or NULL */
	/* Instead of settings_set(), or NULL.  keep: what is set already stays. */
	int (*store)(struct settings *s, const char *name, const char *text, bool keep);
	/*
	 * setting_owner_name() has been set or cleared: 0, or -E, said: it does not
	 * take effect.  Another's fault is better only said.  Waits.  Or NULL.
	 */
	int (*changed)(void);
	/* the setting that, without sense, keeps shut what they guard; or NULL */
	const char *guard;
};

/* The rows; the last has neither prefix nor lookup.  They stay.  Called by main.c. */
void setting_set_owners(const struct setting_owner *rows);
/* The settings_lookup_fn that asks all. */
int setting_owner_lookup(void *ctx, const char *name, struct setting_value *v);

/* settings_set() for what people, scripts and servers set.  keep: what is set already stays. */
int setting_owner_set(struct settings *s, const char *name, const char *text, bool keep);
/* The same of bytes as they are; where a room keeps texts its own way, they are to be one. */
int setting_owner_set_raw(struct settings *s, const char *name, const void *raw, size_t len);
/* `name` has been set or cleared, or, with NULL, any may have been: it takes effect: 0, or the last error, said. */
int setting_owner_changed(const char *name);
/* In changed(): the name as it was typed, or NULL: any may have been set. */
const char *setting_owner_name(void);
/* The same after a change that can be undone: after an error the value is again what it was, and in force. */
int setting_owner_apply(struct settings *s, const char *name);
/*
 * Sets, first of all, what the block in our own file says (kernel/patch.h), as
 * defaults or final.  Where it cannot be read or taken, none of it is, and all
 * guards get a final value without sense.
 */
void setting_owner_take_file(struct settings *s, const void *block);
/*
 * Sets words name=value; a word that is none, or is refused, is named in the
 * log with `from`, and if a guard stands before what it is about, that gets a
 * value without sense.  Takes effect by setting_owner_changed(NULL).
 * keep: they are a DHCP server's, and the gate is told.
 */
void setting_owner_take_words(struct settings *s, const char *from, const char *words, bool keep);
/* More words were there, and nobody knows which; after those that are left, all guards get such a value, said. */
void setting_owner_words_cut(struct settings *s, const char *from);

#endif
