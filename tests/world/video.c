/* SPDX-License-Identifier: BSD-2-Clause */
/* See video.h. */
#include "tests/world/video.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#include "kernel/gate.h"
#include "kernel/vga.h"
#include "kernel/vt.h"
#include "services/firmware/vbe.h"
#include "tests/world/far.h"

#define FRAME 0xa0000u			/* in low memory, where it is there */
#define PITCH (VIDEO_WIDTH * 2 + 16)
#define FONT 0xf0000u
#define FONT_LEN 4096u
#define MODES 0xf2000u
#define MODE 0x118u
#define WIDTH 24u
#define HEIGHT 12u
#define ROW (1 + 3 * WIDTH)

bool video_can_graphics;

static uint16_t mode = VBE_TEXT;
static const struct vga_view *view;
static struct vt vt;

/* ---- VGA: what a view draws is in memory of the loader's ---- */

void vga_init(void)
{
}

void vga_write(const char *text, size_t len)
{
	assert(!len || text);
	if (view)
		vt_write(&vt, text, len);
}

void vga_show(void)
{
	for (unsigned i = 0; view && i < view->columns * view->rows; i++)
		if (view->shown[i] != view->cells[i])
			view->draw(i / view->columns, i % view->columns, view->shown[i] = view->cells[i], false);
}

void vga_set_view(const struct vga_view *v)
{
	if (view && !v)
		mode = VBE_TEXT;
	view = v;
	if (v) {
		vt_init(&vt, v->cells, v->columns, v->rows);
		memcpy(v->shown, v->cells, v->columns * v->rows * sizeof(*v->shown));
	}
}

void vga_tell_cursor(bool on)
{
	(void)on;
}

/* ---- VBE ---- */

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

static void tell_control(uint8_t *block)
{
	memcpy(block, "VESA\0\2", 6);
	put16(block + 14, 0);
	put16(block + 16, MODES >> 4);
	put16((uint8_t *)(uintptr_t)MODES, MODE);
	put16((uint8_t *)(uintptr_t)MODES + 2, 0xffff);
}

static void tell_mode(uint8_t *info)
{
	static const uint8_t colours[] = { 5, 11, 6, 5, 5, 0 };
	info[0] = 0x9b;
	put16(info + 16, PITCH);
	put16(info + 18, VIDEO_WIDTH);
	put16(info + 20, VIDEO_HEIGHT);
	info[25] = 16;
	info[27] = 6;
	memcpy(info + 31, colours, sizeof(colours));
	put16(info + 42, FRAME >> 16);
}

static bool vbe(struct bios_regs *r)
{
	uint8_t *out = (uint8_t *)(uintptr_t)segoff_linear((struct segoff){ (uint16_t)r->edi, r->es });
	unsigned function = r->eax & 0xffff, number = function == 0x4f01 ? r->ecx : r->ebx;
	if (!video_can_graphics || ((function == 0x4f01 || function == 0x4f02) && (number & 0x1ff) != MODE))
		return false;
	if (function == 0x4f00)
		tell_control(out);
	else if (function == 0x4f01)
		tell_mode(out);
	else if (function == 0x4f02)
		mode = MODE;
	else if (function == 0x4f03)
		r->ebx = mode;
	else
		return false;
	r->eax = 0x4f;
	return true;
}

bool video_bios(struct bios_regs *r)
{
	if ((r->eax & 0xffff) != 0x1130)
		return vbe(r);
	memset((void *)(uintptr_t)FONT, 0x18, FONT_LEN);
	r->es = FONT >> 4;
	r->ebp = 0;
	return true;
}

bool video_is_graphics(void)
{
	return mode != VBE_TEXT;
}

uint16_t video_pixel(unsigned x, unsigned y)
{
	uint16_t pixel;
	memcpy(&pixel, (const void *)(uintptr_t)(FRAME + y * PITCH + x * 2), sizeof(pixel));
	return pixel;
}

/* ---- a picture ---- */

static void put_be32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static size_t put_chunk(uint8_t *at, const char *type, const uint8_t *data, size_t len)
{
	put_be32(at, (uint32_t)len);
	memcpy(at + 4, type, 4);
	memcpy(at + 8, data, len);
	put_be32(at + 8 + len, (uint32_t)crc32(0, at + 4, (uInt)(len + 4)));
	return len + 12;
}

void video_serve_picture(const char *path)
{
	static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	static uint8_t file[ROW * HEIGHT + 100], stored[ROW * HEIGHT + 11] = { 0x78, 0x01, 0x01 };
	uint8_t head[13] = { [8] = 8, [9] = 2 };
	size_t len = sizeof(signature);
	put_be32(head, WIDTH);
	put_be32(head + 4, HEIGHT);
	put16(stored + 3, ROW * HEIGHT);
	put16(stored + 5, ~(ROW * HEIGHT));
	for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
		memcpy(stored + 7 + i / WIDTH * ROW + 1 + i % WIDTH * 3, "\x80\xff", 3);
	put_be32(stored + 7 + ROW * HEIGHT, (uint32_t)adler32(1, stored + 7, ROW * HEIGHT));
	memcpy(file, signature, len);
	len += put_chunk(file + len, "IHDR", head, sizeof(head));
	len += put_chunk(file + len, "IDAT", stored, sizeof(stored));
	len += put_chunk(file + len, "IEND", head, 0);
	assert(len <= sizeof(file));
	far_serve(path, file, len);
}
