# SPDX-License-Identifier: BSL-1.0
"""The pages of what the library offers, in the manner of Boost.Asio's reference."""

import os
from html import escape

import comments
import signatures
import sources
from page import Page

_LIBRARY = "connectex::connectex"
_CONVENIENCE_HEADER = "connectex/connectex.hpp"


class Reference:
    def __init__(self, site):
        self._site = site
        self._library = site.library

    def write(self):
        self._write_index()
        for item in self._library.items:
            self._write_item(item)

    def _write_item(self, item):
        page = Page(self._site, item.address)
        {"class": self._write_class, "enumeration": self._write_enumeration,
         "function": self._write_function}[item.kind](page, item)

    def _write_function(self, page, item):
        html = [f"<h1>{self._name_below_scope(page, item)}</h1>"]
        if len(item.nodes) == 1:
            html.append(f"<p>{comments.Renderer(page, 2).brief(item.brief)}</p>")
            html.append(self._declaration(page, item, item.nodes[0], 2))
            html.append(comments.Renderer(page, 2).description(item.nodes[0].find("detaileddescription")))
        else:
            html.append(self._overloads(page, item))
            for number, node in enumerate(item.nodes, 1):
                html.append(f'<h2 id="overload-{number}">{escape(item.last_name, quote=False)} '
                            f'({number} of {len(item.nodes)} overloads)</h2>')
                html.append(f"<p>{comments.Renderer(page, 3).brief(node.find('briefdescription'))}</p>")
                html.append(self._declaration(page, item, node, 3))
                html.append(comments.Renderer(page, 3).description(node.find("detaileddescription")))
        html += [self._uses(page, item), self._requirements(page, item)]
        page.write(item.name, "\n".join(html))

    @staticmethod
    def _name_below_scope(page, item):
        scope = item.name.rpartition("::")[0]
        name = sources.breakable(item.last_name)
        return f'<a href="{page.link_name(scope)}">{sources.breakable(scope)}</a>::<wbr>{name}' if scope else name

    @staticmethod
    def _overloads(page, item):
        html = []
        brief = None
        for number, node in enumerate(item.nodes, 1):
            previous, brief = brief, comments.Renderer(page, 2).brief(node.find("briefdescription"))
            if brief != previous:
                html.append(f"<p>{brief}</p>")
            html.append(page.declaration(signatures.call(node), item.last_name))
            html.append(f'<p class="more"><a href="#overload-{number}">more...</a></p>')
        return "\n".join(html)

    @staticmethod
    def _declaration(page, item, node, level):
        html = page.declaration(signatures.function(node), item.last_name)
        if words := signatures.constraints(node):
            items = "\n".join(f"<li>{term}</li>" for term in words)
            html += f"\n<h{level}>Constraints</h{level}>\n<ul>\n{items}\n</ul>"
        return html

    def _write_class(self, page, item):
        node = item.nodes[0]
        renderer = comments.Renderer(page, 2)
        html = [f"<h1>{sources.breakable(item.name)}</h1>", f"<p>{renderer.brief(item.brief)}</p>",
                page.declaration(signatures.class_head(node))]
        titles = {"typedef": "Types", "class": "Types", "function": "Member Functions", "variable": "Data Members"}
        for title in dict.fromkeys(titles.values()):
            html.append(self._table(page, title, [m for m in item.members if titles[m.kind] == title]))
        html.append(renderer.description(node.find("detaileddescription")))
        for member in item.members:
            if member.kind in ("function", "class"):
                self._write_item(member)
            else:
                html.append(self._member(page, member))
        html += [self._uses(page, item), self._requirements(page, item)]
        page.write(item.name, "\n".join(part for part in html if part))

    @staticmethod
    def _member(page, member):
        node = member.nodes[0]
        renderer = comments.Renderer(page, 3)
        shown = signatures.variable(node) if member.kind == "variable" else signatures.typedef(node)
        return "\n".join([f'<h2 id="{member.last_name}">{member.name}</h2>', page.declaration(shown, member.last_name),
                          f"<p>{renderer.brief(member.brief)}</p>",
                          renderer.description(node.find("detaileddescription"))])

    def _table(self, page, title, items):
        """Names and what they are, of items that have something to be looked up."""
        if not items:
            return ""
        rows = []
        for item in items:
            address = self._library.names[item.name]
            count = f" ({len(item.nodes)} overloads)" if len(item.nodes) > 1 else ""
            name = sources.linked_code(item.last_name, page.relative(address))
            brief = comments.Renderer(page, 2).brief(item.brief)
            rows.append(f"<tr><td>{name}{count}</td><td>{brief}</td></tr>")
        heading = f"<h2>{title}</h2>\n"
        return f'{heading}<div class="table"><table class="names">\n' + "\n".join(rows) + "\n</table></div>"

    def _write_enumeration(self, page, item):
        node = item.nodes[0]
        renderer = comments.Renderer(page, 2)
        html = [f"<h1>{sources.breakable(item.name)}</h1>", f"<p>{renderer.brief(item.brief)}</p>",
                page.declaration(signatures.enumeration(node)), "<h2>Values</h2>", "<dl>"]
        for value in node.findall("enumvalue"):
            name = value.findtext("name")
            html.append(f'<dt id="{name}"><code>{name}</code></dt>')
            html.append(f"<dd><p>{renderer.brief(value.find('briefdescription'))}</p>"
                        f"{renderer.description(value.find('detaileddescription'))}</dd>")
        html += ["</dl>", renderer.description(node.find("detaileddescription")), self._uses(page, item),
                 self._requirements(page, item)]
        page.write(item.name, "\n".join(html))

    def _uses(self, page, item):
        if "::" in item.name or item.name.startswith("operator"):
            return ""
        files = self._site.examples.that_use(item.name)
        links = ", ".join(sources.linked_code(os.path.basename(file), page.link_file(file)) for file in files)
        return f"<h2>Examples</h2>\n<p>{links}</p>" if files else ""

    @staticmethod
    def _requirements(page, item):
        headers = ", ".join(sources.linked_code(header, page.link_header(header)) for header in item.headers)
        rows = [("Header", headers)]
        if "connectex/beast.hpp" not in item.headers:
            convenience = sources.linked_code(_CONVENIENCE_HEADER, page.link_header(_CONVENIENCE_HEADER))
            rows.append(("Convenience header", convenience))
        rows.append(("Library", f"<code>{_LIBRARY}</code>"))
        return "<h2>Requirements</h2>\n" + "\n".join(f"<p><em>{name}:</em> {value}</p>" for name, value in rows)

    def _write_index(self):
        page = Page(self._site, "reference/index.html")
        renderer = comments.Renderer(page, 2)
        html = ["<h1>Reference</h1>", renderer.description(self._library.main_page.find("detaileddescription"))]
        for title, kind in ("Functions", "function"), ("Classes", "class"), ("Enumerations", "enumeration"):
            html.append(self._table(page, title, self._library.of_kind(kind)))
        html.append(self._headers(page))
        page.write("Reference", "\n".join(html))

    def _headers(self, page):
        names = {}
        for item in self._library.items:
            for header in item.headers:
                names.setdefault(header, []).append(item)
        rows = []
        for header, items in sorted(names.items()):
            links = ", ".join(sources.linked_code(item.name, page.relative(item.address)) for item in items)
            rows.append(f"<dt>{sources.linked_code(header, page.link_header(header))}</dt>\n<dd>{links}</dd>")
        return "<h2>Headers</h2>\n<dl>\n" + "\n".join(rows) + "\n</dl>"
