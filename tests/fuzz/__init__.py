"""Seeded fuzzers: one case of one door is one seed, which replays."""
