# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches that run Windows programs.

# make_wine_prefix FOLDER: gives the programs that follow a Wine of their own, and leaves its server running.
make_wine_prefix() {
    DEFAULT_WINEPREFIX=$1
    # The caller's own prefix may hold, or be running, anything.
    unset WINEPREFIX WINEARCH DISPLAY WAYLAND_DISPLAY
    . cmake/wine-environment.sh
    if ! { wineserver --persistent && wineboot --init; } >"$1.log" 2>&1 </dev/null; then
        cat -- "$1.log" >&2
        echo "Wine could not be started with its files in $1." >&2
        return 1
    fi
}

# trace_wine FILE: starts the server anew. It writes each request to FILE.
trace_wine() {
    stop_wine
    wineserver --persistent --debug=1 </dev/null >/dev/null 2>"$1"
}

stop_wine() {
    wineserver --kill || true
}
