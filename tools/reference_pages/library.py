# SPDX-License-Identifier: BSL-1.0
"""What the library offers, from the XML that Doxygen makes of its public headers, and the page of each thing."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

NAMESPACE = "connectex"


@dataclass
class Item:
    """A class, an enumeration, or all functions of one name in one scope."""
    kind: str
    name: str  # Without connectex::
    nodes: list
    members: list = field(default_factory=list)  # Of a class: items of kind function, and single members.

    @property
    def address(self):
        file = re.sub(r"\W", lambda match: _IN_FILE_NAMES.get(match[0], "_"), self.name.replace("::", "."))
        return f"reference/{file}.html"

    @property
    def brief(self):
        return self.nodes[0].find("briefdescription")

    @property
    def headers(self):
        return list(dict.fromkeys(header_of(node) for node in self.nodes))

    @property
    def last_name(self):
        return self.name.rpartition("::")[2]


_IN_FILE_NAMES = {".": ".", "<": "_lt", ">": "_gt", "=": "_eq", "!": "_not"}


def header_of(node):
    return node.find("location").get("file").removeprefix("include/")


def text_of(node):
    return "" if node is None else "".join(node.itertext()).strip()


class Library:
    def __init__(self, folder):
        self.items = []  # Those of the namespace, by name.
        self.addresses = {}  # By Doxygen's ids.
        self.names = {}  # Addresses by names without connectex::
        self.main_page = self._read(folder / "indexpage.xml")
        namespace = self._read(folder / f"namespace{NAMESPACE}.xml")
        self.addresses[namespace.get("id")] = "reference/index.html"
        self.addresses[self.main_page.get("id")] = "reference/index.html"

        self._add_functions(namespace, "", self.items)
        for node in _members(namespace, "enum"):
            self._add_enum(node)
        for inner in namespace.findall("innerclass"):
            self._add_class(folder, inner, self.items)
        self.items.sort(key=lambda item: item.name)

    def of_kind(self, *kinds):
        return [item for item in self.items if item.kind in kinds]

    @staticmethod
    def _read(file):
        return ElementTree.parse(file).getroot().find("compounddef")

    def _register(self, node, name, address):
        self.addresses[node.get("id")] = address
        self.names.setdefault(name, address)

    def _add_functions(self, scope_node, scope, items):
        groups = {}
        for node in _members(scope_node, "function"):
            groups.setdefault(scope + node.findtext("name"), []).append(node)
        for name, nodes in groups.items():
            item = Item("function", name, nodes)
            items.append(item)
            self.names.setdefault(name, item.address)
            for number, node in enumerate(nodes, 1):
                anchor = f"#overload-{number}" if len(nodes) > 1 else ""
                self.addresses[node.get("id")] = item.address + anchor

    def _add_enum(self, node):
        item = Item("enumeration", node.findtext("name"), [node])
        self.items.append(item)
        self._register(node, item.name, item.address)
        for value in node.findall("enumvalue"):
            name = value.findtext("name")
            self._register(value, f"{item.name}::{name}", f"{item.address}#{name}")

    def _add_class(self, folder, inner, items):
        if inner.get("prot") != "public":
            return
        node = self._read(folder / f"{inner.get('refid')}.xml")
        item = Item("class", node.findtext("compoundname").removeprefix(f"{NAMESPACE}::"), [node])
        items.append(item)
        self._register(node, item.name, item.address)
        for kind in "typedef", "variable":
            for member in _members(node, kind):
                name = member.findtext("name")
                item.members.append(Item(kind, f"{item.name}::{name}", [member]))
                self._register(member, f"{item.name}::{name}", f"{item.address}#{name}")
        self._add_functions(node, f"{item.name}::", item.members)
        for nested in node.findall("innerclass"):
            self._add_class(folder, nested, item.members)


def _members(scope_node, kind):
    return [node for node in scope_node.iter("memberdef") if node.get("kind") == kind and node.get("prot") == "public"]
