# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches, from the top folder of the project.

# is_short: whether to try out the bench itself, in seconds, and not to mind what it measures.
is_short() {
    [ "${CONNECTEX_BENCH_SHORT-}" = 1 ]
}

# skip REASON: leaves a bench that this machine does not allow, as ctest wants it of tests.
skip() {
    echo "Skipped: $1."
    exit 77
}

need_strace() {
    strace -o /dev/null true 2>/dev/null || skip "programs must not be traced here"
}

ratio() {
    awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}
