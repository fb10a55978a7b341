/* SPDX-License-Identifier: BSD-2-Clause */
/* The console in graphics, over a picture: see graphics_commands.h. */
#include "services/graphics/graphics_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/fetch/download.h"
#include "services/graphics/graphics.h"
#include "services/image/image.h"

/* Pages are no task's: what a picture is read from, and what has been read of it. */
static struct membuf file;
static struct picture picture;

void graphics_forget(void)
{
	membuf_free(&file);
	picture_free(&picture);
	graphics_end();
}

static int take_numbers(const struct call *c, struct graphics_wish *w)
{
	const struct {
		const char *what;
		uint32_t *n;
	} options[] = {
		{ "the width", &w->width }, { "the height", &w->height }, { "the left margin", &w->margins.left },
		{ "the right margin", &w->margins.right }, { "the top margin", &w->margins.top },
		{ "the bottom margin", &w->margins.bottom }, { "the colour depth", &w->depth },
	};
	int err = 0;
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]) && err == 0; i++)
		err = command_number(c->opt[i] && *c->opt[i] ? c->opt[i] : NULL, options[i].what, options[i].n);
	return err;
}

/* Why it is none of graphics. */
static int fail(int err, const struct graphics_wish *w)
{
	if (err == -ENOENT)
		return command_fail(err, "console: the BIOS has no graphics mode (VBE, with a linear frame buffer) of "
				    "%lux%lu pixels and %lu bits, or more; the screen is one of text",
				    (unsigned long)w->width, (unsigned long)w->height, (unsigned long)w->depth);
	if (err == -ERANGE)
		return command_fail(err, "console: these margins leave less than %u columns and %u lines for text; the "
				    "screen is one of text", CANVAS_COLUMNS_MIN, CANVAS_ROWS_MIN);
	return command_fail(err, "console: no graphics: %s; the screen is one of text",
			    err == -EIO ? "the BIOS does not set the mode that it offers" : err_text(err));
}

/* Decodes it; others get their turns meanwhile. */
static int read_picture(const char *name, const void *data, size_t len)
{
	char why[PICTURE_WHY];
	int err = picture_read(&picture, data, len, task_yield, why);
	return err < 0 ? command_fail(err, "console: %s cannot be shown: %s; the screen stays as it is", name, why) : 0;
}

/* The image of that name, or what the URL leads to; with keep it is an image then. */
static int take_picture(const char *ref, bool keep)
{
	struct image *img = image_find(ref);
	char *url = NULL, *name = NULL;
	int err = 0;
	if (img) {
		err = read_picture(img->name, img->data, img->len);
		if (!keep)
			image_free(img);
		return err;
	}
	err = download_resolve(ref, &url);
	if (err == 0)
		err = download(url, &file, NULL, 0, 0);
	if (err == 0 && !(name = download_name(url)))
		err = -ENOMEM;
	if (err == 0)
		err = read_picture(name, file.data, file.len);
	struct image *kept = err == 0 && keep ? image_add(&file, name, url, NULL) : NULL;
	if (err == 0 && keep && (!kept || image_set_base(kept, download_led_to()) < 0)) {
		image_free(kept);
		picture_free(&picture);
		err = command_fail(-ENOMEM, "console: not enough memory to keep %s; imgfree drops images", name);
	}
	membuf_free(&file);
	free(name);
	free(url);
	return err;
}

static int cmd_console(struct call *c)
{
	struct graphics_wish w = { 0 };
	const char *ref = c->opt[7] && *c->opt[7] ? c->opt[7] : NULL;
	int err = take_numbers(c, &w);
	if (err < 0)
		return err;
	if (!ref && (!w.width || !w.height)) {
		graphics_end();
		return 0;
	}
	struct graphics_wish least = w;		/* before the picture's size is known */
	least.width = w.width ? w.width : 1;
	least.height = w.height ? w.height : 1;
	if (!graphics_possible(&least)) {
		graphics_end();
		return fail(-ENOENT, &least);
	}
	if (ref && (err = take_picture(ref, c->opt[8])) < 0)
		return err;
	w.width = w.width ? w.width : picture.width;
	w.height = w.height ? w.height : picture.height;
	w.picture = &picture;
	err = graphics_begin(&w);
	if (err == 0)
		return 0;
	picture_free(&picture);
	return fail(err, &w);
}

const struct command graphics_commands[] = {
	{ .name = "console",
	  .options = "x/x= y/y= l/left= r/right= t/top= b/bottom= d/depth= p/picture= k/keep", .run = cmd_console,
	  .usage = "[--x n] [--y n] [--left n] [--right n] [--top n] [--bottom n] [--depth n] [--picture url] [--keep]",
	  .help = "the screen in graphics, over a picture; alone: in text" },
	{ 0 },
};
