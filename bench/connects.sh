# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches that run bench/connects.cpp, after common.sh and with $programs set.

few=500
many=1500
if is_short; then
    few=50
    many=150
fi

# start_server: leaves the port in $port.
# shellcheck disable=SC2034,SC2154
start_server() {
    coproc SERVER { exec "$programs/connectex_connects" server; }
    read -r -t 10 port <&"${SERVER[0]}" || {
        echo "The server did not start." >&2
        return 1
    }
}

# per_call COUNTER WAY: COUNTER WAY COUNT prints a number; the difference of two runs, for one call.
per_call() {
    local less more
    less=$("$1" "$2" "$few")
    more=$("$1" "$2" "$many")
    awk "BEGIN { printf \"%.2f\", ($more - $less) / ($many - $few) }"
}
