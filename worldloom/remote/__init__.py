"""A realm asked from a notebook or a script: `Client`, and `AsyncClient` for asyncio."""
