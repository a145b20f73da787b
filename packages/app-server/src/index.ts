/** Face of the app-server room: threads of agents, clients of an app-server, and processes and files of a machine for Codex. */
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
export type { FeedHub, ThreadFeed } from './feed/feed-hub.ts'
export { type OpenFeedHub, openFeedHub } from './feed/open-feed-hub.ts'
export { questionFiles } from './feed/question-files.ts'
export { BASIC_METHODS } from './methods/tables.ts'
export type { BasicServices } from './methods/services.ts'
export { joinWires } from './rpc/join-wires.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
export { type AppServer, type AppServerOptions, openAppServer } from './server/app-server.ts'
export type { Check, Health } from './server/health.ts'
export type { Caller, Method, MethodTable } from './server/method.ts'
