/* SPDX-License-Identifier: BSD-2-Clause */
/* The console's task: see console_service.h. */
#include "services/console/console_service.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/clock.h"
#include "kernel/task.h"
#include "services/console/console.h"
#include "services/console/local.h"

#define PASTE_US 200000u	/* bytes are coming: look at every turn, for a FIFO holds 1.4 ms of them */
#define SERIAL_US 5000u		/* otherwise */
#define KEYBOARD_US 30000u
#define QUIET_AFTER_US 5000000u	/* nobody types: look less often, so that the processor may sleep */
#define QUIET_US 50000u

static struct waitq readers;
static uint64_t last_key_us;

void console_focus(struct input_focus *f)
{
	input_focus(console_input(), f);
}

void console_release(struct input_focus *f)
{
	input_release(console_input(), f);
	waitq_wake(&readers);
}

void console_key_came(void)
{
	last_key_us = clock_us();
	waitq_wake(&readers);
}

int console_key(struct input_focus *f, uint64_t deadline_us)
{
	struct input *in = console_input();
	int key, err = 0;
	while ((key = input_take(in, f)) < 0 && err == 0) {
		in->reader = f;
		err = waitq_wait(&readers, deadline_us);
		in->reader = NULL;
	}
	return key < 0 ? -ETIMEDOUT : key;
}

bool console_interrupted(const struct input_focus *f)
{
	return input_interrupted(console_input(), f);
}

void console_main(void *arg)
{
	(void)arg;
	uint64_t keyboard_due = 0;
	for (;;) {
		uint64_t now = clock_us();
		local_read_ports();
		console_pump();
		if (now >= keyboard_due) {
			local_read_keyboard();
			keyboard_due = now + KEYBOARD_US;
		}
		if (console_busy() || (last_key_us && now - last_key_us < PASTE_US))
			task_yield();
		else
			task_sleep_until(now + (now - last_key_us > QUIET_AFTER_US ? QUIET_US : SERIAL_US));
	}
}
