# SPDX-License-Identifier: BSL-1.0
#
# Reads the trace of a Wine server and prints, for the most frequent way in which the requests of one region follow
# each other: how many requests of each kind, how many in all, how many regions of how many are like this, and which
# requests. Regions are marked by bench/kernel_requests.cpp. The first does not count: it pays for what is kept.

BEGIN {
    OFS = "\t"
    kinds = split("connect check bind lookup open", kind_names)

    # What Wine 8.0 calls IOCTL_AFD_WINE_CONNECT and so on.
    ioctl_name["0012032c"] = "connect"
    ioctl_name["00120368"] = "get_info"
    ioctl_name["00012003"] = "bind"
    ioctl_name["0001202f"] = "getsockname"
    ioctl_name["00120320"] = "create"

    kind_of["get_info"] = "check"
    kind_of["bind"] = kind_of["getsockname"] = "bind"
    kind_of["open_file_object"] = kind_of["create"] = kind_of["set_completion_info"] = "open"

    # Finding an extension function asks nothing, but says by an event that it is done.
    kind_of["event_op"] = "lookup"
}

$2 == "open_event(" && /name=L"connectex_begin"/ {
    thread = $1
    sequence = ""
    delete count
    next
}

$2 == "open_event(" && /name=L"connectex_end"/ {
    thread = ""
    if (regions++ != 0)
        keep()
    next
}

# Requests only: a line with the answer begins "name() =".
$1 == thread && $2 ~ /^[a-z_]+\($/ {
    name = substr($2, 1, length($2) - 1)
    if (name == "ioctl") {
        code = substr($3, 6, 8)
        call = code in ioctl_name ? ioctl_name[code] : code
        name = "ioctl(" call ")"
    } else if (name == "select" && /handles=/) {
        # Waits for the end of the call before, and belongs to it.
        name = "wait"
    } else {
        call = name
    }
    kind = call in kind_of ? kind_of[call] : "connect"

    # The descriptor behind a socket is fetched for its first send, too.
    if (call == "get_handle_fd" && sequence !~ /ioctl\(connect\)/)
        kind = "check"
    ++count[kind]
    sequence = sequence " " name
}

function keep(    i, all, numbers) {
    for (i = 1; i <= kinds; ++i) {
        numbers = numbers (count[kind_names[i]] + 0) OFS
        all += count[kind_names[i]]
    }
    figures[sequence] = numbers all
    ++alike[sequence]
}

END {
    if (regions < 2)
        exit 1
    for (sequence in alike) {
        if (alike[sequence] > alike[best])
            best = sequence
    }
    print figures[best], alike[best] + 0, regions - 1, substr(best, 2)
}
