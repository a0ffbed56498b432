"""The fixtures that the product ships serve its own examples."""

from worldloom.testing.fixtures import serve, server

__all__ = ["serve", "server"]
