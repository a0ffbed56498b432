"""`Personal[str]`: a field with a person's own words, name or poses, sealed in the log."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from worldloom.kernel.errors import Misused
from worldloom.kernel.sealing import Box

T = TypeVar("T")
Opener = Callable[[Box], bytes | None]
"""Returns what a box holds, or None when its person is forgotten."""
BOX_EXT: Final = 1
"""The msgpack extension type of a box."""


class Personal(Generic[T]):
    """Data that are a person's own: `value` is None once the person is forgotten.

    Make one by `Personal(text)` for who asks, or `Personal(text, of=visitor)` for someone else;
    `of` may be another personal field, whose person it is then too.
    """

    __slots__ = ("_kind", "_opener", "_value", "box", "of")

    def __init__(self, value: T, of: object = None) -> None:
        self._value: T | None = value
        self.of = of
        """Whose it is, until it is sealed: a visitor, an account, another Personal, or who asks."""
        self.box: Box | None = None
        """The sealed bytes; None for what is nobody's or not sealed yet."""
        self._opener: Opener | None = None
        self._kind: Any = Any

    @property
    def value(self) -> T | None:
        """The data, or None when their person is forgotten."""
        if self._opener is not None and self.box is not None:
            found = self._opener(self.box)
            self._opener = None
            if found is not None:
                self._value = msgspec.msgpack.decode(found, type=self._kind)
        return self._value

    @property
    def unsealed(self) -> T | None:
        """The data of one that has no box yet."""
        return self._value if self.box is None else None

    @property
    def forgotten(self) -> bool:
        """Whether nobody can read it any more."""
        return self.value is None

    def sealed(self, box: Box) -> Personal[T]:
        """Return the same data with the box that stands for them in the log."""
        other: Any = Personal(self._value, self.of)
        other.box = box
        return other  # type: ignore[no-any-return]

    def blank(self) -> None:
        """Let go of what stands in plain text in an old log, as its person is forgotten."""
        if self.box is None:
            self._value = None

    def __str__(self) -> str:
        value = self.value
        return "" if value is None else str(value)

    def __repr__(self) -> str:
        return "<personal>" if self.box is None else f"<personal {self.box[1:5].hex()}…>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __stored__(self) -> msgspec.msgpack.Ext | T | None:
        """Return what the log keeps: the box; or the data, where they are nobody's."""
        if self.box is not None:
            return msgspec.msgpack.Ext(BOX_EXT, self.box)
        return self._value

    @classmethod
    def restored(cls, alias: Any, stored: object, opener: Opener | None) -> Personal[Any]:
        """Return the field of these stored data; `alias` is its type, as `Personal[str]`."""
        kind = typing.get_args(alias)[0]
        if isinstance(stored, msgspec.msgpack.Ext):
            if stored.code != BOX_EXT:
                raise msgspec.ValidationError("a personal field holds another extension")
            found = cls.__new__(cls)
            found._value, found.of, found.box = None, None, bytes(stored.data)
            found._opener, found._kind = opener, kind
            return found
        value: Any = None if stored is None else msgspec.convert(stored, kind)
        return Personal(value)


def is_personal(kind: object) -> bool:
    """Tell whether a field's type is `Personal[…]`."""
    return kind is Personal or typing.get_origin(kind) is Personal


def personal_fields(cls: type[msgspec.Struct]) -> dict[str, Any]:
    """Return field → what it holds, of a class's personal fields; raises Misused."""
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except NameError:
        hints = {}
    found = {name: hint for name, hint in hints.items() if is_personal(hint)}
    for name, hint in found.items():
        if not typing.get_args(hint):
            raise Misused(
                f"the personal field {name} of {cls.__name__} does not say what it holds",
                f"write {name}: Personal[str]",
                code="bad_personal",
            )
    return {name: typing.get_args(hint)[0] for name, hint in found.items()}


def opened(payload: bytes, opener: Opener | None) -> tuple[Any, tuple[str, ...]]:
    """Return a payload as plain data with its boxes opened, and the fields that stay shut."""
    boxes: list[object] = []

    def shut(code: int, data: memoryview) -> Any:
        found = opener(bytes(data)) if code == BOX_EXT and opener is not None else None
        if found is not None:
            return msgspec.msgpack.decode(found)
        boxes.append(None)
        return _SHUT

    plain = msgspec.msgpack.decode(payload, ext_hook=shut)
    if not boxes or not isinstance(plain, dict):
        return (None if plain is _SHUT else plain), ()
    forgotten = tuple(name for name, value in plain.items() if value is _SHUT)
    return {name: None if value is _SHUT else value for name, value in plain.items()}, forgotten


_SHUT: Final = object()
A_BOX: Final[Personal[Any]] = Personal(None)
"""Stands for any box where only the form of bytes is checked."""
