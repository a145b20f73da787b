/** Face of the mcp room: the MCP server of a workstation. */
export { TOOLS, toolsOf } from './catalogue.ts'
export type { McpDeps } from './deps.ts'
export type { ApprovalDesk, Desks, Question, Waiting } from './guard/approval-desk.ts'
export { allowAll, type Guard } from './guard/guard.ts'
<<<<<<< HEAD
export { terminalDesk } from './guard/terminal-desk.ts'
export { type GuardOptions, openGuard } from './guard/open-guard.ts'
export { policyRemarks } from './guard/policy-remarks.ts'
export { type PolicyTest, testPolicy } from './guard/test-policy.ts'
=======
export { createSecrets, type Secrets } from './guard/secrets.ts'
>>>>>>> ag-tools
export type { Offer } from './server/build-server.ts'
export { httpService, type HttpService, toolsOverHttp } from './server/http-service.ts'
export { MCP_PATH, serveHttp } from './server/serve-http.ts'
export { serveOverStdio, type StdioRequest } from './server/serve-stdio.ts'
<<<<<<< HEAD
export { PROFILES, type Profile, RISKS, type Tool } from './tool.ts'
=======
export { createLogins, type Logins } from './tools/runtime/logins.ts'
export { PROFILES, type Profile, type Tool } from './tool.ts'
>>>>>>> ag-tools
