/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's task, and waiting for keys.  The screens themselves are
 * console.h's, the machine's own ones local.h's.
 */
#ifndef SERVICES_CONSOLE_CONSOLE_SERVICE_H
#define SERVICES_CONSOLE_CONSOLE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/console/input.h"
#include "services/console/keys.h"

/* The service's task: reads keyboards and serial ports, pushes their output out. */
void console_main(void *arg);

/* f gets the keys, or lets go of them (input.h). */
void console_focus(struct input_focus *f);
void console_release(struct input_focus *f);
/* The next key that f gets until the deadline, or -ETIMEDOUT.  Waits. */
int console_key(struct input_focus *f, uint64_t deadline_us);
/*
 * True if f has the focus and a Ctrl-C has been typed that nobody has read;
 * takes it away, with what was typed before it.
 */
bool console_interrupted(const struct input_focus *f);
/* Wakes who waits for a key: for console_init(). */
void console_key_came(void);

#endif
