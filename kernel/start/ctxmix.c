/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctxmix.h.  After the published descriptions of Matt Mahoney's PAQ family:
 * bitwise prediction, logistic mixing, hashed nodes of half a byte.
 */
#include <stdbool.h>
#include <string.h>

#include "kernel/start/ctxmix.h"

#define MATCH_MIN 4u
#define MATCH_LONG 15u
#define COUNT_MAX 10		/* a node's probability moves by at least a twelfth */
#define WEIGHT_LOG2 14
#define LEARNING 8
#define SURE 256			/* an input that is always there */
#define ERROR_MIN 64		/* of 4096: nothing is to be learned from less */

enum { OPCODE, OPCODE2, MODRM, SIB, DISPLACEMENT, IMMEDIATE };	/* kind */

/* --- the instruction a byte belongs to: nothing here has to be right, only the same on both sides */

/* What follows the opcodes up to `last`: its ModRM byte (8), bytes of an immediate operand (0..6). */
static const struct { uint8_t last, form; } one_byte[] = {
	/* 00-3F: by their low bits */
	{ 0x61, 0 }, { 0x63, 8 }, { 0x67, 0 }, { 0x68, 4 }, { 0x69, 8 + 4 }, { 0x6a, 1 }, { 0x6b, 8 + 1 }, { 0x6f, 0 }, { 0x7f, 1 },
	{ 0x80, 8 + 1 }, { 0x81, 8 + 4 }, { 0x83, 8 + 1 }, { 0x8f, 8 }, { 0x99, 0 }, { 0x9a, 6 }, { 0x9f, 0 }, { 0xa3, 4 }, { 0xa7, 0 },
	{ 0xa8, 1 }, { 0xa9, 4 }, { 0xaf, 0 }, { 0xb7, 1 }, { 0xbf, 4 }, { 0xc1, 8 + 1 }, { 0xc2, 2 }, { 0xc3, 0 }, { 0xc5, 8 },
	{ 0xc6, 8 + 1 }, { 0xc7, 8 + 4 }, { 0xc8, 3 }, { 0xcc, 0 }, { 0xcd, 1 }, { 0xcf, 0 }, { 0xd3, 8 }, { 0xd5, 1 }, { 0xd7, 0 },
	{ 0xdf, 8 }, { 0xe7, 1 }, { 0xe9, 4 }, { 0xea, 6 }, { 0xeb, 1 }, { 0xf5, 0 }, { 0xf7, 8 }, { 0xfd, 0 }, { 0xff, 8 },
}, two_bytes[] = {
	{ 0x04, 8 }, { 0x0b, 0 }, { 0x2f, 8 }, { 0x37, 0 }, { 0x7f, 8 }, { 0x8f, 4 }, { 0x9f, 8 }, { 0xa2, 0 }, { 0xa3, 8 }, { 0xa4, 8 + 1 },
	{ 0xa7, 8 }, { 0xaa, 0 }, { 0xab, 8 }, { 0xac, 8 + 1 }, { 0xb9, 8 }, { 0xba, 8 + 1 }, { 0xc7, 8 }, { 0xcf, 0 }, { 0xff, 8 },
};

static uint8_t form_of(uint8_t op)
{
	uint32_t i = 0;
	if (op < 0x40)
		return (op & 7) < 4 ? 8 : (op & 7) == 4 ? 1 : (op & 7) == 5 ? 4 : 0;
	while (one_byte[i].last < op)
		i++;
	return one_byte[i].form;
}

static uint8_t form_of_two(uint8_t op)
{
	uint32_t i = 0;
	while (two_bytes[i].last < op)
		i++;
	return two_bytes[i].form;
}

static bool is_prefix(uint8_t c)
{
	return c == 0x66 || c == 0xf0 || c == 0xf2 || c == 0xf3 || c == 0x64 || c == 0x65 || c == 0x2e || c == 0x3e || c == 0x26;
}

static void next_field(struct ctxmix *m, uint8_t displacement)
{
	m->field_at = 0;
	if (displacement) {
		m->kind = DISPLACEMENT;
		m->left = displacement;
	} else if (m->imm) {
		m->kind = IMMEDIATE;
		m->left = m->imm;
		m->imm = 0;
	} else {
		m->past = m->past << 8 | m->op;
		m->kind = OPCODE;
		m->op = m->modrm = m->sib = 0;
	}
}

static void opcode(struct ctxmix *m, uint8_t form)
{
	m->imm = form & 7;
	if (m->prefix == 0x66 && m->imm == 4)
		m->imm = 2;
	m->prefix = 0;
	if (form & 8)
		m->kind = MODRM;
	else
		next_field(m, 0);
}

static uint8_t displacement(uint8_t mod, uint8_t base)
{
	return mod == 1 ? 1 : mod == 2 || (mod == 0 && base == 5) ? 4 : 0;
}

static void follow(struct ctxmix *m, uint8_t c)
{
	switch (m->kind) {
	case OPCODE:
		if (is_prefix(c)) {
			m->prefix = c;
			return;
		}
		m->op = c;
		if (c == 0x0f)
			m->kind = OPCODE2;
		else
			opcode(m, form_of(c));
		return;
	case OPCODE2:
		m->op = c ^ 0xa5;
		opcode(m, form_of_two(c));
		return;
	case MODRM:
		m->modrm = c;
		if ((m->op & 0xfe) == 0xf6 && !(c & 0x30))	/* of the group only TEST has one */
			m->imm = m->op & 1 ? 4 : 1;
		if (c >> 6 != 3 && (c & 7) == 4)
			m->kind = SIB;
		else
			next_field(m, displacement(c >> 6, c & 7));
		return;
	case SIB:
		m->sib = c;
		next_field(m, displacement(m->modrm >> 6, c & 7));
		return;
	default:
		m->field_at++;
		if (!--m->left)
			next_field(m, 0);
	}
}

/* --- numbers */

static uint32_t hash_of(uint32_t a, uint32_t b)
{
	uint32_t h = a * 0x2c1b3c6d + b * 0x9e3779b1;
	h ^= h >> 15;
	h *= 0x85ebca6b;
	return h ^ h >> 13;
}

/* 4096 / (1 + e^(-x / 256)), by lines between 33 points. */
static int32_t squash(int32_t x)
{
	static const uint16_t points[33] = {
		1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047,
		2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
	};
	x = x > 2047 ? 2047 : x < -2047 ? -2047 : x;
	int32_t i = (x + 2048) >> 7, part = x & 127;
	return (points[i] * (128 - part) + points[i + 1] * part + 64) >> 7;
}

/* What a node becomes when it has met that bit. */
static uint16_t next_of(uint32_t node, uint32_t bit)
{
	int32_t p = (int32_t)(node >> 4), count = node & 15;
	p += ((bit ? 4095 : 0) - p) * 2 / (2 * count + 3);
	return (uint16_t)((p < 1 ? 1 : p) << 4 | (count < COUNT_MAX ? count + 1 : count));
}

void ctxmix_init(struct ctxmix *m, const uint8_t *bytes)
{
	m->bytes = bytes;
	m->partial = 1;
	for (int32_t x = -2047, p = 0; x <= 2047; x++)
		for (int32_t end = squash(x); p <= end; p++)
			m->stretch[p] = (int16_t)x;
	m->stretch[4095] = 2047;
	for (uint32_t node = 0; node < 0x10000; node++) {
		m->next[0][node] = next_of(node, 0);
		m->next[1][node] = next_of(node, 1);
	}
	int32_t *w = &m->by_bits[0][0], *end = &m->by_place[0][0] + sizeof(m->by_place) / sizeof(int32_t);
	while (w < end)
		*w++ = (4 << WEIGHT_LOG2) / 15;
}

/* --- predicting */

static uint8_t back(const struct ctxmix *m, uint32_t n)
{
	return m->at >= n ? m->bytes[m->at - n] : 0;
}

static void begin_byte(struct ctxmix *m)
{
	uint32_t last = back(m, 1), two = last | back(m, 2) << 8;
	uint32_t place = m->kind | (m->kind >= DISPLACEMENT ? m->field_at << 3 : 0);
	uint32_t code = place | m->op << 8 | m->modrm << 16;
	const uint32_t contexts[CTXMIX_CONTEXTS][2] = {
		{ 0, 0 }, { last, 0 }, { two, 0 }, { m->word, 0 },
		{ code, 0 }, { code, m->past << 16 | 1 }, { place | m->op << 8, m->past << 24 },
	};
	for (uint32_t i = 0; i < CTXMIX_CONTEXTS; i++)
		m->hash[i] = hash_of(contexts[i][0] + i * 0x01000193, contexts[i][1]);
}

static void begin_half(struct ctxmix *m)
{
	for (uint32_t i = 0; i < CTXMIX_CONTEXTS; i++) {
		uint32_t h = hash_of(m->hash[i], m->partial);
		uint16_t *b = m->blocks[h >> (32 - CTXMIX_BLOCKS_LOG2)], check = (uint16_t)h;
		if (*b != check || !b[1]) {
			uint32_t *pair = (uint32_t *)b, *end = pair + 8;
			*pair++ = 0x80000000u | check;
			while (pair < end)
				*pair++ = 0x80008000;
		}
		m->block[i] = b;
	}
}

/* What the longest match expects, or 0. */
static int32_t from_match(struct ctxmix *m, uint32_t bits)
{
	uint32_t expected = 0x100u | m->bytes[m->match_at];
	if (!m->match_len || expected >> (8 - bits) != m->partial) {
		m->match_len = 0;
		return 0;
	}
	int32_t sure = (int32_t)(m->match_len > MATCH_LONG ? MATCH_LONG : m->match_len) * 48 + 64;
	return expected >> (7 - bits) & 1 ? sure : -sure;
}

uint32_t ctxmix_predict(struct ctxmix *m)
{
	uint32_t bits = m->bits, half = bits & 3, node = 1u << half | (m->partial & ((1u << half) - 1));
	if (bits == 0)
		begin_byte(m);
	if (half == 0)
		begin_half(m);
	m->node = node;
	int32_t matched = from_match(m, bits);
	uint32_t len = m->match_len;
	const int32_t *w0 = m->weights[0] = m->by_bits[m->kind * 256 + m->partial];
	const int32_t *w1 = m->weights[1] = m->by_place[m->kind * 32 + (m->field_at & 7) * 4 + (len > MATCH_LONG ? 3 : len > 6 ? 2 : len != 0)];
	m->in[CTXMIX_CONTEXTS] = (int16_t)matched;
	m->in[CTXMIX_CONTEXTS + 1] = SURE;
	int32_t sum = matched * (w0[CTXMIX_CONTEXTS] + w1[CTXMIX_CONTEXTS]) + SURE * (w0[CTXMIX_CONTEXTS + 1] + w1[CTXMIX_CONTEXTS + 1]);
	for (uint32_t i = 0; i < CTXMIX_CONTEXTS; i++) {
		int32_t in = m->stretch[m->block[i][node] >> 4];
		m->in[i] = (int16_t)in;
		sum += in * (w0[i] + w1[i]);
	}
	return m->p = (uint32_t)squash(sum >> (WEIGHT_LOG2 + 1));
}

static void find_match(struct ctxmix *m)
{
	if (m->match_len && m->bytes[m->match_at] == back(m, 1)) {
		m->match_len++;
		m->match_at++;
	} else {
		m->match_len = 0;
	}
	uint32_t h = 0;
	for (uint32_t n = 1; n <= 5; n++)
		h = (h + back(m, n) + 1) * 0x2f0b4c47;
	uint32_t *known = &m->match[h >> (32 - CTXMIX_MATCHES_LOG2)];
	if (!m->match_len && *known) {
		uint32_t len = 0, at = *known;
		while (len < 32 && len < at && m->bytes[at - 1 - len] == m->bytes[m->at - 1 - len])
			len++;
		m->match_at = at;
		m->match_len = len < MATCH_MIN ? 0 : len;
	}
	*known = m->at;
}

static void end_byte(struct ctxmix *m, uint8_t c)
{
	m->at++;
	m->partial = 1;
	m->bits = 0;
	follow(m, c);
	bool letter = (uint8_t)((c | 0x20) - 'a') < 26 || c >= 0x80;
	m->word = letter ? hash_of(m->word, c) : 0;
	find_match(m);
}

void ctxmix_learn(struct ctxmix *m, uint32_t bit)
{
	int32_t error = (int32_t)(bit << 12) - (int32_t)m->p;
	if (error >= ERROR_MIN || error <= -ERROR_MIN) {
		int32_t *w0 = m->weights[0], *w1 = m->weights[1];
		for (uint32_t i = 0; i < CTXMIX_INPUTS; i++) {
			int32_t step = (m->in[i] * error * LEARNING + 0x8000) >> 16;
			w0[i] += step;
			w1[i] += step;
		}
	}
	const uint16_t *next = m->next[bit];
	for (uint32_t i = 0; i < CTXMIX_CONTEXTS; i++) {
		uint16_t *slot = m->block[i] + m->node;
		*slot = next[*slot];
	}
	m->partial = m->partial << 1 | bit;
	if (++m->bits == 8)
		end_byte(m, (uint8_t)m->partial);
}

/* --- the whole */

void ctxmix_calls(uint8_t *code, uint32_t len)
{
	for (uint32_t i = 0; i + 5 <= len; i++) {
		if ((code[i] & 0xfe) != 0xe8)
			continue;
		uint32_t next = i + 5;
		int32_t v;
		memcpy(&v, code + i + 1, 4);
		if (v >= 0 && v < (int32_t)len)
			v -= (int32_t)next;
		else if (v < 0 && v >= -(int32_t)next)
			v += (int32_t)len;
		memcpy(code + i + 1, &v, 4);
		i += 4;
	}
}

void ctxmix_unpack(struct ctxmix *m, const uint8_t *packed, uint32_t packed_len, uint8_t *out, uint32_t len)
{
	const uint8_t *end = packed + packed_len;
	uint32_t low = 0, high = UINT32_MAX, code = 0;
	for (uint32_t i = 0; i < 4; i++)
		code = code << 8 | (packed < end ? *packed++ : 0);
	ctxmix_init(m, out);
	for (uint32_t i = 0; i < len; i++) {
		uint32_t c = 1;
		while (c < 0x100) {
			uint32_t mid = low + (high - low) / 4096 * ctxmix_predict(m), bit = code <= mid;
			if (bit)
				high = mid;
			else
				low = mid + 1;
			c = c << 1 | bit;
			if (c >= 0x100)
				out[i] = (uint8_t)c;
			ctxmix_learn(m, bit);
			while (!((low ^ high) >> 24)) {
				low <<= 8;
				high = high << 8 | 0xff;
				code = code << 8 | (packed < end ? *packed++ : 0);
			}
		}
	}
}
