/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules in the world: see umods.h. */
#include "tests/world/umods.h"

#include <mbedtls/sha256.h>
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define AT UMOD_FILE_DATA

unsigned umod_step;
const struct space *umod_space;

int umod_call(struct user32 *u, uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
	u->frame.eax = number;
	u->frame.ebx = a;
	u->frame.ecx = b;
	u->frame.edx = c;
	u->frame.esi = u->frame.edi = u->frame.ebp = 0;
	return USER32_CALL;
}

int umod_answer(const struct user32 *u)
{
	return (int)u->frame.eax;
}

uint32_t umod_text(const char *t)
{
	CHECK_INT(space_write(umod_space, AT + 256, t, strlen(t) + 1), 0);
	return AT + 256;
}

int umod_say(struct user32 *u, const char *t)
{
	return umod_call(u, UNDINE_WRITE, 1, umod_text(t), (uint32_t)strlen(t));
}

int umod_leave(struct user32 *u, unsigned status)
{
	return umod_call(u, UNDINE_EXIT, status, 0, 0);
}

void umods_serve(void)
{
	static uint8_t file[UMOD_FILE_LEN], wrong[UMOD_FILE_LEN], big[UMODS_BIG];
	static char sums[64 + sizeof("  m.umod\n")];
	uint8_t digest[32];
	umod_make(file);
	umod_put32(file + 84 + 20, 4096);
	mbedtls_sha256(file, sizeof(file), digest, 0);
	for (unsigned i = 0; i < sizeof(digest); i++)
		snprintf(sums + 2 * i, 3, "%02x", digest[i]);
	strcpy(sums + 64, "  m.umod\n");
	memcpy(wrong, file, sizeof(wrong));
	wrong[4] = 2;
	far_serve("/m.umod", file, sizeof(file));
	far_serve("/wrong.umod", wrong, sizeof(wrong));
	far_serve("/other.umod", file, sizeof(file));
	far_serve("/sums", sums, sizeof(sums) - 1);
	far_serve("/some", "some bytes", 10);
	memset(big, 'b', sizeof(big));
	far_serve("/big", big, sizeof(big));
}

void umods_start(const char *script, int (*program)(struct user32 *u, const struct space *s), const char *args)
{
	static char text[1024];
	snprintf(text, sizeof(text), "#!ipxe\n%s", script);
	far_boot_file = "http://files.test/boot.ipxe";
	umods_serve();
	far_serve("/boot.ipxe", text, strlen(text));
	umod_step = 0;
	pc_module = program;
	pc_start(args);
}

static void play(void *arg)
{
	const struct umod_scene *scene = arg;
	char script[1000];
	snprintf(script, sizeof(script), "%secho the end\nshell\n", scene->script);
	umods_start(script, scene->program, NULL);
	CHECK(pc_says("the end", 300 * SECOND));
	for (unsigned i = 0; i < 8 && scene->said[i]; i++)
		if (pc_said(scene->said[i] + (*scene->said[i] == '!')) == (*scene->said[i] == '!')) {
			fprintf(stderr, "not as it should: %s\n", scene->said[i]);
			abort();
		}
}

bool umods_play(const struct umod_scene *scenes, unsigned count)
{
	bool good = true;
	for (unsigned i = 0; i < count; i++)
		good = machine_alone(play, (void *)&scenes[i]) && good;
	return good;
}

int umod_sleeps(struct user32 *u, const struct space *s)
{
	umod_space = s;
	return umod_call(u, UNDINE_SLEEP, 1000000, 0, 0);
}
