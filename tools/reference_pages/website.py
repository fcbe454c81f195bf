# SPDX-License-Identifier: BSL-1.0
"""All pages: what is on each, and those of guides and other files."""

import os
import re
import shutil
from html import escape

import guide
import sources
from examples import Examples
from page import Page
from reference import Reference

_STYLE = "doc/reference.css"
_PICTURES = (".svg", ".png")
_CODE = (".cpp", ".hpp")


class Site:
    def __init__(self, root, output, version, library):
        self._root = root
        self._output = output
        self._version = version
        self.library = library
        self.functions = {item.name: item for item in library.of_kind("function") if "_" in item.name}
        self.types = {item.name for item in library.of_kind("class", "enumeration")}
        options = next(item for item in library.items if item.name == "connect_options")
        self.field_names = {member.last_name for member in options.members}
        self.examples = Examples(root)
        self._guides = self._find_guides()
        self._todo = {}
        self._menus = {}

    def has(self, file):
        return (self._root / file).exists()

    def write(self):
        style = self._output / _STYLE
        style.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._root / _STYLE, style)

        for file in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", *self._guides, *self.examples.files]:
            self.address_of(file)
        Reference(self).write()
        done = set()
        while files := self._next_files(done):
            for file in files:
                try:
                    self._write_file(file)
                except ValueError as error:
                    raise ValueError(f"{file}: {error}") from error
            done.update(files)

    def _next_files(self, done):
        """Folders come last: they show which of their files have pages."""
        files = sorted(self._todo.keys() - done)
        return [file for file in files if not (self._root / file).is_dir()] or files

    def address_of(self, file):
        """The address of the page of a file of the project, which is made if something leads to it."""
        if file in self._todo:
            return self._todo[file]
        path = self._root / file
        if not path.exists() or file.startswith(".."):
            raise ValueError(f"a link leads to {file}, which does not exist")
        if file == "README.md":
            address = "index.html"
        elif path.is_dir():
            address = f"{file}/index.html"
        elif file.endswith(_PICTURES):
            address = file
        else:
            address = file.removesuffix(".md") + ".html"
        self._todo[file] = address
        return address

    def write_page(self, page, title, body):
        file = self._output / page.address
        file.parent.mkdir(parents=True, exist_ok=True)
        style = page.relative(_STYLE)
        file.write_text(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<header>
<a class="name" href="{page.relative('index.html')}">connectex {self._version}</a>
<a href="{page.relative('index.html#guides')}">Guides</a>
<a href="{page.relative('example/index.html')}">Examples</a>
<a href="{page.relative('reference/index.html')}">Reference</a>
<a class="to-contents" href="#contents">Contents</a>
</header>
<main>
{body}
</main>
{self._menu(page, body)}
</body>
</html>
""")

    def _find_guides(self):
        readme = (self._root / "README.md").read_text()
        guides = list(dict.fromkeys(re.findall(r"^\| \[`(doc/\w+\.md)`\]", readme, re.MULTILINE)))
        for file in sorted((self._root / "doc").glob("*.md")):
            if f"doc/{file.name}" not in guides:
                raise ValueError(f"README.md does not list doc/{file.name}")
        return {file: guide.title((self._root / file).read_text()) for file in guides}

    def _write_file(self, file):
        path = self._root / file
        address = self._todo[file]
        page = Page(self, address, file)
        if file == "example":
            self.examples.write(page)
        elif path.is_dir():
            self._write_folder(page, path, file)
        elif file.endswith(_PICTURES):
            (self._output / address).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, self._output / address)
        elif file.endswith(".md"):
            text = path.read_text()
            page.write(guide.title(text), guide.html(page, text))
        else:
            text = path.read_text()
            title = f"<h1>{escape(path.name)}</h1>\n<p><code>{escape(file)}</code></p>\n"
            page.write(file, title + page.listing(text, "cpp" if file.endswith(_CODE) else "text"))

    def _write_folder(self, page, path, file):
        rows = []
        for entry in sorted(path.iterdir()):
            name = entry.name + ("/" if entry.is_dir() else "")
            inner = f"{file}/{entry.name}"
            # Only what something else leads to, or the reader of an example or of a header will look for.
            is_shown = inner in self._todo or file.startswith(("example", "include")) and entry.is_file()
            rows.append(f"<li>{sources.linked(name, page.link_file(inner) if is_shown else None)}</li>")
        page.write(file, f"<h1>{escape(file)}/</h1>\n<ul>\n" + "\n".join(rows) + "\n</ul>")

    def _menu(self, page, body):
        """Below the page that is shown stand its own headings, but for those of overloads, which are all alike."""
        folder = os.path.dirname(page.address)
        if folder not in self._menus:
            self._menus[folder] = self._make_menu(Page(self, f"{folder}/".lstrip("/")))
        here = f'href="{os.path.relpath(page.address, folder or ".")}"'
        headings = re.findall(r'<h2 id="(.+?)">(.+?)</h2>', body)
        links = [f'<li><a href="#{anchor}">{_without_scope(heading)}</a></li>'
                 for anchor, heading in headings if not anchor.startswith("overload-")]
        below = "<ul>\n" + "\n".join(links) + "\n</ul>" if links else ""
        return re.sub(f"<li><a {re.escape(here)}>(.*?)</a>",
                      lambda match: f'<li><a {here} aria-current="page">{match[1]}</a>{below}', self._menus[folder])

    def _make_menu(self, page):
        guides = [(title.partition(":")[0], self.address_of(file)) for file, title in self._guides.items()]
        more = [("Examples", "example/index.html"), ("Reference", "reference/index.html"),
                ("Changes", "CHANGELOG.html"), ("Contributing", "CONTRIBUTING.html")]
        parts = {"Guides": guides, "": more}
        for title, kind in ("Functions", "function"), ("Classes", "class"), ("Enumerations", "enumeration"):
            parts[title] = [(item.name, item.address) for item in self.library.of_kind(kind)]
        html = ['<nav id="contents" aria-label="Contents">']
        for title, entries in parts.items():
            html.append(f"<h2>{title}</h2>" if title else "")
            links = (f'<li><a href="{page.relative(address)}">{escape(name, quote=False)}</a></li>'
                     for name, address in entries)
            html.append("<ul>\n" + "\n".join(links) + "\n</ul>")
        return "\n".join(html + ["</nav>"])


def _without_scope(heading):
    return re.sub(r"<.*?>|^\w+::", "", heading)
