# SPDX-License-Identifier: BSL-1.0
"""Network namespaces, and a link with a delay between two of them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lib.process import Server, Skipped, output, server


class Namespace:
    def __init__(self, name: str) -> None:
        self.name = name

    def command(self, *command) -> list[str]:
        """The command, run inside."""
        return ["ip", "netns", "exec", self.name, *command]

    def ip(self, arguments: str) -> None:
        output(["ip", "-n", self.name, *arguments.split()])

    def set(self, name: str, value: int) -> None:
        """A setting below /proc/sys/net."""
        output(self.command("sh", "-c", f"echo {value} >/proc/sys/net/{name}"))

    def counter(self, file: str, name: str) -> int:
        """A counter of /proc/net, whose lines come in pairs: names and values."""
        lines = output(self.command("cat", f"/proc/net/{file}")).splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            found = dict(zip(names.split(), values.split()))
            if name in found:
                return int(found[name])
        raise KeyError(name)


@contextlib.contextmanager
def namespace(role: str) -> Iterator[Namespace]:
    name = f"connectex-{role}-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], stderr=subprocess.PIPE, text=True)
    if made.returncode != 0:
        raise Skipped("network namespaces must not be made here: " + made.stderr.strip())
    try:
        result = Namespace(name)
        # In a chroot it can be made, and not be entered.
        entered = subprocess.run(result.command("true"), stderr=subprocess.PIPE, text=True)
        if entered.returncode != 0:
            raise Skipped("network namespaces cannot be entered here: " + entered.stderr.strip())
        result.ip("link set dev lo up")
        yield result
    finally:
        # Programs that are left would keep it.
        for pid in output(["ip", "netns", "pids", name]).split():
            subprocess.run(["kill", pid], stderr=subprocess.DEVNULL)
        output(["ip", "netns", "del", name])


class Link:
    """What the client's and the server's end of a delayed link are."""

    device = "delayed"
    client_address = "192.0.2.1"
    server_address = "192.0.2.2"

    def __init__(self, client: Namespace, server_side: Namespace) -> None:
        self.client = client
        self.server = server_side


@contextlib.contextmanager
def delayed_link(programs: Path, rtt: float) -> Iterator[Link]:
    """Namespaces that are new each time: the system remembers round trips and cookies of a peer."""
    if not Path("/dev/net/tun").is_char_device():
        raise Skipped("there is no TUN device")
    with namespace("client") as client, namespace("server") as server_side:
        link = Link(client, server_side)
        command = [
            programs / "connectex_delay_link",
            client.name,
            link.device,
            server_side.name,
            link.device,
            rtt,
        ]
        with server(command):
            for end, number in (client, 1), (server_side, 2):
                end.ip(f"link set dev {link.device} up")
                end.ip(f"address add 192.0.2.{number}/24 dev {link.device}")
                end.set("ipv4/tcp_fastopen", 3)
            yield link


def start_server(
    programs: Path,
    answers: bool,
    at: Namespace | None = None,
    address: str = "0.0.0.0",
    port: int = 0,
    before: tuple = (),
) -> contextlib.AbstractContextManager[Server]:
    """bench/programs/server.cpp"""
    command = [
        *before,
        programs / "connectex_server",
        "answering" if answers else "silent",
        port,
        address,
    ]
    return server(at.command(*command) if at else command)
