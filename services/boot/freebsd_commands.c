/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's tree, as its own loader reads it.  See freebsd_commands.h. */
#include "services/boot/freebsd_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "services/boot/boot_commands.h"
#include "services/boot/freebsd_tree.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/image/image_commands.h"

static struct freebsd_tree tree;	/* too big for the stack, and one at a time */

/* ---- the kernel ---- */

/* One of bootfile's names in that folder: 0, -ENOENT, or -E. */
static int get_kernel_in(const char *dir, struct image **out)
{
	const char *lists[] = { loader_env_get(&tree.env, "bootfile"), "kernel" }, *word;
	char path[FREEBSD_PATH_LEN];
	size_t len;
	int err = -ENOENT;

	for (unsigned i = 0; i < 2; i++)
		while (err == -ENOENT && (len = loader_conf_word(&lists[i], &word, ";"))) {
			err = freebsd_path(path, "%s/%.*s", dir, (int)len, word);
			if (err == 0)
				err = freebsd_get_packed(&tree, path, IMAGE_KERNEL, out);
		}
	return err;
}

/* What module_path says, behind the kernel's folder: 0 or -E. */
static int put_first_in_path(const char *dir)
{
	const char *path = loader_env_get(&tree.env, "module_path");
	char list[LOADER_VALUE_MAX + FREEBSD_PATH_LEN];

	snprintf(list, sizeof(list), "%s%s%s", dir, *path ? ";" : "", path);
	int err = loader_env_set(&tree.env, "module_path", list);
	return err != -ENAMETOOLONG ? err :
	       command_fail(err, "freebsd: module_path, with %s in front, is longer than %u bytes", dir,
			    LOADER_VALUE_MAX - 1);
}

/* /boot/$kernel/$bootfile, else $kernel/$bootfile, else the file $kernel; its folder comes first in module_path. */
static int get_kernel(struct image **out)
{
	const char *kernel = loader_env_get(&tree.env, "kernel");
	char dir[FREEBSD_PATH_LEN];
	int err = freebsd_path(dir, *kernel == '/' ? "%s" : "/boot/%s", kernel);

	if (err == 0)
		err = get_kernel_in(dir, out);
	if (err == -ENOENT && *kernel == '/') {
		*strrchr(dir, '/') = '\0';
		err = freebsd_get_packed(&tree, kernel, IMAGE_KERNEL, out);
	}
	if (err == -ENOENT) {
		char shown[128];
		url_redact(tree.url, shown, sizeof(shown));
		return command_fail(err, "freebsd: there is no kernel %.60s in %s, nor with .gz; is that the folder "
				    "that FreeBSD calls /boot?", kernel, shown);
	}
	return err == 0 ? put_first_in_path(dir) : err;
}

/* ---- all of it ---- */

/* A line that the kernel's protocol reads (freebsd.h). */
static int keep_var(struct membuf *b, const char *var)
{
	size_t name = strcspn(var, "=") + 1;
	bool quotes = var[name] == '"' || !strchr(var + name, '"');
	int err = membuf_append(b, var, name);

	if (err == 0 && quotes)
		err = membuf_append(b, "\"", 1);
	if (err == 0)
		err = membuf_append(b, var + name, strlen(var + name));
	return err == 0 ? membuf_append(b, "\"\n" + !quotes, 1u + quotes) : err;
}

static int keep_env(void)
{
	struct membuf b = { 0 };
	struct image *img = NULL;
	size_t len;
	int err = 0;

	for (unsigned i = 0; i < tree.env.count && err == 0; i++)
		if (!loader_conf_is_module(tree.env.var[i], &len) && strncmp(tree.env.var[i], "exec=", 5))
			err = keep_var(&b, tree.env.var[i]);
	if (err == 0)
		img = image_add(&b, "loader.conf", NULL, NULL);
	membuf_free(&b);
	if (!img || image_set_type(img, "kenv") < 0)
		return -ENOMEM;
	image_set_role(img, IMAGE_MODULE);
	return 0;
}

/* kernel_options, then what stands behind the command. */
static int give_args(struct image *kernel, const struct call *c)
{
	const char *options = loader_env_get(&tree.env, "kernel_options");
	char *args = image_args(c), *all = args ? malloc(strlen(args) + LOADER_VALUE_MAX + 2) : NULL;
	int err = -ENOMEM;

	if (all) {
		sprintf(all, "%s%s%s", options ? options : "", options && *options && *args ? " " : "", args);
		err = image_set_args(kernel, all);
	}
	free(args);
	free(all);
	return err;
}

static int load_tree(const struct call *c)
{
	struct image *kernel;
	int err = freebsd_confs_read(&tree);

	if (err == 0)
		err = get_kernel(&kernel);
	if (err == 0)
		err = give_args(kernel, c);
	if (err == 0)
		err = freebsd_modules_of(&tree, kernel);
	if (err == 0)
		err = freebsd_modules_load(&tree);
	return err == 0 ? keep_env() : err;
}

/* What stands for /boot: 0 or -E, said. */
static int find_boot(const char *name)
{
	char *url, *folder;
	int err = download_resolve(name, &url);

	if (err < 0)
		return err;
	folder = malloc(strlen(url) + 2);
	if (folder) {
		strcpy(folder, url);
		if (folder[strlen(folder) - 1] != '/')
			strcat(folder, "/");
		err = url_parse(&tree.boot, folder);
	}
	free(url);
	if (!folder)
		return -ENOMEM;
	free(folder);
	return err < 0 ? command_fail(err, "freebsd: %s: %s", name, err_text(err)) : 0;
}

/* The images of the tree that is there, by their numbers: two of them would be one kernel's modules for another. */
static unsigned first_of_tree, last_of_tree;

static void drop_tree(void)
{
	for (struct image *next, *i = image_first(); i; i = next) {
		next = i->next;
		if (i->order >= first_of_tree && i->order <= last_of_tree)
			image_free(i);
	}
}

static int cmd_freebsd(struct call *c)
{
	struct image *last = image_last(), *kernel = image_kernel();
	unsigned first = image_ticket();

	memset(&tree, 0, sizeof(tree));
	tree.before = last;
	int err = find_boot(c->argv[0]);
	if (err == 0)
		err = load_tree(c);
	freebsd_tree_free(&tree);
	if (err < 0) {
		image_free_behind(last);
		if (kernel)
			image_set_role(kernel, IMAGE_KERNEL);
		return err;
	}
	drop_tree();
	first_of_tree = first;
	last_of_tree = image_ticket();
	return 0;
}

const struct command freebsd_commands[] = {
	{ .name = "freebsd", .min = 1, .max = ANY_ARGS, .run = cmd_freebsd, .usage = "URL/boot/ [arguments]",
	  .help = "fetch FreeBSD's kernel with all that loader.conf names" },
	{ 0 },
};
