# SPDX-License-Identifier: BSL-1.0
"""The comments of the headers, from Doxygen's XML, as HTML."""

import re
from html import escape

import sources

_INLINE = {"emphasis": "em", "bold": "strong"}
_BLOCKS = {"simplesect", "parameterlist", "itemizedlist", "orderedlist", "programlisting", "verbatim"}
_DOCUMENT = re.compile(r"doc/\w+\.md")


class Renderer:
    """Its page knows how to make links and how to show code. Headings of sections have the given level."""

    def __init__(self, page, level):
        self._page = page
        self._level = level

    def brief(self, node):
        return "".join(self._inline(paragraph) for paragraph in node.findall("para")).strip()

    def description(self, node):
        return "\n".join(self._paragraph(paragraph) for paragraph in node.findall("para"))

    def _paragraph(self, node):
        html = []
        run = self._text(node.text)
        for child in node:
            if child.tag in _BLOCKS:
                html += [self._closed(run), self._block(child)]
                run = ""
            else:
                run += self._element(child)
            run += self._text(child.tail)
        return "\n".join(part for part in html + [self._closed(run)] if part)

    @staticmethod
    def _closed(run):
        return f"<p>{run.strip()}</p>" if run.strip() else ""

    def _block(self, node):
        if node.tag == "simplesect":
            return self._section(node)
        if node.tag == "parameterlist":
            return self._parameters(node)
        if node.tag == "programlisting":
            return self._page.listing(_code_of(node), "cpp")
        if node.tag == "verbatim":
            return self._page.listing((node.text or "").strip("\n"), "text")
        tag = "ul" if node.tag == "itemizedlist" else "ol"
        items = "\n".join(f"<li>{self.description(item)}</li>" for item in node.findall("listitem"))
        return f"<{tag}>\n{items}\n</{tag}>"

    def heading(self, text):
        return f"<h{self._level}>{text}</h{self._level}>"

    def _section(self, node):
        title = "Return Value" if node.get("kind") == "return" else escape(node.findtext("title") or "")
        if node.get("kind") not in ("return", "par"):
            raise ValueError(f"a section of the kind {node.get('kind')} is not known")
        return (self.heading(title) + "\n" if title else "") + self.description(node)

    def _parameters(self, node):
        title = {"param": "Parameters", "templateparam": "Template Parameters"}[node.get("kind")]
        rows = []
        for item in node.findall("parameteritem"):
            names = ", ".join(f"<code>{escape(name.text or '')}</code>" for name in item.iter("parametername"))
            rows.append(f"<dt>{names}</dt>\n<dd>{self.description(item.find('parameterdescription'))}</dd>")
        return self.heading(title) + "\n<dl>\n" + "\n".join(rows) + "\n</dl>"

    def _inline(self, node):
        return self._text(node.text) + "".join(self._element(child) + self._text(child.tail) for child in node)

    def _element(self, node):
        if node.tag == "computeroutput":
            text = "".join(node.itertext())
            return sources.linked_code(text, self._page.link_code(text))
        if node.tag == "ref":
            return sources.linked_code("".join(node.itertext()), self._page.link_id(node.get("refid")))
        if node.tag == "ulink":
            return sources.linked("".join(node.itertext()), node.get("url"))
        if node.tag == "linebreak":
            return "<br>"
        if node.tag in _INLINE:
            return f"<{_INLINE[node.tag]}>{self._inline(node)}</{_INLINE[node.tag]}>"
        raise ValueError(f"the element {node.tag} of Doxygen's XML is not known")

    def _text(self, text):
        """Names of guides and of functions become links."""
        text = escape(text or "", quote=False)
        text = _DOCUMENT.sub(lambda match: f'<a href="{self._page.link_file(match[0])}">{match[0]}</a>', text)
        return re.sub(r"(?<![\w/.>:\"-])[a-z]+(?:_[a-z]+)+(?![\w/:-]|\.\w)", self._name, text)

    def _name(self, match):
        address = self._page.link_function(match[0])
        return sources.linked_code(match[0], address) if address else match[0]


def _code_of(node):
    lines = []
    for line in node.findall("codeline"):
        lines.append("".join(" " if part.tag == "sp" else part.text or "" for part in _flat(line)))
    return "\n".join(lines).rstrip()


def _flat(node):
    """Each element of a line of code, and each text after one, in their order."""
    for child in node:
        yield child
        yield from _flat(child)
        if child.tail:
            tail = type(child)("text")
            tail.text = child.tail
            yield tail
