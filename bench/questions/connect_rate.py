# SPDX-License-Identifier: BSL-1.0
"""How many connections per second a client makes, uses once and closes, on loopback.

In a network namespace, where no SYN is lost. The ways take turns, in every order, and ratios are
those of one round.
"""

import os
import statistics

from lib import contestants
from lib.bench import median_ratio
from lib.document import count, table, verdict
from lib.network import namespace, start_server
from lib.process import output, rows

WAYS = ["pair", "ours", "raw", "uv"]


def measure(bench):
    program = bench.programs / "connectex_connects"
    known = contestants.known(bench)
    ways = [way for way in WAYS if way in known]
    # As many as there are orders of four.
    rounds = bench.choose(24, 2)
    # Connections in flight, and how many are made in one run.
    loads = bench.choose({1: 4000, 64: 10000, 1024: 10000, 10000: 20000}, {1: 500, 64: 2000})

    # Left to itself the system puts client and server on one processor or on two, as it comes, and
    # that counts for more than the way to connect. The last one is the server's, if the others
    # suffice for the client.
    last = os.cpu_count() - 1
    measured = []
    with namespace("bench") as inside:
        # With the usual backlog the system drops a SYN when thousands come at once, and what is
        # measured is the second until the next one.
        inside.set("core/somaxconn", 65535)
        inside.set("ipv4/tcp_max_syn_backlog", 65535)
        with start_server(
            bench.programs, answers=True, at=inside, before=("taskset", "-c", str(last))
        ) as server:
            for in_flight, connects in loads.items():
                for threads in (1, 2):
                    print(
                        f"{in_flight} in flight, threads: {threads}, {rounds} times {connects}",
                        flush=True,
                    )
                    own = f"0-{max(last - 1, 0) if threads <= last else last}"
                    found = rows(
                        output(
                            inside.command(
                                "taskset",
                                "-c",
                                own,
                                program,
                                "rate",
                                server.port,
                                in_flight,
                                threads,
                                connects,
                                rounds,
                                *ways,
                            )
                        )
                    )
                    measured.append(
                        {
                            "in_flight": in_flight,
                            "threads": threads,
                            "connects": connects,
                            **{
                                column: {
                                    way: [
                                        round(row[column], 2) for row in found if row["way"] == way
                                    ]
                                    for way in ways
                                }
                                for column in ("rate", "processor_us")
                            },
                        }
                    )
            accepted = int(server.end())
        lost = {
            "ListenDrops": inside.counter("netstat", "ListenDrops"),
            "RetransSegs": inside.counter("snmp", "RetransSegs"),
        }
    wanted = sum(row["connects"] * len(ways) * (rounds + 1) for row in measured)
    if any(lost.values()) or accepted != wanted:
        raise RuntimeError(
            f"{accepted} of {wanted} connections, {lost}: the system's timers were measured"
        )
    return {"rounds": rounds, "ways": ways, "accepted": accepted, "rows": measured}


def ratio(row, one, other):
    return median_ratio(row["rate"][one], row["rate"][other])


def tables(result):
    names = {"pair": "pair", "ours": "`async_connect_ex`", "raw": "epoll by hand", "uv": "libuv"}
    ways = result["ways"]
    others = [way for way in ways if way != "ours"]
    rates = table(
        [
            "in flight",
            "threads",
            *(names[way] for way in ways),
            *(f"of {names[way]}" for way in others),
        ],
        (
            [
                count(row["in_flight"]),
                row["threads"],
                *(f"{statistics.median(row['rate'][way]):,.0f}" for way in ways),
                *(f"{ratio(row, 'ours', way):.2f}" for way in others),
            ]
            for row in result["rows"]
        ),
    )
    times = table(
        ["in flight", "threads", *(names[way] for way in ways)],
        (
            [
                count(row["in_flight"]),
                row["threads"],
                *(f"{statistics.median(row['processor_us'][way]):.1f}" for way in ways),
            ]
            for row in result["rows"]
        ),
    )
    return {"": rates, "processor": times}


def goals(result):
    def span(other):
        ratios = [ratio(row, "ours", other) for row in result["rows"]]
        return min(ratios), max(ratios)

    pair, raw = span("pair"), span("raw")
    yield (
        "connections per second on loopback",
        "1.15 of the pair, 0.95 of raw",
        f"{pair[0]:.2f} to {pair[1]:.2f}; {raw[0]:.2f} to {raw[1]:.2f}",
        verdict(pair[0] >= 1.15 and raw[0] >= 0.95, "connections-per-second"),
    )


def points(result):
    for row in result["rows"]:
        yield [
            row["in_flight"],
            row["threads"],
            *(
                statistics.median(row["rate"][way]) if way in row["rate"] else "null"
                for way in WAYS
            ),
        ]
