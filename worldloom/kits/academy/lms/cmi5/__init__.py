"""cmi5: course packages that learning platforms exchange, launches, and when one may move on."""
