/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's tree, as its own loader reads it.  See freebsd_commands.h. */
#include "services/boot/freebsd_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/boot/boot_commands.h"
#include "services/boot/freebsd.h"
#include "services/boot/freebsd_kld.h"
#include "services/boot/linker_hints.h"
#include "services/boot/loader_conf.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/listing.h"
#include "services/fetch/url.h"
#include "services/image/gunzip.h"
#include "services/image/image.h"
#include "services/image/image_commands.h"
#include "services/image/verify_commands.h"

#define PATH_LEN 512u		/* of a file in the tree, as the loader calls it, with a NUL */
#define CONFS_MAX 64u		/* files like loader.conf */
#define HINTS_DIRS 8u		/* folders of module_path */
#define DEPTH_MAX 12u		/* modules that need each other, one behind the other */
#define UNPACKED_MAX (1u << 30)

/* What FreeBSD's /boot/defaults/loader.conf says, for trees that lack it. */
static const char defaults[] =
	"kernel=kernel\nbootfile=kernel\nmodule_path=\"/boot/modules;/boot/dtb;/boot/dtb/overlays\"\n"
	"loader_conf_files=\"/boot/device.hints /boot/loader.conf\"\nloader_conf_dirs=/boot/loader.conf.d\n"
	"local_loader_conf_files=/boot/loader.conf.local\n";

/* The tree under way: too big for the stack, and one at a time. */
static struct tree {
	struct url boot, at;		/* what stands for /boot; what is asked for */
	struct loader_env env;
	char confs[CONFS_MAX][PATH_LEN];	/* to be read */
	unsigned conf_count, confs_read;
	struct hints {
		char dir[PATH_LEN];
		struct membuf data;	/* empty: it has none */
	} hints[HINTS_DIRS];
	unsigned hints_count;
	struct membuf provided;		/* modules that are there: a version, a name with its NUL, each */
	char url[URL_TEXT_MAX];
} tree;

/* ---- files ---- */

/* The URL of what the loader calls so, in tree.url: 0, or -E, said. */
static int locate(const char *path)
{
	static const char boot[] = "boot/";
	char ref[PATH_LEN + 8];

	path += *path == '/';
	if (!strncmp(path, boot, sizeof(boot) - 1))
		snprintf(ref, sizeof(ref), "./%s", path + sizeof(boot) - 1);
	else
		snprintf(ref, sizeof(ref), "../%s", path);
	int err = url_resolve(&tree.at, &tree.boot, ref);
	if (err == 0 && url_format_whole(&tree.at, tree.url, sizeof(tree.url)) < 0)
		err = -ENAMETOOLONG;
	return err < 0 ? command_fail(err, "freebsd: /%s has no URL: %s", path, err_text(err)) : 0;
}

/* The file, kept under that name: 0; -ENOENT: there is none; or -E, said. */
static int get(const char *path, enum image_role role, struct image **out)
{
	struct membuf b = { 0 };
	int err = locate(path);

	if (err == 0)
		err = download(tree.url, &b, path, 0, DOWNLOAD_TRY);
	if (err == -ENOENT)
		return err;
	if (err < 0) {
		if (err != -EINTR && !command_was_said())
			command_fail(err, "freebsd: %s", download_error());
		return err;
	}
	*out = image_add(&b, path, tree.url, NULL);
	if (!*out) {
		membuf_free(&b);
		return command_fail(-ENOMEM, "%s: not enough memory to keep it; imgfree drops images", path);
	}
	image_set_role(*out, role);
	err = image_verify(*out);
	if (err < 0)
		image_free(*out);
	return err;
}

/* The same of a file that is only read: what it holds is the caller's to free. */
static int get_text(const char *path, size_t max, struct membuf *out)
{
	struct image *img;
	int err = get(path, IMAGE_FILE, &img);

	if (err < 0)
		return err;
	if (img->len > max)
		err = command_fail(-EFBIG, "freebsd: %s has %u bytes, %u at the most are read", path,
				   (unsigned)img->len, (unsigned)max);
	else if (membuf_append(out, img->data, img->len) < 0)
		err = -ENOMEM;
	image_free(img);
	return err;
}

/* The file, or one that is packed: with .gz behind its name. */
static int get_packed(const char *path, enum image_role role, struct image **out)
{
	char packed[PATH_LEN + 4];
	int err = get(path, role, out);

	if (err != -ENOENT)
		return err;
	snprintf(packed, sizeof(packed), "%s.gz", path);
	err = get(packed, role, out);
	if (err < 0)
		return err;
	/* it is known by the name that it has unpacked, as FreeBSD's own loader has it */
	char *name = strdup(path);
	if (!name) {
		image_free(*out);
		return -ENOMEM;
	}
	free((*out)->name);
	(*out)->name = name;
	return 0;
}

/* ---- loader.conf ---- */

/* Those of a list that are not there yet are to be read. */
static void add_confs(const char *list)
{
	const char *word;
	size_t len;

	while (tree.conf_count < CONFS_MAX && (len = loader_conf_word(&list, &word, " \t"))) {
		char *path = tree.confs[tree.conf_count];
		unsigned i = 0;

		snprintf(path, PATH_LEN, "%.*s", (int)len, word);
		while (strcmp(tree.confs[i], path))
			i++;
		tree.conf_count += i == tree.conf_count;
	}
}

/* One of them: 0, also where it is not there; or -E, said. */
static int read_conf(const char *path)
{
	struct membuf b = { 0 };
	int err = get_text(path, FREEBSD_ENV_MAX, &b);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	unsigned bad = loader_conf_read(&tree.env, (const char *)b.data, b.len);
	membuf_free(&b);
	if (bad)
		log_warn("freebsd: %s: line %u is no NAME=\"VALUE\", or too long, and passed over", path, bad);
	return 0;
}

/* Those of a list, and those that they name in their turn. */
static int read_confs(const char *list)
{
	int err = 0;

	add_confs(list);
	while (err == 0 && tree.confs_read < tree.conf_count) {
		err = read_conf(tree.confs[tree.confs_read++]);
		add_confs(loader_env_get(&tree.env, "loader_conf_files"));
	}
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a listing that end with .conf, in their order; the caller's to free, with the list's. */
static unsigned conf_names(const struct membuf *b, char *names[CONFS_MAX])
{
	struct listing l;
	struct listing_entry e;
	unsigned count = 0;

	listing_begin(&l, b->data, b->len, tree.at.target);
	while (count < CONFS_MAX && listing_next(&l, &e)) {
		size_t len = strlen(e.name);

		if (len > 5 && e.kind == LISTING_FILE && !strcmp(e.name + len - 5, ".conf") &&
		    (names[count] = strdup(e.name)))
			count++;
	}
	qsort(names, count, sizeof(names[0]), by_name);
	return count;
}

/* All *.conf in a folder, where its server can tell what is in it. */
static int read_conf_dir(const char *dir)
{
	const struct fetch_want want = { .want = SOURCE_LISTING };
	struct membuf b = { 0 };
	char *names[CONFS_MAX], path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/", dir);
	int err = locate(path);
	if (err == 0)
		err = download_want(tree.url, &want, &b, DOWNLOAD_SILENT | DOWNLOAD_TRY);
	if (err == -ENOENT || err == -ENOTSUP || err == -EACCES)
		return 0;
	unsigned count = err < 0 ? 0 : conf_names(&b, names);
	membuf_free(&b);
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (err == 0)
			err = read_confs(path);
		free(names[i]);
	}
	return err;
}

static int read_all_confs(void)
{
	char list[LOADER_VALUE_MAX], dir[PATH_LEN];
	const char *at, *word;
	size_t len;

	loader_conf_read(&tree.env, defaults, sizeof(defaults) - 1);
	int err = read_confs("/boot/defaults/loader.conf");
	snprintf(list, sizeof(list), "%s", loader_env_get(&tree.env, "loader_conf_dirs"));
	for (at = list; err == 0 && (len = loader_conf_word(&at, &word, " \t"));) {
		snprintf(dir, sizeof(dir), "%.*s", (int)len, word);
		err = read_conf_dir(dir);
	}
	return err == 0 ? read_confs(loader_env_get(&tree.env, "local_loader_conf_files")) : err;
}

/* ---- what a kernel or a module has, and needs ---- */

struct needed {
	struct membuf facts;		/* struct kld_fact, one behind the other */
	size_t at;
};

static void unpack_turn(size_t used)
{
	(void)used;
	task_yield();
}

static int note_facts(const struct image *img, const uint8_t *data, size_t len, struct needed *needed)
{
	struct freebsd_kld k;
	struct kld_fact fact;
	struct boot_why why;
	int err = freebsd_kld_open(&k, data, len, &why);

	if (err < 0)
		return command_fail(err, "freebsd: %s: %s", img->name, why.text);
	while (err == 0 && freebsd_kld_next(&k, &fact)) {
		if (fact.kind == KLD_DEPENDS) {
			err = membuf_append(&needed->facts, &fact, sizeof(fact));
			continue;
		}
		err = membuf_append(&tree.provided, &fact.version.preferred, sizeof(fact.version.preferred));
		if (err == 0)
			err = membuf_append(&tree.provided, fact.module, strlen(fact.module) + 1);
	}
	return err;
}

/* 0 or -E, said. */
static int read_kld(const struct image *img, struct needed *needed)
{
	struct membuf b = { 0 };
	struct gunzip_result res;
	void *scratch;

	if (!gunzip_probe(img->data, img->len))
		return note_facts(img, img->data, img->len, needed);
	scratch = malloc(GUNZIP_SCRATCH_LEN);
	int err = scratch ? gunzip(img->data, img->len, UNPACKED_MAX, scratch, &b, &res, unpack_turn) : -ENOMEM;
	if (scratch && err < 0)
		command_fail(err, "freebsd: %s: %s", img->name, res.why);
	free(scratch);
	if (err == 0)
		err = note_facts(img, b.data, b.len, needed);
	membuf_free(&b);
	return err;
}

/* want NULL: in any version. */
static bool is_provided(const char *module, const struct kld_version *want)
{
	int32_t version;

	for (size_t at = 0; at < tree.provided.len;) {
		memcpy(&version, tree.provided.data + at, sizeof(version));
		const char *name = (const char *)tree.provided.data + at + sizeof(version);

		if (!strcmp(name, module) && (!want || version == want->preferred ||
					      (version >= want->min && version <= want->max)))
			return true;
		at += sizeof(version) + strlen(name) + 1;
	}
	return false;
}

/* ---- modules ---- */

static const struct membuf *hints_of(const char *dir)
{
	char path[PATH_LEN];
	struct hints *h = tree.hints;

	while (h < tree.hints + tree.hints_count && strcmp(h->dir, dir))
		h++;
	if (h == tree.hints + HINTS_DIRS)
		return NULL;
	if (h < tree.hints + tree.hints_count)
		return &h->data;
	tree.hints_count++;
	h->data = (struct membuf){ 0 };
	snprintf(h->dir, sizeof(h->dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/linker.hints", dir);
	if (get_text(path, LINKER_HINTS_MAX, &h->data) == 0 && !linker_hints_good(h->data.data, h->data.len)) {
		log_warn("freebsd: %s is none of version 1, and not used", path);
		membuf_free(&h->data);
	}
	return &h->data;
}

/* Puts the file into the store unless it is there: 0 and *out, or NULL: it is; -ENOENT; or -E, said. */
static int get_once(const char *path, struct image **out)
{
	*out = image_find(path);
	if (*out) {
		*out = NULL;
		return 0;
	}
	return get_packed(path, IMAGE_MODULE, out);
}

/* A module by its name, from the first folder of module_path that has it, by its linker.hints or by the file's name. */
static int find_module(const char *module, const struct kld_version *want, struct image **out)
{
	const char *at = loader_env_get(&tree.env, "module_path"), *word;
	char list[LOADER_VALUE_MAX], dir[PATH_LEN], path[PATH_LEN + LINKER_HINTS_NAME_MAX];
	char file[LINKER_HINTS_NAME_MAX];
	size_t len;
	int err = -ENOENT;

	if (*module == '/')
		return get_once(module, out);
	snprintf(list, sizeof(list), "%s", at ? at : "");
	for (at = list; err == -ENOENT && (len = loader_conf_word(&at, &word, ";"));) {
		snprintf(dir, sizeof(dir), "%.*s", (int)len, word);
		const struct membuf *hints = hints_of(dir);
		size_t name_len = strlen(module);
		bool whole = name_len > 3 && !strcmp(module + name_len - 3, ".ko");

		if (hints && linker_hints_find(hints->data, hints->len, module, want, file))
			snprintf(path, sizeof(path), "%s/%s", dir, file);
		else
			snprintf(path, sizeof(path), "%s/%s%s", dir, module, whole ? "" : ".ko");
		if (strlen(path) >= PATH_LEN)
			return command_fail(-ENAMETOOLONG, "freebsd: %.60s...: too long", path);
		err = get_once(path, out);
	}
	return err;
}

static int load_module(const char *module, const struct kld_version *want, const char *args, unsigned depth);

/* All that it depends on and that is not there: 0 or -E, said. */
static int load_needed(const struct image *img, struct needed *needed, unsigned depth)
{
	for (; needed->at < needed->facts.len; needed->at += sizeof(struct kld_fact)) {
		const struct kld_fact *f = (const struct kld_fact *)(needed->facts.data + needed->at);

		/* a kernel that says nothing of itself is the right one */
		if (is_provided(f->module, &f->version) ||
		    (!strcmp(f->module, "kernel") && !is_provided(f->module, NULL)))
			continue;
		log_line("freebsd: %s needs module %s", img->name, f->module);
		int err = depth == DEPTH_MAX ? -ELOOP : load_module(f->module, &f->version, "", depth + 1);
		if (err == 0 && !is_provided(f->module, &f->version) && is_provided(f->module, NULL))
			err = command_fail(-EINVAL, "freebsd: module %s is there, but in no version from %ld to %ld, "
					   "which %s needs", f->module, (long)f->version.min, (long)f->version.max,
					   img->name);
		if (err < 0)
			return err;
	}
	return 0;
}

static int load_module(const char *module, const struct kld_version *want, const char *args, unsigned depth)
{
	struct image *img;
	struct needed needed = { .at = 0 };
	int err = find_module(module, want, &img);

	if (err == -ENOENT)
		return command_fail(err, "freebsd: module %s is nowhere in %s", module,
				    loader_env_get(&tree.env, "module_path"));
	if (err < 0 || !img)
		return err;
	err = image_set_type(img, "elf") < 0 || image_set_args(img, args) < 0 ? -ENOMEM : read_kld(img, &needed);
	if (err == 0)
		err = load_needed(img, &needed, depth);
	membuf_free(&needed.facts);
	return err;
}

/* A file of a type of its own, as an image of a root file system is: by its path, or in module_path. */
static int load_file(const char *name, const char *type, const char *args)
{
	const char *at = loader_env_get(&tree.env, "module_path"), *word;
	char list[LOADER_VALUE_MAX], path[PATH_LEN];
	struct image *img = NULL;
	size_t len;
	int err = *name == '/' ? get_packed(name, IMAGE_MODULE, &img) : -ENOENT;

	snprintf(list, sizeof(list), "%s", at ? at : "");
	for (at = list; *name != '/' && err == -ENOENT && (len = loader_conf_word(&at, &word, ";"));) {
		snprintf(path, sizeof(path), "%.*s/%s", (int)len, word, name);
		err = get_packed(path, IMAGE_MODULE, &img);
	}
	if (err == -ENOENT)
		return command_fail(err, "freebsd: there is no %s", name);
	if (err == 0 && (image_set_type(img, type) < 0 || image_set_args(img, args) < 0))
		err = -ENOMEM;
	return err;
}

/* What x_what says of module x, or `otherwise`. */
static const char *of_module(const char *x, const char *what, const char *otherwise)
{
	char name[LOADER_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%s_%s", x, what);
	const char *value = loader_env_get(&tree.env, name);
	return value ? value : otherwise;
}

static bool is_blacklisted(const char *module)
{
	const char *at = loader_env_get(&tree.env, "module_blacklist"), *word;
	size_t len;

	while (at && (len = loader_conf_word(&at, &word, " ,;")))
		if (len == strlen(module) && !memcmp(word, module, len))
			return true;
	return false;
}

static void free_from(struct image *first)
{
	for (struct image *next; first; first = next) {
		next = first->next;
		image_free(first);
	}
}

static struct image *last_image(void)
{
	struct image *img = image_first();

	while (img && img->next)
		img = img->next;
	return img;
}

/* All with x_load="YES".  One that cannot be had is left out, with what it brought, as FreeBSD's own loader does it. */
static int load_modules(void)
{
	char x[LOADER_NAME_MAX];
	size_t len;
	int err;

	for (unsigned i = 0; i < tree.env.count; i++) {
		const char *var = tree.env.var[i];

		if (!loader_conf_is_module(var, &len) || strncmp(var + len, "_load=", 6))
			continue;
		snprintf(x, sizeof(x), "%.*s", (int)len + 5, var);
		if (!loader_env_yes(&tree.env, x))
			continue;
		x[len] = '\0';
		const char *type = of_module(x, "type", ""), *name = of_module(x, "name", x);
		struct image *last = last_image();
		size_t provided = tree.provided.len;

		if (is_blacklisted(name)) {
			log_line("freebsd: module_blacklist has %s: it is left out", name);
			continue;
		}
		err = *type ? load_file(name, type, of_module(x, "flags", "")) :
		      is_provided(name, NULL) ? 0 : load_module(name, NULL, of_module(x, "flags", ""), 1);
		if (err == -EINTR || err == -ENOMEM)
			return err;
		if (err < 0) {
			log_warn("freebsd: %s is left out", name);
			free_from(last->next);
			tree.provided.len = provided;
		}
	}
	return 0;
}

/* ---- the kernel ---- */

/* One of bootfile's names in that folder: 0, -ENOENT, or -E, said. */
static int get_kernel_in(const char *dir, struct image **out)
{
	const char *at = loader_env_get(&tree.env, "bootfile"), *word;
	char list[LOADER_VALUE_MAX + 8], path[PATH_LEN];
	size_t len;
	int err = -ENOENT;

	snprintf(list, sizeof(list), "%s;kernel", at ? at : "");
	for (at = list; err == -ENOENT && (len = loader_conf_word(&at, &word, ";"));) {
		snprintf(path, sizeof(path), "%s/%.*s", dir, (int)len, word);
		err = get_packed(path, IMAGE_KERNEL, out);
	}
	return err;
}

/* /boot/$kernel/$bootfile, else $kernel/$bootfile, else the file $kernel; its folder comes first in module_path. */
static int get_kernel(struct image **out)
{
	const char *kernel = loader_env_get(&tree.env, "kernel"), *path = loader_env_get(&tree.env, "module_path");
	char dir[PATH_LEN], list[LOADER_VALUE_MAX];

	snprintf(dir, sizeof(dir), "/boot/%s", kernel);
	int err = *kernel == '/' ? -ENOENT : get_kernel_in(dir, out);
	if (err == -ENOENT) {
		snprintf(dir, sizeof(dir), "%s", kernel);
		err = *kernel == '/' ? get_kernel_in(dir, out) : -ENOENT;
	}
	if (err == -ENOENT && *kernel == '/') {
		*strrchr(dir, '/') = '\0';
		err = get_packed(kernel, IMAGE_KERNEL, out);
	}
	if (err == -ENOENT) {
		char shown[128];
		url_redact(tree.url, shown, sizeof(shown));
		return command_fail(err, "freebsd: there is no kernel %.60s in %s, nor with .gz; is that the folder "
				    "that FreeBSD calls /boot?", kernel, shown);
	}
	if (err < 0)
		return err;
	snprintf(list, sizeof(list), "%s%s%s", dir, path && *path ? ";" : "", path ? path : "");
	return loader_env_set(&tree.env, "module_path", list);
}

/* ---- all of it ---- */

/* The environment as lines that the kernel's protocol reads (freebsd.h). */
static int keep_env(void)
{
	struct membuf b = { 0 };
	size_t len;
	int err = 0;

	for (unsigned i = 0; i < tree.env.count && err == 0; i++) {
		const char *var = tree.env.var[i];
		size_t name = strcspn(var, "=") + 1;
		bool quotes = var[name] == '"' || !strchr(var + name, '"');

		if (loader_conf_is_module(var, &len) || !strncmp(var, "exec=", 5))
			continue;
		err = membuf_append(&b, var, name);
		if (err == 0 && quotes)
			err = membuf_append(&b, "\"", 1);
		if (err == 0)
			err = membuf_append(&b, var + name, strlen(var + name));
		if (err == 0)
			err = membuf_append(&b, "\"\n" + !quotes, 1u + quotes);
	}
	struct image *img = err == 0 ? image_add(&b, "loader.conf", NULL, NULL) : NULL;
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
	struct needed none = { .at = 0 };
	int err = read_all_confs();

	if (err == 0)
		err = get_kernel(&kernel);
	if (err == 0)
		err = give_args(kernel, c);
	if (err == 0)
		err = read_kld(kernel, &none);
	membuf_free(&none.facts);
	if (err == 0)
		err = load_modules();
	return err == 0 ? keep_env() : err;
}

static int cmd_freebsd(struct call *c)
{
	struct image *last = last_image();
	char *url, *folder;
	int err = download_resolve(c->argv[0], &url);

	memset(&tree, 0, sizeof(tree));
	folder = err == 0 ? malloc(strlen(url) + 2) : NULL;
	if (folder) {
		strcpy(folder, url);
		if (folder[strlen(folder) - 1] != '/')
			strcat(folder, "/");
		err = url_parse(&tree.boot, folder);
		err = err < 0 ? command_fail(err, "freebsd: %s: %s", c->argv[0], err_text(err)) : load_tree(c);
	} else if (err == 0) {
		err = -ENOMEM;
	}
	loader_env_free(&tree.env);
	for (unsigned i = 0; i < tree.hints_count; i++)
		membuf_free(&tree.hints[i].data);
	membuf_free(&tree.provided);
	free(folder);
	free(url);
	if (err < 0)
		free_from(last ? last->next : image_first());
	return err;
}

const struct command freebsd_commands[] = {
	{ .name = "freebsd", .min = 1, .max = ANY_ARGS, .run = cmd_freebsd, .usage = "URL/boot/ [arguments]",
	  .help = "fetch FreeBSD's kernel with all that loader.conf names" },
	{ 0 },
};
