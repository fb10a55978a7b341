/* SPDX-License-Identifier: BSD-2-Clause */
/* The store of settings and the expansion of ${...}.  See settings.h. */
#include "services/script/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/script/setting_names.h"

void settings_init(struct settings *s, settings_lookup_fn *lookup, void *ctx)
{
	*s = (struct settings){ .lookup = lookup, .ctx = ctx, .netx = "net0" };
}

static void link_in(struct settings *s, struct setting **at, struct setting *e)
{
	*at = e;
	s->count++;
	s->bytes += e->len;
}

/* e->next still says where it was. */
static struct setting *take_out(struct settings *s, struct setting **at)
{
	struct setting *e = *at;
	*at = e->next;
	s->count--;
	s->bytes -= e->len;
	return e;
}

static void discard(struct setting *e)
{
	if (!e)
		return;
	free(e->name);
	free(e);
}

/* What can be undone from now on: that `now` stands in the place of `before`; either may be NULL. */
static void note_change(struct settings *s, struct setting *before, struct setting *now)
{
	discard(s->before);
	s->before = before;
	s->now = now;
}

void settings_free(struct settings *s)
{
	note_change(s, NULL, NULL);
	while (s->first)
		discard(take_out(s, &s->first));
}

void settings_undo(struct settings *s)
{
	struct setting *before = s->before, **at = &s->first;
	while (*at && *at != (s->now ? s->now : before ? before->next : NULL))
		at = &(*at)->next;
	if (s->now)
		discard(take_out(s, at));
	if (before)
		link_in(s, at, before);
	s->before = s->now = NULL;
}

/* Splits "name[:type]" into base, with netX/ made what it means: the type, or -EINVAL. */
static int split_name(const struct settings *s, const char *name, char base[SETTING_NAME_MAX])
{
	size_t len = strcspn(name, ":");
	if (!len || len >= SETTING_NAME_MAX || name[0] == '/' || name[len - 1] == '/')
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || strchr("${}&|;", name[i]))
			return -EINVAL;
	bool is_netx = !strncmp(name, "netX/", 5);
	if (snprintf(base, SETTING_NAME_MAX, "%s%.*s", is_netx ? s->netx : "", (int)len - 4 * is_netx,
		     name + 4 * is_netx) >=
	    SETTING_NAME_MAX)
		return -EINVAL;
	if (!name[len])
		return VALUE_NONE;
	enum value_type type = value_type_find(name + len + 1);
	return type ? (int)type : -EINVAL;
}

/* Behind the scope. */
static const char *leaf_of(const char *base)
{
	const char *slash = strrchr(base, '/');
	return slash ? slash + 1 : base;
}

/* Two names of one setting: in the same scope, and alike but for one being a number. */
static bool same(const char *a, const char *b)
{
	const char *leaf_a = leaf_of(a), *leaf_b = leaf_of(b);
	if (!isdigit((unsigned char)*leaf_a) && !isdigit((unsigned char)*leaf_b))	/* most; this is quick */
		return !strcmp(a, b);
	return leaf_a - a == leaf_b - b && !memcmp(a, b, (size_t)(leaf_a - a)) &&
	       !strcmp(setting_name_of(leaf_a), setting_name_of(leaf_b));
}

/* Where the setting of that name is linked in, or the list's end. */
static struct setting **find(struct settings *s, const char *base)
{
	struct setting **at = &s->first;
	while (*at && !same((*at)->name, base))
		at = &(*at)->next;
	return at;
}

/* May base become these bytes, or be cleared? */
static int ask(const struct settings *s, const char *base, const uint8_t *raw, size_t len)
{
	const char *slash = strrchr(base, '/');
	for (const struct setting *e = s->first; e; e = e->next)
		if ((e->marks & SETTING_FINAL) && (same(e->name, base) || (slash && same(e->name, slash + 1))))
			return -EROFS;
	return s->gate ? s->gate(s, base, raw, len) : 0;
}

static int store(struct settings *s, const char *base, enum value_type type, const uint8_t *raw, size_t len)
{
	int err = ask(s, base, raw, len);
	if (err < 0)
		return err;
	struct setting **at = find(s, base);
	size_t old = *at ? (*at)->len : 0;
	if (s->bytes - old + len > SETTINGS_LEN_MAX || (!*at && s->count >= SETTINGS_MAX))
		return -ENOSPC;
	struct setting *e = malloc(sizeof(*e) + len);
	char *name = strdup(base);
	if (!e || !name) {
		free(e);
		free(name);
		return -ENOMEM;
	}
	struct setting *before = *at ? take_out(s, at) : NULL;
	*e = (struct setting){ .next = *at, .name = name, .type = type, .marks = s->marks, .len = len };
	memcpy(e->raw, raw, len);
	link_in(s, at, e);
	note_change(s, before, e);
	return 0;
}

static enum value_type default_type(const char *base)
{
	const struct setting_name *n = setting_name_find(leaf_of(base));
	return n ? n->type : VALUE_STRING;
}

int settings_set(struct settings *s, const char *name, const char *text)
{
	char base[SETTING_NAME_MAX];
	int type = split_name(s, name, base);
	note_change(s, NULL, NULL);
	if (type < 0)
		return type;
	if (!*text) {
		int err = settings_clear(s, name);
		return err == -ENOENT ? 0 : err;
	}
	if (type == VALUE_NONE)
		type = default_type(base);
	size_t cap = strlen(text);
	if (cap > 4 * SETTING_LEN_MAX)
		return -E2BIG;
	cap = 2 * cap + 16;	/* "::" has 16 bytes, and each name two more than letters */
	uint8_t *raw = malloc(cap);
	if (!raw)
		return -ENOMEM;
	int r = value_parse(type, text, raw, cap);
	if (r > SETTING_LEN_MAX)
		r = -E2BIG;
	if (r >= 0)
		r = store(s, base, type, raw, (size_t)r);
	free(raw);
	return r;
}

int settings_set_raw(struct settings *s, const char *name, const void *raw, size_t len)
{
	char base[SETTING_NAME_MAX];
	int type = split_name(s, name, base);
	note_change(s, NULL, NULL);
	if (type < 0)
		return type;
	if (!len) {
		int err = settings_clear(s, name);
		return err == -ENOENT ? 0 : err;
	}
	if (type == VALUE_NONE)
		type = default_type(base);
	return len > SETTING_LEN_MAX ? -E2BIG : store(s, base, type, raw, len);
}

int settings_set_number(struct settings *s, const char *name, enum value_type type, int32_t n)
{
	char base[SETTING_NAME_MAX], text[12];
	int r = split_name(s, name, base);
	note_change(s, NULL, NULL);
	if (r < 0)
		return r;
	uint8_t raw[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	value_format(VALUE_INT32, raw, 4, text, sizeof(text));
	r = value_parse(type, text, raw, 4);
	return r < 0 ? r : store(s, base, type, raw, (size_t)r);
}

int settings_clear(struct settings *s, const char *name)
{
	char base[SETTING_NAME_MAX];
	int r = split_name(s, name, base);
	note_change(s, NULL, NULL);
	if (r < 0)
		return r;
	struct setting **at = find(s, base);
	if (!*at)
		return -ENOENT;
	r = ask(s, base, NULL, 0);
	if (r == 0)
		note_change(s, take_out(s, at), NULL);
	return r;
}

/* What is stored as base, or for netX; NULL: nothing. */
static const struct setting *stored(const struct settings *s, const char *base)
{
	char scoped[SETTING_NAME_MAX + sizeof(s->netx)];
	const struct setting *set = NULL, *for_netx = NULL;
	snprintf(scoped, sizeof(scoped), "%s/%s", s->netx, base);
	for (const struct setting *e = s->first; e; e = e->next) {
		if (same(e->name, base))
			set = e;
		else if (same(e->name, scoped))
			for_netx = e;
	}
	bool gives_way = !set || (for_netx && (set->marks & SETTING_DEFAULT) && !(for_netx->marks & SETTING_DEFAULT));
	return gives_way ? for_netx : set;
}

static int look_up(const struct settings *s, const char *base, struct setting_value *v)
{
	return s->lookup ? s->lookup(s->ctx, base, v) : -ENOENT;
}

int settings_fetch(const struct settings *s, const char *name, struct setting_value *v)
{
	char base[SETTING_NAME_MAX];
	int type = split_name(s, name, base);
	if (type < 0)
		return type;
	v->asked = type;
	const struct setting *set = stored(s, base);
	if (!set || (set->marks & SETTING_DEFAULT)) {
		int r = look_up(s, base, v);
		if (r < 0 && !set)
			return r;
		if (r == 0)
			set = NULL;
	}
	if (set)
		setting_value_raw(v, set->type, set->raw, set->len);
	if (type)
		v->type = type;
	return 0;
}

unsigned settings_marks(const struct settings *s, const char *name)
{
	char base[SETTING_NAME_MAX];
	struct setting_value v = { 0 };
	const struct setting *set = split_name(s, name, base) < 0 ? NULL : stored(s, base);
	if (!set || ((set->marks & SETTING_DEFAULT) && look_up(s, base, &v) == 0))
		return 0;
	return set->marks;
}

int settings_set_unless(struct settings *s, const char *name, const char *text)
{
	struct setting_value v;
	unsigned marks = settings_marks(s, name);
	if (settings_fetch(s, name, &v) == 0 && !(marks & SETTING_DEFAULT))
		return marks & SETTING_FINAL ? -EROFS : 0;
	return settings_set(s, name, text);
}

int settings_format(const struct settings *s, const char *name, char *out, size_t cap)
{
	struct setting_value v;
	if (cap)
		out[0] = '\0';
	int r = settings_fetch(s, name, &v);
	return r < 0 ? r : value_format(v.type, v.raw, v.len, out, cap);
}

int settings_text(const struct settings *s, const char *name, char **out)
{
	struct setting_value v;
	*out = NULL;
	int r = settings_fetch(s, name, &v);
	int len = r < 0 ? r : value_format(v.type, v.raw, v.len, NULL, 0);
	if (len < 0)
		return len;
	*out = malloc((size_t)len + 1);
	return *out ? value_format(v.type, v.raw, v.len, *out, (size_t)len + 1) : -ENOMEM;
}

int settings_number(const struct settings *s, const char *name, int32_t *out)
{
	struct setting_value v;
	int r = settings_fetch(s, name, &v);
	return r < 0 ? r : value_number(v.type, v.raw, v.len, out);
}

/* The innermost ${...} that closes first: its start, and *end at its brace; NULL when there is none. */
static char *find_reference(char *text, char **end)
{
	char *start = NULL;
	for (; *text; text++) {
		if (text[0] == '$' && text[1] == '{')
			start = text;
		if (start && text[0] == '}') {
			*end = text;
			return start;
		}
	}
	return NULL;
}

int settings_expand(const struct settings *s, const char *word, size_t len, char *out, size_t cap)
{
	if (len + 1 > cap)
		return -E2BIG;
	memcpy(out, word, len);
	out[len] = '\0';
	len = strlen(out);

	char *start, *end;
	unsigned expansions = 0;
	while ((start = find_reference(out, &end))) {
		struct setting_value v;
		if (++expansions > SETTINGS_EXPANSIONS)
			return -ELOOP;
		*end = '\0';
		int n = settings_fetch(s, start + 2, &v) < 0 ? -ENOENT : value_format(v.type, v.raw, v.len, NULL, 0);
		size_t grow = n < 0 ? 0 : (size_t)n;
		size_t tail = len - (size_t)(end + 1 - out);
		len = (size_t)(start - out) + grow + tail;
		if (len + 1 > cap)
			return -E2BIG;
		memmove(start + grow, end + 1, tail + 1);
		if (n > 0) {	/* the NUL goes where the tail begins */
			char keep = start[grow];
			value_format(v.type, v.raw, v.len, start, grow + 1);
			start[grow] = keep;
		}
	}
	return (int)len;
}

int setting_value_raw(struct setting_value *v, enum value_type type, const void *raw, size_t len)
{
	v->type = type;
	v->raw = raw;
	v->len = len;
	return len ? 0 : -ENOENT;
}

int setting_value_text(struct setting_value *v, const char *text)
{
	return text ? setting_value_raw(v, VALUE_STRING, text, strlen(text)) : -ENOENT;
}

int setting_value_u32(struct setting_value *v, enum value_type type, uint32_t n)
{
	for (unsigned i = 0; i < 4; i++)
		v->buf[i] = (uint8_t)(n >> (24 - 8 * i));
	return setting_value_raw(v, type, v->buf, 4);
}
