# SPDX-License-Identifier: BSL-1.0
"""Code as HTML: Pygments, with links to what the library offers."""

import re
from html import escape
from itertools import groupby
from textwrap import dedent

from pygments import formatter
from pygments.token import Comment, Keyword, Name, Operator, String

# The first that a token belongs to is its class.
_CLASSES = {Comment.Preproc: "preprocessor", Comment.PreprocFile: "preprocessor", Comment: "comment",
            String: "string", Keyword: "keyword", Operator.Word: "keyword", Name.Builtin: "keyword"}

# The text is shown as it is, and a library's types are no keywords.
LEXER = dict.fromkeys(["stripnl", "stdlibhighlighting", "c99highlighting", "platformhighlighting"], False)


class Formatter(formatter.Formatter):
    """Its page, an option, knows the addresses of names and headers."""

    def __init__(self, **options):
        super().__init__(**options)
        self._page = options["page"]

    def format(self, tokensource, outfile):
        runs = groupby(tokensource, lambda token: _class_of(token[0]))
        html = "".join(self._shown(kind, "".join(text for _, text in tokens)) for kind, tokens in runs)
        outfile.write(f"<pre>{dedent(html)}</pre>")

    def _shown(self, kind, text):
        html = escape(text, quote=False)
        if not kind:
            return re.sub(r"connectex(?:::\w+)+", lambda match: linked_name(match[0], self._page.link_name), html)
        if kind == "preprocessor":
            html = re.sub(r"[\w/]+\.hpp", lambda match: linked(match[0], self._page.link_header(match[0])), html)
        # The end of a line stays outside, so that the next one begins with its indentation.
        line_end = "\n" if html.endswith("\n") else ""
        return f'<span class="{kind}">{html.removesuffix(line_end)}</span>{line_end}'


def _class_of(token):
    return next((name for kind, name in _CLASSES.items() if token in kind), None)


def breakable(text):
    """A narrow column may break a long name between its words."""
    return re.sub(r"(?<=\w)(_|::|/)(?=\w)", r"\1<wbr>", escape(text, quote=False))


def code(text):
    """Code within a sentence."""
    return f"<code>{breakable(text)}</code>"


def linked_code(text, address):
    return f'<a href="{escape(address)}">{code(text)}</a>' if address else code(text)


def linked(text, address):
    text = escape(text, quote=False)
    return f'<a href="{escape(address)}">{text}</a>' if address else text


def linked_name(name, link_name):
    """As much of connectex::a::b as is known becomes a link."""
    parts = name.split("::")
    for count in range(len(parts), 1, -1):
        if address := link_name("::".join(parts[1:count])):
            return linked("::".join(parts[:count]), address) + "".join("::" + part for part in parts[count:])
    return name


def first_comment(file, text):
    """What the comment at the top of a file says, after the licence."""
    match = re.match(r"// SPDX[^\n]*\n\n?((?://[^\n]*\n)+)", text)
    if not match:
        raise ValueError(f"no comment at the top of {file} says what it shows")
    words = re.sub(r"^// ?", "", match[1], flags=re.MULTILINE)
    return words.split("\n\n")[0].replace("\n", " ").strip()
