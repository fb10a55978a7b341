/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image store: what has been fetched and waits to be booted, in the order
 * in which it came.  There is one store; it outlives the tasks that fill it.
 * An image owns its bytes and its strings.  Nothing here waits.
 *
 * Names need not be unique (two modules may both be called "initrd");
 * image_find() gives the first.  Called by the image commands of the shell
 * and by services/boot.
 */
#ifndef SERVICES_IMAGE_IMAGE_H
#define SERVICES_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/membuf.h"

enum image_role {
	IMAGE_FILE,		/* only kept: a script, something to take a checksum of */
	IMAGE_MODULE,		/* handed to the kernel: module, initrd, imgfetch */
	IMAGE_KERNEL,		/* the one that `boot` starts; image_set_role keeps it the only one */
};

/* What the bytes are; see image_type_probe() and image_types in probe.c. */
enum image_type {
	IMAGE_UNKNOWN,
	IMAGE_EMPTY,
	IMAGE_SCRIPT,
	IMAGE_GZIP,
	IMAGE_MULTIBOOT2,
	IMAGE_MULTIBOOT,
	IMAGE_ELF,		/* ELF, and no boot protocol to be seen */
	IMAGE_FREEBSD,		/* ELF, marked as FreeBSD's */
	IMAGE_RAW,		/* flat; only --type says so */
	IMAGE_LINUX,		/* bzImage or zImage; its header says how it is entered */
	IMAGE_LINUX16,		/* through its setup code; only --type says so */
	IMAGE_LINUX32,		/* past its setup code; only --type says so */
	IMAGE_NBP,		/* network bootstrap program, for 0:7C00 */
	IMAGE_BOOTSECTOR,	/* a disk's or a partition's first sector; only --type and sanboot say so */
	IMAGE_CPIO,
	IMAGE_XZ,
	IMAGE_ZSTD,
	IMAGE_BZIP2,
	IMAGE_LZ4,
	IMAGE_PAGE,		/* HTML: what many servers send instead of a file that they do not have */
	IMAGE_SCRIPT_BOM,	/* a script as some editors save it: behind a byte order mark */
	IMAGE_SCRIPT_UTF16,	/* or in UTF-16 */
	IMAGE_SCRIPT_CR,	/* or with CR, and no LF, behind each line */
	IMAGE_SCRIPT_LATE,	/* #!ipxe stands further down, behind blanks, or in capitals */
	IMAGE_TYPES
};

/* What its checksum said. */
enum image_trust { IMAGE_UNCHECKED, IMAGE_GOOD, IMAGE_LISTED, IMAGE_BAD };

struct image {
	struct image *next;
	char *name;		/* never NULL or empty */
	char *args;		/* command line without the name; "" when there is none */
	char *url;		/* where it came from, "" when unknown */
	char *base;		/* to what names in it are relative where that is not url; else "" */
	/* what --type said: a kernel's image type, or what a module means to its kernel; "" = by content */
	char *type;
	/* an NBP's: what changes in the ROM's DHCP packets, lines as nbp_changes_parse() reads them; "" = nothing */
	char *reply;
	const struct boot_disk *disk;	/* a boot sector's: where it is from; NULL: drive 80h */
	const uint8_t *data;	/* = buf.data */
	size_t len;		/* bytes, = buf.len */
	struct membuf buf;	/* owned; page aligned */
	unsigned order;		/* its number, in which they stand in the store */
	enum image_role role;
	enum image_trust trust;
	bool vouched;		/* under the policy `signed` somebody's word for it has been found */
	bool trusted;		/* a signature by somebody who is believed vouches for it */
	unsigned maker;		/* the number of the module that has made it and may fail yet; or 0 */
	bool no_name;		/* the kernel gets args without the name before them */
	bool autofree;		/* of no use any more after an attempt to boot it */
	bool no_unzip;		/* hand it over packed, as it is */
	bool has_load, has_entry;
	uint32_t load, entry;	/* --load, --entry: where a flat image goes and is entered */
};

/*
 * Puts an image at the end of the store.  Takes over b's pages (trimmed to
 * length; *b is all zero afterwards) and copies the strings; url and args may
 * be NULL.  NULL when memory is short: then b still belongs to the caller.
 */
struct image *image_add(struct membuf *b, const char *name, const char *url, const char *args);
/* The first image of that name, or NULL. */
struct image *image_find(const char *name);
/* The image that `boot` would start, or NULL. */
struct image *image_kernel(void);
/* The first image of the store, or NULL; go on with ->next. */
struct image *image_first(void);
struct image *image_last(void);		/* or NULL */
unsigned image_count(void);

/* A number for an image that comes later, and will stand before those that are added meanwhile: image_place(). */
unsigned image_ticket(void);
void image_place(struct image *img, unsigned ticket);

/* A copy of args (or type, reply, base) replaces the old one: 0 or -ENOMEM (nothing changed). */
int image_set_args(struct image *img, const char *args);
int image_set_type(struct image *img, const char *type);
int image_set_reply(struct image *img, const char *lines);
int image_set_base(struct image *img, const char *url);
/* IMAGE_KERNEL turns the kernel before it, if there was one, into an IMAGE_FILE. */
void image_set_role(struct image *img, enum image_role role);

void image_free(struct image *img);	/* out of the store, memory given back; NULL is ignored */
void image_free_behind(const struct image *img);	/* all that came after it; NULL: all */
void image_free_all(void);

/*
 * How what can be booted is known, in the order in which it is asked: the
 * last row has no function.  They stay.  Called by main.c.
 */
struct image_probe {
	enum image_type type;
	bool (*is)(const uint8_t *data, size_t len);
};
void image_set_probes(const struct image_probe *rows);

/* What the bytes are, by content alone.  Pure. */
enum image_type image_type_probe(const uint8_t *data, size_t len);
/* The type that --type calls so, or IMAGE_UNKNOWN. */
enum image_type image_type_named(const char *name);
/* What img's contents (unpacked by the caller, where need be) are to be treated as: img->type, else the probe. */
enum image_type image_type_of(const struct image *img, const uint8_t *data, size_t len);
/* "Multiboot2 kernel", "gzip", ...: for imgstat and for messages. */
const char *image_type_text(enum image_type type);
/* What is wrong with it where something to be run was meant, as a sentence; NULL: nobody knows. */
const char *image_type_mistake(enum image_type type);

#endif
