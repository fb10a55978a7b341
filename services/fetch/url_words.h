/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that Tab completes by asking a server: URLs, by the listing of the
 * folder that they are in.  Listings are asked for once in a session, in five
 * seconds at the most, and any key ends that.  For the task that runs
 * commands; editor.h has whom to give these to.
 */
#ifndef SERVICES_FETCH_URL_WORDS_H
#define SERVICES_FETCH_URL_WORDS_H

#include <stddef.h>

/* Gets ready for a word: 0, or the key that came meanwhile. */
int url_words_ask(const char *word, size_t len);
/* The i-th thing that is in that word's folder, as a whole URL, good until the next call; NULL past the last. */
const char *url_words_get(unsigned i);
/* The listings went with the memory of the task that had them. */
void url_words_forget(void);

#endif
