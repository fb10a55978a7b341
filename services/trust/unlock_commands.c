/* SPDX-License-Identifier: BSD-2-Clause */
/* A password at this machine's own keyboard.  See unlock_commands.h. */
#include "services/trust/unlock_commands.h"

#include <errno.h>
#include <stdlib.h>

#include <mbedtls/platform_util.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/script/script.h"
#include "services/script/settings.h"
#include "services/trust/trust_check.h"
#include "services/trust/unlock.h"

#define WAIT_MAX_S 64u			/* after wrong ones: 1, 2, 4, ... s */

static const char prompt[] = "password, here: ";
static unsigned wrong;			/* so many, one after the other */
static uint64_t not_before_us;

/* The line that is typed, of which nothing is shown: its length, or -ECANCELED or -EINTR. */
static int read_password(char typed[UNLOCK_PASSWORD_MAX])
{
	size_t len = 0;
	int key = 0;

	console_live(prompt, sizeof(prompt) - 1);
	while (key != KEY_ENTER && key != KEY_CTRL_C && key != -EINTR) {
		key = command_key(CLOCK_NEVER);
		if (key == KEY_BACKSPACE && len)
			len--;
		else if (key >= ' ' && key < 0x7f && len < UNLOCK_PASSWORD_MAX)
			typed[len++] = (char)key;
	}
	console_live(NULL, -1);
	return key == -EINTR ? key : key == KEY_CTRL_C ? -ECANCELED : (int)len;
}

static bool turn(void)
{
	task_yield();
	return command_interrupted();
}

/* Against the one that our file has: 0 or -E, said. */
static int check(const char *typed, size_t len)
{
	char *kept;

	if (settings_text(command_settings(), UNLOCK_SETTING, &kept) < 0)
		return command_fail(-ENOMEM, "unlock: no memory");
	enum unlock end = unlock_check(kept, typed, len, turn);
	free(kept);
	switch (end) {
	case UNLOCK_OPENS:
		wrong = 0;
		return 0;
	case UNLOCK_FORM:
		return command_fail(-EINVAL, "unlock: " UNLOCK_SETTING " is not what tools/options.py makes of "
				    "unlock-password; it opens for nobody");
	case UNLOCK_WRONG:
		not_before_us = clock_us() + (wrong < 6 ? 1u << wrong : WAIT_MAX_S) * 1000000ull;
		wrong++;
		return command_fail(-EACCES, "unlock: that is not the password");
	default:
		return end == UNLOCK_ENDED ? -EINTR : command_fail(-ENOMEM, "unlock: no memory");
	}
}

static int cmd_unlock(struct call *c)
{
	char typed[UNLOCK_PASSWORD_MAX];
	uint64_t now = clock_us();

	(void)c;
	if (trust_policy() != TRUST_SIGNED)
		return trust_policy() == TRUST_OPEN ? 0 :
		       command_fail(-EACCES, "unlock: " TRUST_POLICY " is not understood, and nothing opens that");
	if (!(settings_marks(command_settings(), UNLOCK_SETTING) & SETTING_FINAL))
		return command_fail(-ENOENT, "unlock: this file has no password for that: tools/options.py --set "
				    "unlock-password=... --final unlock-password");
	if (!console_typed_here() || !script_at_prompt(command_script()))
		return command_fail(-EACCES, "unlock: only at this machine's own screen or serial port, and not in a "
				    "script or from far away");
	if (now < not_before_us)
		return command_fail(-EAGAIN, "unlock: after a wrong password the next one is taken in %u s",
				    (unsigned)((not_before_us - now + 999999) / 1000000));
	int len = read_password(typed);
	int err = len < 0 ? len : !console_typed_here() ?
		  command_fail(-EACCES, "unlock: a part of it was typed far away") : check(typed, (size_t)len);

	mbedtls_platform_zeroize(typed, sizeof(typed));
	if (err < 0)
		return err;
	trust_unlock();
	log_warn("unlock: what is typed at this machine may use what nobody vouches for, until the next try");
	return 0;
}

const struct command unlock_commands[] = {
	{ .name = "unlock", .max = 0, .run = cmd_unlock,
	  .help = "under trust-policy signed: a password lets this machine's prompt use what nobody vouches for" },
	{ 0 },
};
