# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=sh
#
# Sourced, with DEFAULT_WINEPREFIX set: a Wine that is quiet and keeps out of the user's own folders.

# Ends the server of the prefix, and everything that runs in the prefix.
end_wine_server() {
    wineserver --kill --wait 2>/dev/null || true

    # Debian's Wine leaves the folder of its server's socket, below one in /tmp whose name it keeps. Others may use that,
    # if the prefix is a copy.
    wine_folder=$(cat -- "$WINEPREFIX/wineserver" 2>/dev/null) || return 0
    case "$wine_folder" in
        */*) ;;
        wine-?*)
            wine_device=$(stat --format %D -- "$WINEPREFIX")
            wine_inode=$(stat --format %i -- "$WINEPREFIX")
            rm -rf -- "/tmp/$wine_folder/server-$wine_device-$(printf %x "$wine_inode")"
            rmdir -- "/tmp/$wine_folder" 2>/dev/null || true
            ;;
    esac
}

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
