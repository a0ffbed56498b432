"""Mastery: what a learner knows, by their answers; when to stop, what comes next, when again."""
