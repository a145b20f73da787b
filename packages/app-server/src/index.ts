/** Face of the app-server room: threads of agents for their clients, and processes and files of a machine for Codex. */
export { type Agent, type AgentOptions, type BackgroundTerminal, openAgent } from './agent/open-agent.ts'
export type { ToolOutput, ToolSource } from './agent/tool.ts'
export type { RunTurn, TurnContext, TurnOutcome, TurnSettings } from './agent/turn.ts'
export {
  type BearerRule,
  capabilityToken,
  digestOf,
  refusalOf,
  type SignedTokens,
  signedTokens,
} from './auth/bearer.ts'
export { type AppClient, openAppClient, type RequestOptions } from './client/app-client.ts'
export type { AppClientOptions, AppClientState } from './client/app-client-options.ts'
export type { AppNotification, AppQuestion, AppServerInfo } from './client/app-messages.ts'
export { checkShape } from './client/check-shape.ts'
export { startTurn, type TurnRequest } from './client/start-turn.ts'
export type { AgentConfig, ConfigSource, McpServerConfig, ModelProvider } from './config/agent-config.ts'
export { type HomeConfig, openConfigSource } from './config/open-config-source.ts'
export { dialEnvironmentBy, type Ways } from './environments/dial-environment.ts'
export { readEnvironments } from './environments/environments-toml.ts'
export { type DialEnvironment, type OpenEnvironments, openEnvironments } from './environments/open-environments.ts'
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { type HomeServer, type HomeServerOptions, openHomeServer } from './home/open-home-server.ts'
export { type McpServers, type McpServersOptions, openMcpServers } from './mcp/open-mcp-servers.ts'
export { THREAD_METHODS } from './methods/thread-methods.ts'
export type { ThreadServices } from './methods/thread-services.ts'
export { joinWires } from './rpc/join-wires.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
export type { AppServer } from './server/app-server.ts'
export type { Health } from './server/health.ts'
export type { ThreadsOptions, ThreadTools, ToolsOf } from './threads/thread-options.ts'
export { openThreads, type Threads } from './threads/threads.ts'
export { openRelay, type RelayOptions, type UpstreamRelay } from './upstream/open-relay.ts'
