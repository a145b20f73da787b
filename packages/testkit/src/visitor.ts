/** Owns those who come from outside: one HTTP request of its own connection, and raw sockets that say exactly what a test writes. */
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SOON_MS } from './within.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Asked {
  /** `name.project.domain:port` or the whole URL; the connection goes to this machine. */
  readonly to: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly ms?: number
}

/** One request over a connection of its own. Throws when the connection breaks or no answer comes in time. */
export const visit = ({ to, path = '/', method = 'GET', headers = {}, body, ms = SOON_MS }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const host = to.replace(/^\w+:\/\//, '').replace(/\/$/, '')
    const options = { host: '127.0.0.1', port: Number(host.split(':')[1]), path, method, agent: false } as const
    const asked = request({ ...options, headers: { host, ...headers }, signal: AbortSignal.timeout(ms) }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts).toString() }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })

/** A raw connection. */
export interface Wire extends Disposable {
  readonly socket: Duplex
  /** Everything that came, as latin1. */
  text(): string
  /** Resolves when what came matches. Throws with what came when it does not. */
  until(pattern: RegExp, ms?: number): Promise<RegExpMatchArray>
  /** How it ended: by FIN, or the error. */
  over(ms?: number): Promise<string>
  destroy(): void
}

export const openWire = (port: number): Promise<Wire> =>
  new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(wireOf(socket))
    })
  })

/** Reads a stream for a test. */
export const wireOf = (socket: Duplex): Wire => {
  let text = ''
  let ending: string | undefined
  const looks = new Set<() => void>()
  const change = (act: () => void): void => {
    act()
    for (const look of [...looks]) look()
  }
  socket.on('data', (part: Buffer) => change(() => (text += part.toString('latin1'))))
  socket.on('end', () => change(() => (ending ??= 'end')))
  socket.on('error', (error: NodeJS.ErrnoException) => change(() => (ending ??= error.code ?? error.message)))
  socket.on('close', () => change(() => (ending ??= 'close')))
  const wait = <T>(what: string, look: () => T | undefined, ms = SOON_MS): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        looks.delete(tryIt)
        act()
      }
      const told = (why: string): Error => new Error(`${what} did not come ${why}; came: ${JSON.stringify(text)}`)
      const tryIt = (): void => {
        const found = look()
        if (found !== undefined) settle(() => resolve(found))
        else if (ending !== undefined) settle(() => reject(told(`before ${ending}`)))
      }
      const timer = setTimeout(() => settle(() => reject(told(`within ${ms} ms`))), ms)
      looks.add(tryIt)
      tryIt()
    })
  const destroy = (): void => void socket.destroy()
  return {
    socket,
    text: () => text,
    until: (pattern, ms) => wait(`${pattern}`, () => text.match(pattern) ?? undefined, ms),
    over: (ms) => wait('the end', () => ending, ms),
    destroy,
    [Symbol.dispose]: destroy,
  }
}
