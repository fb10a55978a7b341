/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's loader.conf and device.hints (loader.conf(5), device.hints(5)):
 * lines name="value" or name=value, # begins a comment; ${name} in a value is
 * what that has become so far, and `\` takes the next character as it is.  What
 * is said last of a name holds.  Pure.
 *
 *	struct loader_env env = { 0 };
 *	err = loader_conf_read(&env, text, len, &bad);	bad.line: one that is none, or 0
 *	kernel = loader_env_get(&env, "kernel");
 *	loader_env_free(&env);
 *
 * Leaves out: exec= and the commands in x_before, x_after and x_error, which
 * are the loader's own; they are kept like others and nobody runs them.
 * Called by freebsd_confs.c, freebsd_modules.c and freebsd_commands.c.
 */
#ifndef SERVICES_BOOT_LOADER_CONF_H
#define SERVICES_BOOT_LOADER_CONF_H

#include <stdbool.h>
#include <stddef.h>

#define LOADER_VARS_MAX 1024u
#define LOADER_NAME_MAX 128u		/* with a NUL */
#define LOADER_VALUE_MAX 2048u
#define LOADER_LINE_MAX 8192u		/* bytes of a line that is no comment */
#define LOADER_CONF_TURN 1024u		/* bytes read between two turns of others */

struct loader_env {
	char *var[LOADER_VARS_MAX];	/* "name=value", in the order in which names came first */
	unsigned count;
};

/* 0, -ENAMETOOLONG, -ENOSPC (too many), -ENOMEM. */
int loader_env_set(struct loader_env *env, const char *name, const char *value);
/* NULL: it is not set. */
const char *loader_env_get(const struct loader_env *env, const char *name);
/* Is it set to YES? */
bool loader_env_yes(const struct loader_env *env, const char *name);
void loader_env_free(struct loader_env *env);

/* Of the lines that are none, the first (0: all are lines), and why. */
struct loader_conf_bad {
	unsigned line;
	int err;			/* -EINVAL: no NAME="VALUE"; -ENAMETOOLONG; -ENOSPC: no more names */
};

/*
 * All lines of a text; of those that are none the first is told in *bad, and the others are read: 0; or what ends it:
 * -ENOMEM, or -EINTR, where turn(), which is called after each LOADER_CONF_TURN bytes, said false.  turn NULL: none.
 */
int loader_conf_read(struct loader_env *env, const char *text, size_t len, struct loader_conf_bad *bad,
		     bool (*turn)(void *ctx), void *ctx);
/*
 * The loader's own word about a module: x_load and the like; len is the length of x.  Those are no part of the
 * kernel's environment.
 */
bool loader_conf_is_module(const char *var, size_t *len);
/* The next word of a list whose words are parted by any of `between`: its length, 0 at the end; *at goes behind it. */
size_t loader_conf_word(const char **at, const char **word, const char *between);

#endif
