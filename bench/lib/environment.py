# SPDX-License-Identifier: BSL-1.0
"""With what a measurement was made."""

from __future__ import annotations

import datetime
import os
import re
import subprocess

VERSIONS = {
    "GCC": (["g++", "--version"], r"\) ([\d.]+)"),
    "MinGW": (["x86_64-w64-mingw32-g++-posix", "--version"], r"\) ([\d.]+)"),
    "Wine": (["wine", "--version"], r"wine-([\d.]+)"),
    "libuv": (["pkg-config", "--modversion", "libuv"], r"([\d.]+)"),
    "OpenSSL": (["pkg-config", "--modversion", "openssl"], r"([\d.]+)"),
    "curl": (["curl", "--version"], r"curl ([\d.]+)"),
    "Go": (["go", "version"], r"go([\d.]+)"),
    "strace": (["strace", "--version"], r"version ([\d.]+)"),
    "Valgrind": (["valgrind", "--version"], r"([\d.]+)"),
}

BOOST = ["g++", "-E", "-P", "-include", "boost/version.hpp", "-x", "c++", "-"]


def printed(command: list[str], **options) -> str:
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options
        ).stdout.strip()
    except FileNotFoundError:
        return ""


def versions() -> dict[str, str]:
    result = {"Linux": os.uname().release.split("-")[0]}
    boost = printed(BOOST, input="BOOST_LIB_VERSION").splitlines()[-1:]
    result["Boost"] = "".join(boost).strip('"').replace("_", ".")
    for name, (command, pattern) in VERSIONS.items():
        if found := re.search(pattern, printed(command)):
            result[name] = found.group(1)
    return result


def description() -> dict:
    """Trees stay the same where commits are moved."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": printed(["git", "rev-parse", "--short=12", "HEAD"]),
        "trees": {
            folder: printed(["git", "rev-parse", "--short=12", f"HEAD:{folder}"])
            for folder in ("include", "src", "bench")
        },
        "changed_since": printed(
            ["git", "status", "--porcelain", "include", "src", "bench/programs"]
        ).splitlines(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "versions": versions(),
    }
