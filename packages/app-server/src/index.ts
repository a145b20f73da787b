/** Face of the app-server room: processes and files of a machine for Codex, threads and the agents that work on them. */
export { type ExecServer, type ExecServerOptions, openExecServer } from './exec-server/exec-server.ts'
export { LineWire } from './rpc/line-wire.ts'
export { type ServedSocket, webSocketWire } from './rpc/web-socket-wire.ts'
export type { Wire, WireSink } from './rpc/wire.ts'
export { openThreads, type Threads } from './threads/threads.ts'
export type { ThreadsOptions, ThreadTools, ToolsOf } from './threads/thread-options.ts'
export { THREAD_METHODS } from './methods/thread-methods.ts'
export type { ThreadServices } from './methods/thread-services.ts'
