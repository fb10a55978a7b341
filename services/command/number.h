/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as scripts, and C, write them: decimal, 0x... or octal 0..., with an optional sign.  Pure. */
#ifndef SERVICES_COMMAND_NUMBER_H
#define SERVICES_COMMAND_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The whole text must be the number: 0, -EINVAL (it is none) or -ERANGE (not in 32 bits). */
int number_parse(const char *text, int32_t *out);
/* The same in two parts, so that 0xffffffff fits too; on -ERANGE *out is the low 32 bits. */
int number_parse_magnitude(const char *text, uint32_t *out, bool *negative);

/* The value of c as a digit up to base 16, or -1. */
int number_digit(char c);

#endif
