"""The live world for AI agents: an MCP server over the same actions and rights as every door."""
