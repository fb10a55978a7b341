/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings that scripts read and write: what `set` stored, and behind
 * it, through a callback, what the machine and the network know (net0/mac,
 * filename, numbered DHCP options, version, ...).  Bounded.  Pure; the
 * owner is one task.
 *
 * Names are "[scope/]name[:type]"; a DHCP option's number is as good as its
 * name (setting_names.h).  What was set wins; a name without scope
 * is also looked for among what was set for netX, the link opened last.
 *
 * Marks make two kinds of settings special: a default, which gives way to
 * whatever else is set or known, and a final one, which nothing changes; with
 * a name without scope it also keeps that name from being set for a link.
 */
#ifndef SERVICES_SCRIPT_SETTINGS_H
#define SERVICES_SCRIPT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/script/value.h"

#define SETTINGS_MAX 256		/* settings in all */
#define SETTING_NAME_MAX 64		/* with scope and type */
#define SETTING_LEN_MAX 8192		/* bytes in one */
#define SETTINGS_LEN_MAX 65536		/* bytes in all */
#define SETTINGS_EXPANSIONS 128		/* ${..} in one word, counting those that values bring along */

struct settings;

struct setting_value {
	enum value_type type;		/* VALUE_NONE reads as string */
	enum value_type asked;		/* the type behind the name; VALUE_NONE: none */
	/* len bytes: in the store, in buf, or static; valid until the store changes, or another value is asked for */
	const uint8_t *raw;
	size_t len;
	uint8_t buf[8];			/* for lookups that make up a short one */
};

/*
 * For lookup functions: what *v is to be; text NULL and raw bytes
 * of no length are -ENOENT, else 0.  The bytes must stay.
 */
int setting_value_raw(struct setting_value *v, enum value_type type, const void *raw, size_t len);
int setting_value_text(struct setting_value *v, const char *text);
int setting_value_u32(struct setting_value *v, enum value_type type, uint32_t n);

/* Fills *v for a name (with scope, without type): 0 or -ENOENT.  Does not wait. */
typedef int settings_lookup_fn(void *ctx, const char *name, struct setting_value *v);

/* May `name` (without type) become these bytes; data NULL: be cleared?  0, or -EACCES, said. */
typedef int settings_gate_fn(const struct settings *s, const char *name, const void *data, size_t len);

enum { SETTING_DEFAULT = 1, SETTING_FINAL = 2 };	/* marks */

struct setting {
	struct setting *next;
	char *name;
	enum value_type type;
	unsigned marks;
	size_t len;
	uint8_t raw[];
};

struct settings {
	struct setting *first;		/* in the order they were set */
	unsigned count;
	size_t bytes;
	/* the last change, which can be undone: what was there, what is there now; NULL: nothing */
	struct setting *before, *now;
	settings_lookup_fn *lookup;	/* or NULL */
	settings_gate_fn *gate;		/* or NULL: all may be changed */
	void *ctx;
	unsigned marks;			/* what those get that are set now; 0 at first */
	bool told;			/* a server says what is set now */
	char netx[16];			/* what the scope netX means: "net0" at first */
};

void settings_init(struct settings *s, settings_lookup_fn *lookup, void *ctx);
void settings_free(struct settings *s);		/* empties it */

/*
 * Stores `text` as name[:type]; without a type, as the name's own
 * (setting_names.h), else as string.  An empty text clears.
 * 0, -EINVAL (name, type or text is wrong), -ERANGE, -E2BIG (too long),
 * -ENOSPC (too many), -ENOMEM, -EACCES (the gate), -EROFS (it is final).
 */
int settings_set(struct settings *s, const char *name, const char *text);
/* The same of bytes as they are; none: cleared. */
int settings_set_raw(struct settings *s, const char *name, const void *raw, size_t len);
int settings_set_number(struct settings *s, const char *name, enum value_type type, int32_t n);
/* 0, -ENOENT, -EACCES or -EROFS. */
int settings_clear(struct settings *s, const char *name);
/* All is as before the last of these three, if that changed anything.  Nobody is asked. */
void settings_undo(struct settings *s);

/* The value of name[:type]; a type given overrides the stored one: 0, -ENOENT, -EINVAL (name or type is wrong). */
int settings_fetch(const struct settings *s, const char *name, struct setting_value *v);
/*
 * The same as text in memory of its own length, which is the caller's to free:
 * its length; or as value_format() or -ENOMEM, and *out is NULL.
 */
int settings_text(const struct settings *s, const char *name, char **out);
/* The same as text, as value_format(): for what is shown, or compared with something shorter. */
int settings_format(const struct settings *s, const char *name, char *out, size_t cap);
/* The same as a number: 0, -ENOENT, -EINVAL, -ERANGE. */
int settings_number(const struct settings *s, const char *name, int32_t *out);

/* The marks of the stored value that name has; 0 also where the value comes from elsewhere. */
unsigned settings_marks(const struct settings *s, const char *name);
/* As settings_set(), but a value that is more than a default stays: then 0, or -EROFS where it is final. */
int settings_set_unless(struct settings *s, const char *name, const char *text);

/*
 * Copies `word` (len bytes) to out with every ${name} replaced, innermost
 * first, so that ${${a}} works; what a value brings in is expanded too.
 * Unset, unknown and ill-formed names become nothing, as in iPXE.
 * The length, -E2BIG (over cap), -ELOOP (more than SETTINGS_EXPANSIONS).
 */
int settings_expand(const struct settings *s, const char *word, size_t len, char *out, size_t cap);

#endif
