# SPDX-License-Identifier: BSL-1.0
"""How much larger a small client is with the library than the same client with the pair."""

from lib.document import count, table
from lib.process import output


def sizes(program, tools, scratch):
    """File sizes come in pages; what the sections hold does not."""
    stripped = scratch / "stripped"
    output([f"{tools}strip", "-o", stripped, program])
    sections = output([f"{tools}size", "-B", program]).splitlines()[1].split()[3]
    return {"file": stripped.stat().st_size, "sections": int(sections)}


def measure(bench):
    return {
        build: {
            way: sizes(folder / f"connectex_size_{way}{ending}", tools, bench.scratch)
            for way in ("ours", "pair")
        }
        for build, folder, ending, tools in (
            ("native", bench.programs, "", ""),
            ("mingw", bench.windows_programs, ".exe", "x86_64-w64-mingw32-"),
        )
    }


def more(result, build, what="file"):
    return result[build]["ours"][what] - result[build]["pair"][what]


def tables(result):
    return {
        "": table(
            ["", "`async_connect_ex`", "pair", "more", "more in the sections"],
            (
                [
                    name,
                    count(result[build]["ours"]["file"]),
                    count(result[build]["pair"]["file"]),
                    count(more(result, build)),
                    count(more(result, build, "sections")),
                ]
                for build, name in (("native", "Linux"), ("mingw", "Windows (MinGW)"))
            ),
        )
    }


def goals(result):
    yield (
        "size of a client",
        "none",
        f"{more(result, 'native') / 1000:.0f} KB more on Linux, "
        f"{more(result, 'mingw') / 1000:.0f} KB on Windows",
        "",
    )
