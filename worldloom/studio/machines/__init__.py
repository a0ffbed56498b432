"""Machines made by code, part by part, for whichever kit needs one."""
