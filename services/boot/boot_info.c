/* SPDX-License-Identifier: BSD-2-Clause */
/* What both Multiboot and Multiboot2 tell a kernel in the same form.  See boot_info.h. */
#include "services/boot/boot_info.h"

#include "services/boot/writer.h"

#define FRAMEBUFFER_RGB 1
#define FRAMEBUFFER_TEXT 2
#define TEXT_CELL_LEN 2u

void boot_info_put_framebuffer(struct writer *w, const struct boot_info *in)
{
	const struct vbe_mode *m = &in->mode;
	const struct boot_text *t = &in->machine->text;
	bool graphics = in->console == BOOT_CONSOLE_GRAPHICS;
	put_u64(w, graphics ? m->base : t->addr);
	put_u32(w, graphics ? m->pitch : t->columns * TEXT_CELL_LEN);
	put_u32(w, graphics ? m->width : t->columns);
	put_u32(w, graphics ? m->height : t->rows);
	put_u8(w, graphics ? m->bpp : 8 * TEXT_CELL_LEN);
	put_u8(w, graphics ? FRAMEBUFFER_RGB : FRAMEBUFFER_TEXT);
	put_u16(w, 0);
	for (int i = 0; i < 3 && graphics; i++) {
		put_u8(w, m->colour[i].position);
		put_u8(w, m->colour[i].size);
	}
}
