/* SPDX-License-Identifier: BSD-2-Clause */
/* What a seed draws: the same numbers each time. */
#ifndef TESTS_WORLD_DRAW_H
#define TESTS_WORLD_DRAW_H

#include <stdint.h>

/* From now on by this seed. */
void draw_by(unsigned seed);
/* 0 to below - 1. */
uint32_t draw(uint32_t below);

#endif
