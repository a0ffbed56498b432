"""Learning platforms of others: badges (Open Badges 3.0) and launched content (cmi5)."""
