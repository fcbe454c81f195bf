# SPDX-License-Identifier: BSL-1.0
"""How long the first byte of an answer takes when the first addresses of a server do not work.

For Asio, Beast, curl, Go and async_connect_ex. Each run is a process of its own. Without Go its
column is left out.
"""

import concurrent.futures
import contextlib
import os
import shutil
import statistics
import subprocess
from pathlib import Path

from lib.bench import middle
from lib.document import milliseconds, spread, table, verdict
from lib.network import delayed_link, start_server
from lib.process import await_line, output, rows, started

RTT = 20
ATTEMPT_DELAY = 250
GOAL = ATTEMPT_DELAY + 2.2 * RTT

# How often the client's system sends a SYN again: the least that it allows. At each address that
# does not answer a client that waits for the system waits for all of them.
SYN_RETRIES = 1

# A series of so many runs at least ends earlier once it has taken so many milliseconds.
LEAST_RUNS = 3
ENOUGH = 10_000

GOOD, SECOND, REFUSED = (f"198.51.100.{number}" for number in (1, 2, 3))
DEAD = [f"203.0.113.{number}" for number in range(1, 11)]
PORT = 5000

# The addresses in the order in which the resolver has sorted them, and the least that the first
# byte can take, in attempts' delays and in round trips.
CASES = {
    "both_good": ("both good", [GOOD, SECOND], 0, 2),
    "refused": ("first refuses", [REFUSED, GOOD], 0, 3),
    "black_hole_1": ("1 black hole", [*DEAD[:1], GOOD], 1, 2),
    "black_hole_3": ("3 black holes", [*DEAD[:3], GOOD], 3, 2),
    "black_hole_10": ("10 black holes", [*DEAD, GOOD], 10, 2),
    "ipv6_dropped": ("IPv6 dropped", ["2001:db8:1::1", GOOD], 1, 2),
    "ipv6_no_route": ("IPv6 without a route", ["2001:db8:2::1", GOOD], 0, 2),
}
NAMES = {
    "asio": "`asio::async_connect`",
    "beast": "Beast",
    "curl": "curl",
    "go": "Go",
    "race": "`async_connect_ex`",
}


def limit(case):
    _, _, delays, round_trips = CASES[case]
    return delays * ATTEMPT_DELAY + round_trips * RTT


class Race:
    def __init__(self, bench, link):
        self.bench = bench
        self.link = link
        # Other work on the machine must not delay an answer; where that is not allowed it may.
        self.precedence = ["chrt", "--fifo", "1"]
        if subprocess.run([*self.precedence, "true"], stderr=subprocess.DEVNULL).returncode:
            self.precedence = []
        self.ways = [way for way in NAMES if way != "go" or self.build_go()]

    def build_go(self):
        if not shutil.which("go"):
            print("There is no Go here, so its column is left out.")
            return False
        environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GO111MODULE": "off",
            "GOCACHE": str(self.bench.scratch / "go"),
        }
        output(
            ["go", "build", "-o", self.bench.scratch / "race_go", "bench/programs/race.go"],
            env=environment,
        )
        return True

    def add_addresses(self):
        """Addresses that answer, others that refuse, and two networks that say nothing.

        The client knows no way to any other.
        """
        client, server, device = self.link.client, self.link.server, self.link.device
        for end, number in (client, 1), (server, 2):
            end.ip(f"address add 2001:db8::{number}/64 dev {device} nodad")
        for network in ("198.51.100.0/24", "203.0.113.0/24"):
            client.ip(f"route add {network} via {self.link.server_address}")
        client.ip("route add 2001:db8:1::/64 via 2001:db8::2")
        server.ip("route add local 198.51.100.0/24 dev lo")
        server.ip("route add blackhole 203.0.113.0/24")
        server.ip("route add blackhole 2001:db8:1::/64")

    @contextlib.contextmanager
    def names(self):
        """Go asks for names, and finds them in a file that ip puts in the place of /etc/hosts."""
        folder = Path("/etc/netns", self.link.client.name)
        folder.mkdir(parents=True)
        try:
            (folder / "hosts").write_text(
                "".join(
                    f"{address} {case}.example\n"
                    for case, (_, addresses, _, _) in CASES.items()
                    for address in addresses
                ),
                encoding="utf-8",
            )
            yield
        finally:
            shutil.rmtree(folder)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()

    def time(self, way, case):
        """Milliseconds."""
        addresses = CASES[case][1]
        host = f"{case}.example"
        if way == "curl":
            resolved = ",".join(
                f"[{address}]" if ":" in address else address for address in addresses
            )
            command = [
                "curl",
                "--disable",
                "--noproxy",
                "*",
                "--silent",
                "--show-error",
                "--output",
                "/dev/null",
                "--resolve",
                f"{host}:{PORT}:{resolved}",
                "--write-out",
                "%{time_starttransfer}",
                f"http://{host}:{PORT}/",
            ]
            return float(self.inside(command)) * 1000
        if way == "go":
            return float(self.inside([self.bench.scratch / "race_go", f"{host}:{PORT}"]))
        program = self.bench.programs / "connectex_first_byte"
        return rows(self.inside([program, 1, PORT, ",".join(addresses), way]))[0]["ms"]

    def inside(self, command):
        return output(self.link.client.command(*self.precedence, *command), seconds=300)

    def captured(self, way, case):
        """The time, and the addresses of the SYNs that were sent meanwhile."""
        lines, log = self.bench.scratch / "capture", self.bench.scratch / "capture.log"
        syns = (
            "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn or (ip6[6] == 6 and ip6[53] & 0x12 == 2) "
            "or udp port discard"
        )
        command = ["tcpdump", "-i", self.link.device, "-nn", "-l", "--immediate-mode", syns]
        with open(lines, "w", encoding="utf-8") as out, open(
            log, "w", encoding="utf-8"
        ) as err, started(self.link.client.command(*command), stdout=out, stderr=err):
            await_line(log, "listening")
            elapsed = self.time(way, case)
            # What was sent before this has been captured when this has.
            self.inside(["bash", "-c", f"echo >/dev/udp/{self.link.server_address}/9"])
            await_line(lines, "UDP")
        sent = [line.split()[4] for line in lines.read_text().splitlines() if "Flags" in line]
        return elapsed, [address.rpartition(".")[0] for address in sent]

    def measure(self, case, runs):
        """The ways take turns, so that a change in the machine's load affects all of them."""
        found = {}
        for way in self.ways:
            elapsed, sent = self.captured(way, case)
            found[way] = {"ms": [elapsed], "syns": len(sent), "addresses": len(set(sent))}
        for run in range(1, runs):
            for way in self.ways:
                times = found[way]["ms"]
                if run < LEAST_RUNS or sum(times) < ENOUGH:
                    times.append(self.time(way, case))
        for each in found.values():
            each["ms"] = [round(time, 2) for time in each["ms"]]
        return found

    def measure_default_limit(self):
        """The system's own limit. They all sleep, so they may do it side by side."""
        ways = [way for way in self.ways if way != "race"]
        with concurrent.futures.ThreadPoolExecutor(len(ways)) as pool:
            return dict(
                zip(ways, pool.map(lambda way: round(self.time(way, "black_hole_1")), ways))
            )


def measure(bench):
    cases = bench.choose(list(CASES), ["both_good", "refused", "black_hole_1", "ipv6_no_route"])
    result = {
        "rtt_ms": RTT,
        "attempt_delay_ms": ATTEMPT_DELAY,
        "syn_retries": SYN_RETRIES,
        "cases": {},
    }
    with delayed_link(bench.programs, RTT) as link:
        race = Race(bench, link)
        race.add_addresses()
        with race.names(), contextlib.ExitStack() as stack:
            first, second = (
                stack.enter_context(
                    start_server(
                        bench.programs, True, link.server, address, PORT, tuple(race.precedence)
                    )
                )
                for address in (GOOD, SECOND)
            )
            if not bench.short:
                print("The system's own limit, all ways at once: more than two minutes", flush=True)
                result["default_limit_ms"] = race.measure_default_limit()
            link.client.set("ipv4/tcp_syn_retries", SYN_RETRIES)
            for case in cases:
                print(case, flush=True)
                result["cases"][case] = race.measure(case, bench.choose(21, 1))
            result["accepted_by_first"] = int(first.end())
            result["accepted_by_second"] = int(second.end())
    return result


def tables(result):
    cases = result["cases"]
    ways = list(next(iter(cases.values())))
    made = {
        "": table(
            ["addresses", "limit", *(NAMES[way] for way in ways), "of the limit", "its SYNs"],
            (
                [
                    CASES[case][0],
                    f"{limit(case):,}",
                    *(spread(middle(found[way]["ms"])) for way in ways),
                    f"{statistics.median(found['race']['ms']) / limit(case):.2f}",
                    found["race"]["syns"],
                ]
                for case, found in cases.items()
            ),
        )
    }
    if "default_limit_ms" in result:
        made["default limit"] = table(
            [
                "one black hole, the system's own limit",
                *(NAMES[way] for way in result["default_limit_ms"]),
            ],
            [["seconds", *(f"{time / 1000:.0f}" for time in result["default_limit_ms"].values())]],
        )
    return made


def goals(result):
    past = statistics.median(result["cases"]["black_hole_1"]["race"]["ms"])
    yield (
        "first address a black hole, 20 ms round trip",
        f"an answer in 250 ms and 2.2 round trips: {GOAL:.0f} ms",
        f"{milliseconds(past)} ms",
        verdict(past <= GOAL),
    )
    syns = result["cases"]["both_good"]["race"]["syns"]
    at_second = result["accepted_by_second"]
    yield (
        "both addresses good",
        "one SYN, none to the second",
        f"{syns}, {at_second}",
        verdict(syns == 1 and at_second == 0),
    )


def points(result):
    for case, found in result["cases"].items():
        yield [
            case,
            limit(case),
            *(statistics.median(found[way]["ms"]) if way in found else "null" for way in NAMES),
        ]
