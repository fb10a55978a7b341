# SPDX-License-Identifier: BSD-2-Clause
"""A bar chart as SVG, of its own width and colours, for light and dark."""
from xml.sax.saxutils import escape

WIDTH = 860
LEFT, RIGHT = 170, 90       # for the names, for the figures
ROW, BAR, GAP, HEAD = 26, 16, 22, 30

STYLE = """
	.page { fill: #ffffff } text { fill: #1f2328; font: 13px sans-serif }
	.title { font-weight: bold } .small { fill: #59636e; font-size: 12px }
	.other { fill: #8c959f } .ours { fill: #1a7f37 }
	.raw { fill: none; stroke: #59636e; stroke-dasharray: 4 3 }
	.range { stroke: #1f2328 } .axis { stroke: #d1d9e0 }
	@media (prefers-color-scheme: dark) {
		.page { fill: #0d1117 } text { fill: #f0f6fc }
		.small { fill: #9198a1 } .other { fill: #6e7681 }
		.ours { fill: #2ea043 } .raw { stroke: #9198a1 }
		.range { stroke: #f0f6fc } .axis { stroke: #3d444d }
	}
"""


def _bar(y, scale, bar, unit):
    """NAME, median, lowest, highest, kind: ours, other or raw."""
    name, value, low, high, kind = bar
    middle = y + BAR / 2
    yield (f'<text x="{LEFT - 10}" y="{middle + 4.5}" text-anchor="end">'
           f'{escape(name)}</text>')
    yield (f'<rect class="{kind}" x="{LEFT}" y="{y}" '
           f'width="{value * scale:.1f}" height="{BAR}"/>')
    yield (f'<path class="range" d="M{LEFT + low * scale:.1f} {middle}H'
           f'{LEFT + high * scale:.1f}"/>')
    yield (f'<text x="{LEFT + max(value, high) * scale + 8:.1f}" '
           f'y="{middle + 4.5}">{value:.1f} {unit}</text>')


def _group(y, title, bars, note, unit):
    """The group's parts, and where the next may begin.  Each group has its own
    scale: a slow line would not be seen on a fast one's."""
    scale = (WIDTH - LEFT - RIGHT) / max(high for _, _, _, high, _ in bars)
    parts = [f'<text class="title" x="10" y="{y + 14}">{escape(title)}</text>']
    y += HEAD
    top = y - 4
    for bar in bars:
        parts += _bar(y, scale, bar, unit)
        y += ROW
    parts.append(f'<path class="axis" d="M{LEFT} {top}V{y - 6}"/>')
    if note:
        parts.append(f'<text class="small" x="{LEFT}" y="{y + 8}">'
                     f'{escape(note)}</text>')
        y += 16
    return parts, y + GAP


def svg(groups, unit="MB/s", title="HTTP download, MB/s"):
    """GROUPS: [(title, [(name, median, lowest, highest, kind)], note)]"""
    y, parts = 16, []
    for heading, bars, note in groups:
        if bars:
            more, y = _group(y, heading, bars, note, unit)
            parts += more
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{y}" viewBox="0 0 {WIDTH} {y}" role="img">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n"
            f'<rect class="page" width="{WIDTH}" height="{y}"/>\n'
            + "\n".join(parts) + "\n</svg>\n")
