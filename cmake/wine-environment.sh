# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=sh
#
# Sourced, with DEFAULT_WINEPREFIX set: a Wine that is quiet and keeps out of the user's own folders.

if [ -z "${WINEPREFIX:-}" ]; then
    export WINEPREFIX="$DEFAULT_WINEPREFIX"
    mkdir -p "$WINEPREFIX"
fi

# Debian's Wine 9 and 10 abort where it is set and there is no /run/user/UID, as in a container. All processes of a
# prefix have to agree on it, so Wine 8 is not given it either.
unset TMPDIR

# No trace output; no offer to download .NET or a browser engine; no entries in the desktop's menus.
export WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-mscoree,mshtml=;winemenubuilder.exe=d}"
