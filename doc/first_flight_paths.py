# SPDX-License-Identifier: BSL-1.0
"""Three ways to connect and send the first bytes: the client's calls, and the packets.

doc/windows.md, doc/first_byte.md and doc/portability.md say the same in words. What a program and
a kernel do takes microseconds, and is drawn longer than it is.
"""

from picture_makers.canvas import Canvas, legend
from picture_makers.colours import BLUE, BOX, GREEN, GROUND, LINE, ORANGE, QUIET

LEFT = 90
ROUND_TRIP = 268
LANE = 192
TOP = 30

# Below the top of a lane.
TITLE, CALLS, CLIENT, SERVER = 0, 14, 42, 130

# Each lane has its title, what it comes to, the client's calls with their begin and end in round
# trips, the times at which a handler is called, and the packets: when they leave, who sends them,
# whether they carry the first bytes.
LANES = [
    (
        "async_connect, then async_write",
        "2 calls, 2 handlers",
        [("connect", 0, 0.34), ("wait", 0.34, 1), ("send", 1.04, 1.25)],
        [1, 1.25],
        [
            (0, "client", False),
            (0.5, "server", False),
            (1, "client", False),
            (1.18, "client", True),
            (1.68, "server", False),
        ],
        [
            ("SYN", 0, 0),
            ("SYN+ACK", 0.5, 0),
            ("ACK", 1, -1),
            ("data", 1.18, 0),
            ("answer", 1.68, 0),
        ],
    ),
    (
        "async_connect_ex on Windows",
        "1 call, 1 handler, the same packets",
        [("ConnectEx", 0, 0.42), ("wait", 0.42, 1.04)],
        [1.04],
        [
            (0, "client", False),
            (0.5, "server", False),
            (1, "client", False),
            (1.04, "client", True),
            (1.54, "server", False),
        ],
        [
            ("SYN", 0, 0),
            ("SYN+ACK", 0.5, 0),
            ("ACK", 1, -1),
            ("data", 1.04, 0),
            ("answer", 1.54, 0),
        ],
    ),
    (
        "async_connect_ex on Linux, TCP Fast Open",
        "1 call, 1 handler, 1 round trip less",
        [("send", 0, 0.23), ("wait", 0.23, 1)],
        [1],
        [(0, "client", True), (0.5, "server", False), (0.54, "server", False)],
        [("SYN+data", 0, 0), ("SYN+ACK, answer", 0.54, 0)],
    ),
]

REMARK = """\
Green: a handler is called. Calls take microseconds, and are drawn wider. Fast Open needs a
server that has it, and a cookie of an earlier connection. Linux without it sends the packets
of the upper two: a send is tried with the connect, and again when the handshake is over."""


def at(time):
    return LEFT + time * ROUND_TRIP


def packet(canvas, top, leaves, sender, has_data):
    ends = [CLIENT, SERVER] if sender == "client" else [SERVER, CLIENT]
    colour, width = (ORANGE, 3) if has_data else (QUIET, 1.5)
    start, end = (at(leaves), top + ends[0]), (at(leaves + 0.5), top + ends[1])
    canvas.arrow(start, end, stroke=colour, width=width)
    if has_data:
        words = "the server has the first bytes"
        canvas.text(end[0], end[1] + 19, words, size=15, anchor="middle", colour=ORANGE, halo=True)


def label(canvas, top, words, leaves, side):
    """Beside the middle of the packet that leaves then."""
    is_upwards = leaves % 1 >= 0.5
    x, y = at(leaves + 0.25), top + (CLIENT + SERVER) / 2
    if side < 0:
        canvas.text(x + 22, y + 31, words, size=15, anchor="end", halo=True)
    else:
        canvas.text(
            x + 10, y + (14 if is_upwards else -2), words, size=15, bold="data" in words, halo=True
        )


def lane(canvas, top, title, outcome, calls, handlers, packets, labels):
    canvas.text(10, top + TITLE, title, size=17, bold=True, halo=True)
    canvas.text(710, top + TITLE, outcome, size=15, anchor="end", colour=QUIET, halo=True)
    for name, y in (("client", CLIENT), ("server", SERVER)):
        canvas.text(10, top + y + 5, name, colour=QUIET)
        canvas.line((LEFT, top + y), (710, top + y), stroke=QUIET, width=1)
    for name, start, end in calls:
        is_wait = name == "wait"
        fill, stroke, words = (BOX, LINE, QUIET) if is_wait else (BLUE, "none", GROUND)
        canvas.box(
            at(start), top + CALLS, at(end) - at(start), 24, fill=fill, stroke=stroke, radius=2
        )
        middle = (at(start) + at(end)) / 2
        canvas.text(middle, top + CALLS + 17, name, size=15, anchor="middle", colour=words)
    for time in handlers:
        canvas.box(at(time), top + CALLS - 3, 10, 30, fill=GREEN, stroke="none", radius=2)
    for each in packets:
        packet(canvas, top, *each)
    for each in labels:
        label(canvas, top, *each)


def draw():
    bottom = TOP + 3 * LANE - 22
    canvas = Canvas(720, bottom + 100)
    for time, words in ((0, "0"), (0.5, "½"), (1, "1"), (1.5, "1½"), (2, "2 round trips")):
        canvas.line((at(time), TOP + CALLS), (at(time), bottom), stroke=LINE, width=1, dash="3 4")
        canvas.text(at(time), bottom + 18, words, size=15, anchor="middle", colour=QUIET)
    for number, each in enumerate(LANES):
        lane(canvas, TOP + number * LANE, *each)
    legend(canvas, 10, bottom + 50, REMARK)
    return canvas
