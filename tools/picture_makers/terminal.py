# SPDX-License-Identifier: BSL-1.0
"""A text as a terminal shows it. A line that begins with "$ " is a command."""

from picture_makers.canvas import Canvas
from picture_makers.colours import BLUE, BOX, GREEN, LINE, RED, TEXT, YELLOW

_COLUMN = 9.03
_ROW = 20
_MARGIN = 18
_BAR = 30


def _line(canvas, y, line):
    words = line.strip()
    if not words:
        return
    x = _MARGIN + (len(line) - len(line.lstrip())) * _COLUMN
    is_command = line.startswith("$ ")
    canvas.text(
        x,
        y,
        words,
        size=15,
        mono=True,
        bold=is_command,
        colour=BLUE if is_command else TEXT,
        length=round(len(words) * _COLUMN, 1),
    )


def picture(text):
    lines = text.rstrip("\n").split("\n")
    for line in lines:
        if not line.isprintable():
            raise ValueError(f"a control character in {line!r}")
    width = round(max(map(len, lines)) * _COLUMN + 2 * _MARGIN)
    height = _BAR + _ROW * len(lines) + _MARGIN
    canvas = Canvas(width, height)
    canvas.box(0.5, 0.5, width - 1, height - 1, stroke=LINE, radius=8, fill=BOX)
    canvas.line((0, _BAR), (width, _BAR), stroke=LINE, width=1)
    for number, colour in enumerate((RED, YELLOW, GREEN)):
        canvas.dot(_MARGIN + 2 + 18 * number, _BAR / 2, 5.5, fill=colour)
    for number, line in enumerate(lines, start=1):
        _line(canvas, _BAR + 4 + number * _ROW, line)
    return canvas
