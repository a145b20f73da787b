/** Owns an app-server's face to whom a tunnel lets in. Who comes has been let in already, by the edge or by the right to dial. */
import { type SocketServer, webSocketServer } from '../listen-web-sockets.ts'
import { appServerDoor } from './door.ts'
import type { ServedAppServer } from './served.ts'

/** Listens nowhere by itself. An Origin that the edge's rule allows does not come this far. */
export const serveSockets = (served: ServedAppServer): SocketServer =>
  webSocketServer(appServerDoor({ served, rule: undefined, origins: [] }))
