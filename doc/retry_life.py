# SPDX-License-Identifier: BSL-1.0
"""The life of one operation with retries: attempts, waits and both time limits.

The numbers are an example; the bounds of the waits are the defaults of
include/connectex/retry_policy.hpp. doc/retry.md says the same in words.
"""

from picture_makers.canvas import Canvas, legend
from picture_makers.colours import BLUE, GREEN, GREY, GROUND, LINE, ORANGE, QUIET, RED

LEFT = 112
MILLISECOND = 0.41
ROW = 62
TOP = 92
ATTEMPT_TIMEOUT = 300
TOTAL_TIMEOUT = 1400

# When each attempt begins and ends, in milliseconds, how it ends, and the wait before the next one
# with the bound that the default backoff has for it.
ATTEMPTS = [
    (0, 300, GREY, "timed_out", 70, 100),
    (370, 410, RED, "connection_refused", 160, 200),
    (570, 870, GREY, "timed_out", 240, 400),
    (1110, 1160, GREEN, "connected", 0, 0),
]
WRITE = (1160, 1240)

REMARK = """\
A wait is chosen by chance below a bound that doubles: 100, 200, 400 ms, never above 10 s.
attempt_timeout counts from the start of each attempt until the connection stands;
total_timeout from the call, and would end an attempt, a wait or a write. No attempt follows
once a byte may have been delivered, but with fast_open. By default: one attempt, no limit."""


def at(time):
    return LEFT + time * MILLISECOND


def bar(canvas, y, start, end, **style):
    canvas.box(at(start), y, at(end) - at(start), 24, radius=2, **style)


def attempt(canvas, number, start, end, colour, outcome, wait, bound):
    y = TOP + number * ROW
    canvas.text(10, y + 18, f"attempt {number + 1}")
    bar(canvas, y, start, end, fill=colour, stroke="none")
    if end - start == ATTEMPT_TIMEOUT:
        canvas.text(at(start) + 8, y + 18, outcome, size=15, colour=GROUND)
    else:
        canvas.text(at(start) - 8, y + 18, outcome, size=15, anchor="end", halo=True)
    if wait:
        bar(canvas, y, end, end + wait, fill="none", stroke=BLUE)
        canvas.text(at(end), y + 42, f"wait, at most {bound} ms", size=15, colour=BLUE, halo=True)


def limit_marks(canvas, bottom):
    """The limit of the first attempt, and that of all."""
    canvas.text(at(0), 24, "attempt_timeout", size=15, bold=True, colour=QUIET)
    canvas.line((at(0), 34), (at(ATTEMPT_TIMEOUT), 34), stroke=QUIET)
    for time in (0, ATTEMPT_TIMEOUT):
        canvas.line((at(time), 29), (at(time), 39), stroke=QUIET)
    canvas.text(
        at(TOTAL_TIMEOUT), 24, "total_timeout", size=15, bold=True, anchor="end", colour=RED
    )
    canvas.line((at(0), 58), (at(TOTAL_TIMEOUT), 58), stroke=RED)
    canvas.line((at(0), 53), (at(0), 63), stroke=RED)
    canvas.line((at(TOTAL_TIMEOUT), 34), (at(TOTAL_TIMEOUT), bottom), stroke=RED, width=2.5)


def draw():
    bottom = TOP + len(ATTEMPTS) * ROW
    canvas = Canvas(720, bottom + 140)
    for time in range(0, TOTAL_TIMEOUT, 200):
        canvas.line((at(time), TOP - 12), (at(time), bottom), stroke=LINE, width=1, dash="3 4")
    for time in range(0, TOTAL_TIMEOUT + 1, 200):
        canvas.text(at(time), bottom + 18, f"{time:,}", size=15, anchor="middle", colour=QUIET)
    canvas.text(10, bottom + 18, "ms", size=15, colour=QUIET)
    limit_marks(canvas, bottom)
    for number, each in enumerate(ATTEMPTS):
        attempt(canvas, number, *each)
    y = TOP + (len(ATTEMPTS) - 1) * ROW
    bar(canvas, y, *WRITE, fill=ORANGE, stroke="none")
    canvas.text(at(WRITE[0]) - 20, y + 42, "write, success", size=15, halo=True)
    legend(canvas, 10, bottom + 54, REMARK)
    return canvas
