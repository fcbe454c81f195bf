# SPDX-License-Identifier: BSL-1.0
"""How many instructions in user mode one connect with 64 bytes takes on Linux.

From opening the socket to closing it.
"""

from lib import contestants, counters
from lib.document import table, verdict
from lib.network import start_server


def measure(bench):
    few, many = bench.choose((500, 1500), (10, 30))
    ways = contestants.known(bench)
    with start_server(bench.programs, answers=False) as server:
        return {
            "connects": many - few,
            "instructions": counters.instructions(
                {way: contestants.command(bench, way, server.port) for way in ways},
                few,
                many,
                bench.scratch,
            ),
        }


def tables(result):
    found = result["instructions"]
    return {
        "": table(
            ["way", "instructions", "of the pair"],
            (
                [contestants.NAMES[way], f"{number:,.0f}", f"{number / found['pair']:.2f}"]
                for way, number in found.items()
            ),
        )
    }


def goals(result):
    ratio = result["instructions"]["ours"] / result["instructions"]["pair"]
    yield (
        "instructions in user mode, Linux",
        "0.7 of the pair",
        f"{ratio:.2f}",
        verdict(ratio <= 0.7, "instructions"),
    )
