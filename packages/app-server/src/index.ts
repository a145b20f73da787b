/** Face of the app-server room: processes and files of a machine for Codex, and the agent that works on them. */
export { type Agent, type AgentOptions, type BackgroundTerminal, openAgent } from './agent/open-agent.ts'
export type { RunTurn, TurnContext, TurnOutcome, TurnSettings } from './agent/turn.ts'
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
