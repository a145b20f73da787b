/** Face of the mcp room: the MCP server of a workstation. */
export { TOOLS, toolsOf } from './catalogue.ts'
export type { McpDeps } from './deps.ts'
export { allowAll, type Guard } from './guard/guard.ts'
export { createSecrets, type Secrets } from './guard/secrets.ts'
export type { Offer } from './server/build-server.ts'
export { serveOverStdio, type StdioRequest } from './server/serve-stdio.ts'
export { createLogins, type Logins } from './tools/runtime/logins.ts'
export { PROFILES, type Profile, type Tool } from './tool.ts'
