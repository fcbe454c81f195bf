# SPDX-License-Identifier: BSL-1.0
"""What one connect with 64 bytes asks of Wine's server, which stands in for the kernel.

The socket is open and `bound` beforehand, or opening and binding is counted too (`whole`), or the
program has opened it before it calls, and that is counted (`own`). System calls are the client's,
from opening the socket to having it closed and the connection accepted, which is the same for all.
"""

from lib import counters, wine
from lib.document import table, verdict

WAYS = {
    "raw": "raw",
    "pair": "pair",
    "ours": "`async_connect_ex`",
    "one": "`async_connect_ex`, a sequence of one",
    "blocking_pair": "a blocking pair",
    "blocking": "`connect_ex`",
}
MODES = {"whole": "opened by the call", "own": "opened beforehand", "bound": "open and bound"}


def measure(bench):
    counters.need_strace()
    connects = bench.choose(100, 5)
    few, many = bench.choose((50, 250), (2, 4))
    program = bench.windows_programs / "connectex_kernel_requests.exe"
    trace = bench.scratch / "trace"
    found = []
    with wine.started(bench.wine_prefix, trace=trace) as windows:
        for mode in MODES:
            for way in WAYS:
                # A sequence takes no socket that is open.
                if way == "one" and mode != "whole":
                    continue
                asked = counters.wine_requests(
                    trace, lambda: windows.run(program, way, mode, connects + 1)
                )
                calls = counters.system_calls(
                    lambda times: windows.command("wine", program, way, mode, times),
                    few,
                    many,
                    bench.scratch,
                    env=windows.environment,
                )
                found.append(
                    {
                        "mode": mode,
                        "way": way,
                        **asked,
                        "system_calls": round(sum(calls.values()), 2),
                    }
                )
                print(found[-1], flush=True)
    return {"connects": connects, "rows": found}


def tables(result):
    kinds = [*counters.KINDS, "all"]
    return {
        "": table(
            [
                "the socket",
                "way",
                "connect",
                "asking what it is",
                "bind",
                "finding ConnectEx",
                "open",
                "all",
                "alike",
                "system calls of the client",
            ],
            (
                [
                    MODES[row["mode"]],
                    WAYS[row["way"]],
                    *(row[kind] for kind in kinds),
                    f"{row['alike']} of {row['of']}",
                    f"{row['system_calls']:.0f}",
                ]
                for row in result["rows"]
            ),
        )
    }


def goals(result):
    asked = {
        row["way"]: row["connect"] + row["check"]
        for row in result["rows"]
        if row["mode"] == "whole"
    }
    yield (
        "requests to Wine's server, of the connect itself",
        "as raw; half of the pair",
        f"{asked['ours']}, raw {asked['raw']}, pair {asked['pair']}",
        verdict(asked["ours"] <= asked["raw"] and asked["ours"] * 2 <= asked["pair"]),
    )
