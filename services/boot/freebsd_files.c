/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of FreeBSD's tree.  See freebsd_tree.h. */
#include "services/boot/freebsd_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/verify/verify_commands.h"

void freebsd_tree_free(struct freebsd_tree *t)
{
	loader_env_free(&t->env);
	for (unsigned i = 0; i < t->hints_count; i++)
		membuf_free(&t->hints[i].data);
	membuf_free(&t->provided);
}

bool freebsd_turn(void *tree)
{
	struct freebsd_tree *t = tree;

	task_yield();
	t->stopped = t->stopped || command_interrupted();
	return !t->stopped;
}

int freebsd_path(char path[FREEBSD_PATH_LEN], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(path, FREEBSD_PATH_LEN, fmt, ap);
	va_end(ap);
	return len < (int)FREEBSD_PATH_LEN ? 0 :
	       command_fail(-ENAMETOOLONG, "freebsd: %.60s...: a path of %d bytes, and %u are the most", path, len,
			    FREEBSD_PATH_LEN - 1);
}

int freebsd_locate(struct freebsd_tree *t, const char *path)
{
	static const char boot[] = "boot/";
	char ref[FREEBSD_PATH_LEN + 8];

	path += *path == '/';
	if (!strncmp(path, boot, sizeof(boot) - 1))
		snprintf(ref, sizeof(ref), "./%s", path + sizeof(boot) - 1);
	else
		snprintf(ref, sizeof(ref), "../%s", path);
	int err = url_resolve(&t->at, &t->boot, ref);
	if (err == 0 && url_format_whole(&t->at, t->url, sizeof(t->url)) < 0)
		err = -ENAMETOOLONG;
	return err < 0 ? command_fail(err, "freebsd: /%s has no URL: %s", path, err_text(err)) : 0;
}

/* The file, kept under that name: 0; -ENOENT: there is none; or -E. */
static int get(struct freebsd_tree *t, const char *path, enum image_role role, struct image **out)
{
	struct membuf b = { 0 };
	int err = freebsd_locate(t, path);

	if (err == 0)
		err = download(t->url, &b, path, 0, DOWNLOAD_TRY);
	if (err == -ENOENT)
		return err;
	if (err < 0) {
		if (err != -EINTR && !command_was_said())
			command_fail(err, "freebsd: %s", download_error());
		return err;
	}
	*out = image_add(&b, path, t->url, NULL);
	if (!*out || image_set_base(*out, download_led_to()) < 0) {
		image_free(*out);
		membuf_free(&b);
		return command_fail(-ENOMEM, "%s: not enough memory to keep it; imgfree drops images", path);
	}
	image_set_role(*out, role);
	err = image_verify(*out);
	if (err < 0)
		image_free(*out);
	return err;
}

int freebsd_get_text(struct freebsd_tree *t, const char *path, size_t max, struct membuf *out)
{
	struct image *img;
	int err = get(t, path, IMAGE_FILE, &img);

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

int freebsd_get_packed(struct freebsd_tree *t, const char *path, enum image_role role, struct image **out)
{
	char packed[FREEBSD_PATH_LEN];
	int err = get(t, path, role, out);

	if (err != -ENOENT)
		return err;
	err = freebsd_path(packed, "%s.gz", path);
	if (err == 0)
		err = get(t, packed, role, out);
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
