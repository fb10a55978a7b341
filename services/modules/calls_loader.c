/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' calls to the loader: commands, settings, images, keys.  See calls.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/membuf.h"
#include "kernel/random.h"
#include "sdk/include/undine_abi.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/image/image.h"
#include "services/modules/calls.h"
#include "services/script/settings.h"

#define SLICE_US 200000u
#define PROGRESS_MAX 128u
#define RANDOM_MAX 256u

/* The task of the commands runs it, which waits in `run` for a module in the foreground. */
static int call_run(struct module *m, const struct call_args *c)
{
	int n = space_text(&m->space, m->command, sizeof(m->command), c->a);
	if (n < 0)
		return n;
	if (m->background)
		return -EBUSY;
	m->wants_command = true;
	waitq_wake(&m->changed);
	while (m->wants_command && !m->stop) {
		m->busy_us = 0;
		waitq_wait(&m->command_done, clock_us() + SLICE_US);
	}
	m->turn_us = clock_us();
	return m->wants_command ? -EINTR : m->command_result;
}

static int give(struct module *m, const struct call_args *c, const void *bytes, size_t len)
{
	int err = space_write(&m->space, c->b, bytes, len < c->c ? len : c->c);
	return err < 0 ? err : (int)len;
}

static int call_setting(struct module *m, const struct call_args *c)
{
	char name[SETTING_NAME_MAX + 1], *text;
	int n = space_text(&m->space, name, sizeof(name), c->a);
	if (n >= 0)
		n = settings_text(command_settings(), name, &text);
	if (n < 0)
		return n;
	n = give(m, c, text, (size_t)n);
	free(text);
	return n;
}

static int call_setting_raw(struct module *m, const struct call_args *c)
{
	char name[SETTING_NAME_MAX + 1];
	struct setting_value v;
	int err = space_text(&m->space, name, sizeof(name), c->a);
	if (err >= 0)
		err = settings_fetch(command_settings(), name, &v);
	return err < 0 ? err : give(m, c, v.raw, v.len);
}

static int call_image_make(struct module *m, const struct call_args *c)
{
	char name[64];
	struct membuf b = { 0 };
	struct image *img;
	size_t len = c->c;
	int err = space_text(&m->space, name, sizeof(name), c->a);
	if (err < 0)
		return err;
	if (!*name)
		return -EINVAL;
	if (!space_holds(&m->space, c->b, len, false))
		return -EFAULT;
	if (module_room(m) < module_image_len(len) || membuf_reserve(&b, len ? len : 1) < 0)
		return -ENOMEM;
	(void)space_read(&m->space, b.data, c->b, len);
	b.len = len;
	img = image_add(&b, name, NULL, NULL);
	if (img)
		img->maker = m->id;
	membuf_free(&b);
	return img ? 0 : -ENOMEM;
}

static int call_image_read(struct module *m, const struct call_args *c)
{
	char name[64];
	int err = space_text(&m->space, name, sizeof(name), c->a);
	if (err < 0)
		return err;
	const struct image *img = image_find(name);
	if (!img)
		return -ENOENT;
	size_t left = c->b < img->len ? img->len - c->b : 0, len = c->d < left ? c->d : left;
	if (!len)
		return 0;
	err = space_write(&m->space, c->c, img->data + c->b, len);
	return err < 0 ? err : (int)len;
}

static int call_image_info(struct module *m, const struct call_args *c)
{
	const struct image *img = image_first();
	for (uint32_t i = 0; img && i < c->a; i++)
		img = img->next;
	if (!img)
		return -ENOENT;
	struct undine_image info = { .len = (uint32_t)img->len, .role = img->role };
	snprintf(info.name, sizeof(info.name), "%s", img->name);
	return space_write(&m->space, c->b, &info, sizeof(info));
}

static int call_key(struct module *m, const struct call_args *c)
{
	int ms = (int)c->a;
	uint64_t until = ms < 0 ? CLOCK_NEVER : clock_us() + (uint64_t)ms * 1000;
	while (!m->keys && !m->stop && clock_us() < until) {
		uint64_t slice = clock_us() + SLICE_US;
		m->busy_us = 0;
		waitq_wait(&m->command_done, slice < until ? slice : until);
	}
	m->turn_us = clock_us();
	if (!m->keys)
		return m->stop ? -EINTR : -EAGAIN;
	int key = m->key[0];
	memmove(m->key, m->key + 1, --m->keys * sizeof(m->key[0]));
	return key;
}

static int call_progress(struct module *m, const struct call_args *c)
{
	char text[PROGRESS_MAX];
	int n = space_text(&m->space, text, sizeof(text), c->a);
	if (n < 0)
		return n;
	if (m->background)
		return -EBUSY;
	console_live(text, -1);
	return 0;
}

static int call_random(struct module *m, const struct call_args *c)
{
	uint8_t bytes[RANDOM_MAX];
	if (c->b > sizeof(bytes))
		return -EINVAL;
	for (uint32_t i = 0; i < c->b; i++)
		bytes[i] = (uint8_t)random_u32();
	return space_write(&m->space, c->a, bytes, c->b);
}

call_fn *const calls_loader[] = {
	call_run, call_setting, call_setting_raw, call_image_make, call_image_read, call_image_info, call_key,
	call_progress, call_random,
};
_Static_assert(sizeof(calls_loader) / sizeof(calls_loader[0]) == UNDINE_LOG - UNDINE_RUN, "undine_abi.h");
