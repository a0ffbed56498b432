"""Imports only go down, never in circles, and inner rooms never use the front door."""

from __future__ import annotations

import ast
import sys

from tests.house.source import (
    PACKAGE,
    Import,
    find_circle,
    floor_fault,
    front_door_fault,
    imports,
    name_of,
    python_files,
    tree_of,
)

KERNEL_MAY_USE = {"msgspec", "numpy", "worldloom"}
KERNEL_MAY_NOT_USE = {
    "asyncio",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "threading",
    "time",
}


def all_imports() -> dict[str, list[Import]]:
    return {
        name_of(path): imports(tree_of(path), name_of(path), path.name == "__init__.py")
        for path in python_files("worldloom")
    }


def test_imports_only_go_down_and_never_to_a_neighbour() -> None:
    faults = [
        fault
        for module, found in all_imports().items()
        for one in found
        if (fault := floor_fault(module, one.module))
    ]
    assert not faults, "\n".join(sorted(set(faults)))


def test_a_planted_floor_fault_is_found() -> None:
    assert floor_fault("worldloom.kernel.state", "worldloom.kits.plaza")
    assert floor_fault("worldloom.kits.mall", "worldloom.kits.bank")
    assert floor_fault("worldloom.sync.wire", "worldloom.stores.sqlite")
    assert floor_fault("worldloom.kits.mall", "worldloom.server.app")
    assert not floor_fault("worldloom.server.app", "worldloom.kernel.state")
    assert not floor_fault("worldloom.kits.mall.rules", "worldloom.kits.mall.events")


def test_nothing_inside_uses_the_front_door() -> None:
    faults = [
        fault
        for module, found in all_imports().items()
        for one in found
        if (fault := front_door_fault(module, one))
    ]
    assert not faults, "\n".join(sorted(set(faults)))


def test_a_planted_use_of_the_front_door_is_found() -> None:
    planted = imports(ast.parse("from worldloom import World"), "worldloom.sync.wire", False)
    assert any(front_door_fault("worldloom.sync.wire", one) for one in planted)
    assert not any(front_door_fault("worldloom.kits.plaza", one) for one in planted)


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = all_imports()
    graph = {
        module: {
            one.module
            for one in used
            if one.module in found
            and one.module != module
            and not one.for_types_only
            and not one.inside_function
            and not one.modules_only
        }
        for module, used in found.items()
    }
    assert not (circle := find_circle(graph)), " → ".join(circle)


def test_a_planted_circle_is_found() -> None:
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert find_circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_kernel_imports_nothing_inside_a_function() -> None:
    faults = [
        f"{module}:{one.line} {one.module}"
        for module, found in all_imports().items()
        if module.startswith("worldloom.kernel")
        for one in found
        if one.inside_function
    ]
    assert not faults, "\n".join(faults)


def test_the_kernel_knows_no_clock_no_random_no_loop_and_no_store() -> None:
    faults = []
    for module, found in all_imports().items():
        if not module.startswith("worldloom.kernel"):
            continue
        for one in found:
            top = one.module.split(".")[0]
            known = top in sys.stdlib_module_names or top in KERNEL_MAY_USE
            if top in KERNEL_MAY_NOT_USE or not known:
                faults.append(f"{module}:{one.line} {one.module}")
    assert not faults, "\n".join(sorted(set(faults)))


def test_every_package_has_a_docstring_for_a_sign() -> None:
    packages = [path for path in PACKAGE.rglob("__init__.py") if "static" not in path.parts]
    assert packages
    assert [name_of(path) for path in packages if not ast.get_docstring(tree_of(path))] == []
