# SPDX-License-Identifier: BSL-1.0
"""What pending connects cost in time and memory, and how both grow with their number.

Connects that get no answer, because the listener's backlog is full, until all are cancelled; for
one of them.
"""

import statistics

from lib import wine
from lib.bench import median_ratio
from lib.document import count, table
from lib.network import namespace
from lib.process import output, rows, server

VARIANTS = {
    "pair": "`async_connect`",
    "plain": "`async_connect_ex`",
    "first flight": "with a first flight",
    "retry": "and retries",
    "total_timeout": "and `total_timeout`",
    "retry and total_timeout": "and both",
}


def series(found):
    """The rounds of each variant and number."""
    return [
        {
            "variant": variant,
            "pending": pending,
            **{
                column: [
                    round(row[column], 2)
                    for row in found
                    if row["variant"] == variant and row["pending"] == pending
                ]
                for column in ("us", "bytes")
            },
        }
        for variant in VARIANTS
        for pending in sorted({row["pending"] for row in found})
    ]


def measure(bench):
    with namespace("bench") as inside:
        # On a busy machine Wine takes longer than the system's usual limit for a connect.
        inside.set("ipv4/tcp_syn_retries", 20)
        program = bench.programs / "connectex_scaling"
        with server(inside.command(program, "listener")) as listener:
            rounds, pending = bench.choose((15, [100, 2000, 20000]), (2, [100, 1000]))
            native = rows(
                output(inside.command(program, "client", listener.port, rounds, *pending))
            )
            # Wine's server serves one request after the other, and takes ten times as long.
            rounds, pending = bench.choose((5, [100, 1000, 10000]), (2, [10, 100]))
            with wine.started(bench.wine_prefix, inside) as windows:
                mingw = rows(
                    windows.run(
                        bench.windows_programs / "connectex_scaling.exe",
                        "client",
                        listener.port,
                        rounds,
                        *pending,
                    )
                )
    return {"native": series(native), "mingw": series(mingw)}


def of(build, variant):
    return [row for row in build if row["variant"] == variant]


def growth(build, variant):
    """How much longer ten times as many take, by how much longer one of them takes."""
    less, more = of(build, variant)[-2:]
    return 10 * median_ratio(more["us"], less["us"])


def cost_table(build, system):
    numbers = [row["pending"] for row in of(build, "plain")]
    lines = []
    for variant, name in VARIANTS.items():
        found = of(build, variant)
        lines.append(
            [
                name,
                *(f"{statistics.median(row['us']):.1f} us" for row in found),
                f"{growth(build, variant):.1f}",
                f"{statistics.median(found[-1]['bytes']):,.0f} bytes",
            ]
        )
    return table([system, *map(count, numbers), "ten times as many", "memory of one"], lines)


def tables(result):
    return {
        "native": cost_table(result["native"], "Linux"),
        "mingw": cost_table(result["mingw"], "under Wine"),
    }


def goals(result):
    native = result["native"]
    ours, pair = growth(native, "plain"), growth(native, "pair")
    number = count(of(native, "plain")[-1]["pending"])
    yield (
        f"{number} pending connects, against a tenth",
        "11 times the time",
        f"{ours:.1f}, `async_connect` {pair:.1f}",
        "met"
        if ours <= 11
        else "[missed by both](#pending-connects)"
        if pair > 11
        else "[missed](#pending-connects)",
    )

    def bytes_of(variant):
        return statistics.median(of(native, variant)[-1]["bytes"])

    more = bytes_of("plain") - bytes_of("pair")
    with_flight = bytes_of("first flight") - bytes_of("pair")
    yield (
        "memory of a pending call",
        "`async_connect` and 64 bytes",
        f"{more:.0f} more; with a first flight {with_flight:.0f}",
        "met" if with_flight <= 64 else "met without a first flight" if more <= 64 else "missed",
    )


def points(result):
    native = result["native"]
    for pending in [row["pending"] for row in of(native, "plain")]:
        found = {row["variant"]: row for row in native if row["pending"] == pending}
        medians = [
            statistics.median(found[variant][column])
            for column in ("us", "bytes")
            for variant in VARIANTS
        ]
        yield [pending, *medians]
