/* SPDX-License-Identifier: BSD-2-Clause */
/* When all is tried again: pauses, jitter, who holds a try and how long; properties over drawn lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/shell/retry.h"

#define S 1000000ull

static uint64_t pause_s(unsigned tries, int32_t first_s, int32_t max_s, uint32_t random)
{
	struct retry r = { .tries = tries };
	retry_choose(&r, first_s, max_s, random);
	return r.pause_us / S;
}

static void test_pauses_grow(void **state)
{
	(void)state;
	assert_int_equal(pause_s(0, -1, -1, 0), RETRY_S);	/* the shell came back after a fault before its first */
	assert_int_equal(pause_s(1, -1, -1, 0), RETRY_S);
	assert_int_equal(pause_s(2, -1, -1, 0), 90);
	assert_int_equal(pause_s(3, -1, -1, 0), 135);
	assert_int_equal(pause_s(20, -1, -1, 0), RETRY_MAX_S);
	assert_int_equal(pause_s(2000000000, 1, -1, 0), RETRY_MAX_S);
	assert_int_equal(pause_s(20, -1, 100, 0), 100);
	assert_int_equal(pause_s(9, 500, -1, 0), 500);		/* a first pause beyond the ceiling is the ceiling */
	assert_int_equal(pause_s(9, INT32_MAX, 5, 0), INT32_MAX);
	assert_int_equal(pause_s(99, 1, INT32_MAX, 0), INT32_MAX);
	assert_int_equal(pause_s(1, 0, 100, 77), 0);		/* never */
	assert_int_equal(pause_s(9, 0, -1, 77), 0);
	assert_int_equal(pause_s(9, 7, 0, 0), 7);
}

static void test_jitter(void **state)
{
	uint64_t least = UINT64_MAX, most = 0;
	(void)state;
	for (uint32_t i = 0; i < 4000; i++) {
		struct retry r = { .tries = 1 };
		retry_choose(&r, -1, -1, i * 2654435761u);
		least = r.pause_us < least ? r.pause_us : least;
		most = r.pause_us > most ? r.pause_us : most;
	}
	assert_in_range(least, 45 * S, 46 * S);
	assert_in_range(most, 59 * S, 60 * S);
}

static void test_presence(void **state)
{
	struct retry r = { .tries = 1 };
	(void)state;
	retry_choose(&r, 10, -1, 0);
	assert_int_equal(retry_due_us(&r, 0, 300), RETRY_NEVER);
	retry_begin(&r, 100 * S);
	assert_int_equal(retry_due_us(&r, 0, 300), 110 * S);
	assert_int_equal(retry_due_us(&r, 105 * S, 300), 405 * S);
	assert_int_equal(retry_due_us(&r, 105 * S, 2), 110 * S);
	assert_int_equal(retry_due_us(&r, 105 * S, 0), 110 * S);	/* nobody ever is there */
	/* keys that are no command: an hour and no more */
	assert_int_equal(retry_due_us(&r, 3600 * S, 300), 3700 * S);
	assert_int_equal(retry_due_us(&r, 99999 * S, 300), 3700 * S);
	retry_used(&r, 3600 * S);
	assert_int_equal(retry_due_us(&r, 3650 * S, 300), 3950 * S);
	retry_end(&r);
	assert_int_equal(retry_due_us(&r, 3650 * S, 300), RETRY_NEVER);
}

static void test_cut_short(void **state)
{
	struct retry r = { .tries = 9 };
	(void)state;
	retry_choose(&r, -1, -1, 0);
	retry_cut(&r, 90 * S);			/* nothing is waited for */
	assert_int_equal(r.at_us, 0);
	retry_begin(&r, 100 * S);
	retry_cut(&r, 101 * S);			/* what comes and goes all the time gives no try each second */
	assert_int_equal(r.at_us, (100 + RETRY_LEAST_S) * S);
	retry_begin(&r, 200 * S);
	retry_cut(&r, 250 * S);
	assert_int_equal(r.at_us, 250 * S);
	retry_cut(&r, 260 * S);
	assert_int_equal(r.at_us, 250 * S);
	retry_choose(&r, 5, 5, 0);
	retry_begin(&r, 300 * S);
	retry_cut(&r, 301 * S);			/* nor is one made longer */
	assert_int_equal(r.at_us, 305 * S);
}

static void test_never(void **state)
{
	char note[80] = "x";
	struct retry r = { .tries = 3 };
	(void)state;
	retry_choose(&r, 0, -1, 5);
	retry_begin(&r, S);
	retry_cut(&r, 2 * S);
	assert_int_equal(retry_due_us(&r, 2 * S, 300), RETRY_NEVER);
	retry_note(&r, RETRY_NEVER, 3 * S, note, sizeof(note));
	assert_string_equal(note, "");
}

static void test_note(void **state)
{
	char note[80];
	struct retry r = { 0 };
	(void)state;
	retry_try(&r, 7 * S);
	retry_try(&r, 50 * S);
	retry_note(&r, 800 * S + 1, 730 * S, note, sizeof(note));
	assert_string_equal(note, "(try 3 in 1:11; failing for 12:03)");
	retry_note(&r, 700 * S, 730 * S, note, sizeof(note));
	assert_string_equal(note, "(try 3 in 0:00; failing for 12:03)");
}

static uint32_t chance;

static uint32_t draw(uint32_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 17;
	chance ^= chance << 5;
	return chance % below;
}

/*
 * A life of failing tries, keys, Ctrl-C, commands and news: whatever the order, a try is due no later than the pause
 * and presence after the last key allow, no sooner than the shortest pause, and a key never moves it farther than
 * presence from itself.
 */
static void live(uint32_t seed)
{
	struct retry r = { 0 };
	chance = seed;
	uint64_t now = 1 + draw(1000) * S, typed = 0, used;
	uint32_t presence = draw(4) ? draw(1000) : 0;
	int32_t first = 1 + (int32_t)draw(500), max = (int32_t)draw(1000);
	uint64_t ceiling = (uint64_t)(first > max ? first : max) * S;
	for (unsigned i = 0; i < 40; i++) {
		retry_try(&r, now);
		assert_int_equal(retry_due_us(&r, now, presence), RETRY_NEVER);
		now += draw(100) * S;
		retry_choose(&r, first, max, draw(UINT32_MAX));
		assert_in_range(r.pause_us, (uint64_t)first * S / 4 * 3, ceiling);
		retry_begin(&r, now);
		uint64_t begun = used = now, due;
		for (unsigned k = 0; (due = retry_due_us(&r, typed, presence)) > now; k++) {
			assert_true(due >= begun + (r.pause_us < RETRY_LEAST_S * S ? r.pause_us : RETRY_LEAST_S * S));
			uint64_t by_key = typed ? typed + presence * S : 0;
			assert_true(due <= begun + r.pause_us || due <= by_key);
			assert_true(due <= begun + r.pause_us || due <= used + RETRY_HOLD * presence * S);
			now += draw(presence / 2 + 20) * S + 1;
			if (k > 200)			/* whoever is there leaves */
				continue;
			switch (draw(4)) {
			case 0: typed = now; break;
			case 1: typed = used = now; retry_used(&r, now); break;
			case 2: retry_cut(&r, now); break;
			case 3: typed = draw(2) ? 0 : typed; break;	/* the session ends */
			}
		}
	}
}

static void test_lives(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3000; seed++)
		live(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses_grow), cmocka_unit_test(test_jitter), cmocka_unit_test(test_presence),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_never), cmocka_unit_test(test_note),
		cmocka_unit_test(test_lives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
