"""Learning records by xAPI 1.0.3 and 2.0: how they are said, checked, kept, read and served."""
