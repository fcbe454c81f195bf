# SPDX-License-Identifier: BSL-1.0
"""The list of the examples."""

import os
import re
from html import escape

import guide
import sources


class Examples:
    def __init__(self, root):
        self._root = root
        files = sorted(path.relative_to(self._root).as_posix()
                       for folder in ("example", "example/tutorial", "example/connect_probe")
                       for path in (self._root / folder).glob("*.cpp") if not path.stem.endswith("_test"))
        texts = {file: (self._root / file).read_text() for file in files}
        self.files = {file: text for file, text in texts.items() if "int main(" in text}

    def that_use(self, name):
        """The examples that name a thing."""
        return [file for file, text in self.files.items() if re.search(rf"connectex::{name}\b", text)]

    def write(self, page):
        parts = {"Programs": "example/", "The tutorial": "example/tutorial/", "A tool": "example/connect_probe/"}
        html = ["<h1>Examples</h1>"]
        for title, folder in parts.items():
            html.append(f"<h2>{title}</h2>\n<dl>")
            for file, text in self.files.items():
                if os.path.dirname(file) + "/" == folder:
                    html.append(f"<dt>{sources.linked_code(os.path.basename(file), page.link_file(file))}</dt>")
                    html.append(f"<dd>{self._about(page, file, text)}</dd>")
            html.append("</dl>")
        page.write("Examples", "\n".join(html))

    def _about(self, page, file, text):
        """Its comment, or the part of the tutorial that has its number."""
        number = re.match(r"example/tutorial/(\d+)_", file)
        if not number:
            return escape(sources.first_comment(file, text), quote=False)
        tutorial = "doc/tutorial.md"
        parts = guide.outline((self._root / tutorial).read_text())["children"]
        part = next(part for part in parts if part["name"].startswith(f"{number[1]}. "))
        return f'<a href="{page.link_file(tutorial)}#{part["id"]}">{part["name"]}</a>'
