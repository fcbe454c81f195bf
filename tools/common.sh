# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
#
# Sourced by the other tools, from the top folder of the project.

heading() {
    printf '\n==== %s ====\n\n' "$*"
}

# start_wine: starts the Wine server of the project's own prefix and keeps it until stop_wine, because
# a start from cold takes half a second, and the first one, which fills the prefix, several.
start_wine() {
    DEFAULT_WINEPREFIX="$PWD/build/mingw/wine"
    # The caller's own prefix may hold, or be running, anything.
    unset WINEPREFIX WINEARCH
    . cmake/wine-environment.sh
    # Without a display there is nothing to pop up on.
    unset DISPLAY WAYLAND_DISPLAY
    if ! { wineserver --persistent && wineboot --init; } >build/mingw/wine.log 2>&1 </dev/null; then
        cat build/mingw/wine.log >&2
        echo "Wine could not be started with its files in $WINEPREFIX." >&2
        return 1
    fi
}

stop_wine() {
    end_wine_server
}
