"""Course packages of cmi5 (section 14): `cmi5.xml` alone or in a ZIP, read and written."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

from worldloom.kits.academy.lms.cmi5.faults import bad_package
from worldloom.kits.academy.lms.cmi5.structure import Block, Structure, Unit, read_structure
from worldloom.kits.academy.lms.cmi5.xml import NAMESPACE
from worldloom.kits.academy.lms.limits import LMS_LIMITS as LIMITS

NAME: Final = "cmi5.xml"
MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
ENCRYPTED: Final = 0x1
KINDS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Package(Struct, frozen=True):
    """A course and the files that came with it, by name and size in bytes."""

    structure: Structure
    files: Mapping[str, int] = {}


def read_package(data: bytes) -> Package:
    """Return what a package holds, all of it checked; raises Invalid (`bad_package`).

    Its `field` is the reason, one of `faults.REASONS`. Files are not unpacked.
    """
    if len(data) > LIMITS.package_bytes_max:
        raise bad_package("too_large", f"it has over {LIMITS.package_bytes_max} bytes")
    if not data.startswith(MAGIC):
        package = Package(read_structure(data))
    else:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as opened:
                files = _files(opened)
                package = Package(read_structure(_unpacked(opened)), files)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError,
                RuntimeError, ValueError, OverflowError) as error:  # fmt: skip
            raise bad_package("bad_zip", f"its ZIP cannot be read: {str(error)[:200]}") from None
    _check_units(package)
    return package


def _files(opened: zipfile.ZipFile) -> dict[str, int]:
    """Return the files of a ZIP; raises Invalid for names that lead out, doubles and mountains."""
    entries = opened.infolist()
    if len(entries) > LIMITS.package_files_max:
        raise bad_package("too_large", f"it has over {LIMITS.package_files_max} files")
    if sum(entry.file_size for entry in entries) > LIMITS.package_unpacked_bytes_max:
        raise bad_package("too_large", "it is too large when unpacked")
    files: dict[str, int] = {}
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in KINDS:
            raise bad_package("bad_zip", f"{name[:80]!r} is locked, or packed in an unusual way")
        if (name in files or name.startswith("/") or "\\" in name or ":" in name
                or ".." in name.split("/") or len(name) > LIMITS.name_characters_max):  # fmt: skip
            raise bad_package("bad_zip", f"{name[:80]!r} is there twice, or leads out of it")
        if not entry.is_dir():
            files[name] = entry.file_size
    if NAME not in files:
        raise bad_package("no_structure", f"there is no {NAME} in its root")
    return files


def _unpacked(opened: zipfile.ZipFile) -> bytes:
    """Return the course structure, whatever size it claims."""
    with opened.open(NAME) as file:
        data = file.read(LIMITS.structure_bytes_max + 1)
    if len(data) > LIMITS.structure_bytes_max:
        raise bad_package("too_large", f"{NAME} has over {LIMITS.structure_bytes_max} bytes")
    return data


def _check_units(package: Package) -> None:
    """A path must be a file of the ZIP; without one every address must be whole (section 14)."""
    for unit in package.structure.units():
        parts = urlsplit(unit.url)
        if parts.scheme:
            continue
        path = unquote(parts.path).removeprefix("./")
        if path not in package.files:
            raise bad_package("missing_au", f"{unit.url[:120]!r} is not in the package")


# -- writing -----------------------------------------------------------------------------------


def write_package(structure: Structure) -> bytes:
    """Return a ZIP with the course structure in it; the same course gives the same bytes."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo(NAME, EPOCH), write_structure(structure))
    return kept.getvalue()


def write_structure(structure: Structure) -> str:
    """Return `cmi5.xml`."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<courseStructure xmlns="{NAMESPACE}">',
             f"<course id={quoteattr(structure.id)}>",
             *_texts(structure.title, structure.description), "</course>"]  # fmt: skip
    if structure.objectives:
        lines.append("<objectives>")
        for one in structure.objectives:
            lines += [f"<objective id={quoteattr(one.id)}>", *_texts(one.title, one.description),
                      "</objective>"]  # fmt: skip
        lines.append("</objectives>")
    lines += _parts(structure.parts)
    return "\n".join([*lines, "</courseStructure>", ""])


def _parts(parts: tuple[Unit | Block, ...]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Unit):
            lines += _unit(part)
            continue
        lines += [f"<block id={quoteattr(part.id)}>", *_texts(part.title, part.description),
                  *_named(part.objectives), *_parts(part.parts), "</block>"]  # fmt: skip
    return lines


def _unit(unit: Unit) -> list[str]:
    told = {"id": unit.id, "moveOn": unit.move_on, "launchMethod": unit.launch_method}
    if unit.mastery_score is not None:
        told["masteryScore"] = f"{unit.mastery_score:.4f}".rstrip("0").rstrip(".")
    if unit.activity_type:
        told["activityType"] = unit.activity_type
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in told.items())
    lines = [f"<au {attributes}>", *_texts(unit.title, unit.description),
             *_named(unit.objectives), f"<url>{escape(unit.url)}</url>"]  # fmt: skip
    if unit.launch_parameters is not None:
        lines.append(f"<launchParameters>{escape(unit.launch_parameters)}</launchParameters>")
    if unit.entitlement_key is not None:
        lines.append(f"<entitlementKey>{escape(unit.entitlement_key)}</entitlementKey>")
    return [*lines, "</au>"]


def _texts(title: Mapping[str, str], description: Mapping[str, str]) -> list[str]:
    lines = []
    for name, texts in (("title", title), ("description", description)):
        told = "".join(f"<langstring lang={quoteattr(language)}>{escape(text)}</langstring>"
                       for language, text in texts.items())  # fmt: skip
        lines.append(f"<{name}>{told}</{name}>")
    return lines


def _named(objectives: tuple[str, ...]) -> list[str]:
    if not objectives:
        return []
    named = "".join(f"<objective idref={quoteattr(id)}/>" for id in objectives)
    return [f"<objectives>{named}</objectives>"]
