# SPDX-License-Identifier: BSL-1.0
"""Programs for Windows, run by Wine with a prefix of the benches' own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lib.network import Namespace
from lib.process import output


class Wine:
    def __init__(self, prefix: Path, inside: Namespace | None) -> None:
        # The caller's own prefix may hold, or be running, anything. Without a display nothing pops
        # up.
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("WINEPREFIX", "WINEARCH", "DISPLAY", "WAYLAND_DISPLAY")
        }
        self.environment["DEFAULT_WINEPREFIX"] = str(prefix)
        self.inside = inside

    def command(self, *command) -> list[str]:
        """Of Wine's own commands one, in the environment that it is to have."""
        return self._in_environment('exec "$@"', *command)

    def run(self, *program) -> str:
        # Its lines end as those of Windows do, which Python undoes.
        return output(self.command("wine", *program), env=self.environment)

    def start_server(self, trace: Path | None = None) -> None:
        """It writes each request to the trace.

        With the services of Wine: the first program would start them, and be waited for as long
        as they run.
        """
        with open(trace or os.devnull, "w", encoding="utf-8") as log:
            self._start("wineserver", "--persistent", *(["--debug=1"] if trace else []), log=log)
        self._start("wineboot", "--init")

    def stop_server(self) -> None:
        subprocess.run(self._in_environment("end_wine_server"), env=self.environment)

    def _in_environment(self, script: str, *arguments) -> list[str]:
        script = f". cmake/wine-environment.sh && {script}"
        command = ["sh", "-c", script, "-", *arguments]
        return self.inside.command(*command) if self.inside else command

    def _start(self, *command, log=subprocess.DEVNULL) -> None:
        subprocess.run(
            self.command(*command),
            env=self.environment,
            check=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


@contextlib.contextmanager
def started(
    prefix: Path, inside: Namespace | None = None, trace: Path | None = None
) -> Iterator[Wine]:
    """Its sockets are those of its server, in whose namespace they are."""
    wine = Wine(prefix, inside)
    prefix.mkdir(parents=True, exist_ok=True)
    try:
        wine.start_server()
        if trace:
            wine.stop_server()
            wine.start_server(trace)
        yield wine
    finally:
        wine.stop_server()
