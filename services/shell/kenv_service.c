/* SPDX-License-Identifier: BSD-2-Clause */
/* kenv: a line for FreeBSD's kernel environment, kept as a module of that type, so that imgfree drops it too. */
#include <errno.h>

#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/image/image.h"
#include "services/shell/shell.h"

static int cmd_kenv(struct call *c)
{
	struct membuf b = { 0 };
	struct image *img = NULL;
	if (membuf_reserve(&b, SCRIPT_LINE_MAX) == 0) {
		int len = options_join(c->argc, c->argv, (char *)b.data, b.cap);
		b.len = len < 0 ? 0 : (size_t)len;
		img = image_add(&b, "kenv", NULL, NULL);
	}
	membuf_free(&b);
	if (!img)
		return -ENOMEM;
	image_set_role(img, IMAGE_MODULE);
	int err = image_set_type(img, "kenv");
	if (err < 0)
		image_free(img);
	return err;
}

const struct command kenv_commands[] = {
	{ .name = "kenv", .min = 1, .max = ANY_ARGS, .run = cmd_kenv,
	  .usage = "name=value", .help = "for FreeBSD's environment" },
	{ 0 },
};
