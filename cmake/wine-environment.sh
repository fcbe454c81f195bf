# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=sh
#
# Sourced, with DEFAULT_WINEPREFIX set: a Wine that is quiet and keeps out of the user's own folders.

if [ -z "${WINEPREFIX:-}" ]; then
    # All processes of one prefix must agree on TMPDIR, where Debian's Wine keeps the server's socket;
    # a prefix of the caller's may have a server running already, so its TMPDIR is the caller's too.
    export WINEPREFIX="$DEFAULT_WINEPREFIX" TMPDIR="$DEFAULT_WINEPREFIX/tmp"
    mkdir -p "$TMPDIR"
fi

# No trace output; no offer to download .NET or a browser engine; no entries in the desktop's menus.
export WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-mscoree,mshtml=;winemenubuilder.exe=d}"
