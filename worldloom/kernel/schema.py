"""The bases of components and events: checked when defined, checked when written, named for ever.

Bytes are msgpack maps {field: value} in the order of definition, so a reader needs no class.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, Protocol, TypeVar, dataclass_transform

import msgspec
from msgspec import inspect as shapes

from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.personal import A_BOX, Opener, Personal, is_personal, personal_fields

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the fields of one version into those of the next; pure."""
V = TypeVar("V", bound="Value")

WHOLE_MAX: Final = 2**53
"""Whole numbers beyond this are not exact in a browser."""
_BYTES_MAX: Final = LIMITS.component_bytes_max
PRIVATE_MARK: Final = "~"
"""Private names start with it, so that a fold without classes can keep them apart."""

# A float64 NaN or infinity, and a 64-bit whole number, as msgpack bytes. Strings and other
# numbers may contain the same bytes by chance, so that a hit only starts the slow check.
_ODD_FLOAT = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]").search
_ODD_NUMBER = re.compile(rb"[\xcb\xcf\xd3](?:(?<!\xcb)|[\x7f\xff][\xf0-\xff])").search
_SURROGATE = re.compile("[\ud800-\udfff]").search
NAME: Final = re.compile(r"(?=.{1,120}\Z)[A-Za-z_0-9]+(\.[A-Za-z_0-9]+)*").fullmatch


class Handle:
    """Something of a world that a field may name: stored as plain data, bound again on reading."""

    __slots__ = ()

    def __stored__(self) -> int | str:
        """Return what the log keeps."""
        raise NotImplementedError

    @classmethod
    def __restored__(cls, world: Any, stored: object) -> Handle:
        """Return the handle that was stored, bound to a world (None: bound to nothing)."""
        raise NotImplementedError


class _Restore(Protocol):
    def __call__(self, kind: type, stored: Any, /) -> Any: ...


def _store_handle(value: object) -> object:
    if isinstance(value, Personal) or isinstance(value, Handle):
        return value.__stored__()
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def restore_unbound(kind: type, stored: Any) -> Any:
    """Restore a handle without a world: enough to check and to compare."""
    if is_personal(kind):
        return Personal.restored(kind, stored, None)
    assert issubclass(kind, Handle)
    return kind.__restored__(None, stored)


ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_store_handle)
_encode_plain = ENCODER.encode


def _look(kind: type, stored: Any) -> Any:
    """Restore what only its form is wanted of: a box stays shut."""
    return A_BOX if type(stored) is msgspec.msgpack.Ext else restore_unbound(kind, stored)


class Kind:
    """What the registry knows of one class: its stable name, version and codecs."""

    __slots__ = (
        "binds", "check", "cls", "decode", "fields", "fingerprint", "floats", "handles", "name",
        "odd", "personal", "private", "undo", "upgrades", "version",
    )  # fmt: skip

    def __init__(self, cls: type[Value], name: str, version: int, private: bool) -> None:
        self.cls = cls
        self.name = PRIVATE_MARK + name if private else name
        self.version = version
        self.private = private
        self.undo = ""
        """What makes up for an event of this kind."""
        self.binds = False
        """Whether a group with an event of this kind cannot be undone."""
        self.upgrades: dict[int, Upgrade] = {}
        info = _inspect(cls)
        self.personal = personal_fields(cls)
        """Field → type of what is a person's own."""
        self.fields = tuple(field.encode_name for field in info.fields)
        self.fingerprint = ";".join(_spell_field(field) for field in info.fields)
        self._check_personal(info)
        self.handles = "@" in self.fingerprint
        self.floats = "float" in self.fingerprint
        loose = {number for field in info.fields for number in _loose_kinds(field.type)}
        self.odd = _ODD_NUMBER if int in loose else _ODD_FLOAT if float in loose else None
        hook = restore_unbound if self.handles else None
        self.decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(cls, dec_hook=hook).decode
        self.check = self.decode
        if self.personal and not self.floats:
            self.check = msgspec.msgpack.Decoder(cls, dec_hook=_look).decode

    def _check_personal(self, info: shapes.StructType) -> None:
        """Refuse a person's data where they could not be sealed, or would be shown sealed."""
        for name, kind in self.personal.items():
            _spell(shapes.type_info(kind), name)
        if self.fingerprint.count("@Personal") > len(self.personal):
            raise _bad_personal(
                f"{self.name} has a Personal inside another type",
                "make it a field of its own: text: Personal[str]",
            )
        if self.personal and not self.private and not issubclass(info.cls, Event):
            raise _bad_personal(
                f"{self.name} is a component that everyone is sent as it is kept",
                "put personal fields into an event, or into a component with private=True",
            )


registry: Final[dict[str, type[Value]]] = {}
"""Stable name → class."""


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class FrozenMeta(msgspec.StructMeta):
    """Makes frozen, checked and registered structs."""

    def __new__(
        mcls,
        class_name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        *,
        name: str = "",
        version: int = 1,
        private: bool = False,
        undo: str = "",
        abstract: bool = False,
    ) -> Any:
        """Define a class; raises Misused when its fields cannot be kept.

        `undo` tells visitors what makes up for an event of this kind, as its group cannot be
        undone: for instance "refund the order".
        """
        cls: Any = super().__new__(mcls, class_name, bases, namespace, frozen=True, gc=False)
        if not abstract:
            _register(cls, name or _default_name(cls), version, private)
            cls.__kind__.undo = undo
            cls.__kind__.binds = bool(undo) or issubclass(cls, Request)
        return cls

    def upgrade(cls, version: int) -> Callable[[Upgrade], Upgrade]:
        """Register the function that lifts the fields of `version` to `version + 1`."""
        kind: Kind = cls.__kind__  # type: ignore[attr-defined]

        def register(lift: Upgrade) -> Upgrade:
            if not 1 <= version < kind.version:
                raise Misused(
                    f"{kind.name} has version {kind.version}: nothing lifts version {version}",
                    f"write version={version + 1} in the class line",
                    code="no_such_version",
                )
            kind.upgrades[version] = lift
            return lift

        return register


class Value(msgspec.Struct, metaclass=FrozenMeta, abstract=True):
    """Frozen typed data with a stable name."""

    __kind__: ClassVar[Kind]


class Component(Value, abstract=True):
    """Typed, frozen data on an entity; at most one of each class."""


class Event(Value, abstract=True):
    """A fact, named in the past tense."""


class Request(Event, abstract=True):
    """An event that asks the outside for something; an adapter performs it once it is durable."""


class Input(Event, abstract=True):
    """An event that comes from a visitor; its handlers run inside the command's own group."""


def encode(value: Value, most: int = _BYTES_MAX) -> bytes:
    """Return the canonical bytes; raises Invalid when a field has the wrong type, or is NaN."""
    kind = value.__kind__
    try:
        # Nothing checks a struct's types when it is made: what was encoded is decoded again, and
        # encoded once more where a whole number may stand for a float.
        data = _encode_plain(value)
        checked = kind.check(data)
        if kind.floats:
            data = _encode_plain(checked)
    except (msgspec.ValidationError, TypeError, OverflowError, UnicodeEncodeError) as error:
        raise invalid_field(error, kind.name) from error
    if kind.odd is not None and kind.odd(data) is not None:
        for field in kind.fields:
            check_plain(getattr(value, field), f"{kind.name}.{field}")
    if len(data) > most:
        raise Invalid(
            f"{kind.name} has {len(data)} bytes, at most {most} are kept",
            "put large data into an asset and its sha256 into the field",
            code="too_large",
            field=kind.name,
        )
    return data


def restorer(opener: Opener | None) -> _Restore:
    """Return what restores handles without a world, and opens what is personal."""

    def restore(kind: type, stored: Any) -> Any:
        if is_personal(kind):
            return Personal.restored(kind, stored, opener)
        return restore_unbound(kind, stored)

    return restore


def decode(
    cls: type[V], data: bytes, version: int | None = None, restore: _Restore | None = None
) -> V:
    """Return the value of these bytes, lifted from an old version by the upgrade functions."""
    kind = cls.__kind__
    if version is None or version == kind.version:
        if restore is None or not kind.handles:
            value: V = kind.decode(data)
            return value
        return msgspec.msgpack.decode(data, type=cls, dec_hook=restore)
    fields = lift(kind, msgspec.msgpack.decode(data), version)
    return msgspec.convert(fields, cls, dec_hook=restore or restore_unbound)


def lift(kind: Kind, fields: dict[str, Any], version: int) -> dict[str, Any]:
    """Return the fields of an old version as those of the present one."""
    if version > kind.version:
        raise Misused(
            f"{kind.name} was written in version {version}, this code knows {kind.version}",
            "run the newer code",
            code="newer_version",
        )
    for old in range(version, kind.version):
        step = kind.upgrades.get(old)
        if step is None:
            raise no_upgrade(kind.name, old)
        fields = step(fields)
    return fields


def no_upgrade(name: str, version: int) -> Misused:
    """Make the error for fields that changed without a function that lifts the old ones."""
    cls = name.rpartition(".")[2].lstrip(PRIVATE_MARK)
    return Misused(
        f"the fields of {name} changed and nothing lifts version {version}",
        f"write class {cls}(Component, version={version + 1}) and a function under "
        f"@{cls}.upgrade({version}) that takes the old fields (a dict) and returns the new ones",
        code="no_upgrade",
    )


def plain(data: bytes) -> Any:
    """Return stored bytes as plain maps, lists, numbers and strings, without any class."""
    return msgspec.msgpack.decode(data)


def from_plain(cls: type[V], fields: object, restore: _Restore = restore_unbound) -> V:
    """Return a value from JSON-like fields; raises Invalid naming the field."""
    kind = cls.__kind__
    if isinstance(fields, dict):
        for field in fields:
            if field not in kind.fields:
                raise Invalid(
                    f"{kind.name} has no field {field}",
                    f"its fields are {', '.join(kind.fields) or 'none'}",
                    field=f"{kind.name}.{field}",
                )
    try:
        return msgspec.convert(fields, cls, dec_hook=restore)
    except msgspec.ValidationError as error:
        raise invalid_field(error, kind.name) from error


def json_schema(cls: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type, with nested definitions under `$defs`."""
    schemas, nested = msgspec.json.schema_components(
        (cls,), schema_hook=_schema_of_handle, ref_template="#/$defs/{name}"
    )
    (top,) = schemas
    found = dict(nested.pop(getattr(cls, "__name__", ""), None) or top)
    found.pop("$ref", None)
    found.pop("title", None)
    if nested:
        found["$defs"] = nested
    return found


def fields_of(cls: type[Value]) -> str:
    """Return a class's fingerprint: `name:type` for each field, `=` after those with a default."""
    return cls.__kind__.fingerprint


def is_private(name: str) -> bool:
    """Tell whether a component or an event of this stored name is never sent to clients."""
    return name.startswith(PRIVATE_MARK)


def named(name: str) -> type[Value] | None:
    """Return the class of a stored name or of the bare name of a private one."""
    return registry.get(name) or registry.get(PRIVATE_MARK + name)


def check_plain(value: Any, path: str, depth: int = 0) -> None:
    """Refuse NaN, infinities, huge whole numbers, half characters and deep nesting by field."""
    kind = type(value)
    if kind is str:
        if not value.isascii() and _SURROGATE(value):
            raise Invalid(f"{path} holds half a character", "send whole text", field=path)
    elif kind is int:
        if not -WHOLE_MAX <= value <= WHOLE_MAX:
            raise Invalid(f"{path} is beyond ±2^53", "send it as text", field=path)
    elif kind is float:
        if not math.isfinite(value):
            raise Invalid(f"{path} is {value}, not a number", "send a finite number", field=path)
    elif depth > LIMITS.argument_depth_max:
        raise Invalid(f"{path} is nested too deep", "send a flatter value", field=path)
    else:
        for name, part in _parts(value):
            check_plain(part, f"{path}{name}", depth + 1)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, (tuple, list)):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    elif isinstance(value, dict):
        yield from (
            item for name, part in value.items() for item in ((f".{name}", part), ("", name))
        )
    elif isinstance(value, msgspec.Struct):
        yield from ((f".{name}", getattr(value, name)) for name in value.__struct_fields__)


_AT_PATH = re.compile(r" - at `\$\.?(.*?)`$")
_NAMED_FIELD = re.compile(r"field `(.+?)`")


def invalid_field(error: Exception, where: str) -> Invalid:
    """Turn a conversion error into Invalid, naming the field as `where.field`."""
    text = str(error)
    at = _AT_PATH.search(text)
    path = at[1] if at else ""
    reason = text[: at.start()] if at else text
    if field := _NAMED_FIELD.search(reason):
        path = f"{path}.{field[1]}".lstrip(".")
    if isinstance(error, OverflowError):
        reason = "a whole number is beyond ±2^53"
    elif isinstance(error, UnicodeEncodeError):
        reason = "the text holds half a character (a lone surrogate)"
    spelled = ".".join(part for part in (where, path) if part)
    fix = "its schema says what fits"
    return Invalid(f"{spelled or 'the value'}: {reason}", fix, field=spelled)


def _default_name(cls: type) -> str:
    package, _, module = cls.__module__.rpartition(".")
    if package == "worldloom.kernel":
        return cls.__name__
    return f"{module.strip('_')}.{cls.__name__}"


def _register(cls: type[Value], name: str, version: int, private: bool) -> None:
    if not NAME(name):
        fix = "use letters, digits and dots, at most 120"
        raise Misused(f"{name!r} is no stable name", fix, code="bad_name")
    kind = Kind(cls, name, version, private)
    known = registry.get(kind.name)
    if known is not None and known.__module__ != cls.__module__:
        raise Misused(
            f"{kind.name} is defined in {known.__module__} and in {cls.__module__}",
            f'give one another name: class {cls.__name__}(…, name="…")',
            code="duplicate_name",
        )
    cls.__kind__ = kind
    registry[kind.name] = cls


def _inspect(cls: type[Value]) -> shapes.StructType:
    try:
        info = shapes.type_info(cls)
        # A decoder finds what can be described but never read, such as two structs in a union.
        msgspec.msgpack.Decoder(cls, dec_hook=restore_unbound)
    except (NameError, TypeError) as error:
        raise Misused(
            f"the types of {cls.__name__} are not understood: {error}",
            "use bool, int, float, str, bytes, Literal, tuple, frozen Struct or None",
            code="unknown_type",
        ) from error
    assert isinstance(info, shapes.StructType)
    return info


def _bad_personal(message: str, fix: str) -> Misused:
    return Misused(message, fix, code="bad_personal")


def _spell_field(field: shapes.Field) -> str:
    return f"{field.encode_name}:{_spell(field.type, field.name)}{'' if field.required else '='}"


_SIMPLE: Final[dict[type, str]] = {
    shapes.NoneType: "none",
    shapes.BoolType: "bool",
    shapes.IntType: "int",
    shapes.FloatType: "float",
    shapes.StrType: "str",
    shapes.BytesType: "bytes",
}


def _spell(kind: shapes.Type, field: str) -> str:
    """Write a field's type in a stable way; raises Misused for one whose values can change."""
    if simple := _SIMPLE.get(type(kind)):
        return simple
    match kind:
        case shapes.LiteralType():
            return "|".join(sorted({type(value).__name__ for value in kind.values}))
        case shapes.UnionType():
            return "|".join(sorted(_spell(part, field) for part in kind.types))
        case shapes.TupleType():
            return f"[{','.join(_spell(item, field) for item in kind.item_types)}]"
        case shapes.VarTupleType():
            return f"[{_spell(kind.item_type, field)}…]"
        case shapes.Metadata():
            return _spell(kind.type, field)
        case shapes.StructType() if kind.cls.__struct_config__.frozen:
            return f"{{{';'.join(_spell_field(part) for part in kind.fields)}}}"
        case shapes.CustomType() if kind.cls is Personal:
            return "@Personal"
        case shapes.CustomType() if isinstance(kind.cls, type) and issubclass(kind.cls, Handle):
            return f"@{kind.cls.__name__}"
    raise Misused(
        f"the field {field} can change without an event, or cannot be kept",
        "use a tuple for a list, a frozen Struct or a tuple of pairs for a dict, microseconds for "
        "a time",
        code="mutable_field",
    )


def loose_fields(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields whose types let through what `check_plain` refuses."""
    info = shapes.type_info(cls)
    assert isinstance(info, shapes.StructType)
    return tuple(field.name for field in info.fields if any(_loose_kinds(field.type)))


def _loose_kinds(kind: shapes.Type) -> Iterator[type]:
    """Yield str, and int and float where they have no bounds, which would refuse NaN too."""
    match kind:
        case shapes.StrType():
            yield str
        case shapes.IntType() if kind.ge is None or kind.le is None:
            yield int
        case shapes.FloatType() if kind.ge is None and kind.gt is None or kind.le is None:
            yield float
        case shapes.UnionType():
            yield from (found for part in kind.types for found in _loose_kinds(part))
        case shapes.TupleType():
            yield from (found for part in kind.item_types for found in _loose_kinds(part))
        case shapes.VarTupleType() | shapes.ListType():
            yield from _loose_kinds(kind.item_type)
        case shapes.AnyType() | shapes.DictType():
            yield float
        case shapes.Metadata():
            yield from _loose_kinds(kind.type)
        case shapes.StructType():
            yield from (found for part in kind.fields for found in _loose_kinds(part.type))


def _schema_of_handle(kind: type) -> dict[str, Any]:
    """Describe an entity or a visitor as the text that names it."""
    if not issubclass(kind, Handle):
        raise NotImplementedError
    return {"type": "string", "format": kind.__name__.lower()}
