# SPDX-License-Identifier: BSL-1.0
"""How many system calls one connect with 64 bytes takes on Linux.

From opening the socket to closing it.
"""

from lib import contestants, counters
from lib.document import count, table, verdict
from lib.network import start_server


def measure(bench):
    counters.need_strace()
    few, many = bench.choose((500, 1500), (10, 30))
    with start_server(bench.programs, answers=False) as server:
        calls = {
            way: counters.system_calls(
                contestants.command(bench, way, server.port), few, many, bench.scratch
            )
            for way in contestants.known(bench)
        }
    return {"connects": many - few, "calls": calls}


def sums(result):
    return {way: round(sum(calls.values()), 2) for way, calls in result["calls"].items()}


def named(calls):
    """Those of which there is one in a tenth of the connects, at least."""
    return ", ".join(
        name if round(number, 1) == 1 else f"{name} {count(round(number, 1))}"
        for name, number in sorted(calls.items(), key=lambda item: -item[1])
        if number >= 0.1
    )


def tables(result):
    return {
        "": table(
            ["way", "system calls", ""],
            (
                [contestants.NAMES[way], count(round(number, 1)), named(result["calls"][way])]
                for way, number in sums(result).items()
            ),
        )
    }


def goals(result):
    all_of = sums(result)
    ratio = all_of["ours"] / all_of["pair"]
    yield (
        "system calls, Linux",
        "0.6 of the pair, as raw",
        f"{ratio:.2f}; {all_of['ours']:.0f}, raw {all_of['raw']:.0f}",
        verdict(ratio <= 0.6 and all_of["ours"] <= all_of["raw"], "system-calls"),
    )
    yield (
        "system calls of `connect_ex`, Linux",
        "as a `connect` and a `write`",
        f"{all_of['blocking']:.0f}; {all_of['blocking_pair']:.0f}",
        verdict(round(all_of["blocking"], 1) <= round(all_of["blocking_pair"], 1)),
    )
