/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of Linux's loaders, where they have started the loader as a
 * kernel (undine.lkrn): first words that are settings, as arguments always
 * are; then, from the first word on that is none, commands, as iPXE takes
 * them.  What those loaders add by themselves is nobody's: BOOT_IMAGE= and
 * initrd=, and syslinux's "auto".  Pure.
 */
#ifndef SERVICES_FIRMWARE_KERNEL_LINE_H
#define SERVICES_FIRMWARE_KERNEL_LINE_H

#include <stddef.h>

/* Writes the settings to words, which has room for the whole line: the rest of line, "" where no commands follow. */
const char *kernel_line_split(const char *line, char *words);

#endif
