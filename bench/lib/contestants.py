# SPDX-License-Identifier: BSL-1.0
"""The ways to connect that are counted from outside, and what a program does in each."""

from __future__ import annotations

from lib.process import output, rows

NAMES = {
    "pair": "pair",
    "ours": "`async_connect_ex`",
    "opened": "`async_connect_ex`, socket opened by the caller",
    "one": "`async_connect_ex`, a sequence of one",
    "raw": "raw: epoll by hand",
    "uv": "libuv: `uv_tcp_connect`, `uv_write`",
    "blocking_pair": "a blocking pair",
    "blocking": "`connect_ex`",
}


def known(bench) -> list[str]:
    """Those that this build has, in the order above."""
    found = [row["way"] for row in rows(output([bench.programs / "connectex_connects", "ways"]))]
    for way in NAMES.keys() - found:
        print(f"{NAMES[way]} is not installed, so it is left out.")
    return [way for way in NAMES if way in found]


def command(bench, way: str, port: int):
    """Makes so many connects."""
    return lambda connects: [bench.programs / "connectex_connects", "once", way, port, connects]
