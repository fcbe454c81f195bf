# SPDX-License-Identifier: BSL-1.0
"""The guides as HTML: Python-Markdown, with the links, the names and the anchors of this project."""

import re
from collections import Counter
from html import unescape
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.codehilite import CodeHiliteExtension
from markdown.extensions.toc import TocExtension
from markdown.treeprocessors import Treeprocessor

import sources


def outline(text):
    """The title of a document and, in its "children", the headings below: each has an "id" and, as HTML, a "name"."""
    converter = _converter()
    converter.convert(text)
    return converter.toc_tokens[0]


def title(text):
    return unescape(outline(text)["name"])


def html(page, text):
    """The page knows how to make links and how to show code."""
    code = CodeHiliteExtension(guess_lang=False, pygments_formatter=sources.Formatter, page=page, **sources.LEXER)
    converter = _converter(code)
    # After the anchors, which are made of the plain headings.
    converter.treeprocessors.register(_Links(converter, page), "links", 3)
    return converter.convert(text)


def _converter(*more):
    return Markdown(extensions=["tables", "fenced_code", TocExtension(slugify=_anchors(), marker=""), *more],
                    output_format="html")


def _anchors():
    """Makes the anchors that repository hosts give the headings of one document."""
    seen = Counter()

    def anchor(heading, _):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        seen[name] += 1
        return f"{name}-{seen[name] - 1}" if seen[name] > 1 else name

    return anchor


class _Links(Treeprocessor):
    def __init__(self, converter, page):
        super().__init__(converter)
        self._page = page

    def run(self, root):
        links = list(root.iter("a"))
        linked = [code for link in links for code in link.iter("code")]
        for link in links:
            link.set("href", self._page.link(link.get("href")))
        for code in list(root.iter("code")):
            self._show_code(code, code in linked)
        for picture in list(root.iter("img")):
            picture.set("src", self._page.link(picture.get("src")))
            _wrap(picture, "a", {"class": "picture", "href": picture.get("src")})
        for table in list(root.iter("table")):
            if not "".join(table[0].itertext()).strip():
                table.remove(table[0])
            _wrap(table, "div", {"class": "table"})

    def _show_code(self, code, is_linked):
        text = unescape(code.text)
        code.text = self.md.htmlStash.store(sources.breakable(text))
        address = not is_linked and self._page.link_code(text)
        if address:
            _wrap(code, "a", {"href": address})


def _wrap(element, tag, attributes):
    """Puts another element in the place of this one, and this one into it."""
    inner = Element(element.tag, element.attrib)
    inner.text = element.text
    inner.extend(element)
    tail = element.tail
    element.clear()
    element.tag, element.attrib, element.tail = tag, attributes, tail
    element.append(inner)
