/** Face of the mcp room: the MCP server of a workstation. */
export { TOOLS, toolsOf } from './catalogue.ts'
export type { McpDeps } from './deps.ts'
export { allowAll, type Guard } from './guard/guard.ts'
export type { Offer } from './server/build-server.ts'
export { httpService, type HttpService, toolsOverHttp } from './server/http-service.ts'
export { MCP_PATH, serveHttp } from './server/serve-http.ts'
export { serveOverStdio, type StdioRequest } from './server/serve-stdio.ts'
export { PROFILES, type Profile, RISKS, type Tool } from './tool.ts'
