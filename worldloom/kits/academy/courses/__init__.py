"""Courses: scenes and steps in Python or text, a run as a fold of facts, mastery choosing on."""
