# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the benches over bench/delay_link.cpp, after common.sh and with $programs set: a client's and a server's
# network namespace, and between them a link with a delay. They need root and iproute2.

[ -c /dev/net/tun ] || skip "there is no TUN device"

client=connectex-client-$$
server=connectex-server-$$
client_address=192.0.2.1
server_address=192.0.2.2
device=delayed
scratch=$(mktemp -d)
pids=()

tear_down() {
    local pid namespace
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    pids=()
    for namespace in "$client" "$server"; do
        [ ! -e "/var/run/netns/$namespace" ] || ip netns del "$namespace"
    done
}
trap 'tear_down; rm -rf -- "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# await_ready FILE_DESCRIPTOR WHAT: waits until the program at the other end says that it is ready.
await_ready() {
    local line=
    read -r -t 10 line <&"$1" || true
    if [ "$line" != ready ]; then
        echo "$2 did not start." >&2
        return 1
    fi
}

# Fresh namespaces each time: the kernel remembers round-trip times and cookies of a peer.
add_namespace() {
    ip netns add "$1" 2>/dev/null || skip "network namespaces must not be made here"
    ip netns exec "$1" sh -c 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen'
}

add_address() {
    local namespace=$1 address=$2 peer=$3
    ip -n "$namespace" address add "$address" peer "$peer" dev "$device"
    ip -n "$namespace" link set dev "$device" up
}

# The link ends by itself when this script, which holds the other end of its input, is killed.
# shellcheck disable=SC2154
start_link() {
    coproc LINK {
        exec "$programs/connectex_delay_link" "$client" "$device" "$server" "$device" "$1"
    }
    pids+=("$LINK_PID")
    await_ready "${LINK[0]}" "The delayed link"
    add_address "$client" "$client_address" "$server_address"
    add_address "$server" "$server_address" "$client_address"
}
