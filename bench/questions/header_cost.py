# SPDX-License-Identifier: BSL-1.0
"""How long the compiler takes for nothing but the header, and for nothing but Asio's.

In user mode, and in turns, because a busy machine slows all of them.
"""

import os
import resource

from lib.bench import median_ratio, middle
from lib.document import spread, table, verdict
from lib.process import output

SOURCES = {
    "ours": ["connectex/connectex.hpp"],
    "pair": ["boost/asio.hpp"],
    "both": ["boost/asio.hpp", "connectex/connectex.hpp"],
}


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    output(command)
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, 3)


def compiler(bench):
    return [os.environ.get("CXX", "g++"), "-std=c++20", *bench.compile_options, "-I", "include"]


def measure(bench):
    # Once more for the disk's sake.
    runs, unmeasured = bench.choose((11, 1), (1, 0))
    seconds = {name: [] for name in SOURCES}
    for _ in range(unmeasured + runs):
        for name, headers in SOURCES.items():
            source = bench.scratch / f"{name}.cpp"
            source.write_text(
                "".join(f"#include <{header}>\n" for header in headers), encoding="utf-8"
            )
            seconds[name].append(
                user_seconds([*compiler(bench), "-c", "-o", bench.scratch / "object", source])
            )
    return {"seconds": {name: all_of[unmeasured:] for name, all_of in seconds.items()}}


def tables(result):
    seconds = result["seconds"]
    return {
        "": table(
            ["a source with nothing but", "seconds", "runs"],
            (
                [
                    ", ".join(f"`<{header}>`" for header in headers),
                    spread(middle(seconds[name]), "{:.2f}".format),
                    len(seconds[name]),
                ]
                for name, headers in SOURCES.items()
            ),
        )
    }


def goals(result):
    ratio = median_ratio(result["seconds"]["ours"], result["seconds"]["pair"])
    yield (
        "time to compile the header",
        "1.05 of `<boost/asio.hpp>`",
        f"{ratio:.2f}",
        verdict(ratio <= 1.05, "compile-time-and-size"),
    )
