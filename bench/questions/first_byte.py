# SPDX-License-Identifier: BSL-1.0
"""How long it takes from the call to the first byte of the answer, by the round-trip time."""

import statistics

from lib.document import table
from lib.network import delayed_link, start_server
from lib.process import output, rows

WAYS = ["pair", "ours", "fast_open"]


def measure(bench):
    round_trips, runs = bench.choose(([1, 20, 50, 100], 51), ([1], 3))
    measured = []
    for rtt in round_trips:
        print(f"round-trip time {rtt} ms, {runs} runs of each way", flush=True)
        with delayed_link(bench.programs, rtt) as link, start_server(
            bench.programs, answers=True, at=link.server, address=link.server_address
        ) as server:
            found = rows(
                output(
                    link.client.command(
                        bench.programs / "connectex_first_byte",
                        runs,
                        server.port,
                        link.server_address,
                        *WAYS,
                    )
                )
            )
        measured.append(
            {
                "rtt_ms": rtt,
                "ms": {
                    way: times
                    for way in WAYS
                    if (times := [round(row["ms"], 3) for row in found if row["way"] == way])
                },
            }
        )
    return {"runs": runs, "rows": measured}


def medians(row):
    """Without fast open there is none of it."""
    return {way: statistics.median(times) for way, times in row["ms"].items()}


def tables(result):
    lines = []
    for row in result["rows"]:
        time = medians(row)
        fast = time.get("fast_open")
        lines.append(
            [
                f"{row['rtt_ms']} ms",
                f"{time['pair']:.2f} ms",
                f"{time['ours']:.2f} ms",
                f"{time['ours'] / time['pair']:.2f}",
                *([f"{fast:.2f} ms", f"{fast / time['pair']:.2f}"] if fast else ["-", "-"]),
                ", ".join(f"{value / row['rtt_ms']:.2f}" for value in time.values()),
            ]
        )
    return {
        "": table(
            [
                "round trip",
                "`async_connect` + `async_write`",
                "`async_connect_ex`",
                "ratio",
                "with fast open, cookie warm",
                "ratio",
                "round trips: pair, ours, fast open",
            ],
            lines,
        )
    }


def points(result):
    for row in result["rows"]:
        yield [row["rtt_ms"], *(medians(row).get(way, "null") for way in WAYS)]
