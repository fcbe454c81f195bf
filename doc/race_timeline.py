# SPDX-License-Identifier: BSL-1.0
"""The look-up and the attempts of a race, from the report that tools/race_timeline keeps."""

import json
from pathlib import Path

from picture_makers.canvas import Canvas
from picture_makers.colours import BLUE, GREEN, GREY, LINE, QUIET, RED

SOURCES = ["doc/race_timeline.json"]

LEFT = 176
ROW = 40
TOP = 58
COLOURS = {"connected": GREEN, "failed": RED, "done": BLUE}


def rows(report):
    """For each its endpoint, its outcome, and when it began and ended."""
    yield "look-up", "done", 0, report["look_up"]["ms"]
    for each in report["attempts"]:
        yield each["endpoint"], each["outcome"], each["started_ms"], each["started_ms"] + each["ms"]


def draw():
    found = list(rows(json.loads(Path(SOURCES[0]).read_text(encoding="utf-8"))))
    last = max(end for *_, end in found)
    millisecond = (720 - LEFT - 178) / last
    bottom = TOP + ROW * len(found)
    canvas = Canvas(720, bottom + 40)
    canvas.text(
        360, 26, "A race of three addresses, 40 ms away", size=17, anchor="middle", bold=True
    )
    for time in range(0, round(last) + 1, 50):
        x = LEFT + time * millisecond
        canvas.line((x, TOP - 8), (x, bottom), stroke=LINE, width=1, dash="3 4")
        canvas.text(x, bottom + 20, str(time), size=15, anchor="middle", colour=QUIET)
    canvas.text(10, bottom + 20, "ms from the call", size=15, colour=QUIET)
    for number, (endpoint, outcome, start, end) in enumerate(found):
        y = TOP + number * ROW
        x, width = LEFT + start * millisecond, (end - start) * millisecond
        canvas.text(LEFT - 10, y + 17, endpoint, anchor="end")
        canvas.box(
            x, y, max(width, 3), 24, fill=COLOURS.get(outcome, GREY), stroke="none", radius=2
        )
        words = f"{outcome} after {end - start:.0f} ms"
        canvas.text(x + max(width, 3) + 8, y + 17, words, size=15, halo=True)
    return canvas
