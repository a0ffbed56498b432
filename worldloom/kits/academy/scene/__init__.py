"""The training yard of the demo, as geometry: made once at build time, with its light baked."""
