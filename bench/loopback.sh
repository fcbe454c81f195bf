# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches on the loopback interface of a network namespace of their own, whose programs print rows of
# JSON, after common.sh. They need root and iproute2.

namespace=connectex-bench-$$
scratch=$(mktemp -d)
# shellcheck disable=SC2034
data=$scratch/rows
pid=

tear_down() {
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    [ ! -e "/var/run/netns/$namespace" ] || ip netns del "$namespace"
    rm -rf -- "$scratch"
}
trap tear_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

add_namespace() {
    ip netns add "$namespace" 2>/dev/null || skip "network namespaces must not be made here"
    ip -n "$namespace" link set dev lo up
}

# inside COMMAND...: in the namespace.
inside() {
    ip netns exec "$namespace" "$@"
}

# start_server COMMAND...: leaves in $port what it prints.
start_server() {
    coproc SERVER { exec ip netns exec "$namespace" "$@"; }
    # shellcheck disable=SC2153
    pid=$SERVER_PID
    # shellcheck disable=SC2034
    read -r -t 10 port <&"${SERVER[0]}" || {
        echo "The server did not start." >&2
        return 1
    }
}

# value FIELD JSON
value() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$2"
}

# columns FIELD...: of each row that is read, for gnuplot.
columns() {
    local row field values
    while read -r row; do
        values=()
        for field; do
            values+=("$(value "$field" "$row")")
        done
        (IFS=$'\t' && echo "${values[*]}")
    done
}
