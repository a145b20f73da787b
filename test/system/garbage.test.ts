/** Proves what a server makes of strangers: garbage of every protocol it speaks leaves it as it was, and its log clean. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { LIMITS } from '@towline/protocol'
import { eventually, openHttpService, startUp, type Up, verifies, visit, within } from '@towline/testkit'
import { expect, it } from 'vitest'
import { beginnings, bent, clientHello } from './garbage/bytes.ts'
import { chance, type Chance } from './torture/pattern.ts'

const SEED = 20_251_001
const MiB = 1024 * 1024
/** Connections: first those that fill caches and heaps, then those that must leave nothing behind. */
const WARM = 800
const THROWN = 3_000
const AT_ONCE = 40
/** A tenth of them goes through a TLS handshake first. */
const SECURE = 0.1
const ALPN = ['http/1.1', 'h2', 'towline/1', undefined]

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()))

/** Says its bytes over a new connection, and breaks off: at once, or after its end when the other side has said something. */
const throwAt = async (port: number, bytes: Buffer, next: Chance): Promise<void> => {
  const below = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  const over = closed(below)
  const socket = next() < SECURE ? await secure(below, next) : below
  // Within TLS nobody is: the reset of a visitor who was refused is noticed only after idleMs.
  const rude = socket === below && next() < 0.5
  const breakOff = (): void => void below.resetAndDestroy()
  socket.on('error', () => {}).on('data', () => rude || breakOff())
  socket.write(bytes, () => (rude ? breakOff() : socket.end()))
  await within(`the end of a connection that said ${JSON.stringify(bytes.toString('latin1'))}`, over)
}

const secure = async (below: Socket, next: Chance): Promise<Socket> => {
  const alpn = ALPN[Math.floor(next() * ALPN.length)]
  const socket = connectTls({ socket: below, rejectUnauthorized: false, ...(alpn && { ALPNProtocols: [alpn] }) })
  const ready = new Promise<void>((resolve) => void socket.once('secureConnect', resolve).on('error', () => resolve()))
  await within('a handshake', ready)
  return socket
}

/** What a process holds now. */
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

/** Node does not tell when the peer of an HTTP/2 session is gone that broke its rules, so that takes two pings. */
const settled = (up: Up, before: number): Promise<true> =>
  eventually(
    'the end of the last connection',
    () => (descriptors(up.server.pid) <= before ? true : undefined),
    3 * LIMITS.h2PingMs,
  )

// Only there can the open files of another process be counted.
it.skipIf(!existsSync('/proc/self/fd'))(
  'garbage: thousands of connections of it leave a server that answers, holds nothing more, and logs nothing of them',
  async () => {
    verifies('tunnel.http.smuggling', 'limits.table', 'obs.logs', 'link.spec')
    await using up = await startUp()
    await using service = await openHttpService((_request, response) => response.end('served'))
    const { url } = await up.online(String(service.port), '--name', 'web')
    const { token } = up.context()
    const hellos = await Promise.all([
      clientHello('web.dev.localhost', ['h2', 'http/1.1']),
      clientHello('x', ['towline/1']),
    ])
    const whole = beginnings(up.host('web'), token, hellos)
    let thrown = 0
    const throwMany = async (count: number): Promise<void> => {
      const last = thrown + count
      const one = async (): Promise<void> => {
        while (thrown < last) {
          const next = chance(SEED + thrown++)
          await throwAt(up.port, bent(whole, next), next)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
    }
    const served = async (): Promise<void> =>
      expect(await visit({ to: url })).toMatchObject({ status: 200, body: 'served' })

    await served()
    const before = descriptors(up.server.pid)
    await throwMany(WARM)
    const held = memory(up.server.pid)
    await throwMany(THROWN)
    const { exitCode, signalCode } = up.server.child
    const words = up.server.stderr().split('\n')
    const crash = words.filter((line) => line !== '' && !line.startsWith('{'))
    expect({ exitCode, signalCode, crash }).toEqual({ exitCode: null, signalCode: null, crash: [] })
    await served()
    await settled(up, before)
    expect(memory(up.server.pid) - held).toBeLessThan(64 * MiB)

    const list = async (what: string): Promise<readonly { id: string; name?: string }[]> =>
      JSON.parse((await up.run([what, 'list', '-o', 'json'])).stdout)
    await eventually('the end of the last stray client', async () =>
      (await list('client')).length === 1 ? true : undefined,
    )
    await eventually('the end of the last stray tunnel', async () =>
      (await list('tunnel')).every(({ name }) => name === 'web') ? true : undefined,
    )
    const log = up.server.stderr()
    expect(log.includes(token)).toBe(false)
    expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/.exec(log)?.[0]).toBeUndefined()
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: unknown; msg?: string })
    expect(lines.filter(({ level }) => level === 'error' || level === 50)).toEqual([])
  },
  120_000,
)
