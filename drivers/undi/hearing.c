/* SPDX-License-Identifier: BSD-2-Clause */
/* See hearing.h. */
#include "drivers/undi/hearing.h"

void hearing_sent(struct hearing *h, uint64_t now_us)
{
	if (!h->sent++)
		h->since_us = now_us;
}

void hearing_heard(struct hearing *h)
{
	h->worked = true;
	h->sent = 0;
	h->patience_us = HEARING_US;
}

uint32_t hearing_deaf_s(struct hearing *h, uint64_t now_us)
{
	if (!h->worked || h->sent < HEARING_FRAMES || now_us - h->since_us < h->patience_us)
		return 0;
	h->sent = 0;
	h->patience_us *= 2;
	return (uint32_t)((now_us - h->since_us) / 1000000);
}
