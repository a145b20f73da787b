/** Face of the app-server room: threads of agents for their clients, and processes and files of a machine for Codex. */
export {
  type BearerRule,
  capabilityToken,
  digestOf,
  refusalOf,
  type SignedTokens,
  signedTokens,
} from './auth/bearer.ts'
export { type Agent, type AgentOptions, type BackgroundTerminal, openAgent } from './agent/open-agent.ts'
export type { RunTurn, TurnContext, TurnOutcome, TurnSettings } from './agent/turn.ts'
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { type HomeServer, type HomeServerOptions, openHomeServer } from './home/open-home-server.ts'
export { openRelay, type RelayOptions, type UpstreamRelay } from './upstream/open-relay.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
export type { AppServer } from './server/app-server.ts'
export type { Health } from './server/health.ts'
export { openThreads, type Threads } from './threads/threads.ts'
export type { ThreadsOptions, ThreadTools, ToolsOf, ToolTurn } from './threads/thread-options.ts'
export { THREAD_METHODS } from './methods/thread-methods.ts'
export type { ThreadServices } from './methods/thread-services.ts'
