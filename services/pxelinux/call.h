/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a line at pxelinux's boot: prompt, of DEFAULT, ONTIMEOUT or a menu
 * means: which file, of which kind, with which arguments and initrds
 * (syslinux.cfg(5)).  Pure.
 */
#ifndef SERVICES_PXELINUX_CALL_H
#define SERVICES_PXELINUX_CALL_H

#include "services/pxelinux/config.h"

#define PX_CALL_MAX 16384u		/* bytes of a file's name with all arguments */

struct px_call {
	enum px_kind kind;		/* PX_KERNEL only where its name has no ending that says it */
	const struct px_label *label;	/* or NULL: a file was named */
	char file[1024];		/* without arguments */
	char args[PX_CALL_MAX];		/* the whole of them, initrd= among them */
	size_t options;			/* where in args what was typed behind the label begins, SYSAPPEND's place */
	uint32_t sysappend;
};

/*
 * The line's: 0; -ENOENT: it names no label, and files are not to be named; -ENOEXEC: its label names nothing to be
 * booted; -E2BIG.
 */
int px_call_make(struct px_call *call, const struct px_config *c, const char *line);
/* The same of a label, without options: 0, -ENOEXEC or -E2BIG. */
int px_call_label(struct px_call *call, const struct px_label *l);
/* The same of a label whose line was edited, which has FILE ARGUMENTS and SYSAPPEND's words: 0 or -E2BIG. */
int px_call_edited(struct px_call *call, const struct px_label *l, const char *line);
/* Its arguments become a call of their own, FILE ARGUMENTS: 0, -ENOENT (there are none) or -E2BIG. */
int px_call_shift(struct px_call *call);
/*
 * The i-th name in initrd=, initrd+= and initrdfile=, from 0: its length, 0 past the last.  as_file: it goes into the
 * initrd as a file, which is called so, or as what stands behind its @.
 */
size_t px_call_initrd(const struct px_call *call, unsigned i, const char **name, bool *as_file);
/* The kind that a file's ending says, or PX_KERNEL. */
enum px_kind px_kind_of(const char *file);
/* The name of a c32 module without folder and ending, into out: true if file ends so. */
bool px_module(const char *file, char *out, size_t cap);

#endif
