"""Servers for the tests of the robot."""

from worldloom.testing.fixtures import serve, server

__all__ = ["serve", "server"]
