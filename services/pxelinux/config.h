/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pxelinux's configuration files: labels, menus and what stands beside them,
 * read as pxelinux reads them (syslinux.cfg(5) and menu.txt of its
 * documentation): keywords in any case, one a line, the last of each counts,
 * what is no keyword is passed over.  Files that others include are asked
 * for through a function, so that host tests read whole trees.  Pure but for
 * that.
 *
 * All texts lie in blocks that belong to the configuration and are given back
 * together.
 */
#ifndef SERVICES_PXELINUX_CONFIG_H
#define SERVICES_PXELINUX_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/pxelinux/look.h"

#define PXCONFIG_DEPTH_MAX 16u		/* files that include each other, as in pxelinux */
#define PXCONFIG_FILES_MAX 256u
#define PXCONFIG_BYTES_MAX (4u << 20)	/* of all files of a configuration together */
#define PXCONFIG_LABELS_MAX 8192u
#define PXCONFIG_MENUS_MAX 512u		/* and so deep, at most */
#define PXCONFIG_KEYS 12u		/* F1 to F12 */

enum px_kind {			/* what its directive says of the file that it boots */
	PX_NONE, PX_KERNEL, PX_LINUX, PX_BOOT, PX_BSS, PX_PXE, PX_FDIMAGE, PX_COM32, PX_CONFIG, PX_LOCALBOOT,
};

enum px_does { PX_BOOTS, PX_SUBMENU, PX_GOTO, PX_EXIT, PX_QUIT, PX_HELP, PX_SEPARATOR };

struct px_line {
	struct px_line *next;
	const char *text;		/* without its end */
};

struct px_lines {
	struct px_line *first, *last;
};

/* MENU HIDDENKEY: who wakes a hidden menu by that key gets what the line says instead. */
struct px_key {
	struct px_key *next;
	int key;
	const char *line;
};

struct px_menu;

struct px_label {
	struct px_label *next;		/* of the configuration, as they stand in it */
	struct px_label *below;		/* of its menu */
	const char *file;		/* where it stands */
	unsigned line;
	const char *name;		/* without blanks; NULL: no command line calls it */
	const char *text;		/* as a menu shows it, with its ^; NULL: its name */
	enum px_does does;
	enum px_kind kind;
	const char *kernel;		/* the file and what follows it; of PX_LOCALBOOT the number */
	const char *append;		/* never NULL: its own, else the one of all */
	const char *initrd;		/* or NULL */
	struct px_lines help;
	const char *password;		/* or NULL */
	const char *tag;		/* of PX_GOTO and PX_EXIT ("": one up), the file of PX_HELP; or NULL */
	struct px_menu *menu;		/* that it is in */
	struct px_menu *to;		/* of PX_SUBMENU */
	uint32_t sysappend;		/* bits */
	unsigned indent;
	bool hidden, disabled;
	bool unnamed;			/* it says nothing of what it boots: kernel is its name */
};

struct px_menu {
	struct px_menu *next;		/* of the configuration */
	struct px_menu *parent;		/* NULL: the top */
	struct px_label *entry;		/* its own in the parent, or NULL */
	struct px_label *first, **end;	/* its labels, by below */
	struct px_label *preferred;	/* MENU DEFAULT, or NULL */
	struct px_label *marked;	/* for its user: where the mark was left; NULL at first */
	const char *tag;		/* or NULL */
	const char *title;		/* "" if it has none */
	/* what a submenu has from its parent as that is at MENU BEGIN */
	const char *password;		/* the master's, or NULL */
	const char *autoboot, *tabmsg, *notabmsg, *passprompt, *background, *ontimeout, *onerror;	/* or NULL */
	const char *own_onerror;	/* MENU ONERROR: onerror gets the line behind it, this not; or NULL */
	struct px_look look;
	struct px_key *keys;
	uint32_t timeout, total;	/* tenths of seconds; 0: none */
	bool allow_options, immediate, hidden;
	bool shift;			/* MENU SHIFTKEY: it is shown only to who holds one down */
};

struct px_config {
	struct px_menu *top, **menus_end;
	struct px_menu *start;		/* the first to be shown */
	struct px_label *first, **end;
	const char *preferred;		/* DEFAULT's command line, or NULL */
	const char *ui;			/* UI's, or NULL */
	const char *display;		/* a file, or NULL */
	const char *key[PXCONFIG_KEYS];	/* files, or NULL */
	struct px_lines say;
	const char *append;		/* of all */
	uint32_t sysappend, cookies;
	bool prompt, implicit, escape, complete;
	bool has_serial;
	uint32_t serial_port, serial_baud, serial_flow;

	unsigned missing;		/* included files that are not there, which pxelinux passes over */
	const char *first_missing;

	/* its own */
	struct px_block *blocks;
	size_t bytes;			/* of files, so far */
	unsigned labels, menus, files;
	int err;
};

struct px_reader {
	/*
	 * The file that INCLUDE names, in memory that the reader owns and that is good until the next call or
	 * done(): 0 or -E; -ENOENT is counted and passed over, others end the reading.
	 */
	int (*read)(void *ctx, const char *name, const char **text, size_t *len);
	void (*done)(void *ctx);	/* the file read last is not needed any more */
	/* What is odd about a line; the configuration goes on. */
	void (*say)(void *ctx, const char *file, unsigned line, const char *what);
	/* Now and then: true when it is to end. */
	bool (*pause)(void *ctx);
	void *ctx;
};

/* Empty, with pxelinux's defaults: 0 or -ENOMEM. */
int px_config_begin(struct px_config *c);
/*
 * Reads a file, and those that it includes, behind what was read before:
 * 0, -ENOMEM, -E2BIG (more than the limits above; said, and what came before is there), -EINTR (the pause), or the
 * reader's, which is never -E2BIG.
 */
int px_config_read(struct px_config *c, const struct px_reader *r, const char *name, const char *text, size_t len);
/* After the last one: defaults, places to start and menus that entries lead to are looked up. */
void px_config_end(struct px_config *c, const struct px_reader *r);
void px_config_free(struct px_config *c);

/* The first label of that name, as the boot: line calls it, or NULL. */
struct px_label *px_config_label(const struct px_config *c, const char *name, size_t len);
/* The menu with that tag; ".top" is the first; or NULL. */
struct px_menu *px_config_menu(const struct px_config *c, const char *tag);
/* Where a menu's mark stands at first, or NULL: nothing of it can be chosen. */
struct px_label *px_menu_preferred(const struct px_menu *m);

#endif
