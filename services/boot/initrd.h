/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files put into a Linux initrd by name: a cpio header in the "newc" format
 * (Linux's Documentation/driver-api/early-userspace/buffer-format.rst), made
 * before the file's bytes, and the trailer behind them, so that any archive
 * may follow.  Pure.  Called by linux_protocol.c.
 */
#ifndef SERVICES_BOOT_INITRD_H
#define SERVICES_BOOT_INITRD_H

#include <stdbool.h>
#include <stdint.h>

#include "services/boot/writer.h"

#define INITRD_ALIGN 4u			/* of each part */

/*
 * True if a module is a file for the initrd and no archive: its arguments
 * name its path, as iPXE has it ("PATH [mode=755] [mkdir=N]", mkdir: that many
 * folders above it are made, -1: all), or its name begins with a slash.
 * *path is then the path, ending at a blank or NUL.
 */
bool initrd_is_file(const char *name, const char *args, const char **path);
/* The headers of a file of len bytes: the folders', its own. */
void initrd_put_header(struct writer *w, const char *path, const char *args, uint32_t len);
void initrd_put_trailer(struct writer *w);

#endif
