/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the images in the store.  See image_commands.h. */
#include "services/image/image_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/command/run.h"
#include "services/console/progress.h"
#include "services/image/image.h"
#include "services/script/script.h"

const char *image_words(unsigned arg, unsigned i)
{
	(void)arg;
	struct image *img = image_first();
	while (img && i--)
		img = img->next;
	return img ? img->name : NULL;
}

const char *image_first_word(unsigned arg, unsigned i)
{
	return arg ? NULL : image_words(arg, i);
}

char *image_args(const struct call *c)
{
	char *args = malloc(SCRIPT_LINE_MAX);
	if (args)
		options_join(c->argc - 1, c->argv + 1, args, SCRIPT_LINE_MAX);
	return args;
}

/* Calls each() for the images that c names, or for all: 0 or -ENOENT, said. */
static int for_each(const struct call *c, void (*each)(struct image *img))
{
	for (int i = 0; i < c->argc; i++)
		if (!image_find(c->argv[i]))
			return command_fail(-ENOENT, "%s: no image is called %s; imgstat lists them", c->cmd->name,
					    c->argv[i]);
	if (c->argc) {
		for (int i = 0; i < c->argc; i++) {
			struct image *img = image_find(c->argv[i]);
			if (img)
				each(img);
		}
		return 0;
	}
	for (struct image *img = image_first(), *next; img; img = next) {
		next = img->next;
		each(img);
	}
	return 0;
}

static void show_image(struct image *img)
{
	static const char *const roles[] = { "file", "module", "kernel" };
	char size[HUMAN_LEN], exact[24] = "";
	if (img->len >= 1024)
		snprintf(exact, sizeof(exact), "; %lu bytes", (unsigned long)img->len);
	log_line("  %s: %s, %s, %s%s%s%s%s%s%s", img->name, human_size(img->len, size), roles[img->role],
		 image_type_text(image_type_probe(img->data, img->len)), img->type[0] ? ", --type " : "", img->type,
		 img->no_name ? ", --no-name" : "", img->no_unzip ? ", --nounzip" : "",
		 img->trusted ? ", trusted" : "", exact);
	if (img->args[0])
		log_line("    %s", img->args);
}

static int cmd_imgstat(struct call *c)
{
	if (!image_count())
		log_line("  no images; kernel and module fetch some");
	return for_each(c, show_image);
}

static int cmd_imgfree(struct call *c)
{
	return for_each(c, image_free);
}

/* A line for FreeBSD's kernel environment, kept as a module of that type, so that imgfree drops it too. */
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

const struct command image_commands[] = {
	{ .name = "imgstat", .max = ANY_ARGS, .run = cmd_imgstat, .images = IMAGES_LISTED,
	  .usage = "[name...]", .help = "what has been fetched", .words = image_words },
	{ .name = "imgfree", .max = ANY_ARGS, .run = cmd_imgfree, .images = IMAGES_USED,
	  .usage = "[name...]", .help = "drop these images, or all", .words = image_words },
	{ .name = "kenv", .min = 1, .max = ANY_ARGS, .run = cmd_kenv,
	  .usage = "name=value", .help = "for FreeBSD's environment" },
	{ 0 },
};
