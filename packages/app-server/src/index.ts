/** Face of the app-server room: processes and files of a machine for Codex. */
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { openRelay, type RelayOptions, type UpstreamRelay } from './upstream/open-relay.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
