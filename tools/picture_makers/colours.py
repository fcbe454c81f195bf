# SPDX-License-Identifier: BSL-1.0
"""The colours of all pictures, on a light ground and on a dark one.

A picture is drawn in the light ones. A style sheet inside it names their dark twins, for readers
whose system asks for a dark theme; a browser follows it also where the picture is an <img>. The
ground is part of the picture, so that it can be read on any page.
"""

import re

TEXT = "#1b1f24"
QUIET = "#57606a"
GROUND = "#ffffff"
BOX = "#f0f2f5"
LINE = "#c3cad2"
BLUE = "#2f6fc4"
ORANGE = "#c96a10"
GREEN = "#3a8a50"
RED = "#c03a3a"
PURPLE = "#8a56a8"
YELLOW = "#d9b23a"
GREY = "#8c959f"

_DARK = {
    TEXT: "#dfe3e8",
    QUIET: "#9aa4af",
    GROUND: "#15181c",
    BOX: "#23292f",
    LINE: "#48525c",
    BLUE: "#5b9bee",
    ORANGE: "#ee9a45",
    GREEN: "#5cb874",
    RED: "#ee6f6a",
    PURPLE: "#b98ad6",
    YELLOW: "#e3c566",
    GREY: "#8c959f",
}

# As graphviz and gnuplot write what they draw in without being asked.
_NAMES = {
    "black": TEXT,
    "#000000": TEXT,
    "white": GROUND,
    "gray": LINE,
    "grey": LINE,
    "lightgrey": BOX,
}
_NO_COLOURS = {"none", "transparent", "currentcolor"}

_ATTRIBUTE = re.compile(r"""\b(fill|stroke|color)\s*=\s*(["'])\s*([^"']*?)\s*\2""")
_RGB = re.compile(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)")


def _plain(colour):
    """As it stands in the tables."""
    colour = _RGB.sub(
        lambda found: "#%02x%02x%02x" % tuple(map(int, found.groups())), colour.lower()
    )
    return _NAMES.get(colour, colour)


def with_dark_theme(svg):
    """The picture with the style sheet for a dark ground. It takes the colours above only."""
    used = set()

    def replace(found):
        attribute, _, colour = found.groups()
        if colour.lower() in _NO_COLOURS:
            return f'{attribute}="{colour}"'
        colour = _plain(colour)
        if colour not in _DARK:
            raise ValueError(f"the colour {colour} has no twin for a dark ground")
        used.add((attribute, colour))
        return f'{attribute}="{colour}"'

    # What has no colour of its own inherits that of text.
    svg = re.sub(r"<svg\b", rf'<svg fill="{TEXT}"', svg, count=1)
    svg = _ATTRIBUTE.sub(replace, svg)
    rules = "".join(
        f'[{attribute}="{colour}"] {{ {attribute}: {_DARK[colour]}; }}\n'
        for attribute, colour in sorted(used)
    )
    style = f"<style>@media (prefers-color-scheme: dark) {{\n{rules}}}</style>"
    return re.sub(r"(<svg\b[^>]*>)", lambda found: found.group() + "\n" + style, svg, count=1)
