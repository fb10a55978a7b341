/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's loader.conf.  See loader_conf.h. */
#include "services/boot/loader_conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char **find(struct loader_env *env, const char *name)
{
	size_t len = strlen(name);

	for (unsigned i = 0; i < env->count; i++)
		if (!strncmp(env->var[i], name, len) && env->var[i][len] == '=')
			return &env->var[i];
	return NULL;
}

int loader_env_set(struct loader_env *env, const char *name, const char *value)
{
	size_t name_len = strlen(name), len = strlen(value);
	char **at = find(env, name), *var;

	if (name_len >= LOADER_NAME_MAX || len >= LOADER_VALUE_MAX)
		return -ENAMETOOLONG;
	if (!at && env->count == LOADER_VARS_MAX)
		return -ENOSPC;
	var = malloc(name_len + len + 2);
	if (!var)
		return -ENOMEM;
	memcpy(var, name, name_len);
	var[name_len] = '=';
	memcpy(var + name_len + 1, value, len + 1);
	if (at)
		free(*at);
	else
		at = &env->var[env->count++];
	*at = var;
	return 0;
}

const char *loader_env_get(const struct loader_env *env, const char *name)
{
	char **at = find((struct loader_env *)env, name);

	return at ? *at + strlen(name) + 1 : NULL;
}

bool loader_env_yes(const struct loader_env *env, const char *name)
{
	const char *value = loader_env_get(env, name);

	return value && !strcasecmp(value, "YES");
}

void loader_env_free(struct loader_env *env)
{
	while (env->count)
		free(env->var[--env->count]);
}

/* ---- lines ---- */

/* What a line still has. */
struct line {
	const char *p, *end;
};

static void skip_blanks(struct line *l)
{
	while (l->p < l->end && isspace((unsigned char)*l->p))
		l->p++;
}

/* Nothing more, or a comment. */
static bool is_over(struct line *l)
{
	skip_blanks(l);
	return l->p == l->end || *l->p == '#';
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.-:/%", c));
}

static int take_name(struct line *l, char out[LOADER_NAME_MAX])
{
	size_t len = 0;

	for (; l->p < l->end && is_name_char(*l->p); l->p++) {
		if (len == LOADER_NAME_MAX - 1)
			return -ENAMETOOLONG;
		out[len++] = *l->p;
	}
	out[len] = '\0';
	return len ? 0 : -EINVAL;
}

/* Behind "${": the value of that name, if it has one. */
static int take_reference(const struct loader_env *env, struct line *l, char *out, size_t *len)
{
	char name[LOADER_NAME_MAX];
	const char *value;
	int err = take_name(l, name);

	if (err < 0)
		return err;
	if (l->p == l->end || *l->p++ != '}')
		return -EINVAL;
	value = loader_env_get(env, name);
	size_t more = value ? strlen(value) : 0;
	if (more >= LOADER_VALUE_MAX - *len)
		return -ENAMETOOLONG;
	memcpy(out + *len, value ? value : "", more);
	*len += more;
	return 0;
}

static int take_value(const struct loader_env *env, struct line *l, char out[LOADER_VALUE_MAX])
{
	bool quoted = l->p < l->end && *l->p == '"';
	size_t len = 0;

	l->p += quoted;
	while (l->p < l->end && (quoted ? *l->p != '"' : !isspace((unsigned char)*l->p) && *l->p != '#')) {
		if (*l->p == '$' && l->end - l->p > 1 && l->p[1] == '{') {
			l->p += 2;
			int err = take_reference(env, l, out, &len);
			if (err < 0)
				return err;
			continue;
		}
		if (*l->p == '\\' && l->end - l->p > 1)
			l->p++;
		if (!*l->p || (!quoted && *l->p == '"'))
			return -EINVAL;
		if (len == LOADER_VALUE_MAX - 1)
			return -ENAMETOOLONG;
		out[len++] = *l->p++;
	}
	out[len] = '\0';
	return (quoted ? l->p < l->end && *l->p++ == '"' : len > 0) ? 0 : -EINVAL;
}

static int read_line(struct loader_env *env, struct line l)
{
	char name[LOADER_NAME_MAX], value[LOADER_VALUE_MAX];

	if (is_over(&l))
		return 0;
	if (l.end - l.p > (ptrdiff_t)LOADER_LINE_MAX)
		return -ENAMETOOLONG;
	int err = take_name(&l, name);
	if (err < 0)
		return err;
	skip_blanks(&l);
	if (l.p == l.end || *l.p++ != '=')
		return -EINVAL;
	skip_blanks(&l);
	err = take_value(env, &l, value);
	if (err == 0 && !is_over(&l))
		err = -EINVAL;
	return err == 0 ? loader_env_set(env, name, value) : err;
}

int loader_conf_read(struct loader_env *env, const char *text, size_t len, struct loader_conf_bad *bad,
		     bool (*turn)(void *ctx), void *ctx)
{
	const char *end = text + len, *turned = text;

	*bad = (struct loader_conf_bad){ 0 };
	for (unsigned number = 1; text < end; number++) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		int err = read_line(env, (struct line){ text, nl ? nl : end });

		if (err == -ENOMEM)
			return err;
		if (err < 0 && !bad->line)
			*bad = (struct loader_conf_bad){ number, err };
		text = nl ? nl + 1 : end;
		if (turn && text - turned >= (ptrdiff_t)LOADER_CONF_TURN) {
			turned = text;
			if (!turn(ctx))
				return -EINTR;
		}
	}
	return 0;
}

bool loader_conf_is_module(const char *var, size_t *len)
{
	static const char *const words[] = { "load", "name", "type", "flags", "before", "after", "error" };
	size_t name = strcspn(var, "="), at = name;

	while (at && var[at - 1] != '_')
		at--;
	if (at < 2 || memchr(var, '.', name))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == name - at && !memcmp(var + at, words[i], name - at)) {
			*len = at - 1;
			return true;
		}
	return false;
}

size_t loader_conf_word(const char **at, const char **word, const char *between)
{
	size_t len;

	*word = *at + strspn(*at, between);
	len = strcspn(*word, between);
	*at = *word + len;
	return len;
}
