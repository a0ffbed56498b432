"""The course structure of cmi5 (section 13): a course of blocks and assignable units, checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from worldloom.kits.academy.lms.cmi5.faults import bad_package
from worldloom.kits.academy.lms.cmi5.xml import Node, parse
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

MoveOn = Literal["Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed", "NotApplicable"]
MOVE_ON: Final = frozenset(
    {"Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed", "NotApplicable"}
)
METHODS: Final = frozenset({"AnyWindow", "OwnWindow"})
PARAMETERS: Final = frozenset({"endpoint", "fetch", "actor", "registration", "activityId"})
"""What a launch adds to an address: no query of its own may have these names."""
RUNNING: Final = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
"""Schemes that lead to no place but run or read something."""
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*").fullmatch
_SCORE = re.compile(r"\+?(0(\.\d{1,4}0*)?|1(\.0*)?|\.\d{1,4}0*|0\.)").fullmatch
_URL = re.compile(r"[!-~]+").fullmatch
_ANY = r"( other)*"
_UNITS = r"( au| block)+"
_FORMS: Final = {
    "courseStructure": re.compile(rf" course( objectives)?{_UNITS}{_ANY}"),
    "course": re.compile(rf" title description{_ANY}"),
    "block": re.compile(rf" title description( objectives)?{_UNITS}{_ANY}"),
    "au": re.compile(
        rf" title description( objectives)? url( launchParameters)?( entitlementKey)?{_ANY}"
    ),
    "objectives": re.compile(rf"( objective)+{_ANY}"),
    "objective": re.compile(r" title description| description title"),
    "title": re.compile(rf"( langstring)+{_ANY}"),
    "description": re.compile(rf"( langstring)+{_ANY}"),
}
"""What may stand in an element, in which order (CourseStructure.xsd)."""
_ATTRIBUTES: Final = {
    "course": {"id"}, "block": {"id"}, "objective": {"id"}, "langstring": {"lang"},
    "au": {"id", "moveOn", "masteryScore", "launchMethod", "activityType"},
}  # fmt: skip


class Objective(Struct, frozen=True):
    """Something to be learnt; texts are by language."""

    id: str
    title: dict[str, str]
    description: dict[str, str]


class Unit(Struct, frozen=True):
    """An assignable unit: what a learner is sent to."""

    id: str
    title: dict[str, str]
    description: dict[str, str]
    url: str
    move_on: MoveOn = "NotApplicable"
    mastery_score: float | None = None
    launch_method: Literal["AnyWindow", "OwnWindow"] = "AnyWindow"
    activity_type: str = ""
    launch_parameters: str | None = None
    entitlement_key: str | None = None
    objectives: tuple[str, ...] = ()


class Block(Struct, frozen=True):
    """Units and blocks that belong together."""

    id: str
    title: dict[str, str]
    description: dict[str, str]
    parts: tuple[Unit | Block, ...]
    objectives: tuple[str, ...] = ()


class Structure(Struct, frozen=True):
    """A course of cmi5."""

    id: str
    title: dict[str, str]
    description: dict[str, str]
    parts: tuple[Unit | Block, ...]
    objectives: tuple[Objective, ...] = ()

    def units(self) -> Iterator[Unit]:
        """Yield all units, in order."""
        yield from units_of(self.parts)


def units_of(parts: tuple[Unit | Block, ...]) -> Iterator[Unit]:
    """Yield all units of some parts, in order."""
    for part in parts:
        if isinstance(part, Unit):
            yield part
        else:
            yield from units_of(part.parts)


def read_structure(data: bytes) -> Structure:
    """Return a course structure (`cmi5.xml`), checked; raises Invalid (`bad_package`)."""
    root = parse(data)
    if root.name != "courseStructure":
        raise bad_package("wrong_root", "it is no courseStructure of cmi5")
    return _Checked().structure(root)


class _Checked:
    """Reads one structure; knows the ids so far."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.known: set[str] = set()

    def structure(self, root: Node) -> Structure:
        _check_form(root)
        course = root.children[0]
        _check_form(course)
        listed = root.one("objectives")
        if listed is not None:
            _check_form(listed)
        id = self.id(course)
        objectives = tuple(map(self.objective, listed.all("objective") if listed else ()))
        self.known = {one.id for one in objectives}
        title, description = _texts(course)
        return Structure(id, title, description, self.parts(root), objectives)

    def objective(self, node: Node) -> Objective:
        _check_form(node)
        return Objective(self.id(node), *_texts(node))

    def parts(self, node: Node) -> tuple[Unit | Block, ...]:
        return tuple(
            self.unit(one) if one.name == "au" else self.block(one)
            for one in node.children if one.name in ("au", "block")
        )  # fmt: skip

    def block(self, node: Node) -> Block:
        _check_form(node)
        id, named, (title, description) = self.id(node), self.named(node), _texts(node)
        return Block(id, title, description, self.parts(node), named)

    def unit(self, node: Node) -> Unit:
        _check_form(node)
        has, title, description = node.attributes, *_texts(node)
        move_on = has.get("moveOn", "NotApplicable")
        if move_on not in MOVE_ON:
            raise bad_package("bad_move_on", f"line {node.line}: {move_on[:40]!r} is no moveOn")
        method = has.get("launchMethod", "AnyWindow")
        if method not in METHODS:
            raise bad_package("bad_launch_method",
                              f"line {node.line}: {method[:40]!r} is no launchMethod")  # fmt: skip
        address = node.one("url")
        assert address is not None
        return Unit(
            self.id(node), title, description, _url(address), move_on,  # type: ignore[arg-type]
            _score(node), method, has.get("activityType", "").strip(),  # type: ignore[arg-type]
            _told(node, "launchParameters"), _told(node, "entitlementKey"), self.named(node),
        )  # fmt: skip

    def id(self, node: Node) -> str:
        id = node.attributes.get("id", "").strip()
        if not _IRI(id) or len(id) > LIMITS.name_characters_max:
            raise bad_package("bad_id", f"line {node.line}: {id[:80]!r} is no id of a {node.name}")
        if id in self.ids:
            raise bad_package("duplicate_id", f"line {node.line}: there are two of the id {id}")
        self.ids.add(id)
        return id

    def named(self, node: Node) -> tuple[str, ...]:
        """Return the objectives that a unit or a block names."""
        listed = node.one("objectives")
        if listed is None:
            return ()
        found = []
        for one in listed.children:
            id = one.attributes.get("idref", "").strip()
            if one.name == "other":
                continue
            if one.name != "objective" or one.children:
                raise bad_package("bad_element", f"line {one.line}: {one.name} is out of place")
            if one.attributes.keys() - {"idref"}:
                raise bad_package("bad_attribute", f"line {one.line}: only idref is known here")
            if id not in self.known:
                raise bad_package(
                    "unknown_objective", f"line {one.line}: there is no objective {id[:80]!r}"
                )
            found.append(id)
        if not found:
            raise bad_package("bad_element", f"line {listed.line}: its objectives are none")
        return tuple(found)


def _check_form(node: Node) -> None:
    """Refuse elements and attributes that are unknown, missing or out of order."""
    names = "".join(f" {child.name}" for child in node.children)
    if not _FORMS[node.name].fullmatch(names):
        raise bad_package("bad_element", f"line {node.line}: in {node.name} stands"
                          f"{names[:200] or ' nothing'}, which is not its form")  # fmt: skip
    odd = node.attributes.keys() - _ATTRIBUTES.get(node.name, set())
    if odd:
        named = min(odd)[:40]
        raise bad_package("bad_attribute", f"line {node.line}: {node.name} has no {named}")


def _texts(node: Node) -> tuple[dict[str, str], dict[str, str]]:
    """Return title and description, each by language."""
    title, description = node.one("title"), node.one("description")
    assert title is not None and description is not None
    return _text(title), _text(description)


def _text(node: Node) -> dict[str, str]:
    _check_form(node)
    found: dict[str, str] = {}
    for one in node.all("langstring"):
        if one.children or one.attributes.keys() - {"lang"}:
            raise bad_package("bad_element", f"line {one.line}: a langstring is plain text")
        language = one.attributes.get("lang", "und").strip()
        if not _LANGUAGE(language):
            raise bad_package("bad_language", f"line {one.line}: {language[:40]!r} is no language")
        found.setdefault(language, " ".join(one.text.split()))
    return found


def _told(node: Node, name: str) -> str | None:
    found = node.one(name)
    return None if found is None else found.text.strip()


def _score(node: Node) -> float | None:
    text = node.attributes.get("masteryScore")
    if text is None:
        return None
    if not _SCORE(text.strip()) or len(text) > 20:
        raise bad_package("bad_mastery_score",
                          f"line {node.line}: {text[:40]!r} is no masteryScore")  # fmt: skip
    return float(text)


def _url(node: Node) -> str:
    """Return an address that can be launched, or the path of a file; raises Invalid."""
    url = node.text.strip()
    fault = url_fault(url)
    if node.children or fault:
        raise bad_package("bad_url", f"line {node.line}: {url[:120]!r} {fault or 'has elements'}")
    return url


def url_fault(url: str) -> str:
    """Tell what is wrong with the address of a unit; nothing: it may be launched."""
    if not _URL(url) or "\\" in url or len(url) > LIMITS.name_characters_max:
        return "is no address"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme:
        if parts.scheme.lower() in RUNNING:
            return "leads to no place"
        if not host:
            return "has no host"
    elif parts.netloc or parts.path.startswith("/") or not parts.path:
        return "is neither a whole address nor a path in the package"
    elif ".." in parts.path.split("/"):
        return "leads out of the package"
    if PARAMETERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return "has a parameter of the launch in it"
    return ""
