"""The avatar's figure: its joints, its body, its head, and how it moves."""
