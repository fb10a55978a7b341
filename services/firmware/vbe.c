/* SPDX-License-Identifier: BSD-2-Clause */
/* VBE modes: see vbe.h. */
#include "services/firmware/vbe.h"

#include "net/cursor.h"

#define ATTRIBUTES_WANTED 0x91u		/* supported, graphics, linear framebuffer */
#define MODEL_DIRECT_COLOUR 6
#define DEFAULT_WIDTH 1024u
#define DEFAULT_HEIGHT 768u
#define DEFAULT_DEPTH 32u
#define VERSION_3 0x300u

/* offsets in the mode info block */
enum { AT_PITCH = 16, AT_SIZE = 18, AT_BPP = 25, AT_MODEL = 27, AT_COLOURS = 31, AT_BASE = 40, AT_LINEAR_PITCH = 50,
	AT_LINEAR_COLOURS = 54 };

static struct cursor at(const uint8_t *info, unsigned off)
{
	struct cursor c = cur_make(info, VBE_MODE_INFO_LEN);
	cur_skip(&c, off);
	return c;
}

bool vbe_mode_read(const uint8_t info[VBE_MODE_INFO_LEN], uint16_t version, struct vbe_mode *m)
{
	bool linear = version >= VERSION_3;	/* since then linear modes may differ from banked ones */
	struct cursor c = at(info, AT_SIZE);
	m->width = cur_le16(&c);
	m->height = cur_le16(&c);
	m->bpp = info[AT_BPP];
	c = at(info, linear ? AT_LINEAR_COLOURS : AT_COLOURS);
	for (int i = 0; i < 3; i++) {
		m->colour[i].size = cur_u8(&c);
		m->colour[i].position = cur_u8(&c);
		if (!m->colour[i].size || m->colour[i].size + m->colour[i].position > 32)
			return false;
	}
	c = at(info, AT_BASE);
	m->base = cur_le32(&c);
	c = at(info, linear ? AT_LINEAR_PITCH : AT_PITCH);
	m->pitch = cur_le16(&c);
	return (info[0] & ATTRIBUTES_WANTED) == ATTRIBUTES_WANTED && info[AT_MODEL] == MODEL_DIRECT_COLOUR && m->base &&
	       m->bpp >= 15 && m->bpp <= 32 && m->width && m->height && m->pitch >= m->width * ((m->bpp + 7u) / 8) &&
	       m->base - 1 <= UINT32_MAX - m->pitch * m->height;
}

uint64_t vbe_distance(const struct vbe_wish *w, const struct vbe_mode *m)
{
	uint32_t width = w->width ? w->width : DEFAULT_WIDTH, height = w->height ? w->height : DEFAULT_HEIGHT;
	uint32_t depth = w->depth ? w->depth : DEFAULT_DEPTH, area = (uint32_t)m->width * m->height;
	uint32_t depth_off = depth > m->bpp ? 2 * (depth - m->bpp) : 2 * (m->bpp - depth);
	uint64_t size_off = 0;
	if (w->least && (m->width < width || m->height < height || m->bpp < w->depth))
		return UINT64_MAX;
	if (depth > m->bpp)
		depth_off++;		/* as far off, but with less colours */
	if (m->width > width || m->height > height)
		size_off = (1ull << 32) + area;
	else if (m->width < width || m->height < height)
		size_off = UINT32_MAX - area;
	return size_off << 16 | (depth_off > UINT16_MAX ? UINT16_MAX : depth_off);
}
