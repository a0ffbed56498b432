"""A small tree of XML that came from outside: bounded, without document types and entities."""

from __future__ import annotations

from typing import Any, Final
from xml.parsers import expat

from msgspec import Struct, field

from worldloom.kits.academy.lms.cmi5.faults import bad_package
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

NAMESPACE: Final = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
SEPARATOR: Final = " "
OTHER: Final = "other"
"""The name of every element that is of another namespace: an extension, which is passed over."""


class Node(Struct):
    """An element: its name without the namespace, its own attributes, what is in it, its line."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list[Node]:
        """Return the elements of a name in it."""
        return [node for node in self.children if node.name == name]

    def one(self, name: str) -> Node | None:
        """Return the first element of a name in it."""
        return next(iter(self.all(name)), None)


class _Reader:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse

    def refuse(self, *_: Any) -> None:
        # Without a document type there are no entities but the five that XML has itself.
        raise bad_package("doctype", "its XML has a document type or entities of its own")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(SEPARATOR)
        own = {key: value for key, value in attributes.items() if SEPARATOR not in key}
        node = Node(local if space == NAMESPACE else OTHER, own, self.parser.CurrentLineNumber)
        self.count += 1
        if self.count > LIMITS.structure_nodes_max or len(self.open) > LIMITS.structure_depth_max:
            raise bad_package("too_large", f"its XML has too much in it at line {node.line}")
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        self.open[-1].text += text


def parse(data: bytes) -> Node:
    """Return the root element; raises Invalid (`bad_package`)."""
    if len(data) > LIMITS.structure_bytes_max:
        raise bad_package("too_large", f"its XML has over {LIMITS.structure_bytes_max} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, UnicodeError, ValueError) as error:
        raise bad_package("malformed_xml", f"its XML cannot be read: {str(error)[:200]}") from None
    assert reader.root is not None
    return reader.root
