/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pxelinux's configuration files: whatever they hold, every label is in a menu,
 * every menu can be reached, and each line that they name is understood or
 * refused.  Files that are included lie in the input, parted by NUL NUL, by
 * number.  And as a display file each of its lines is one that the log takes.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/pxelinux/call.h"
#include "services/pxelinux/chain.h"
#include "services/pxelinux/config.h"
#include "services/pxelinux/display.h"
#include "services/pxelinux/password.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *input, *input_end;
static unsigned open_, reads;

/* Part n of the input. */
static int part(unsigned n, const char **text, size_t *len)
{
	const uint8_t *at = input;
	for (;; n--) {
		const uint8_t *end = memmem(at, (size_t)(input_end - at), "\0\0", 2);
		*text = (const char *)at;
		*len = (size_t)((end ? end : input_end) - at);
		if (!n)
			return 0;
		if (!end)
			return -ENOENT;
		at = end + 2;
	}
}

static int read_part(void *ctx, const char *name, const char **text, size_t *len)
{
	(void)ctx;
	if (reads++ > 40)		/* files that include each other twice are read a great many times */
		return -EINTR;
	int err = part((unsigned)name[0] % 8, text, len);
	open_ += err == 0;
	return err;
}

static void done(void *ctx)
{
	(void)ctx;
	assert(open_--);
}

static void say(void *ctx, const char *file, unsigned line, const char *what)
{
	(void)ctx;
	(void)line;
	assert(*what && strlen(file) < SIZE_MAX);
}

static bool go_on(void *ctx)
{
	(void)ctx;
	return false;
}

static bool at_once(void)
{
	return true;
}

static void call(const struct px_config *c, const char *line)
{
	static struct px_call made;
	const char *name;
	bool as_file;
	int err = px_call_make(&made, c, line);
	assert(err == 0 || err == -ENOENT || err == -ENOEXEC || err == -E2BIG);
	if (err)
		return;
	assert(made.kind != PX_NONE && strlen(made.args) < PX_CALL_MAX);
	static struct px_chain chain;
	struct boot_why why = { "" };
	err = px_chain_parse(&chain, made.args, &why);
	assert(err == 0 || why.text[0]);
	assert(strlen(chain.file) < PX_CHAIN_NAME_MAX && strlen(chain.wanted.label) < sizeof(chain.wanted.label));
	for (unsigned i = 0; px_call_initrd(&made, i, &name, &as_file); i++)
		assert(name >= made.args && name < made.args + PX_CALL_MAX);
	while ((err = px_call_shift(&made)) == 0)
		assert(*made.file && made.options <= strlen(made.args));
	assert(err == -ENOENT || err == -E2BIG);
}

/* Whoever types what is kept has it only where that is in the clear. */
static void open_by(const char *kept)
{
	enum password result = password_check(kept, kept, at_once);
	assert((result == PASSWORD_OPENS) == (*kept && *kept != '$'));
	assert((result == PASSWORD_FORM) == !password_is_known(kept));
}

static void check(const struct px_config *c)
{
	unsigned in_menus = 0;
	for (const struct px_menu *m = c->top; m; m = m->next) {
		const struct px_label *p = px_menu_preferred(m);
		assert(m->title && (!p || (p->menu == m && !p->hidden && !p->disabled)));
		assert(m == c->top || (m->parent && m->entry && m->entry->to == m));
		for (const struct px_label *l = m->first; l; l = l->below, in_menus++) {
			assert(l->menu == m && l->append && (l->kind == PX_NONE || l->kernel));
			if (l->password)
				open_by(l->password);
		}
		if (m->password)
			open_by(m->password);
		if (m->ontimeout)
			call(c, m->ontimeout);
	}
	for (const struct px_label *l = c->first; l; l = l->next, in_menus--)
		if (l->name)
			call(c, l->name);
	assert(!in_menus && c->start);
	if (c->preferred)
		call(c, c->preferred);
}

static void show(const uint8_t *data, size_t len)
{
	struct px_display d;
	char line[40];
	px_display_begin(&d, (const char *)data, len);
	while (px_display_line(&d, line, sizeof(line))) {
		assert(strlen(line) < sizeof(line) && d.at <= d.end);
		for (const char *c = line; *c; c++)
			assert((unsigned char)*c < 0xa0 && *c != 0x7f && (*c < 0 || *c >= ' ' || *c == '\t'));
	}
	assert(d.at == d.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct px_reader reader = { .read = read_part, .done = done, .say = say, .pause = go_on };
	struct px_config c;
	const char *text;
	size_t first;
	show(data, len);
	input = data;
	input_end = data + len;
	open_ = reads = 0;
	if (px_config_begin(&c) == 0 && part(0, &text, &first) == 0 &&
	    px_config_read(&c, &reader, "default", text, first) != -ENOMEM) {
		px_config_end(&c, &reader);
		check(&c);
	}
	assert(!open_);
	px_config_free(&c);
	return 0;
}
