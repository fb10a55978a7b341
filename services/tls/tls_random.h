/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is beneath Mbed TLS: its random numbers, for how long its memory is, and whether there was some.  Apart from
 * tls.c, for who only makes checksums links it, too.
 */
#ifndef SERVICES_TLS_TLS_RANDOM_H
#define SERVICES_TLS_TLS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the library allocates now outlives the task: only amid calls of tls.c and roots.c, which do not wait. */
extern bool tls_lasting;
/*
 * The library has been refused memory since somebody made this false.  Its own error may then be another one: it
 * takes what it could not read for want of memory for damaged, and leaves it out of a list.
 */
extern bool tls_short_of_memory;

/* From now on from there; before that there are none. */
void tls_random_set(uint32_t (*random32)(void));
/* len of them. */
void tls_random(uint8_t *out, size_t len);

#endif
