"""Write the client's types and the reference pages from the Python types.

`python tools/generate_types.py` writes the files that are stale; with `--check` it exits 1 and
names them.
"""

import inspect
import json
import sys
import typing
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from msgspec import inspect as shapes

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from worldloom.kernel import components, entity, events, schema  # noqa: E402
from worldloom.kernel.limits import LIMITS  # noqa: E402
from worldloom.sync import messages, wire  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python tools/generate_types.py"
Struct = type[msgspec.Struct]

SIMPLE: dict[type[shapes.Type], str] = {
    shapes.AnyType: "unknown",
    shapes.NoneType: "null",
    shapes.BoolType: "boolean",
    shapes.IntType: "number",
    shapes.FloatType: "number",
    shapes.StrType: "string",
    shapes.BytesType: "Uint8Array",
}


def typescript(kind: shapes.Type) -> str:
    """Write one Python type as TypeScript."""
    if simple := SIMPLE.get(type(kind)):
        return simple
    match kind:
        case shapes.LiteralType():
            return " | ".join(json.dumps(value) for value in kind.values)
        case shapes.UnionType():
            return " | ".join(typescript(part) for part in kind.types)
        case shapes.StructType():
            return kind.cls.__name__
        case shapes.TupleType():
            return f"[{', '.join(typescript(item) for item in kind.item_types)}]"
        case shapes.VarTupleType() | shapes.ListType():
            item = typescript(kind.item_type)
            return f"({item})[]" if " " in item and not item.startswith("[") else f"{item}[]"
        case shapes.DictType():
            return f"Record<string, {typescript(kind.value_type)}>"
        case shapes.CustomType():
            return "number" if kind.cls is entity.Entity else "string"
    raise TypeError(f"no TypeScript for {kind}")


def struct_shape(struct: Struct) -> shapes.StructType:
    """Inspect a struct class."""
    shape = shapes.type_info(struct)
    assert isinstance(shape, shapes.StructType)
    return shape


def comment(text: str | None, indent: str = "") -> str:
    """Write a docstring as a TSDoc comment."""
    lines = inspect.cleandoc(text or "").splitlines()
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    inner = "\n".join(f"{indent} * {line}".rstrip() for line in lines)
    return f"{indent}/**\n{inner}\n{indent} */\n"


def declaration(struct: Struct, *, optional: bool) -> str:
    """Write a struct as an interface, or as a labelled tuple where it travels as an array."""
    shape = struct_shape(struct)
    head = comment(struct.__doc__)
    if shape.array_like:
        parts = ", ".join(f"{f.encode_name}: {typescript(f.type)}" for f in shape.fields)
        return f"{head}export type {struct.__name__} = [{parts}];\n"
    lines = [f"  {shape.tag_field}: {json.dumps(shape.tag)};"] if shape.tag else []
    for field in shape.fields:
        mark = "" if field.required or not optional else "?"
        lines.append(f"  {field.encode_name}{mark}: {typescript(field.type)};")
    return f"{head}export interface {struct.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def structs_of(module: ModuleType, base: Struct) -> list[Struct]:
    """Return the classes of a module under a base, in the order of their definition."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value is not base
        and value.__module__ == module.__name__
    ]


def parts_of(union: Any) -> list[Struct]:
    """Return the message classes of a union."""
    return list(typing.get_args(union))


def head_of(source: str) -> str:
    """Write the first lines of a generated TypeScript file."""
    return f"// Generated from {source} by `{COMMAND}`. Do not edit.\n\n"


def constants() -> dict[str, int | float | str]:
    """Return the constants that both ends of the wire share."""
    return {
        "VERSION": messages.VERSION,
        "SUBPROTOCOL": messages.SUBPROTOCOL,
        "MESSAGE": wire.MESSAGE,
        "POSE": wire.POSE,
        "MOTION": wire.MOTION,
        "POSE_BYTES": wire.POSE_FORM.size,
        "FRAME_HEAD_BYTES": wire.FRAME_HEAD.size,
        "SECTION_HEAD_BYTES": wire.SECTION_HEAD.size,
        "RECORD_BYTES": wire.RECORD_BYTES,
        "CELL_M": wire.CELL_M,
        "HEIGHT_MIN_M": wire.HEIGHT_MIN_M,
        "HEIGHT_STEPS_PER_M": wire.HEIGHT_STEPS_PER_M,
        "EXTENT_M_MAX": LIMITS.extent_m_max,
        "MESSAGE_BYTES_MAX": LIMITS.message_bytes_max,
    }


def close_codes() -> dict[str, int]:
    """Return the close codes by name."""
    return {name: code for name, code in vars(messages.Close).items() if name.isupper()}


def wire_typescript() -> str:
    """Write client/src/net/wire.generated.ts."""
    parts = [head_of("worldloom/sync/messages.py and wire.py")]
    for name, value in constants().items():
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        parts.append(f"export const {name} = {json.dumps(number)};\n")
    parts.append(f"\n{comment(messages.Close.__doc__)}export const CLOSE = {{\n")
    parts += [f"  {name}: {code},\n" for name, code in close_codes().items()]
    parts.append("} as const;\n\n")
    to_server = parts_of(messages.ToServer)
    declared = [s for s in structs_of(messages, msgspec.Struct) if s not in BASES]
    parts += [declaration(s, optional=s in to_server) + "\n" for s in declared]
    for name, union in (("ToServer", to_server), ("ToClient", parts_of(messages.ToClient))):
        parts.append(f"export type {name} = {' | '.join(s.__name__ for s in union)};\n")
    return "".join(parts)


BASES = (messages.Message, messages.Row)


def default_of(struct: Struct) -> str:
    """Write a struct's default values as a TypeScript literal."""
    return json.dumps(msgspec.to_builtins(struct()))


def components_typescript() -> str:
    """Write client/src/world/components.generated.ts."""
    parts = [head_of("worldloom/kernel/components.py")]
    standard = structs_of(components, schema.Component)
    facts = structs_of(events, schema.Event)
    parts += [declaration(s, optional=False) + "\n" for s in standard + facts]
    parts.append("/** Every standard component by its name. */\nexport interface Components {\n")
    parts += [f"  {s.__name__}: {s.__name__};\n" for s in standard]
    parts.append("}\n\n/** What a field is where an older writer left it out. */\n")
    parts.append("export const DEFAULTS: Readonly<Components> = {\n")
    parts += [f"  {s.__name__}: {default_of(s)},\n" for s in standard]
    parts.append("};\n")
    return "".join(parts)


def table(struct: Struct) -> str:
    """Write a struct's fields as a table of Markdown."""
    lines = ["| field | type | default |", "|---|---|---|"]
    for field in struct_shape(struct).fields:
        kind = typescript(field.type).replace("|", "\\|")
        lines.append(f"| `{field.encode_name}` | `{kind}` | {default_cell(field)} |")
    return "\n".join(lines) + "\n"


def default_cell(field: shapes.Field) -> str:
    """Write the default of a field for a table."""
    if field.default_factory is not msgspec.NODEFAULT:
        return f"`{json.dumps(msgspec.to_builtins(field.default_factory()))}`"
    if field.required:
        return ""
    return f"`{json.dumps(msgspec.to_builtins(field.default))}`"


def section(struct: Struct) -> str:
    """Write a struct as a section of a reference page."""
    text = inspect.cleandoc(struct.__doc__ or "")
    fields = struct_shape(struct).fields
    return f"### {struct.__name__}\n\n{text}\n\n" + (table(struct) + "\n" if fields else "")


WIRE_INTRODUCTION = """\
# The live socket

<!-- Generated by `{command}`. Do not edit. -->

`GET /w/{{world}}/live` upgrades to a WebSocket of the subprotocol `{subprotocol}`. Every frame is
binary; its first byte tells what it is: `0` a message, `1` a pose, `2` a motion frame. A message
is a msgpack map with a field `type`: the name of its struct in lower case. A row is a msgpack
array in the order of its fields. All numbers outside msgpack are little-endian.

Say `hello` first, within {hello:g} seconds. The server answers `welcome`, then either the whole
state in `snapshot` parts or, where it resumes, the `records` after your seq; then `visitors`, and
from there on `records` without a gap. An `answer` comes only after every record it depends on is
durable and was sent. When the socket is closed with {slow}, connect again and resume.

## Pose ({pose} bytes, from the client, at most {rate:g} a second)

`kind u8 = 1 · sequence u8 · cell_x i16 · cell_z i16 · x u16 · y u16 · z u16 · yaw u16 · flags u16`

A cell is {cell:g} m. `x` and `z` are the way into the cell in 65536 steps; `y` is
(metres + 128) · {height:g}; `yaw` is a turn in 65536 steps, 0 looks to -Z, counter-clockwise from
above. The low four bits of `flags` are the animation: 0 idle, 1 walk, 2 run, 3 wave, 4 in the
air, 5 sit. A pose is a claim: where it is too fast or outside, the server answers `placed`.

## Motion frame (from the server, {hz:g} a second)

Head: `kind u8 = 2 · flags u8 · sections u16 · tick u32`. Flag bit 0: a full frame (everyone near
you is in it); bits 4 and 5: 0, 1 or 2, the tick rate is halved that many times.
Section: `cell_x i16 · cell_z i16 · count u16 · 0 u16`, then `count` records of {record} bytes:
`slot u16 · x u16 · y u16 · z u16 · yaw u16 · flags u16`; flags: the animation (4 bits), the
slot's generation (4 bits), and when in the tick the pose came (8 bits, 0.25 ms each).
Frames hold movers only; after you join, when you change cell and every {full:g} seconds one is
full. Who is not in a full frame is out of sight.

"""


def wire_page() -> str:
    """Write docs/reference/wire.md."""
    parts = [
        WIRE_INTRODUCTION.format(
            command=COMMAND,
            subprotocol=messages.SUBPROTOCOL,
            hello=LIMITS.hello_seconds_max,
            slow=messages.Close.TOO_SLOW,
            pose=wire.POSE_FORM.size,
            rate=LIMITS.poses_per_second_max,
            cell=wire.CELL_M,
            height=wire.HEIGHT_STEPS_PER_M,
            hz=LIMITS.tick_hz,
            record=wire.RECORD_BYTES,
            full=LIMITS.full_frame_seconds,
        )
    ]
    to_server, to_client = parts_of(messages.ToServer), parts_of(messages.ToClient)
    rows = [s for s in structs_of(messages, msgspec.Struct) if s not in BASES]
    rows = [s for s in rows if s not in to_server and s not in to_client]
    for title, structs in (
        ("Messages from the client", to_server),
        ("Messages from the server", to_client),
        ("Parts of messages", rows),
    ):
        parts.append(f"## {title}\n\n")
        parts += [section(s) for s in structs]
    parts.append("## Close codes\n\n| code | name |\n|---|---|\n")
    parts += [f"| {code} | {name} |\n" for name, code in close_codes().items()]
    return "".join(parts)


def components_page() -> str:
    """Write docs/reference/components.md."""
    head = (
        "# Components and events\n\n"
        f"<!-- Generated by `{COMMAND}`. Do not edit. -->\n\n"
        "Typed, frozen data on an entity. Metres, seconds, radians, +Y up, right-handed,\n"
        "quaternions as x, y, z, w.\n\n## Components\n\n"
    )
    body = [section(s) for s in structs_of(components, schema.Component)]
    body.append("## Events of every world\n\n")
    body += [section(s) for s in structs_of(events, schema.Event)]
    return head + "".join(body).rstrip() + "\n"


def generated() -> dict[Path, str]:
    """Return every generated file and what it should hold."""
    return {
        ROOT / "client/src/net/wire.generated.ts": wire_typescript(),
        ROOT / "client/src/world/components.generated.ts": components_typescript(),
        ROOT / "docs/reference/wire.md": wire_page(),
        ROOT / "docs/reference/components.md": components_page(),
    }


def main() -> int:
    """Write what is stale, or with --check only name it."""
    files = generated()
    stale = [p for p, text in files.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale: run `{COMMAND}`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], "utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
