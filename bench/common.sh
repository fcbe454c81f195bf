# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches, from the top folder of the project.

# is_short: whether to try out the bench itself, in seconds, and not to mind what it measures.
is_short() {
    [ "${CONNECTEX_BENCH_SHORT-}" = 1 ]
}

ratio() {
    awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}
