# SPDX-License-Identifier: BSL-1.0
"""What a lazy_connect_stream costs and saves, against a socket that async_connect connects.

Requests to Wine's server and system calls are those of a request of 39 bytes and its answer, from
opening the socket to closing it. Without OpenSSL there are no rows of TLS.
"""

from lib import counters, wine
from lib.bench import middle
from lib.document import count, spread, table, verdict
from lib.network import delayed_link, start_server
from lib.process import output, server
from questions.header_cost import compiler, user_seconds
from questions.library_size import sizes

WAYS = ["pair", "lazy"]
STREAMS = ["bare", "lazy"]
FIRST_BYTE = {
    "pair": "`async_connect`, handshake, request",
    "off": "lazy, without fast open",
    "cold": "lazy, with fast open and no cookie",
    "warm": "lazy, with a cookie",
}


def measure_kernel_requests(bench):
    program = bench.windows_programs / "connectex_kernel_requests.exe"
    requests = bench.choose(100, 5)
    trace = bench.scratch / "trace"
    with wine.started(bench.wine_prefix, trace=trace) as windows:
        return {
            way: counters.wine_requests(
                trace, lambda: windows.run(program, f"stream_{way}", requests + 1)
            )
            for way in WAYS
        }


def measure_system_calls(bench, tls):
    few, many = bench.choose((500, 1500), (5, 15))
    program = bench.programs / "connectex_stream"
    servers = {"plain": start_server(bench.programs, answers=True)}
    if tls:
        servers["tls"] = server([program, "server", "127.0.0.1"])
    found = {}
    for kind, starting in servers.items():
        with starting as running:
            found[kind] = {
                way: counters.system_calls(
                    lambda times: [program, "requests", kind, way, running.port, times],
                    few,
                    many,
                    bench.scratch,
                )
                for way in WAYS
            }
    return found


def measure_transfers(bench):
    few, many = bench.choose((500, 1500), (10, 30))
    program = bench.programs / "connectex_stream_forward"
    kinds = [(stream, transfer) for stream in STREAMS for transfer in ("write", "read")]
    instructions = counters.instructions(
        {
            f"{stream} {transfer}": lambda times, stream=stream, transfer=transfer: [
                program,
                stream,
                transfer,
                times,
            ]
            for stream, transfer in kinds
        },
        few,
        many,
        bench.scratch,
    )
    with wine.started(bench.wine_prefix) as windows:
        return {
            transfer: {
                stream: {
                    "instructions": instructions[f"{stream} {transfer}"],
                    "allocations": float(output([program, stream, transfer, many])),
                    "windows_allocations": float(
                        windows.run(
                            bench.windows_programs / "connectex_stream_forward.exe",
                            stream,
                            transfer,
                            many,
                        )
                    ),
                }
                for stream in STREAMS
            }
            for transfer in ("write", "read")
        }


def measure_first_byte(bench):
    rtt, runs = bench.choose((50, 21), (1, 1))
    program = bench.programs / "connectex_stream"
    times = {way: [] for way in FIRST_BYTE}
    with delayed_link(bench.programs, rtt) as link, server(
        link.server.command(program, "server", link.server_address)
    ) as running:
        for _ in range(runs):
            for way in FIRST_BYTE:
                # What the client's system knows of the server, its cookie too, is forgotten before
                # `cold`, which asks for the cookie that `warm` has.
                if way == "cold":
                    link.client.ip("tcp_metrics flush")
                times[way].append(
                    round(
                        float(
                            output(
                                link.client.command(
                                    program, "first_byte", way, link.server_address, running.port
                                )
                            )
                        ),
                        3,
                    )
                )
    return {"rtt_ms": rtt, "ms": times}


def measure_client(bench):
    runs = bench.choose(3, 1)
    found = {way: {"seconds": []} for way in WAYS}
    for _ in range(runs):
        for way in WAYS:
            target = bench.scratch / f"{way}.o"
            option = ["-DCONNECTEX_BENCH_PAIR"] if way == "pair" else []
            found[way]["seconds"].append(
                user_seconds(
                    [
                        *compiler(bench),
                        *option,
                        "-c",
                        "-o",
                        target,
                        "bench/programs/stream_size.cpp",
                    ]
                )
            )
    for way in WAYS:
        target, program = bench.scratch / f"{way}.o", bench.scratch / way
        output(
            [
                compiler(bench)[0],
                "-o",
                program,
                target,
                bench.programs.parent / "libconnectex.a",
                "-lssl",
                "-lcrypto",
                "-pthread",
            ]
        )
        found[way]["object"] = int(output(["size", "-B", target]).splitlines()[1].split()[3])
        found[way]["program"] = sizes(program, "", bench.scratch)["file"]
    return found


def measure(bench):
    counters.need_strace()
    tls = output([bench.programs / "connectex_stream", "tls"]).strip() == "yes"
    result = {
        "kernel_requests": measure_kernel_requests(bench),
        "system_calls": measure_system_calls(bench, tls),
        "transfers": measure_transfers(bench),
    }
    if tls:
        result["first_byte"] = measure_first_byte(bench)
        result["client"] = measure_client(bench)
    else:
        print("The programs were built without OpenSSL, so there are no rows of TLS.")
    return result


def calls_row(name, calls):
    """With the calls of which there are fewer or more in a tenth of the requests, at least."""
    sums = {way: sum(calls[way].values()) for way in WAYS}
    more = {
        call: calls["lazy"].get(call, 0) - calls["pair"].get(call, 0)
        for call in sorted(calls["pair"].keys() | calls["lazy"].keys())
    }
    named = ", ".join(
        f"{call} {number:+.1f}" for call, number in more.items() if abs(number) >= 0.1
    )
    return [name, *(f"{sums[way]:.1f}" for way in WAYS), named]


def tables(result):
    asked = result["kernel_requests"]
    more = [
        f"{kind} {asked['lazy'][kind] - asked['pair'][kind]:+d}"
        for kind in counters.KINDS
        if asked["lazy"][kind] != asked["pair"][kind]
    ]
    requests = [
        [
            "requests to Wine's server",
            *(asked[way]["all"] for way in WAYS),
            ", ".join(more)
            + "; alike in "
            + " and ".join(f"{asked[way]['alike']} of {asked[way]['of']}" for way in WAYS),
        ]
    ]
    names = {"plain": "system calls, Linux", "tls": "over TLS 1.3, Linux"}
    requests += [calls_row(names[kind], calls) for kind, calls in result["system_calls"].items()]

    transfers = []
    for transfer, found in result["transfers"].items():
        heap = "; on Windows ".join(
            ", ".join(count(found[stream][column]) for stream in STREAMS)
            for column in ("allocations", "windows_allocations")
        )
        transfers.append(
            [
                f"`async_{transfer}_some`",
                *(f"{found[stream]['instructions']:,.0f}" for stream in STREAMS),
                heap,
            ]
        )

    made = {
        "requests": table(["a request of 39 bytes and its answer", "pair", "lazy", ""], requests),
        "transfers": table(
            [
                "64 bytes on a connected stream, instructions in user mode",
                "bare socket",
                "lazy",
                "allocations",
            ],
            transfers,
        ),
    }
    if "first_byte" in result:
        rtt = result["first_byte"]["rtt_ms"]
        made["first_byte"] = table(
            ["first byte of an answer over TLS 1.3", "milliseconds", "round trips"],
            (
                [FIRST_BYTE[way], spread(middle(times)), f"{middle(times)['median'] / rtt:.2f}"]
                for way, times in result["first_byte"]["ms"].items()
            ),
        )
        client = result["client"]
        made["client"] = table(
            ["a small HTTPS client, by name", "pair", "lazy"],
            [
                [
                    "compiler's time in user mode, `-O2`",
                    *(spread(middle(client[way]["seconds"]), "{:.1f} s".format) for way in WAYS),
                ],
                ["sections of the object", *(count(client[way]["object"]) for way in WAYS)],
                [
                    "program, stripped, with the library",
                    *(count(client[way]["program"]) for way in WAYS),
                ],
            ],
        )
    return made


def goals(result):
    found = result["transfers"].values()
    more = max(each["lazy"]["instructions"] - each["bare"]["instructions"] for each in found)
    heap = max(
        each["lazy"][column] - each["bare"][column]
        for each in found
        for column in ("allocations", "windows_allocations")
    )
    yield (
        "a transfer on a connected `lazy_connect_stream`",
        "10 instructions and 0 allocations more than the bare socket",
        f"{more:.0f}; {count(heap)}",
        verdict(more <= 10 and heap <= 0, "the-lazy-stream"),
    )
    if "first_byte" in result:
        rtt, times = result["first_byte"]["rtt_ms"], result["first_byte"]["ms"]
        warm, pair = (middle(times[way])["median"] / rtt for way in ("warm", "pair"))
        yield (
            "first byte over TLS 1.3, with a cookie",
            "none",
            f"{warm:.2f} round trips, pair {pair:.2f}",
            "",
        )
