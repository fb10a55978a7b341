/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's tree, as its own loader reads it from a disk: one tree under way,
 * and what the parts of the command `freebsd` do with it.  Files by the names
 * that the loader calls them by (freebsd_files.c), loader.conf and what it
 * names (freebsd_confs.c), modules with all that they need
 * (freebsd_modules.c).  All of these may wait, and Ctrl-C ends them.
 *
 *	err = freebsd_confs_read(&tree);
 *	err = freebsd_get_packed(&tree, "/boot/kernel/kernel", IMAGE_KERNEL, &img);
 *	err = freebsd_modules_load(&tree);
 *	freebsd_tree_free(&tree);
 *
 * Errors are said but for -ENOENT, -EINTR and -ENOMEM.
 * Called by freebsd_commands.c.
 */
#ifndef SERVICES_BOOT_FREEBSD_TREE_H
#define SERVICES_BOOT_FREEBSD_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/membuf.h"
#include "services/boot/loader_conf.h"
#include "services/fetch/url.h"
#include "services/image/image.h"

#define FREEBSD_PATH_LEN 512u		/* of a file in the tree, as the loader calls it, with a NUL */
#define FREEBSD_CONFS_MAX 64u		/* files like loader.conf */
#define FREEBSD_HINTS_DIRS 8u		/* folders of module_path */

struct freebsd_tree {
	struct url boot, at;		/* what stands for /boot; what is asked for */
	struct image *before;		/* the last image that is none of its; NULL: there is none */
	struct loader_env env;
	char confs[FREEBSD_CONFS_MAX][FREEBSD_PATH_LEN];	/* to be read */
	unsigned conf_count, confs_read;
	struct freebsd_hints {
		char dir[FREEBSD_PATH_LEN];
		struct membuf data;	/* empty: it has none */
	} hints[FREEBSD_HINTS_DIRS];
	unsigned hints_count;
	struct membuf provided;		/* modules that are there: a version, a name with its NUL, each */
	bool stopped;			/* by Ctrl-C, in a turn of others */
	char url[URL_TEXT_MAX];
};

void freebsd_tree_free(struct freebsd_tree *t);

/* A turn of others, for loops over outside bytes: false once Ctrl-C came (t is a struct freebsd_tree). */
bool freebsd_turn(void *t);
/* A path made so: 0, or -ENAMETOOLONG, said. */
int freebsd_path(char path[FREEBSD_PATH_LEN], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The URL of what the loader calls so, in t->url: 0, or -E, said. */
int freebsd_locate(struct freebsd_tree *t, const char *path);
/* The file, or one that is packed: with .gz behind its name; kept under the name: 0; -ENOENT: there is none; or -E. */
int freebsd_get_packed(struct freebsd_tree *t, const char *path, enum image_role role, struct image **out);
/* A file that is only read: what it holds is the caller's to free. */
int freebsd_get_text(struct freebsd_tree *t, const char *path, size_t max, struct membuf *out);

/* defaults/loader.conf and all that it names, into t->env: 0 or -E.  What has a default is set then. */
int freebsd_confs_read(struct freebsd_tree *t);

/* What the kernel has of modules: 0 or -E. */
int freebsd_modules_of(struct freebsd_tree *t, const struct image *kernel);
/* All with x_load="YES", and what those need: 0; -EINTR, -ENOMEM.  Others that cannot be had are left out, said. */
int freebsd_modules_load(struct freebsd_tree *t);

#endif
