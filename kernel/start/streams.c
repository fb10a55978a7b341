/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts text together again that tools/streams.py has taken apart. */
#include <string.h>

#include "kernel/start/streams.h"

struct joiner {
	const struct streams_head *h;
	const uint8_t *at[STREAMS], *end[STREAMS];
	uint8_t *text;
	uint32_t pos, base;
	uint32_t *sites, sites_n, sites_max;
	bool bad;		/* a stream ended too early, or there are too many sites */
};

static uint8_t take_byte(struct joiner *j, int stream)
{
	uint8_t value = 0;
	if (j->at[stream] < j->end[stream])
		value = *j->at[stream]++;
	else
		j->bad = true;
	return j->text[j->pos++] = value;
}

static void take_word(struct joiner *j, int stream)
{
	const uint8_t *p = j->at[stream];
	if (j->end[stream] - p < 4) {
		j->bad = true;
		return;
	}
	uint32_t value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	j->at[stream] += 4;
	if (stream <= STREAM_IMM32 && p[0] == j->h->mark) {
		value = (value & 0xffffff) + j->base;
		if (j->sites_n < j->sites_max)
			j->sites[j->sites_n++] = j->pos;
		else
			j->bad = true;
	}
	if (stream == STREAM_CALL)
		value -= j->pos + 4;
	memcpy(j->text + j->pos, &value, 4);
	j->pos += 4;
}

static void take_instruction(struct joiner *j)
{
	const uint8_t *form_of = j->h->form;
	bool operand16 = false;
	uint8_t opcode = take_byte(j, STREAM_CODE);
	for (int n = 0; n < STREAMS_PREFIXES && form_of[opcode] & FORM_PREFIX; n++) {
		operand16 |= opcode == 0x66;
		opcode = take_byte(j, STREAM_CODE);
	}
	uint8_t form = opcode == 0x0f ? form_of[0x100 + take_byte(j, STREAM_CODE)] : form_of[opcode];
	int kind = form & FORM_KIND;
	if (form & FORM_MODRM) {
		uint8_t modrm = take_byte(j, STREAM_CODE), mod = modrm >> 6, reg = modrm >> 3 & 7, rm = modrm & 7;
		uint8_t foot = rm;
		if (mod != 3 && rm == 4)
			foot = take_byte(j, STREAM_CODE) & 7;	/* the base in the SIB byte */
		if (mod == 1)
			take_byte(j, rm == 5 ? STREAM_DISP8_FRAME : STREAM_DISP8);
		else if (mod == 2 || (mod == 0 && foot == 5))
			take_word(j, STREAM_DISP32);
		if (kind == FORM_TEST8 || kind == FORM_TEST)
			kind = reg > 1 ? FORM_NONE : kind == FORM_TEST8 ? FORM_IMM8 : FORM_IMM;
	}
	if (kind == FORM_IMM8) {
		take_byte(j, STREAM_IMM8);
	} else if (kind == FORM_JUMP8) {
		take_byte(j, STREAM_JUMP8);
	} else if (kind == FORM_IMM && operand16) {
		take_byte(j, STREAM_CODE);
		take_byte(j, STREAM_CODE);
	} else if (kind == FORM_IMM || kind == FORM_ADDRESS) {
		take_word(j, STREAM_IMM32);
	} else if (kind == FORM_CALL) {
		take_word(j, STREAM_CALL);
	} else if (kind == FORM_JUMP32) {
		take_word(j, STREAM_JUMP32);
	}
}

int streams_join(const struct streams_head *h, uint32_t len, uint8_t *text, uint32_t base, uint32_t *sites,
		 uint32_t sites_max)
{
	struct joiner j = { .h = h, .text = text, .base = base, .sites = sites, .sites_max = sites_max };
	const uint8_t *at = (const uint8_t *)(h + 1);
	if (len < sizeof *h)
		return -1;
	len -= sizeof *h;
	for (int i = 0; i < STREAMS; i++) {
		if (h->len[i] > len)
			return -1;
		j.at[i] = at;
		j.end[i] = at += h->len[i];
		len -= h->len[i];
	}
	while (!j.bad && h->text_len - j.pos >= STREAMS_MARGIN)
		take_instruction(&j);
	while (!j.bad && j.pos < h->text_len)
		take_byte(&j, STREAM_CODE);
	return j.bad ? -1 : (int)j.sites_n;
}
