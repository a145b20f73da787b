/** Face of the app-server room: processes and files of a machine for Codex, and clients of an app-server. */
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
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
