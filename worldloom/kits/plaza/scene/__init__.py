"""The plaza's geometry: each module makes one kind of thing, `build` puts them together."""
