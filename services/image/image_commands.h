/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the images in the store, imgstat imgfree kenv, and what others share with them. */
#ifndef SERVICES_IMAGE_IMAGE_COMMANDS_H
#define SERVICES_IMAGE_IMAGE_COMMANDS_H

#include "services/command/command.h"

extern const struct command image_commands[];

/* The arguments after the first as one text, the caller's to free, or NULL. */
char *image_args(const struct call *c);
/* A row's `words`: the images' names for every argument, for the first one. */
const char *image_words(unsigned arg, unsigned i);
const char *image_first_word(unsigned arg, unsigned i);

#endif
