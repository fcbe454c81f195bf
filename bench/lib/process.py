# SPDX-License-Identifier: BSL-1.0
"""Programs that are run, and what they print."""

from __future__ import annotations

import contextlib
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path


class Skipped(Exception):
    """The machine does not allow the measurement."""


def output(command: list[str], seconds: int = 1800, **options) -> str:
    """What the command prints. Its errors go to the terminal."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [str(part) for part in command],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        timeout=seconds,
        **options,
    ).stdout


def number(text: str) -> int | float | str:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


def rows(text: str) -> list[dict]:
    """The rows that a program of bench/programs prints: the first line names the columns."""
    head, *lines = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(head, map(number, line))) for line in lines]


class Server:
    """A program that says a line when it is ready, and another when it has ended."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.ready = self._line(10)

    @property
    def port(self) -> int:
        return int(self.ready)

    def end(self) -> str:
        self.process.stdin.close()
        return self._line(10)

    def _line(self, seconds: float) -> str:
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline().strip() if readable else ""
        if not line:
            raise RuntimeError(f"no word from {self.process.args}")
        return line


@contextlib.contextmanager
def started(command: list[str], **options) -> Iterator[subprocess.Popen]:
    """A program that is ended with the block."""
    process = subprocess.Popen([str(part) for part in command], text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def server(command: list[str]) -> Iterator[Server]:
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Server(process)


def await_that(is_so: Callable[[], bool], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


def await_line(path: Path, start: str) -> None:
    await_that(
        lambda: path.exists() and any(start in line for line in path.read_text().splitlines()),
        f"{start} in {path}",
    )
