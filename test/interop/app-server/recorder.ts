/** Owns a WebSocket between a client and an app-server that notes what both say. */
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { type Recorded, recordWire, type WireRecord } from './record-wire.ts'
import type { StockSchemas } from './stock-schemas.ts'

export interface Recorder {
  /** For the client, instead of the server's: `ws://127.0.0.1:PORT`, as stock Codex takes it. */
  readonly url: string
  /** A record a connection, in the order they came. */
  readonly records: readonly WireRecord[]
  /** Of all connections. */
  complaints(): readonly string[]
  /** Breaks every connection, as a network does. */
  cut(): void
  close(): Promise<void>
}

/** Hands on `Authorization` as the client sent it. */
export const openRecorder = async (to: string, stock: Pick<StockSchemas, 'validate'>): Promise<Recorder> => {
  const records: WireRecord[] = []
  const sockets = new Set<WebSocket>()
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (near, { headers: { authorization } }) => {
    const record = recordWire(stock)
    records.push(record)
    const far = new WebSocket(to, { headers: authorization === undefined ? {} : { authorization } })
    const opened = new Promise<void>((resolve) => far.once('open', resolve))
    const pass = (from: Recorded['from'], source: WebSocket, target: WebSocket): void => {
      sockets.add(source)
      source.on('message', (data, isBinary) => {
        if (!isBinary) record.hear(from, String(data))
        void opened.then(() => target.send(data, { binary: isBinary }))
      })
      source.on('error', () => undefined)
      source.once('close', () => target.terminate())
    }
    pass('client', near, far)
    pass('server', far, near)
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.terminate()
    sockets.clear()
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    records,
    complaints: () => [...new Set(records.flatMap((record) => record.complaints()))],
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
