"""The version that is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed() -> str:
    """Return the version of the installed package, or that of a source tree that is not one."""
    try:
        return version("worldloom")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = installed()
"""What `loom --version` and /openapi.json say."""
