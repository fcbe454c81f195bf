# SPDX-License-Identifier: BSL-1.0
"""What is counted from outside: system calls, instructions, requests to Wine's server.

A program is run twice, and the difference taken, so that its start and end do not count.
"""

from __future__ import annotations

import collections
import concurrent.futures
import os
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from lib.process import Skipped, output

Command = Callable[[int], list]


def need_strace() -> None:
    if subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode:
        raise Skipped("programs must not be traced here")


def system_calls(command: Command, few: int, many: int, scratch: Path, **options) -> dict:
    """The system calls of one connect, by name.

    @param command  Makes so many connects.
    """

    def count(connects: int) -> collections.Counter:
        table = scratch / "strace"
        output(["strace", "-f", "-c", "-o", table, *command(connects)], **options)
        # percent, seconds, usecs/call, calls, [errors,] name
        found = re.findall(
            r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$", table.read_text(), re.MULTILINE
        )
        return collections.Counter({name: int(calls) for calls, name in found if name != "total"})

    fewer, more = count(few), count(many)
    more.subtract(fewer)
    return {name: calls / (many - few) for name, calls in sorted(more.items()) if calls}


def instructions(
    commands: dict[str, Command], few: int, many: int, scratch: Path
) -> dict[str, float]:
    """The instructions in user mode of one connect, or of what else the commands do so often.

    Side by side, because a busy machine makes them slower, not more.
    """

    def count(task: tuple[str, int]) -> int:
        name, times = task
        log = output(
            [
                "valgrind",
                "--tool=callgrind",
                f"--callgrind-out-file={scratch}/callgrind.{name}.{times}",
                *commands[name](times),
            ],
            stderr=subprocess.STDOUT,
        )
        return int(re.search(r"Collected : (\d+)", log).group(1))

    tasks = [(name, times) for name in commands for times in (few, many)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(tasks, pool.map(count, tasks)))
    return {name: (counted[name, many] - counted[name, few]) / (many - few) for name in commands}


# What Wine 8.0 calls IOCTL_AFD_WINE_CONNECT and so on.
IOCTLS = {
    "0012032c": "connect",
    "00120368": "get_info",
    "00012003": "bind",
    "0001202f": "getsockname",
    "00120320": "create",
}

# Finding an extension function asks nothing, but says by an event that it is done. What is not
# here belongs to the connect.
KIND_OF = {
    "get_info": "check",
    "bind": "bind",
    "getsockname": "bind",
    "open_file_object": "open",
    "create": "open",
    "set_completion_info": "open",
    "event_op": "lookup",
}
KINDS = ("connect", "check", "bind", "lookup", "open")


def request(fields: list[str], before: list[tuple[str, str]]) -> tuple[str, str]:
    """The name and the kind of a request."""
    name = fields[1][:-1]
    call = name
    if name == "ioctl":
        code = fields[2][5:13]
        call = IOCTLS.get(code, code)
        name = f"ioctl({call})"
    elif name == "select" and before and any("handles=" in field for field in fields):
        # Waits for the end of the call before, and belongs to it.
        return "wait", before[-1][1]
    # The descriptor behind a socket is fetched for its first send, too.
    if call == "get_handle_fd" and "ioctl(connect)" not in (each for each, _ in before):
        return name, "check"
    return name, KIND_OF.get(call, "connect")


def regions(lines: Iterable[str]) -> list[tuple[tuple[str, str], ...]]:
    """The requests of the thread that has marked a region, for each region.

    bench/programs/kernel_requests.cpp marks them.
    """
    result = []
    thread = None
    current: list[tuple[str, str]] = []
    for line in lines:
        fields = line.split()
        if len(fields) < 2 or not re.fullmatch(r"[a-z_]+\(", fields[1]):
            continue  # A line with the answer begins "name() =".
        if fields[1] == "open_event(" and 'name=L"connectex_begin"' in line:
            thread, current = fields[0], []
        elif fields[1] == "open_event(" and 'name=L"connectex_end"' in line:
            thread = None
            result.append(tuple(current))
        elif fields[0] == thread:
            current.append(request(fields, current))
    return result


def wine_requests(trace: Path, run: Callable[[], object]) -> dict:
    """What a run asks of Wine's server in the most frequent of its regions, by kind.

    The first region does not count: it pays for what is kept.
    """
    offset = trace.stat().st_size
    run()
    with open(trace, encoding="utf-8", errors="replace") as file:
        file.seek(offset)
        counted = regions(file)[1:]
    ((best, alike),) = collections.Counter(counted).most_common(1)
    kinds = collections.Counter(kind for _, kind in best)
    return {
        **{kind: kinds[kind] for kind in KINDS},
        "all": len(best),
        "alike": alike,
        "of": len(counted),
        "requests": " ".join(name for name, _ in best),
    }
