# SPDX-License-Identifier: BSL-1.0
"""What a call takes from the heap in steady state, with each kind of completion token."""

from lib import wine
from lib.document import count, table, verdict
from lib.process import output, rows

NAMES = {
    "callback": "callback",
    "sequence_of_one": "callback, a sequence of one endpoint",
    "use_future": "`use_future`",
    "use_awaitable": "`use_awaitable`",
    "deferred": "`deferred`",
    "cancellation_slot": "callback with a cancellation slot",
    "options": "callback, default options",
    "time_limit": "callback, a time limit",
}


def measure(bench):
    calls = bench.choose(1000, 10)
    with wine.started(bench.wine_prefix) as windows:
        return {
            "calls": calls,
            "native": rows(output([bench.programs / "connectex_allocations", calls])),
            "mingw": rows(windows.run(bench.windows_programs / "connectex_allocations.exe", calls)),
        }


def cell(row, way):
    number, size = row[way], row[f"{way}_bytes"]
    return count(number) + (f" ({count(size)} bytes)" if number else "")


def tables(result):
    return {
        "": table(
            [
                "token",
                "Linux: `async_connect_ex`",
                "`async_connect`",
                "Windows: `async_connect_ex`",
                "`async_connect`",
            ],
            (
                [
                    NAMES[linux["token"]],
                    cell(linux, "ours"),
                    cell(linux, "pair"),
                    cell(windows, "ours"),
                    cell(windows, "pair"),
                ]
                for linux, windows in zip(result["native"], result["mingw"])
            ),
        )
    }


def goals(result):
    rows_of_all = [row for build in ("native", "mingw") for row in result[build]]
    plain = max(
        row["ours"]
        for row in rows_of_all
        if row["token"] in ("callback", "use_awaitable", "deferred")
    )
    more = max(
        row["ours"] - row["pair"] for row in rows_of_all if row["token"] != "sequence_of_one"
    )
    yield (
        "heap allocations of a call, steady state",
        "0 for callbacks and coroutines, else as `async_connect`",
        f"{count(plain)}; {count(more)} more at most",
        verdict(plain == 0 and more == 0)
        if more == 0
        else "met, but for [a mutex of MinGW](#allocations)"
        if plain == 0
        else "missed",
    )
