/* SPDX-License-Identifier: BSD-2-Clause */
/* loader.conf, and the files that it names.  See freebsd_tree.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "services/boot/freebsd.h"
#include "services/boot/freebsd_tree.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/listing.h"

/* What FreeBSD's /boot/defaults/loader.conf says, for trees that lack it. */
static const char defaults[] =
	"kernel=kernel\nbootfile=kernel\nmodule_path=\"/boot/modules;/boot/dtb;/boot/dtb/overlays\"\n"
	"loader_conf_files=\"/boot/device.hints /boot/loader.conf\"\nloader_conf_dirs=/boot/loader.conf.d\n"
	"local_loader_conf_files=/boot/loader.conf.local\n";

static int too_many_confs(const char *where)
{
	return command_fail(-E2BIG, "freebsd: %s: that makes more than %u files like loader.conf", where,
			    FREEBSD_CONFS_MAX);
}

/* Those of a list that are not there yet are to be read: 0 or -E, said. */
static int add_confs(struct freebsd_tree *t, const char *list)
{
	char path[FREEBSD_PATH_LEN];
	const char *word;
	size_t len;

	while ((len = loader_conf_word(&list, &word, " \t"))) {
		unsigned i = 0;
		int err = freebsd_path(path, "%.*s", (int)len, word);

		if (err < 0)
			return err;
		while (i < t->conf_count && strcmp(t->confs[i], path))
			i++;
		if (i < t->conf_count)
			continue;
		if (i == FREEBSD_CONFS_MAX)
			return too_many_confs(path);
		strcpy(t->confs[t->conf_count++], path);
	}
	return 0;
}

/* One of them: 0, also where it is not there; or -E. */
static int read_conf(struct freebsd_tree *t, const char *path)
{
	struct membuf b = { 0 };
	struct loader_conf_bad bad;
	int err = freebsd_get_text(t, path, FREEBSD_ENV_MAX, &b);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	err = loader_conf_read(&t->env, (const char *)b.data, b.len, &bad, freebsd_turn, t);
	membuf_free(&b);
	if (err == 0 && bad.line)
		log_warn("freebsd: %s: line %u is %s, and passed over", path, bad.line,
			 bad.err == -EINVAL ? "no NAME=\"VALUE\"" : bad.err == -ENAMETOOLONG ? "too long" :
			 "one name too many");
	return err;
}

/* Those of a list, and those that they name in their turn. */
static int read_confs(struct freebsd_tree *t, const char *list)
{
	int err = add_confs(t, list);

	while (err == 0 && t->confs_read < t->conf_count) {
		err = read_conf(t, t->confs[t->confs_read++]);
		if (err == 0)
			err = add_confs(t, loader_env_get(&t->env, "loader_conf_files"));
	}
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
	char *name[FREEBSD_CONFS_MAX];
	unsigned count;
};

/* The names of a listing that end with .conf, in their order; the caller's to free: 0 or -E. */
static int conf_names(struct freebsd_tree *t, const struct membuf *b, struct names *n)
{
	struct listing l;
	struct listing_entry e;

	listing_begin(&l, b->data, b->len, t->at.target);
	for (unsigned seen = 1; listing_next(&l, &e); seen++) {
		size_t len = strlen(e.name);

		if (seen % 64 == 0 && !freebsd_turn(t))
			return -EINTR;
		if (len <= 5 || e.kind != LISTING_FILE || strcmp(e.name + len - 5, ".conf"))
			continue;
		if (n->count == FREEBSD_CONFS_MAX)
			return too_many_confs(t->at.target);
		n->name[n->count] = strdup(e.name);
		if (!n->name[n->count])
			return -ENOMEM;
		n->count++;
	}
	qsort(n->name, n->count, sizeof(n->name[0]), by_name);
	return 0;
}

/* All *.conf in a folder, where its server can tell what is in it. */
static int read_conf_dir(struct freebsd_tree *t, const char *dir)
{
	const struct fetch_want want = { .want = SOURCE_LISTING };
	struct membuf b = { 0 };
	struct names n = { .count = 0 };
	char path[FREEBSD_PATH_LEN];
	int err = freebsd_path(path, "%s/", dir);

	if (err == 0)
		err = freebsd_locate(t, path);
	if (err == 0)
		err = download_want(t->url, &want, &b, DOWNLOAD_SILENT | DOWNLOAD_TRY);
	if (err == -ENOTSUP || err == -EACCES)
		log_line("freebsd: %s: none of its files is read, for its server does not say what is in it: %s", path,
			 download_error());
	else if (err < 0 && err != -ENOENT && err != -EINTR && !command_was_said())
		command_fail(err, "freebsd: %s", download_error());
	if (err == -ENOENT || err == -ENOTSUP || err == -EACCES)
		return 0;
	if (err == 0)
		err = conf_names(t, &b, &n);
	membuf_free(&b);
	for (unsigned i = 0; i < n.count; i++) {
		if (err == 0)
			err = freebsd_path(path, "%s/%s", dir, n.name[i]);
		if (err == 0)
			err = read_confs(t, path);
		free(n.name[i]);
	}
	return err;
}

int freebsd_confs_read(struct freebsd_tree *t)
{
	char list[LOADER_VALUE_MAX], dir[FREEBSD_PATH_LEN];
	const char *at, *word;
	struct loader_conf_bad bad;
	size_t len;
	int err = loader_conf_read(&t->env, defaults, sizeof(defaults) - 1, &bad, NULL, NULL);

	if (err == 0)
		err = read_confs(t, "/boot/defaults/loader.conf");
	if (err < 0)
		return err;
	strcpy(list, loader_env_get(&t->env, "loader_conf_dirs"));	/* what it says may change meanwhile */
	for (at = list; err == 0 && (len = loader_conf_word(&at, &word, " \t"));) {
		err = freebsd_path(dir, "%.*s", (int)len, word);
		if (err == 0)
			err = read_conf_dir(t, dir);
	}
	return err == 0 ? read_confs(t, loader_env_get(&t->env, "local_loader_conf_files")) : err;
}
