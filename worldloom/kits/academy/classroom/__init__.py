"""A class that someone leads: polls, raised hands, groups, and what brings people together."""
