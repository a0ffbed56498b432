"""LTI 1.3 Advantage: learning platforms open courses here, link them deeply, and get grades."""
