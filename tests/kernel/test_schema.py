"""Promised: types are checked when defined, values when written, and old bytes stay readable."""

from __future__ import annotations

import enum
import math
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.schema import (
    Component,
    Event,
    FrozenMeta,
    Handle,
    check_plain,
    decode,
    encode,
    fields_of,
    from_plain,
    is_private,
    json_schema,
    named,
    plain,
    registry,
)  # fmt: skip


class Inner(msgspec.Struct, frozen=True):
    """A frozen struct inside a component."""

    x: float = 0.0
    tags: tuple[str, ...] = ()


class Mixed(Component, name="test.Mixed"):
    """One field of each kind that can be kept."""

    flag: bool = False
    count: int = 0
    share: float = 0.0
    word: str = ""
    data: bytes = b""
    kind: Literal["a", "b"] = "a"
    pair: tuple[int, str] = (0, "")
    many: tuple[float, ...] = ()
    maybe: int | None = None
    inner: Inner = Inner()


WHOLE = st.integers(-(2**53), 2**53)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
MIXED = st.builds(
    Mixed, st.booleans(), WHOLE, FINITE, WORDS, st.binary(max_size=30), st.sampled_from("ab"),
    st.tuples(WHOLE, WORDS), st.lists(FINITE, max_size=4).map(tuple), st.none() | WHOLE,
    st.builds(Inner, FINITE, st.lists(WORDS, max_size=3).map(tuple)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def forget_classes() -> None:
    """Keep the classes of this module; those of its tests have names of their own."""


@given(MIXED)
def test_what_is_written_is_read_again(value: Mixed) -> None:
    data = encode(value)
    assert decode(Mixed, data) == value
    assert encode(decode(Mixed, data)) == data


@given(MIXED)
def test_a_reader_needs_no_class(value: Mixed) -> None:
    fields = plain(encode(value))
    assert list(fields) == list(Mixed.__struct_fields__)
    assert from_plain(Mixed, fields) == value


def test_equal_numbers_have_equal_bytes() -> None:
    assert encode(Mixed(share=1)) == encode(Mixed(share=1.0))


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Mixed(share=math.nan), "share"),
        (Mixed(share=-math.inf), "share"),
        (Mixed(many=(1.0, math.inf)), r"many\[1\]"),
        (Mixed(count=2**53 + 1), "count"),
        (Mixed(count=2**70), "Mixed"),
        (Mixed(word="\ud800"), "Mixed"),
        (Mixed(count="3"), "count"),  # type: ignore[arg-type]
        (Mixed(pair=(1,)), "pair"),  # type: ignore[arg-type]
        (Mixed(kind="c"), "kind"),  # type: ignore[arg-type]
        (Mixed(inner=Inner(math.nan)), "inner.x"),
        (Mixed(word=object()), "Mixed"),  # type: ignore[arg-type]
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_field(value: Mixed, field: str) -> None:
    with pytest.raises(Invalid, match=field):
        encode(value)


def test_a_component_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(Invalid, match="at most") as caught:
        encode(Mixed(word="x" * LIMITS.component_bytes_max))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "kind", [list[int], dict[str, int], set[int], frozenset[int], Any, bytearray]
)
def test_a_field_that_could_change_is_refused_when_defined(kind: Any) -> None:
    with pytest.raises(Misused) as caught:
        FrozenMeta("Bad", (Component,), {"__annotations__": {"field": kind}})
    assert caught.value.code == "mutable_field"


def test_a_struct_that_could_change_is_refused_when_defined() -> None:
    class Loose(msgspec.Struct):
        x: int = 0

    with pytest.raises(Misused, match="inner") as caught:
        FrozenMeta("Bad", (Component,), {"__annotations__": {"inner": Loose}})
    assert caught.value.code == "mutable_field"


@pytest.mark.parametrize("kind", ["Nowhere", complex | int, Inner | Mixed])
def test_a_type_that_is_not_understood_is_refused_when_defined(kind: Any) -> None:
    with pytest.raises(Misused) as caught:
        FrozenMeta("Bad", (Component,), {"__annotations__": {"field": kind}})
    assert caught.value.code in ("unknown_type", "mutable_field")


def test_an_enum_is_spelled_by_name_in_no_field() -> None:
    class Mood(enum.Enum):
        GLAD = "glad"

    with pytest.raises(Misused):
        FrozenMeta("Bad", (Component,), {"__annotations__": {"mood": Mood}})


def test_a_frozen_value_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        Mixed().count = 3


def test_the_name_is_module_and_class_unless_given() -> None:
    class Lamp(Component):
        lit: bool = False

    assert Lamp.__kind__.name == "test_schema.Lamp"
    assert registry["test.Mixed"] is Mixed


def test_the_same_module_may_define_a_class_again() -> None:
    class Bell(Component):
        loud: bool = False

    first = Bell

    class Bell(Component):  # type: ignore[no-redef]
        loud: bool = True

    assert registry["test_schema.Bell"] is Bell is not first


def test_another_module_may_not_take_a_name() -> None:
    with pytest.raises(Misused) as caught:
        FrozenMeta("Other", (Component,), {"__module__": "elsewhere"}, name="test.Mixed")
    assert caught.value.code == "duplicate_name"
    with pytest.raises(Misused) as caught:
        FrozenMeta("Other", (Component,), {}, name="no name")
    assert caught.value.code == "bad_name"


def test_a_private_class_is_known_by_its_stored_name_alone() -> None:
    class Answer(Component, private=True):
        text: str = ""

    assert is_private(Answer.__kind__.name)
    assert named("test_schema.Answer") is named("~test_schema.Answer") is Answer
    assert named("nothing") is None


def test_old_bytes_are_lifted_version_by_version() -> None:
    class Tank(Component, version=3):
        litres: float

    @Tank.upgrade(1)
    def from_gallons(fields: dict[str, Any]) -> dict[str, Any]:
        return {"volume": fields["gallons"] * 4.0}

    @Tank.upgrade(2)
    def rename(fields: dict[str, Any]) -> dict[str, Any]:
        return {"litres": fields["volume"]}

    assert decode(Tank, msgspec.msgpack.encode({"gallons": 2}), 1) == Tank(8.0)
    assert decode(Tank, msgspec.msgpack.encode({"volume": 2.0}), 2) == Tank(2.0)
    assert decode(Tank, encode(Tank(1.0)), 3) == Tank(1.0)
    with pytest.raises(Misused) as caught:
        decode(Tank, b"\x80", 4)
    assert caught.value.code == "newer_version"
    with pytest.raises(Misused) as caught:
        Tank.upgrade(3)(rename)
    assert caught.value.code == "no_such_version"


def test_a_missing_upgrade_says_which_function_to_write() -> None:
    class Pipe(Component, version=2):
        width: float = 1.0

    with pytest.raises(Misused, match="lifts version 1") as caught:
        decode(Pipe, b"\x80", 1)
    assert "@Pipe.upgrade(1)" in caught.value.fix


def test_a_fingerprint_names_fields_types_and_defaults() -> None:
    class Rope(Component):
        ends: tuple[Entity, Visitor]
        length: Annotated[float, msgspec.Meta(gt=0)] = 1.0
        inner: Inner = Inner()
        kind: Literal["hemp", 3] = "hemp"

    assert fields_of(Rope) == (
        "ends:[@Entity,@Visitor];length:float=;inner:{x:float=;tags:[str…]=}=;kind:int|str="
    )


def test_the_json_schema_describes_fields_and_nested_structs() -> None:
    schema = json_schema(Mixed)
    assert schema["type"] == "object"
    assert schema["properties"]["kind"]["enum"] == ["a", "b"]
    assert "Inner" in schema["$defs"]

    class Named(Event):
        who: Visitor

    assert json_schema(Named)["properties"]["who"] == {"type": "string", "format": "visitor"}


def test_plain_fields_are_refused_by_name() -> None:
    with pytest.raises(Invalid, match=r"Mixed has no field colour") as caught:
        from_plain(Mixed, {"colour": 1})
    assert caught.value.field == "test.Mixed.colour"
    with pytest.raises(Invalid) as caught:
        from_plain(Mixed, {"pair": [1, 2]})
    assert caught.value.field == "test.Mixed.pair[1]"
    with pytest.raises(Invalid):
        from_plain(Mixed, [1])

    class Needy(Component):
        must: int

    with pytest.raises(Invalid) as caught:
        from_plain(Needy, {})
    assert caught.value.field == "test_schema.Needy.must"


def test_plain_values_are_checked_to_their_depth() -> None:
    check_plain({"a": [1, 2.0, "x", None, True, {"b": ()}]}, "args")
    with pytest.raises(Invalid, match=r"args\.a\[1\] is nan"):
        check_plain({"a": [1, math.nan]}, "args")
    deep: Any = 0
    for _ in range(LIMITS.argument_depth_max + 3):
        deep = [deep]
    with pytest.raises(Invalid, match="nested too deep"):
        check_plain(deep, "args")


def test_handles_are_kept_as_plain_data_and_bound_on_reading() -> None:
    class Leash(Component):
        holder: Visitor
        animal: Entity

    data = encode(Leash(Visitor(None, "v3"), Entity(None, 7)))
    assert plain(data) == {"holder": "v3", "animal": 7}
    unbound = decode(Leash, data)
    assert unbound.holder == Visitor(None, "v3")
    with pytest.raises(Misused, match="without its world"):
        _ = unbound.animal.name
    assert decode(Leash, data, 1, lambda kind, stored: (kind, stored)[0](None, stored)).animal


def test_a_handle_says_itself_how_it_is_kept() -> None:
    with pytest.raises(NotImplementedError):
        Handle().__stored__()
    with pytest.raises(NotImplementedError):
        Handle.__restored__(None, 3)


def test_a_hint_for_forms_changes_neither_type_nor_checks() -> None:
    class Hinted(Component):
        share: Annotated[float, msgspec.Meta(extra_json_schema={"unit": "m"})] = 0.0

    assert fields_of(Hinted) == "share:float="
    assert json_schema(Hinted)["properties"]["share"]["unit"] == "m"
    with pytest.raises(Invalid, match="share"):
        encode(Hinted(math.nan))
