"""Bodies of several parts come apart as they were joined, and broken ones are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom import Invalid
from worldloom.kits.academy.xapi.limits import LIMITS
from worldloom.kits.academy.xapi.multipart import joined, media_of, parts_of

HEADS = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Experience-API-Hash", "content-transfer-encoding"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
)
PARTS = st.lists(st.tuples(HEADS, st.binary(max_size=60)), min_size=1, max_size=4)


@given(PARTS)
def test_parts_come_apart_byte_for_byte(parts: list[tuple[dict[str, str], bytes]]) -> None:
    # The bound is longer than any of the bodies, so that none can hold it.
    bound = "b" * 70
    found = parts_of(joined(parts, bound), bound)
    assert [one.body for one in found] == [body for _, body in parts]
    wanted = [{name.lower(): value for name, value in heads.items()} for heads, _ in parts]
    assert [one.headers for one in found] == wanted


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_never_breaks_the_reader(body: bytes) -> None:
    with pytest.raises(Invalid):
        parts_of(body, "cut")
    try:
        parts_of(b"--cut" + body + b"\r\n--cut--", "cut")
    except Invalid:
        pass


@pytest.mark.parametrize("bound", ["", " ", "a ", "é", "x" * 71, "a\r\nb"])
def test_a_bound_is_one_that_the_standard_allows(bound: str) -> None:
    with pytest.raises(Invalid):
        parts_of(b"--" + bound.encode() + b"\r\n\r\nx\r\n--" + bound.encode() + b"--", bound)


def test_there_are_not_too_many_parts() -> None:
    with pytest.raises(Invalid, match="attachments"):
        parts_of(joined([({}, b"")] * (LIMITS.attachments_max + 2), "cut"), "cut")


def test_a_media_type_is_read_with_its_parameters() -> None:
    told = media_of('Multipart/Mixed; Boundary="a b; c"; charset=UTF-8')
    assert told == ("multipart/mixed", {"boundary": "a b; c", "charset": "UTF-8"})
    assert media_of("")[0] in ("", "text/plain")
