# SPDX-License-Identifier: BSL-1.0
"""One page: its links, and how code and pictures are shown in it."""

import os
import re
from html import escape

from pygments import highlight
from pygments.lexers import get_lexer_by_name

import sources


class Page:
    """Named by its address. Its links make the site write what they lead to."""

    def __init__(self, site, address, source=None):
        self._site = site
        self.address = address
        self._source = source

    def relative(self, address):
        file, mark, anchor = address.partition("#")
        if file == self.address and anchor:
            return mark + anchor
        return os.path.relpath(file, os.path.dirname(self.address) or ".") + mark + anchor

    def link(self, target):
        """A link in a Markdown document: a file by its path from that document."""
        if re.match(r"[a-z]+:", target):
            return target
        path, mark, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(self._source), path)) if path else self._source
        return self.relative(self._site.address_of(file) + mark + anchor)

    def link_file(self, file):
        return self.relative(self._site.address_of(file))

    def link_id(self, identifier):
        addresses = self._site.library.addresses
        if identifier not in addresses:
            raise ValueError(f"a comment of the headers links to {identifier}, which has no page")
        return self.relative(addresses[identifier])

    def link_name(self, name):
        address = self._site.library.names.get(name)
        return self.relative(address) if address and address != self.address else None

    def link_function(self, name):
        item = self._site.functions.get(name)
        return item and item.address != self.address and self.relative(item.address)

    def link_header(self, header):
        file = "include/" + header
        return self.link_file(file) if self._site.has(file) and header.startswith("connectex/") else None

    def link_code(self, text):
        """A name within a sentence. Short names mean other things, too, unless connectex:: stands before them."""
        match = re.fullmatch(r"(connectex::)?(\w+(?:::\w+)*)(\(\)|<>)?", text)
        if not match:
            return None
        name = match[2]
        is_clear = match[1] or "::" in name or "_" in name and name not in self._site.field_names
        return self.link_name(name) if is_clear else None

    def listing(self, text, language):
        return highlight(text, get_lexer_by_name(language, **sources.LEXER), sources.Formatter(page=self))

    def declaration(self, text, own_name=""):
        """A declaration in which the library's types are links."""
        types = self._site.types
        text = re.sub(r"(?<![\w:])(?:connectex::)?([a-z]\w*)(?!\w|::)",
                      lambda match: sources.linked(match[0], self.link_name(match[1]))
                      if match[1] in types and match[1] != own_name else match[0],
                      escape(text, quote=False))
        return f'<pre class="declaration">{text}</pre>'

    def write(self, title, body):
        self._site.write_page(self, title, body)
