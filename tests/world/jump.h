/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world's copier_code (services/boot/copier.h): what boot.c copies into the
 * block and jumps to, with EBX = the block.  It calls a function with it.
 */
#ifndef TESTS_WORLD_JUMP_H
#define TESTS_WORLD_JUMP_H

void jump_leads_to(void (*enter)(void *block));

#endif
