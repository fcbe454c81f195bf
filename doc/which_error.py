# SPDX-License-Identifier: BSL-1.0
"""Which error, and what a program does about it: the conditions of include/connectex/error.hpp.

One code may match several. The order of the questions matters: what may have been delivered is
known before another endpoint is tried.
"""

from picture_makers.canvas import Canvas, legend
from picture_makers.colours import BLUE, GREEN, GREY, LINE, ORANGE, PURPLE, QUIET, RED

LEFT, WIDTH = 10, 250
RIGHT = 318
TOP = 56
ROW = 88
HEIGHT = 62

# What is asked, in code; what a yes means, and what to do then.
QUESTIONS = [
    (
        ["condition::aborted"],
        GREY,
        "This program cancelled, or closed the socket.",
        "Nothing to do.",
    ),
    (
        ["condition::retryable"],
        GREEN,
        "No byte can have reached the peer.",
        "Close the socket, wait, connect again.",
    ),
    (
        ["condition::broken, or in", "after_delivery_category()"],
        ORANGE,
        "The peer may have got bytes.",
        "Connect again only if it may get them twice.",
    ),
    (
        ["condition::", "refused_or_unreachable"],
        BLUE,
        "The peer's host cannot be reached, or is down.",
        "Try another endpoint, or show the address.",
    ),
    (
        ["condition::", "local_exhaustion"],
        PURPLE,
        "No local port, no socket or no memory is left.",
        "Close connections, share ports, open fewer.",
    ),
    (
        ["condition::misuse"],
        RED,
        "The call itself was wrong.",
        "Correct the program: it would fail again.",
    ),
]

REMARK = """\
condition::timed_out is retryable, or else the peer may have got bytes. In both cases a longer
limit may help. A first flight that fast_open lets into a SYN may arrive twice, by your consent.
report.maybe_delivered says of any failure whether the peer may have got a part."""


def question(canvas, y, code, colour):
    canvas.box(LEFT, y, WIDTH, HEIGHT, stroke=colour, radius=10)
    first = y + HEIGHT / 2 + (5 if len(code) == 1 else -5)
    for number, line in enumerate(code):
        canvas.text(
            LEFT + WIDTH / 2, first + 20 * number, line, size=15, anchor="middle", mono=True
        )


def answer(canvas, y, colour, meaning, action):
    middle = y + HEIGHT / 2
    canvas.arrow((LEFT + WIDTH, middle), (RIGHT, middle), stroke=colour, width=2)
    canvas.text(LEFT + WIDTH + 26, middle - 7, "yes", size=15, anchor="middle", colour=QUIET)
    canvas.box(RIGHT, y, 720 - 10 - RIGHT, HEIGHT, fill="none", stroke=LINE, radius=4)
    canvas.box(RIGHT, y, 6, HEIGHT, fill=colour, stroke="none", radius=0)
    canvas.text(RIGHT + 18, middle - 6, meaning, colour=QUIET)
    canvas.text(RIGHT + 18, middle + 18, action, bold=True)


def draw():
    bottom = TOP + len(QUESTIONS) * ROW
    canvas = Canvas(720, bottom + 130)
    centre = LEFT + WIDTH / 2
    canvas.text(centre, 26, "the call has failed with ec", anchor="middle")
    canvas.arrow((centre, 34), (centre, TOP))
    for number, (code, colour, meaning, action) in enumerate(QUESTIONS):
        y = TOP + number * ROW
        question(canvas, y, code, colour)
        answer(canvas, y, colour, meaning, action)
        canvas.arrow((centre, y + HEIGHT), (centre, y + ROW))
        canvas.text(centre + 10, y + HEIGHT + 17, "no", size=15, colour=QUIET)
    canvas.text(
        LEFT, bottom + 20, "None of them: log the code, and look it up in doc/errors.md.", bold=True
    )
    legend(canvas, LEFT, bottom + 58, REMARK)
    return canvas
