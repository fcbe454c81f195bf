# SPDX-License-Identifier: BSL-1.0
"""A picture of lines, boxes and words, for what neither graphviz nor gnuplot lays out well."""

from xml.sax.saxutils import escape

from picture_makers.colours import BOX, GROUND, QUIET, TEXT

_SANS = "Helvetica, Arial, sans-serif"
_MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

# Of one character, in parts of the font's size. Enough for all but a word of capitals.
_WIDTH = {_SANS: 0.49, _MONO: 0.61}
_START = {"start": 0, "middle": 0.5, "end": 1}


class Canvas:
    """Coordinates count from the upper left corner.

    In a picture 720 wide, letters of 16 can be read on a telephone.
    """

    def __init__(self, width, height):
        self._width = width
        self._height = height
        self._elements = []
        self.box(0, 0, width, height, fill=GROUND, stroke="none", radius=0)

    def box(self, x, y, width, height, fill=BOX, stroke=TEXT, radius=4, dash=""):
        self._add("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill, stroke=stroke)
        self._dash(dash)

    def line(self, *points, stroke=TEXT, width=1.5, dash=""):
        path = "M" + " L".join(f"{x:g},{y:g}" for x, y in points)
        self._add("path", d=path, fill="none", stroke=stroke, stroke_width=width)
        self._dash(dash)

    def arrow(self, *points, stroke=TEXT, width=1.5, dash=""):
        """Its head is at the last point."""
        (x0, y0), (x1, y1) = points[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        along = ((x1 - x0) / length, (y1 - y0) / length)
        across = (-along[1], along[0])
        back = [
            (x1 - 11 * along[0] + side * across[0], y1 - 11 * along[1] + side * across[1])
            for side in (4.5, -4.5)
        ]
        self.line(
            *points[:-1],
            (x1 - 8 * along[0], y1 - 8 * along[1]),
            stroke=stroke,
            width=width,
            dash=dash,
        )
        head = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x1, y1), *back])
        self._add("polygon", points=head, fill=stroke)

    def dot(self, x, y, radius, fill):
        self._add("circle", cx=x, cy=y, r=radius, fill=fill)

    def text(
        self,
        x,
        y,
        words,
        size=16,
        anchor="start",
        colour=TEXT,
        bold=False,
        mono=False,
        halo=False,
        length=None,
    ):
        """The y is that of the line on which the letters stand.

        A halo hides what runs through them. A length holds whatever font the reader has.
        """
        font = _MONO if mono else _SANS
        self._expect_room(x, words, length or size * _WIDTH[font] * len(words), anchor)
        style = {"font_family": font, "font_size": size, "text_anchor": anchor, "fill": colour}
        if bold:
            style["font_weight"] = "bold"
        if halo:
            style |= {"stroke": GROUND, "stroke_width": 5, "paint_order": "stroke"}
        if length:
            style |= {"textLength": length, "lengthAdjust": "spacingAndGlyphs"}
        if "  " in words:
            style["xml:space"] = "preserve"
        self._add("text", x=x, y=y, **style, _content=words)

    def lines(self, x, y, words, size=16, spacing=1.25, **style):
        """Several lines of text."""
        for number, line in enumerate(words.split("\n")):
            self.text(x, y + number * size * spacing, line, size=size, **style)

    def svg(self):
        size = f'width="{self._width}px" height="{self._height}px"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
                f' viewBox="0 0 {self._width} {self._height}">',
                *self._elements,
                "</svg>\n",
            ]
        )

    def _expect_room(self, x, words, width, anchor):
        left = x - _START[anchor] * width
        if left < 0 or left + width > self._width:
            raise ValueError(f"no room for '{words}': from {left:.0f} to {left + width:.0f}")

    def _dash(self, dash):
        if dash:
            self._elements[-1] = self._elements[-1].replace("/>", f' stroke-dasharray="{dash}"/>')

    def _add(self, name, _content=None, **attributes):
        def attribute(name, value):
            number = format(value, "g") if isinstance(value, float) else value
            return f' {name.replace("_", "-")}="{number}"'

        written = "".join(attribute(*each) for each in attributes.items())
        end = "/>" if _content is None else f">{escape(_content)}</{name}>"
        self._elements.append(f"<{name}{written}{end}")


def legend(canvas, x, y, words):
    """A remark below a picture."""
    canvas.lines(x, y, words, size=15, colour=QUIET)
