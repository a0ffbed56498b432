"""Actions: typed functions that visitors may ask for, with JSON Schema from their signatures."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from worldloom.kernel.entity import Entity, Visitor
from worldloom.kernel.errors import Invalid, Misused
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.rights import Deed, Role
from worldloom.kernel.schema import (
    WHOLE_MAX,
    check_plain,
    invalid_field,
    json_schema,
    loose_fields,
)

if TYPE_CHECKING:
    from worldloom.kernel.step import Step
    from worldloom.kernel.world import World

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}").fullmatch
_PLAIN: Final = (int, float, str)
_COMPONENTS: Final = frozenset({"component", "components"})


class Action:
    """One action: its name, the role it needs, its function and the type of its arguments."""

    __slots__ = (
        "_deed", "approval", "arguments", "cost", "doc", "free", "function", "injected", "kit",
        "long", "loose", "name", "names_components", "role", "schema",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        role: Role = Role.VISITOR,
        cost: int = 0,
        kit: str = "",
        approval: bool | None = None,
        long: bool = False,
    ) -> None:
        """Read a function's signature; raises Misused for parameters that no form can ask for."""
        self.name = getattr(function, "__name__", "").rstrip("_")
        if not _NAME(self.name):
            raise Misused(
                f"{self.name!r} is no name for an action",
                "use lower case letters, digits and _",
                code="bad_name",
            )
        self.function = function
        self.role = role
        if not 0 <= cost < 2**53:
            raise Misused(f"{self.name} costs {cost}", "a whole number from 0 on", code="bad_cost")
        self.cost = cost
        """What one doing declares to spend, in minor units."""
        self.approval = cost > 0 or long if approval is None else approval
        """Whether a person must approve it where an agent asks for it, whatever it comes to."""
        self.free = approval is False
        """Whether no person needs to, even where it asks for something outside."""
        self.long = long
        """Whether what it asks of the outside takes its time: who waits is told how far it is."""
        self.kit = kit
        """The kit that brought it; empty for an author's own."""
        self.doc = (inspect.getdoc(function) or "").strip()
        self.injected, self.arguments = _read_signature(function, self.name)
        self.loose = loose_fields(self.arguments)
        """The arguments whose types let through what is refused, such as NaN."""
        self.names_components = not _COMPONENTS.isdisjoint(self.arguments.__struct_fields__)
        """Whether its arguments name components, as those of `spawn` and `set` do."""
        self.schema = _argument_schema(self.arguments)
        """The JSON Schema of the arguments."""
        self._deed = Deed(self.name, role, kit=kit, cost=cost)

    def bind(self, world: World, args: Mapping[str, Any], lax: bool = False) -> dict[str, Any]:
        """Return the typed arguments; raises Invalid naming the field, or NotFound.

        With `lax`, numbers and truth values may be given as text.
        """
        try:
            typed = msgspec.convert(args, self.arguments, dec_hook=world.restore, strict=not lax)
        except msgspec.ValidationError as error:
            raise invalid_field(error, "") from error
        found = msgspec.structs.asdict(typed)
        for name in self.loose:
            value = found[name]
            if type(value) is not int or abs(value) > WHOLE_MAX:
                check_plain(value, name)
        return found

    def deed(self, world: str) -> Deed:
        """Return what asking for it in a world is to the decision about rights."""
        deed = self._deed
        if deed.world != world:
            deed = self._deed = msgspec.structs.replace(deed, world=world)
        return deed

    def run(
        self,
        step: Step,
        world: World,
        visitor: Visitor,
        args: Mapping[str, Any],
        lax: bool = False,
    ) -> Any:
        """Do it inside a step and return the result as plain data."""
        return self.call(step, world, visitor, self.bind(world, args, lax))

    def call(self, step: Step, world: World, visitor: Visitor, given: dict[str, Any]) -> Any:
        """Do it with arguments that are bound."""
        for name, kind in self.injected:
            given[name] = visitor if kind is Visitor else step if isinstance(step, kind) else world
        return _plain(self.function(**given))


def _plain(result: Any) -> Any:
    """Return a result as plain data that every door can carry; raises Misused."""
    kind = type(result)
    if result is None or kind is bool or kind is int and abs(result) <= WHOLE_MAX:
        return result
    if kind not in _PLAIN:
        result = msgspec.to_builtins(result, enc_hook=_plain_handle)
    try:
        check_plain(result, "the result")
        size = len(msgspec.msgpack.encode(result))
    except (Invalid, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise _bad_result(f"what no wire carries: {error}") from error
    if size > LIMITS.result_bytes_max:
        raise _bad_result(f"{size} bytes, at most {LIMITS.result_bytes_max} are told")
    return result


def _bad_result(what: str) -> Misused:
    return Misused(
        f"an action returned {what}",
        "return text, finite numbers, tuples, dicts, structs or an entity, and not too much",
        code="bad_result",
    )


def _plain_handle(value: object) -> str:
    if isinstance(value, (Entity, Visitor)):
        return value.id
    raise _bad_result(f"a {type(value).__name__}")


def _read_signature(
    function: Callable[..., Any], name: str
) -> tuple[tuple[tuple[str, type], ...], type[msgspec.Struct]]:
    """Return the injected parameters and a struct of the others."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise _bad_parameter(name, str(error)) from error
    injected: list[tuple[str, type]] = []
    fields: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        kind = hints.get(parameter.name)
        if kind is None or parameter.kind in (
            parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY,
        ):  # fmt: skip
            raise _bad_parameter(name, f"{parameter.name} has no type")
        # The first visitor is who asks; any further one is an argument.
        first = kind is Visitor and all(known is not Visitor for _, known in injected)
        if first or getattr(kind, "__injected__", False):
            injected.append((parameter.name, kind))
        elif parameter.default is parameter.empty:
            fields.append((parameter.name, kind))
        else:
            fields.append((parameter.name, kind, parameter.default))
    try:
        # Keyword only, so that a function may order its parameters as it likes.
        struct = msgspec.defstruct(
            f"{name}_arguments", fields, frozen=True, forbid_unknown_fields=True, kw_only=True
        )
        json_schema(struct)
    except (TypeError, ValueError) as error:
        raise _bad_parameter(name, str(error)) from error
    return tuple(injected), struct


def _bad_parameter(name: str, why: str) -> Misused:
    return Misused(
        f"the parameters of {name} cannot be asked for: {why}",
        "give each a type: bool, int, float, str, Literal, tuple, dict, Entity",
        code="bad_parameter",
    )


def _argument_schema(arguments: type[msgspec.Struct]) -> dict[str, Any]:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json_schema(arguments)}
    schema.setdefault("properties", {})
    schema["additionalProperties"] = False
    return schema
