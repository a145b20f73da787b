/** Owns a relay that makes two parties of this machine far apart: each way takes time, and each connection has a top rate. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { closeServer } from './close-server.ts'

export interface FarRelayOptions {
  /** Each way. */
  readonly delayMs: number
  /** Of each connection, each way, as on a path that loses packets; unbounded when absent. */
  readonly bytesPerSecond?: number
}

export interface FarRelay extends AsyncDisposable {
  readonly port: number
  /** Connections that go through now. */
  readonly open: number
  /** Bytes towards the port it leads to, by connection, oldest first; those that are over included. */
  readonly carried: readonly number[]
  close(): Promise<void>
}

/** What a path holds before its bottleneck; a sender that is ahead by more is not read. */
const QUEUE_MS = 20
/** A receiver that leaves this much unread is waited for. */
const STUCK_BYTES = 1024 * 1024

/** Listens on port 0 and leads to a port of this machine. */
export const openFarRelay = async (to: number, options: FarRelayOptions): Promise<FarRelay> => {
  const sockets = new Set<Socket>()
  const carried: number[] = []
  let open = 0
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const at = carried.push(0) - 1
    open++
    for (const socket of [near, far]) track(socket)
    near.on('data', (bytes) => (carried[at] = (carried[at] ?? 0) + bytes.length))
    near.on('close', () => open--)
    carry(near, far, options)
    carry(far, near, options)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = closeServer(server, sockets)
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return open
    },
    carried,
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface Arrival {
  readonly at: number
  readonly run: () => void
}

/** Bytes leave in order, one after the other at the top rate, and arrive `delayMs` after they left. */
const carry = (from: Socket, to: Socket, { delayMs, bytesPerSecond = Infinity }: FarRelayOptions): void => {
  const onTheWay: Arrival[] = []
  let freeAt = 0
  let timer: NodeJS.Timeout | undefined
  const arrive = (): void => {
    timer = undefined
    while (onTheWay[0] && onTheWay[0].at <= performance.now()) onTheWay.shift()?.run()
    wait()
  }
  const wait = (): void => {
    const [next] = onTheWay
    if (next) timer ??= setTimeout(arrive, Math.max(1, next.at - performance.now()))
  }
  const send = (run: () => void): void => {
    const at = Math.max(freeAt, performance.now()) + delayMs
    // A timer cannot wait for less than a millisecond.
    if (onTheWay.length === 0 && at < performance.now() + 1) return run()
    onTheWay.push({ at, run })
    wait()
  }
  from.on('data', (bytes) => {
    const now = performance.now()
    freeAt = Math.max(now, freeAt) + (bytes.length / bytesPerSecond) * 1000
    send(() => to.write(bytes))
    if (freeAt - now < QUEUE_MS && to.writableLength < STUCK_BYTES) return
    from.pause()
    setTimeout(() => from.resume(), Math.max(1, freeAt - now - QUEUE_MS / 2))
  })
  from.on('end', () => send(() => to.end()))
  from.on('close', () => from.errored && to.resetAndDestroy())
  to.on('close', () => {
    clearTimeout(timer)
    onTheWay.length = 0
    if (to.errored) from.resetAndDestroy()
  })
}
