/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that work on files, fetched before or by them: imgargs imgset imgextract imgmem, md5sum to sha512sum. */
#ifndef SERVICES_BOOT_FILE_COMMANDS_H
#define SERVICES_BOOT_FILE_COMMANDS_H

#include "services/command/command.h"

extern const struct command file_commands[];

#endif
