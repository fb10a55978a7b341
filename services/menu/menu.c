/* SPDX-License-Identifier: BSD-2-Clause */
/* Menus and their entries: see menu.h. */
#include "services/menu/menu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct menu *menus;
static size_t bytes;			/* of all names and texts */
static unsigned entries;

/* A copy that counts; NULL stays NULL and is no failure. */
static int keep(const char *text, char **out)
{
	size_t len = text ? strlen(text) + 1 : 0;
	*out = NULL;
	if (!text)
		return 0;
	if (len > MENU_BYTES_MAX - bytes)
		return -ENOSPC;
	*out = strdup(text);
	if (!*out)
		return -ENOMEM;
	bytes += len;
	return 0;
}

static void drop(char *text)
{
	if (text)
		bytes -= strlen(text) + 1;
	free(text);
}

/* What was typed stays in nobody's memory. */
static void drop_value(struct menu_entry *e)
{
	if (e->value)
		memset(e->value, 0, strlen(e->value));
	free(e->value);
	e->value = NULL;
}

static void drop_entry(struct menu_entry *e)
{
	drop(e->name);
	drop(e->text);
	drop(e->hint);
	drop_value(e);
	free(e);
}

static bool is_called(const struct menu *m, const char *name)
{
	return m->name && name ? !strcmp(m->name, name) : m->name == name;
}

struct menu *menu_find(const char *name)
{
	struct menu *m = menus;
	while (m && !is_called(m, name))
		m = m->next;
	return m;
}

struct menu *menu_create(const char *name, const char *title)
{
	struct menu *old = menu_find(name), *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	if (old)
		menu_delete(old);
	m->end = &m->first;
	if (keep(name, &m->name) < 0 || keep(title ? title : "", &m->title) < 0) {
		drop(m->name);
		free(m);
		return NULL;
	}
	m->next = menus;
	menus = m;
	return m;
}

void menu_delete(struct menu *m)
{
	struct menu **at = &menus;
	while (*at && *at != m)
		at = &(*at)->next;
	if (*at)
		*at = m->next;
	while (m->first) {
		struct menu_entry *e = m->first;
		m->first = e->next;
		drop_entry(e);
		entries--;
	}
	drop(m->name);
	drop(m->title);
	free(m->shown);
	free(m);
}

void menu_delete_all(void)
{
	while (menus)
		menu_delete(menus);
}

void menu_forget(void)
{
	menus = NULL;
	bytes = 0;
	entries = 0;
}

/* Room for one more row. */
static int make_room(struct menu *m)
{
	if (m->count < m->room)
		return 0;
	unsigned room = m->room ? 2 * m->room : 16;
	struct menu_entry **shown = realloc(m->shown, room * sizeof(*shown));
	if (!shown)
		return -ENOMEM;
	m->shown = shown;
	m->room = room;
	return 0;
}

static void append(struct menu *m, struct menu_entry *e)
{
	*m->end = e;
	m->end = &e->next;
	entries++;
	if (e->hidden)
		return;
	e->row = m->count;
	m->shown[m->count++] = e;
	if (e->name && !e->disabled)
		e->number = ++m->numbers;
}

int menu_add(struct menu *m, const char *name, const char *text, int key, unsigned flags)
{
	if (entries == MENU_ENTRIES_MAX)
		return -ENOSPC;
	struct menu_entry *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = key;
	e->preferred = flags & MENU_PREFERRED;
	e->secret = flags & MENU_SECRET;
	e->hidden = flags & MENU_HIDDEN;
	e->disabled = flags & MENU_DISABLED;
	int err = keep(name, &e->name);
	if (err == 0)
		err = keep(text, &e->text);
	if (err == 0)
		err = make_room(m);
	if (err < 0) {
		drop_entry(e);
		return err;
	}
	append(m, e);
	return 0;
}

static struct menu_entry *last(struct menu *m)
{
	return (struct menu_entry *)((char *)m->end - offsetof(struct menu_entry, next));
}

void menu_show_key(struct menu *m, unsigned column)
{
	if (m->first)
		last(m)->key_column = column;
}

int menu_add_hint(struct menu *m, const char *hint)
{
	if (!m->first)
		return -ENOENT;
	struct menu_entry *e = last(m);
	int err = keep(hint, &e->hint);
	unsigned lines = 0;
	for (const char *p = e->hint; p && *p; p += *p == '\n') {
		lines++;
		p += strcspn(p, "\n");
	}
	lines = lines < MENU_HINT_LINES ? lines : MENU_HINT_LINES;
	m->hints = lines > m->hints ? lines : m->hints;
	return err;
}

struct menu_entry *menu_entry(const struct menu *m, unsigned n)
{
	return n < m->count ? m->shown[n] : NULL;
}

int menu_set_value(struct menu_entry *e, const char *text)
{
	char *copy = text ? strdup(text) : NULL;
	if (text && !copy)
		return -ENOMEM;
	drop_value(e);
	e->value = copy;
	return 0;
}
