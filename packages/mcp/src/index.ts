/** Face of the mcp room: the MCP server of a workstation. */
export {}
