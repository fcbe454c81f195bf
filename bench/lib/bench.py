# SPDX-License-Identifier: BSL-1.0
"""What a question is handed, and the arithmetic that several of them do."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Bench:
    programs: Path
    windows_programs: Path
    compile_options: list[str]
    scratch: Path
    wine_prefix: Path

    # To be tried out, in seconds: it does not matter what is measured.
    short: bool

    def choose(self, usual, short):
        return short if self.short else usual


def middle(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def median_ratio(ones: list[float], others: list[float]) -> float:
    """Of each round, because what disturbs a round disturbs all of it."""
    return statistics.median(one / other for one, other in zip(ones, others))
