/** Owns where the upgrade of a watch is asked for, known before what serves it is loaded. */
export const WATCH_SOCKET_PATH = '/api/engine/watch/ws'
