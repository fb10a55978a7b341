/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules in the world: the processor is played, so that a program is a function that says which call comes next, and
 * sees what the last one answered.
 *
 *	static int quits(struct user32 *u, const struct space *s)
 *	{
 *		umod_space = s;
 *		return umod_leave(u, 0);
 *	}
 */
#ifndef TESTS_WORLD_UMODS_H
#define TESTS_WORLD_UMODS_H

#include <stdint.h>

#include "kernel/user32.h"
#include "tests/unit/umod_file.h"

#define UMODS_BIG (200u << 10)

extern unsigned umod_step;		/* of the program, from 0 */
extern const struct space *umod_space;	/* its memory; each program says which */

/* The next call, and the answer to the last. */
int umod_call(struct user32 *u, uint32_t number, uint32_t a, uint32_t b, uint32_t c);
int umod_answer(const struct user32 *u);
/* Puts it into the program's data: where. */
uint32_t umod_text(const char *t);
int umod_say(struct user32 *u, const char *t);
int umod_leave(struct user32 *u, unsigned status);

/*
 * By http://files.test/: m.umod and other.umod, which have a page of data more than the file, wrong.umod, sums, a list
 * that vouches for m.umod, some, of ten bytes, and big, of UMODS_BIG.
 */
void umods_serve(void);
/* That, and a machine whose script this is, but for its first line: it runs m.umod, which does that. */
void umods_start(const char *script, int (*program)(struct user32 *u, const struct space *s), const char *args);

/* A script, what its modules do, and what has been said at its end. */
struct umod_scene {
	const char *script;
	int (*program)(struct user32 *u, const struct space *s);
	const char *said[8];		/* "!...": not so */
};
/* Each in a machine of its own: whether all were as they should. */
bool umods_play(const struct umod_scene *scenes, unsigned count);

/* Programs that several tests have. */
int umod_sleeps(struct user32 *u, const struct space *s);

#endif
