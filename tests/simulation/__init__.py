"""Seeded histories of world, store, network and robots, with the faults that real life has."""
