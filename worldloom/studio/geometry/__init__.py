"""Parametric geometry in NumPy: chamfered solids, vertex colours, baked light."""
