"""Evidence of learning: how long a learner hesitated, what they looked at, where they stood."""
