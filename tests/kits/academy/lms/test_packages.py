"""Course packages of cmi5: what is valid is read as it was written, the rest has a named reason."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldloom import Invalid
from worldloom.kits.academy.lms.cmi5.faults import REASONS
from worldloom.kits.academy.lms.cmi5.package import (
    read_package,
    write_package,
    write_structure,
)
from worldloom.kits.academy.lms.cmi5.structure import (
    MOVE_ON,
    Block,
    Objective,
    Structure,
    Unit,
    read_structure,
)

HEAD = '<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">'
TEXTS = ("<title><langstring lang='en'>T</langstring></title>"
         "<description><langstring lang='en'>D</langstring></description>")  # fmt: skip
COURSE = f"<course id='urn:c'>{TEXTS}</course>"
URL = "<url>https://au.example/start?x=1</url>"


def au(has: str = "id='urn:a'", url: str = URL, before: str = "", after: str = "") -> str:
    return f"<au {has}>{TEXTS}{before}{url}{after}</au>"


def course(*parts: str, head: str = HEAD, first: str = COURSE) -> bytes:
    return f"<?xml version='1.0'?>{head}{first}{''.join(parts)}</courseStructure>".encode()


def packed(*files: tuple[str, bytes], **more: Any) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            made.writestr(name, data, **more)
    return kept.getvalue()


def reason(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read_package(data)
    assert caught.value.code == "bad_package" and caught.value.fix
    assert caught.value.field in REASONS
    return caught.value.field


words = st.text("abc äß安<>&'\"]", min_size=1, max_size=12).map(lambda text: f"x{text}")
texts = st.dictionaries(
    st.sampled_from(["en", "de-AT", "zh-Hans"]), words.map(lambda t: " ".join(t.split())),
    min_size=1, max_size=2,
)  # fmt: skip
units = st.builds(
    Unit, st.just(""), texts, texts,
    st.sampled_from(["https://a.example/x?y=1&z=%20", "app://host/go", "http://h:80/"]),
    st.sampled_from(sorted(MOVE_ON)), st.none() | st.integers(0, 10_000).map(lambda n: n / 10_000),
    st.sampled_from(["AnyWindow", "OwnWindow"]), st.sampled_from(["", "urn:type"]),
    st.none() | words.map(str.strip), st.none() | words.map(str.strip),
    st.sampled_from([(), ("urn:o0",), ("urn:o1", "urn:o0")]),
)  # fmt: skip
parts = st.recursive(
    st.lists(units, min_size=1, max_size=3),
    lambda inner: st.lists(
        units | st.builds(Block, st.just(""), texts, texts, inner.map(tuple)),
        min_size=1, max_size=3,
    ),
    max_leaves=4,
).map(tuple)  # fmt: skip
objectives = st.tuples(texts, texts).map(
    lambda two: tuple(Objective(f"urn:o{at}", *two) for at in (0, 1))
)


def numbered(found: Any, path: str) -> Any:
    """Give every unit and block an id of its own."""
    import msgspec

    made = []
    for at, part in enumerate(found):
        id = f"{path}/{at}"
        if isinstance(part, Block):
            part = msgspec.structs.replace(part, parts=numbered(part.parts, id))
        made.append(msgspec.structs.replace(part, id=id))
    return tuple(made)


structures = st.builds(
    Structure, st.just("https://school.example/c"), texts, texts,
    parts.map(lambda found: numbered(found, "urn:p")), objectives,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(structures)
def test_what_is_written_is_read_as_it_was(structure: Structure) -> None:
    assert read_structure(write_structure(structure).encode()) == structure
    data = write_package(structure)
    assert read_package(data).structure == structure
    assert data == write_package(structure)


def test_a_package_of_64_bits_is_read_and_one_of_many_units() -> None:
    many = course(*(au(f"id='urn:a{at}'") for at in range(1_500)))
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made, made.open("cmi5.xml", "w", force_zip64=True) as file:
        file.write(many)
    assert len(list(read_package(kept.getvalue()).structure.units())) == 1_500


def test_paths_of_units_are_files_of_the_package_and_extensions_are_passed_over() -> None:
    extra = "<x:more xmlns:x='urn:x' x:a='b'>&lt;</x:more>"
    data = course(au(url="<url> start%20here/i.html?a=b#c </url>", after=extra),
                  "<y xmlns='urn:y'/>")  # fmt: skip
    package = read_package(packed(("cmi5.xml", data), ("start here/i.html", b"<p>")))
    assert package.files["start here/i.html"] == 3
    assert reason(packed(("cmi5.xml", data), ("other.html", b""))) == "missing_au"
    assert reason(data) == "missing_au"


SCORED = "id='urn:a' masteryScore='{}'"
BAD_URLS = ("", " ", "javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x",
            "file:///etc/passwd", "//evil.example/x", "/etc/passwd", "../x.html", "a/../../x",
            "a b", "http:///x", "http://[::1", "http://h:99999/", "https://h/?fetch=x",
            "x.html?actor=", "\\\\x\\y", "é.html", "?a=b")  # fmt: skip
FAULTS: tuple[tuple[str, bytes], ...] = (
    ("malformed_xml", b""),
    ("malformed_xml", b"hello"),
    ("malformed_xml", course(au())[:-4]),
    ("malformed_xml", course(au()).replace(b"<title>", b"<title>&nothing;", 1)),
    ("malformed_xml", course(au()) + b"<more/>"),
    ("malformed_xml", b"\xff\xfe\x00"),
    ("malformed_xml", b"<?xml version='1.0' encoding='klingon'?><x/>"),
    ("doctype", b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + course(au())[21:]),
    ("doctype", b"<!DOCTYPE x SYSTEM 'http://evil.example/x.dtd'>" + course(au())[21:]),
    ("wrong_root", b"<courseStructure/>"),
    ("wrong_root", b"<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1'/>"),
    ("bad_element", course()),
    ("bad_element", course(au(), first="")),
    ("bad_element", course(au(), first=COURSE * 2)),
    ("bad_element", course(au(), "<quiz/>")),
    ("bad_element", course(au(url=""))),
    ("bad_element", course(au(url=URL + URL))),
    ("bad_element", course(f"<au id='urn:a'>{URL}{TEXTS}</au>")),
    ("bad_element", course("<au id='urn:a'><title/><description/></au>")),
    ("bad_element", course(f"<block id='urn:b'>{TEXTS}</block>")),
    ("bad_element", course(au(before="<objectives/>"))),
    ("bad_attribute", course(au("id='urn:a' move='Passed'"))),
    ("bad_attribute", course(au(), head=HEAD[:-1] + " version='1'>")),
    ("bad_id", course(au(""))),
    ("bad_id", course(au("id='relative'"))),
    ("bad_id", course(au("id='urn:a b'"))),
    ("duplicate_id", course(au(), au())),
    ("duplicate_id", course(au("id='urn:c'"))),
    ("duplicate_id", course(f"<block id='urn:a'>{TEXTS}{au()}</block>")),
    ("unknown_objective",
     course(au(before="<objectives><objective idref='urn:o'/></objectives>"))),
    ("bad_move_on", course(au("id='urn:a' moveOn='passed'"))),
    ("bad_launch_method", course(au("id='urn:a' launchMethod='Popup'"))),
    ("bad_language", course(au()).replace(b"lang='en'", b"lang='not a language'")),
    *(("bad_mastery_score", course(au(SCORED.format(text))))
      for text in ("1.1", "-0.1", "nan", "inf", "1e-1", "", "0.12345", "80", "0,8", "1.0001")),
    *(("bad_url", course(au(url=f"<url>{url.replace('&', '&amp;')}</url>"))) for url in BAD_URLS),
)  # fmt: skip


@pytest.mark.parametrize(("expected", "data"), FAULTS)
def test_what_is_invalid_is_refused_with_its_reason(expected: str, data: bytes) -> None:
    assert reason(data) == expected


@pytest.mark.parametrize("text", ["0", "1", "0.5", "1.0000", "0.12340", ".5", " 0.8 "])
def test_a_mastery_score_has_at_most_four_places(text: str) -> None:
    (unit,) = read_package(course(au(SCORED.format(text)))).structure.units()
    assert unit.mastery_score == float(text)


def test_a_zip_that_is_none_or_leads_out_of_itself_is_refused() -> None:
    good = packed(("cmi5.xml", course(au())))
    assert reason(good[:60]) == "bad_zip"
    assert reason(packed(("course/cmi5.xml", course(au())))) == "no_structure"
    assert reason(packed()) == "no_structure"
    for name in ("../evil", "/evil", "a/../../b", "c:evil"):
        assert reason(packed(("cmi5.xml", course(au())), (name, b""))) == "bad_zip"
    with pytest.warns(UserWarning):
        twice = packed(("cmi5.xml", course(au())), ("cmi5.xml", b""))
    assert reason(twice) == "bad_zip"
    odd = packed(("cmi5.xml", course(au())), compress_type=zipfile.ZIP_LZMA)
    assert reason(odd) == "bad_zip"
    locked = bytearray(good)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(sign) + at] |= 1
    assert reason(bytes(locked)) == "bad_zip"
    assert reason(b"PK\x03\x04" + b"x" * 100) == "bad_zip"


def test_mountains_are_refused_before_they_are_unpacked() -> None:
    assert reason(packed(("cmi5.xml", b" " * 9_000_000))) == "too_large"
    deep = "".join(f"<block id='urn:b{at}'>{TEXTS}" for at in range(60))
    assert reason(course(deep)) == "too_large"
    assert reason(b"x" * 70_000_000) == "too_large"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_does_more_than_be_refused(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([course(au()), packed(("cmi5.xml", course(au())))]))
    at = data.draw(st.integers(0, len(whole) - 1))
    more = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 8))
    try:
        read_package(whole[:at] + more + whole[at + cut :])
    except Invalid as error:
        assert error.field in REASONS
