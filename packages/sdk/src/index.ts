/** Face of the sdk room: host a tunnel, dial a private one, list, watch and mint, from a Node application. */
export { connect, forward, serve, type Spec, type Towline } from './towline.ts'
export { openSession, type Session, type SessionOptions, type SessionState } from './session/session.ts'
export type { HostedTunnel, Serve, TunnelEvent } from './session/hosted-tunnel.ts'
export type { Feed } from './session/feed.ts'
export { type HttpService, serveBy } from './host/serve.ts'
export { forwardTo } from './host/forward.ts'
export { readTarget, type Target } from './host/target.ts'
export { dialDuplex } from './dial/dial-duplex.ts'
export { listenDial, type ListenDialOptions } from './dial/listen-dial.ts'
export { dialError, onReset } from './dial/resets.ts'
export {
  createInventory,
  type CutOptions,
  type Inventory,
  type ListOptions,
  type MintOptions,
} from './inventory/inventory.ts'
export { ApiClient, type ApiOptions, type Call } from './inventory/api-client.ts'
export type { WatchOptions } from './inventory/watch.ts'
export type { TokenSource } from './link/token-source.ts'
export { type Presented, presentedCertificates } from './link/presented.ts'
export { type HttpExchange, openServerHttp, type ServerHttp } from './link/server-http.ts'
export { openServerStream } from './link/server-stream.ts'
export { connectLink, type TransportChoice, TRANSPORTS } from './link/connect.ts'
export { type Server, serverOf, type ServerOptions } from './link/server.ts'
export type { Env } from './link/proxy-env.ts'
