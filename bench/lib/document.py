# SPDX-License-Identifier: BSL-1.0
"""Tables in Markdown, and the documents that have them between two comments."""

from __future__ import annotations

import re
from collections.abc import Iterable

BEGIN = re.compile(r"<!-- generated: (?!end)(.+) -->\n")
END = "<!-- generated: end -->\n"


def table(head: Iterable, rows: Iterable[Iterable]) -> str:
    lines = [list(map(str, head))]
    lines.append(["---"] * len(lines[0]))
    lines += [list(map(str, row)) for row in rows]
    return "".join(
        "|" + "|".join(cells) + "|\n" if cells[0] == "---" else "| " + " | ".join(cells) + " |\n"
        for cells in lines
    )


def aligned(text: str) -> str:
    """For a terminal."""
    result = []
    for part in re.split(r"((?:^\|.*\n)+)", text, flags=re.MULTILINE):
        if not part.startswith("|"):
            result.append(part)
            continue
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()]
        widths = [max(map(len, column)) for column in zip(*lines)]
        result += [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + "\n"
            for line in lines
            if line[0] != "---"
        ]
    return "".join(result)


def made_anew(text: str, parts: dict[str, str]) -> str:
    """The document with its generated parts as they should be. Each is where a comment names it."""

    def replace(found: re.Match) -> str:
        name = found.group(1)
        if name not in parts:
            raise KeyError(f"no result has a part '{name}'")
        return found.group(0).splitlines(keepends=True)[0] + parts[name] + END

    return re.sub(BEGIN.pattern + r"(?:.*\n)*?" + re.escape(END), replace, text)


def count(value: float) -> str:
    """With a comma for thousands, and only as many places as there are."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def milliseconds(value: float) -> str:
    """With four digits or more, a whole number."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def spread(middle: dict, form=milliseconds) -> str:
    return f"{form(middle['median'])} ({form(middle['least'])} to {form(middle['most'])})"


def verdict(is_met: bool, section: str = "") -> str:
    """The section tells why it is missed."""
    if is_met:
        return "met"
    return f"[missed](#{section})" if section else "missed"
