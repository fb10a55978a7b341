/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's modules, with all that they need.  See freebsd_tree.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/task.h"
#include "services/boot/freebsd_kld.h"
#include "services/boot/freebsd_tree.h"
#include "services/boot/linker_hints.h"
#include "services/gzip/gunzip.h"
#include "services/command/run.h"

#define DEPTH_MAX 12u		/* modules that need each other, one behind the other */
#define UNPACKED_MAX (1u << 30)

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

static int note_fact(struct freebsd_tree *t, const struct kld_fact *fact, struct needed *needed)
{
	if (fact->kind == KLD_DEPENDS)
		return membuf_append(&needed->facts, fact, sizeof(*fact));
	int err = membuf_append(&t->provided, &fact->version.preferred, sizeof(fact->version.preferred));
	if (err == 0) {
		err = membuf_append(&t->provided, fact->module, strlen(fact->module) + 1);
		t->provided.len -= err < 0 ? sizeof(fact->version.preferred) : 0;
	}
	return err;
}

static int note_facts(struct freebsd_tree *t, const struct image *img, const uint8_t *data, size_t len,
		      struct needed *needed)
{
	struct freebsd_kld k;
	struct kld_fact fact;
	struct boot_why why;
	int err = freebsd_kld_open(&k, data, len, &why);

	if (err < 0)
		return command_fail(err, "freebsd: %s: %s", img->name, why.text);
	k.turn = freebsd_turn;
	k.ctx = t;
	while (err == 0 && freebsd_kld_next(&k, &fact))
		err = note_fact(t, &fact, needed);
	if (k.err == -E2BIG)
		return command_fail(k.err, "freebsd: %s says more of modules than is read (%u pointers, %u "
				    "relocations)", img->name, FREEBSD_KLD_FACTS_MAX, FREEBSD_KLD_WORK_MAX);
	return err < 0 ? err : k.err;
}

/* 0 or -E. */
static int read_kld(struct freebsd_tree *t, const struct image *img, struct needed *needed)
{
	struct membuf b = { 0 };
	struct gunzip_result res;
	void *scratch;

	if (!gunzip_probe(img->data, img->len))
		return note_facts(t, img, img->data, img->len, needed);
	scratch = malloc(GUNZIP_SCRATCH_LEN);
	int err = scratch ? gunzip(img->data, img->len, UNPACKED_MAX, scratch, &b, &res, unpack_turn) : -ENOMEM;
	if (scratch && err < 0)
		command_fail(err, "freebsd: %s: %s", img->name, res.why);
	free(scratch);
	if (err == 0)
		err = freebsd_turn(t) ? note_facts(t, img, b.data, b.len, needed) : -EINTR;
	membuf_free(&b);
	return err;
}

int freebsd_modules_of(struct freebsd_tree *t, const struct image *kernel)
{
	struct needed none = { .at = 0 };
	int err = read_kld(t, kernel, &none);

	membuf_free(&none.facts);
	return err;
}

/* want NULL: in any version. */
static bool is_provided(const struct freebsd_tree *t, const char *module, const struct kld_version *want)
{
	int32_t version;

	for (size_t at = 0; at < t->provided.len;) {
		memcpy(&version, t->provided.data + at, sizeof(version));
		const char *name = (const char *)t->provided.data + at + sizeof(version);

		if (!strcmp(name, module) && (!want || version == want->preferred ||
					      (version >= want->min && version <= want->max)))
			return true;
		at += sizeof(version) + strlen(name) + 1;
	}
	return false;
}

/* ---- where they are ---- */

/* linker.hints of a folder, which may be empty: 0 or -E. */
static int hints_of(struct freebsd_tree *t, const char *dir, const struct membuf **out)
{
	char path[FREEBSD_PATH_LEN];
	struct freebsd_hints *h = t->hints, *end = h + t->hints_count;

	while (h < end && strcmp(h->dir, dir))
		h++;
	if (h == t->hints + FREEBSD_HINTS_DIRS)
		return command_fail(-E2BIG, "freebsd: %s: module_path has more than %u folders", dir,
				    FREEBSD_HINTS_DIRS);
	*out = &h->data;
	if (h < end)
		return 0;
	int err = freebsd_path(path, "%s/linker.hints", dir);
	if (err < 0)
		return err;
	h->data = (struct membuf){ 0 };
	strcpy(h->dir, dir);
	t->hints_count++;
	err = freebsd_get_text(t, path, LINKER_HINTS_MAX, &h->data);
	if (err == -EINTR || err == -ENOMEM) {
		t->hints_count--;
		return err;
	}
	if (err == 0 && !linker_hints_good(h->data.data, h->data.len)) {
		log_warn("freebsd: %s is none of version 1, and not used", path);
		membuf_free(&h->data);
	}
	return 0;
}

/* Puts the file into the store unless this tree's is there: 0 and *out, or NULL: it is; -ENOENT; or -E. */
static int get_once(struct freebsd_tree *t, const char *path, struct image **out)
{
	*out = NULL;
	for (const struct image *i = t->before ? t->before->next : image_first(); i; i = i->next)
		if (!strcmp(i->name, path))
			return 0;
	return freebsd_get_packed(t, path, IMAGE_MODULE, out);
}

/* A module in a folder, by its linker.hints or by the file's name. */
static int find_module_in(struct freebsd_tree *t, const char *dir, const char *module, const struct kld_version *want,
			  struct image **out)
{
	char path[FREEBSD_PATH_LEN], file[LINKER_HINTS_NAME_MAX];
	const struct membuf *hints = NULL;
	size_t len = strlen(module);
	bool whole = len > 3 && !strcmp(module + len - 3, ".ko");
	int err = freebsd_turn(t) ? hints_of(t, dir, &hints) : -EINTR;

	if (err == 0)
		err = linker_hints_find(hints->data, hints->len, module, want, file) ?
		      freebsd_path(path, "%s/%s", dir, file) :
		      freebsd_path(path, "%s/%s%s", dir, module, whole ? "" : ".ko");
	return err == 0 ? get_once(t, path, out) : err;
}

/* The first folder of module_path that has it; of an absolute path: that.  0, -ENOENT or -E. */
static int find_module(struct freebsd_tree *t, const char *module, const struct kld_version *want, struct image **out)
{
	const char *at = loader_env_get(&t->env, "module_path"), *word;
	char dir[FREEBSD_PATH_LEN];
	size_t len;
	int err = -ENOENT;

	if (*module == '/') {
		err = freebsd_path(dir, "%s", module);
		return err == 0 ? get_once(t, dir, out) : err;
	}
	while (err == -ENOENT && (len = loader_conf_word(&at, &word, ";"))) {
		err = freebsd_path(dir, "%.*s", (int)len, word);
		if (err == 0)
			err = find_module_in(t, dir, module, want, out);
	}
	return err;
}

/* ---- loading ---- */

static int load_module(struct freebsd_tree *t, const char *module, const struct kld_version *want, const char *args,
		       unsigned depth);

/* All that it depends on and that is not there: 0 or -E. */
static int load_needed(struct freebsd_tree *t, const struct image *img, struct needed *needed, unsigned depth)
{
	for (; needed->at < needed->facts.len; needed->at += sizeof(struct kld_fact)) {
		const struct kld_fact *f = (const struct kld_fact *)(needed->facts.data + needed->at);

		if (!freebsd_turn(t))
			return -EINTR;
		/* a kernel that says nothing of itself is the right one */
		if (is_provided(t, f->module, &f->version) ||
		    (!strcmp(f->module, "kernel") && !is_provided(t, f->module, NULL)))
			continue;
		log_line("freebsd: %s needs module %s", img->name, f->module);
		if (depth == DEPTH_MAX)
			return command_fail(-ELOOP, "freebsd: module %s: more than %u modules need each other, one "
					    "behind the other", f->module, DEPTH_MAX);
		int err = load_module(t, f->module, &f->version, "", depth + 1);
		if (err == 0 && !is_provided(t, f->module, &f->version) && is_provided(t, f->module, NULL))
			err = command_fail(-EINVAL, "freebsd: module %s is there, but in no version from %ld to %ld, "
					   "which %s needs", f->module, (long)f->version.min, (long)f->version.max,
					   img->name);
		if (err < 0)
			return err;
	}
	return 0;
}

static int load_module(struct freebsd_tree *t, const char *module, const struct kld_version *want, const char *args,
		       unsigned depth)
{
	struct image *img;
	struct needed needed = { .at = 0 };
	int err = find_module(t, module, want, &img);

	if (err == -ENOENT)
		return command_fail(err, "freebsd: module %s is nowhere in %s", module,
				    loader_env_get(&t->env, "module_path"));
	if (err < 0 || !img)
		return err;
	err = image_set_type(img, "elf") < 0 || image_set_args(img, args) < 0 ? -ENOMEM : read_kld(t, img, &needed);
	if (err == 0)
		err = load_needed(t, img, &needed, depth);
	membuf_free(&needed.facts);
	return err;
}

/* A file of a type of its own, as an image of a root file system is: by its path, or in module_path. */
static int load_file(struct freebsd_tree *t, const char *name, const char *type, const char *args)
{
	const char *at = loader_env_get(&t->env, "module_path"), *word;
	char path[FREEBSD_PATH_LEN];
	struct image *img = NULL;
	size_t len;
	int err = -ENOENT;

	if (*name == '/') {
		err = freebsd_path(path, "%s", name);
		if (err == 0)
			err = freebsd_get_packed(t, path, IMAGE_MODULE, &img);
	}
	while (*name != '/' && err == -ENOENT && (len = loader_conf_word(&at, &word, ";"))) {
		err = freebsd_path(path, "%.*s/%s", (int)len, word, name);
		if (err == 0)
			err = freebsd_get_packed(t, path, IMAGE_MODULE, &img);
	}
	if (err == -ENOENT)
		return command_fail(err, "freebsd: there is no %s", name);
	if (err == 0 && (image_set_type(img, type) < 0 || image_set_args(img, args) < 0))
		err = -ENOMEM;
	return err;
}

/* What x_what says of module x, or `otherwise`. */
static const char *of_module(const struct freebsd_tree *t, const char *x, const char *what, const char *otherwise)
{
	char name[LOADER_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%s_%s", x, what);
	const char *value = loader_env_get(&t->env, name);
	return value ? value : otherwise;
}

static bool is_blacklisted(const struct freebsd_tree *t, const char *module)
{
	const char *at = loader_env_get(&t->env, "module_blacklist"), *word;
	size_t len;

	while (at && (len = loader_conf_word(&at, &word, " ,;")))
		if (len == strlen(module) && !memcmp(word, module, len))
			return true;
	return false;
}

/* Module x, with all that it needs; what it brought goes if it cannot be had: 0; -EINTR, -ENOMEM. */
static int load_x(struct freebsd_tree *t, const char *x)
{
	const char *type = of_module(t, x, "type", ""), *name = of_module(t, x, "name", x);
	const char *flags = of_module(t, x, "flags", "");
	struct image *last = image_last();
	size_t provided = t->provided.len;

	if (is_blacklisted(t, name)) {
		log_line("freebsd: module_blacklist has %s: it is left out", name);
		return 0;
	}
	int err = *type ? load_file(t, name, type, flags) :
		  is_provided(t, name, NULL) ? 0 : load_module(t, name, NULL, flags, 1);
	if (err == 0 || err == -EINTR || err == -ENOMEM)
		return err;
	/* as FreeBSD's own loader does it */
	log_warn("freebsd: %s is left out", name);
	image_free_behind(last);
	t->provided.len = provided;
	return 0;
}

int freebsd_modules_load(struct freebsd_tree *t)
{
	char x[LOADER_NAME_MAX];
	size_t len;
	int err = 0;

	for (unsigned i = 0; err == 0 && i < t->env.count; i++) {
		const char *var = t->env.var[i];

		if (!loader_conf_is_module(var, &len) || strncmp(var + len, "_load=", 6))
			continue;
		snprintf(x, sizeof(x), "%.*s", (int)len + 5, var);
		if (!loader_env_yes(&t->env, x))
			continue;
		x[len] = '\0';
		err = freebsd_turn(t) ? load_x(t, x) : -EINTR;
	}
	return err;
}
