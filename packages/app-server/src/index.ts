/** Face of the app-server room: threads of agents for their clients, clients themselves, and processes and files of a machine for Codex. */
export {
  type BearerRule,
  capabilityToken,
  digestOf,
  refusalOf,
  type SignedTokens,
  signedTokens,
} from './auth/bearer.ts'
export {
  type AppClient,
  type AppClientOptions,
  type AppClientState,
  openAppClient,
  type RequestOptions,
} from './client/app-client.ts'
export { startTurn, type TurnRequest } from './client/start-turn.ts'
export type { AppNotification, AppQuestion, AppServerInfo } from './client/app-messages.ts'
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { type HomeServer, type HomeServerOptions, openHomeServer } from './home/open-home-server.ts'
export { joinWires } from './rpc/join-wires.ts'
export { openRelay, type RelayOptions, type UpstreamRelay } from './upstream/open-relay.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
export type { AppServer } from './server/app-server.ts'
export type { Health } from './server/health.ts'
