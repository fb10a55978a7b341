/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image store.  Its strings and list nodes live in an arena of their own,
 * so that they stay when the task that fetched them ends; the bytes are the
 * pages that the download arrived in.
 */
#include "services/image/image.h"

#include <errno.h>
#include <string.h>

#include "kernel/arena.h"
#include "kernel/pages.h"

#define SMALL_LEN (256u * 1024)

static struct arena image_arena;
static struct image *image_list;
static unsigned tickets;

static char *copy_text(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	if (!image_arena.name)
		arena_init(&image_arena, "images");
	char *copy = arena_alloc(&image_arena, len + 1);
	if (copy) {
		memcpy(copy, text ? text : "", len);
		copy[len] = '\0';
	}
	return copy;
}

static int replace_text(char **at, const char *text)
{
	char *copy = copy_text(text);
	if (!copy)
		return -ENOMEM;
	arena_free(*at);
	*at = copy;
	return 0;
}

static void free_node(struct image *img)
{
	arena_free(img->name);
	arena_free(img->args);
	arena_free(img->url);
	arena_free(img->type);
	arena_free(img->reply);
	arena_free(img->base);
	arena_free(img);
}

/*
 * The pages that are not needed are given back.  A small file that came
 * without its length lies in a far bigger buffer; it moves, for hundreds of
 * them would leave nothing but holes.
 */
static void settle(struct membuf *b)
{
	struct membuf exact = { 0 };
	if (b->len <= SMALL_LEN && b->cap - b->len >= PAGE_LEN && membuf_reserve(&exact, b->len) == 0) {
		if (b->len)
			memcpy(exact.data, b->data, b->len);
		exact.len = b->len;
		membuf_free(b);
		*b = exact;
	}
	membuf_trim(b);
}

/* Into the store, by that number. */
static void put(struct image *img, unsigned order)
{
	struct image **at = &image_list;
	img->order = order;
	while (*at && (*at)->order < order)
		at = &(*at)->next;
	img->next = *at;
	*at = img;
}

struct image *image_add(struct membuf *b, const char *name, const char *url, const char *args)
{
	if (!image_arena.name)
		arena_init(&image_arena, "images");
	struct image *img = arena_alloc(&image_arena, sizeof(*img));
	if (!img)
		return NULL;
	memset(img, 0, sizeof(*img));
	img->name = copy_text(name && *name ? name : "unnamed");
	img->url = copy_text(url);
	img->args = copy_text(args);
	img->type = copy_text(NULL);
	img->reply = copy_text(NULL);
	img->base = copy_text(NULL);
	if (!img->name || !img->url || !img->args || !img->type || !img->reply || !img->base) {
		free_node(img);
		return NULL;
	}
	settle(b);
	img->buf = *b;
	memset(b, 0, sizeof(*b));
	img->data = img->buf.data;
	img->len = img->buf.len;
	put(img, image_ticket());
	return img;
}

unsigned image_ticket(void)
{
	return ++tickets;
}

void image_place(struct image *img, unsigned ticket)
{
	struct image **at = &image_list;
	while (*at != img)
		at = &(*at)->next;
	*at = img->next;
	put(img, ticket);
}

struct image *image_find(const char *name)
{
	for (struct image *i = image_list; i; i = i->next)
		if (!strcmp(i->name, name))
			return i;
	return NULL;
}

struct image *image_kernel(void)
{
	for (struct image *i = image_list; i; i = i->next)
		if (i->role == IMAGE_KERNEL)
			return i;
	return NULL;
}

struct image *image_first(void)
{
	return image_list;
}

struct image *image_last(void)
{
	struct image *img = image_list;

	while (img && img->next)
		img = img->next;
	return img;
}

unsigned image_count(void)
{
	unsigned n = 0;
	for (struct image *i = image_list; i; i = i->next)
		n++;
	return n;
}

int image_set_args(struct image *img, const char *args)
{
	return replace_text(&img->args, args);
}

int image_set_type(struct image *img, const char *type)
{
	return replace_text(&img->type, type);
}

int image_set_reply(struct image *img, const char *lines)
{
	return replace_text(&img->reply, lines);
}

int image_set_base(struct image *img, const char *url)
{
	return replace_text(&img->base, url);
}

void image_set_role(struct image *img, enum image_role role)
{
	struct image *kernel = image_kernel();
	if (role == IMAGE_KERNEL && kernel)
		kernel->role = IMAGE_FILE;
	img->role = role;
}

void image_free(struct image *img)
{
	for (struct image **at = &image_list; img && *at; at = &(*at)->next) {
		if (*at != img)
			continue;
		*at = img->next;
		membuf_free(&img->buf);
		free_node(img);
		return;
	}
}

void image_free_behind(const struct image *img)
{
	for (struct image *next, *i = img ? img->next : image_list; i; i = next) {
		next = i->next;
		image_free(i);
	}
}

void image_free_all(void)
{
	while (image_list)
		image_free(image_list);
}
