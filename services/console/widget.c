/* SPDX-License-Identifier: BSD-2-Clause */
/* A widget's rows: see widget.h. */
#include "services/console/widget.h"

#include <string.h>

void widget_blank(struct widget_row *r, unsigned columns)
{
	r->columns = columns < WIDGET_COLUMNS ? columns : WIDGET_COLUMNS;
	memset(r->text, ' ', r->columns);
	r->text[r->columns] = '\0';
	memset(r->style, STYLE_PLAIN, r->columns);
}

void widget_put(struct widget_row *r, unsigned column, uint8_t style, const char *text)
{
	for (; *text && column < r->columns; column++, text++) {
		r->text[column] = *text >= ' ' && *text < 127 ? *text : ' ';
		r->style[column] = style;
	}
}

void widget_style(struct widget_row *r, uint8_t style)
{
	memset(r->style, style, r->columns);
}
