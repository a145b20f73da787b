/** Face of the webtty room: terminals, commands and files, over streams that are handed in. */
export type { Carrier, CarrierEnd, CarrierSink } from './carrier/carrier.ts'
export { memoryCarriers } from './carrier/memory-carriers.ts'
export { nativeCarrier, streamCarrier } from './carrier/stream-carrier.ts'
export { openWebSocketCarrier, webSocketCarrier, type WsLike } from './carrier/web-socket-carrier.ts'
export { type ConnectOptions, connectWebtty, type StreamOptions, type WebttyConnection } from './client/connection.ts'
export {
  openTerminal,
  type OpenTerminalOptions,
  type Terminal,
  type TerminalEnd,
  type TerminalSink,
  type TerminalState,
} from './client/open-terminal.ts'
export { RemoteProcess, type RemoteSink, type Snapshot } from './client/remote-process.ts'
export { runExec, type RunExecOptions } from './client/run-exec.ts'
export {
  type Ask,
  serveConnection,
  type ServeConnectionOptions,
  type ServedConnection,
} from './host/serve-connection.ts'
export {
  type Caller,
  createWebttyServer,
  type ProvenClient,
  type WebttyServer,
  type WebttyServerOptions,
} from './host/webtty-server.ts'
export type { Participation, ProcessSink, Session, Sessions } from './session/session-types.ts'
