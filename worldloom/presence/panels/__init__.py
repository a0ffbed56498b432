"""Panels: interfaces declared in Python, live both ways, on the flat page and in the headset."""
