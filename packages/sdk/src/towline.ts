/** Owns the short way in: one object over a session and an inventory, for applications. */
import type { ByteServer, ChannelDuplex } from '@towline/base'
import type { Channel, Client, Tunnel, TunnelSpec, WatchEvent } from '@towline/protocol'
import { dialDuplex } from './dial/dial-duplex.ts'
import { listenDial, type ListenDialOptions } from './dial/listen-dial.ts'
import { forwardTo } from './host/forward.ts'
import { type HttpService, serveBy } from './host/serve.ts'
import { readTarget, type Target } from './host/target.ts'
import { createInventory, type ListOptions } from './inventory/inventory.ts'
import type { WatchOptions } from './inventory/watch.ts'
import type { HostedTunnel } from './session/hosted-tunnel.ts'
import { openSession, type Session, type SessionOptions } from './session/session.ts'

/** Without a kind: a published HTTP tunnel. */
export type Spec = Partial<TunnelSpec>

/** A connection to a Towline server. It reconnects by itself and keeps its tunnels. */
export interface Towline {
  /** States, events and options beyond this face. */
  readonly session: Session
  /** Serves a tunnel by an `http.Server` (which need not listen) or a request handler of this process. */
  serve(service: HttpService, spec?: Spec): Promise<HostedTunnel>
  /** Forwards a tunnel to a port, `host:port` or URL that this machine reaches. */
  forward(target: number | string | Target, spec?: Spec): Promise<HostedTunnel>
  /** A stream to a private tunnel, as a Node stream. Its first bytes travel with the open. */
  dial(address: string, signal?: AbortSignal): Promise<ChannelDuplex>
  /** The same without a Node stream around it. */
  dialChannel(address: string, signal?: AbortSignal): Promise<Channel>
  /** A local port that leads to a private tunnel. It is closed with the connection. */
  listen(options: ListenDialOptions): Promise<ByteServer>
  /** All tunnels of the project that pass a filter. */
  tunnels(options?: ListOptions): Promise<readonly Tunnel[]>
  clients(options?: ListOptions): Promise<readonly Client[]>
  watch(options?: WatchOptions): AsyncIterableIterator<WatchEvent>
  /** Removes the tunnels at once and ends everything. */
  close(): Promise<void>
}

/** Resolves when the server has taken the credential. Rejects with UNAUTHENTICATED, SERVER_UNREACHABLE, SERVER_UNTRUSTED, NOT_TOWLINE… */
export const connect = async (options: SessionOptions): Promise<Towline> => {
  const session = openSession(options)
  const inventory = createInventory(options)
  const listeners: ByteServer[] = []
  try {
    await session.online(options.signal)
  } catch (error) {
    await session.close()
    throw error
  }
  return {
    session,
    serve: (service, spec) => serve(session, service, spec),
    forward: (target, spec) => forward(session, target, spec),
    dial: (address, signal) => dialDuplex(session, address, signal),
    dialChannel: (address, signal) => session.dial(address, signal),
    listen: async (how) => {
      const listener = await listenDial(session, how)
      listeners.push(listener)
      return listener
    },
    tunnels: (how) => inventory.listTunnels(how),
    clients: (how) => inventory.listClients(how),
    watch: (how) => inventory.watch(how),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()))
      inventory.close()
      await session.close()
    },
  }
}

/** See {@link Towline.serve}. */
export const serve = (session: Session, service: HttpService, spec: Spec = {}): Promise<HostedTunnel> =>
  session.open({ kind: 'http', ...spec }, serveBy(service))

/** See {@link Towline.forward}. Rejects with TARGET_INVALID or the engine's refusal. */
export const forward = async (
  session: Session,
  target: number | string | Target,
  spec: Spec = {},
): Promise<HostedTunnel> => session.open({ kind: 'http', ...spec }, forwardTo(readTarget(target), session.limits))
