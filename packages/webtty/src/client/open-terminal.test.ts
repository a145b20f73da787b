/** Proves that a terminal goes on over cuts with nothing lost or repeated, both ways, and stays within its bounds. */
import { silentLog } from '@towline/base'
import { AppError, FD, LIMITS, WEBTTY_CLOSE } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Carrier } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { FACTS } from '../host/raw-peer.fixture.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { type FakeProcess, FakeSessions } from '../session/fake-sessions.fixture.ts'
import { openTerminal, type OpenTerminalOptions, type Terminal, type TerminalSink } from './open-terminal.ts'

/** mulberry32: the same numbers for the same seed. */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Records what a terminal hears; what it was given is drained unless `hold`. */
class Screen implements TerminalSink {
  readonly states: string[] = []
  readonly snapshots: number[] = []
  shown = Buffer.alloc(0)
  end = 0
  hold = false
  drains = 0
  terminal: Terminal | undefined
  #waiting: (() => void)[] = []

  output(offset: number, bytes: Uint8Array): void {
    if (offset !== this.end) throw new Error(`output from ${offset} on, where ${this.end} is next`)
    this.end += bytes.length
    this.shown = Buffer.concat([this.shown, bytes])
    if (!this.hold) this.terminal?.consumed(this.end)
    this.#wake()
  }

  snapshot({ offset, data }: { offset: number; data: Uint8Array }): void {
    this.snapshots.push(offset)
    this.shown = Buffer.from(data)
    this.end = offset
    this.#wake()
  }

  drained(): void {
    this.drains++
    this.#wake()
  }

  state(state: string): void {
    this.states.push(state)
    this.#wake()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((done) => this.#waiting.push(done))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

interface Link {
  readonly cut: () => void
  readonly stop: () => void
}

const rig = (
  options: Partial<OpenTerminalOptions> = {},
  budget: () => number = () => Infinity,
  sessions = new FakeSessions(),
  through: (real: () => Promise<Carrier>) => Promise<Carrier> = (real) => real(),
) => {
  const screen = new Screen()
  const links: Link[] = []
  const real = (): Promise<Carrier> => {
    const { near, far, cut } = memoryCarriers()
    let left = budget()
    // The message that goes over it is lost.
    for (const end of [near, far]) {
      const send = end.send.bind(end)
      end.send = (message) => {
        if (--left < 0) cut()
        return send(message)
      }
    }
    const served = serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog() })
    links.push({ cut, stop: () => served.close(WEBTTY_CLOSE.stopping, 'the server stops') })
    return Promise.resolve(near)
  }
  const connect = vi.fn(() => through(real))
  const request = { kind: 'pty', processId: 'p1' } as const
  const terminal = openTerminal({ connect, request, sink: screen, random: () => 0, ...options })
  screen.terminal = terminal
  return { connect, sessions, screen, terminal, links, process: () => sessions.all.get('p1') as FakeProcess }
}

afterEach(() => vi.useRealTimers())

describe('webtty terminal', () => {
  it('shows output, sends input, and tells how the program ended', async () => {
    const { screen, terminal, sessions } = rig()
    sessions.play = (process) => {
      process.onInput = (bytes) => process.prints(FD.pty, bytes)
      process.prints(FD.pty, '$ ')
    }
    terminal.write(Buffer.from('ls'))
    await screen.until(() => screen.shown.toString() === '$ ls')
    sessions.all.get('p1')?.exits({ exitCode: 7 })
    expect(await terminal.done).toMatchObject({ how: 'exited', exit: { exitCode: 7 } })
    expect(screen.states).toEqual(['open', 'ended'])
  })

  it('loses and repeats nothing either way over hundreds of cuts at any message', async () => {
    verifies('term.resume')
    let connections = 0
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed)
      const { screen, terminal, sessions, links } = rig({}, () => 5 + Math.floor(random() * 9))
      let printed = Buffer.alloc(0)
      sessions.play = (process) => {
        process.onInput = (bytes) => {
          const answer = Buffer.concat([bytes, Buffer.alloc(Math.floor(random() * 3000), bytes)])
          printed = Buffer.concat([printed, answer])
          process.prints(FD.pty, answer)
        }
      }
      const typed: Buffer[] = []
      for (let at = 0; at < 60; at++) {
        const bytes = Buffer.alloc(1 + Math.floor(random() * 2000), `${at} `)
        typed.push(bytes)
        terminal.write(bytes)
        if (random() < 0.8) await screen.until(() => terminal.state === 'open')
        await new Promise((done) => setImmediate(done))
      }
      const all = Buffer.concat(typed)
      await screen.until(() => screen.end > 0)
      const process = sessions.all.get('p1') as FakeProcess
      while (process.input.length < all.length) await new Promise((done) => setImmediate(done))
      await screen.until(() => screen.end >= printed.length)
      process.exits()
      expect(await terminal.done).toMatchObject({ how: 'exited' })
      expect([process.input.equals(all), screen.shown.equals(printed)]).toEqual([true, true])
      connections += links.length
    }
    expect(connections).toBeGreaterThan(120)
  })

  it('draws the screen anew when it missed more than is kept, and goes on from there', async () => {
    verifies('term.resume')
    const { screen, links, process, terminal } = rig()
    await screen.until(() => terminal.state === 'open')
    process().prints(FD.pty, 'first')
    await screen.until(() => screen.end === 5)
    links[0]?.cut()
    process().prints(FD.pty, 'x'.repeat(100))
    process().drops(FD.pty, 50)
    await screen.until(() => screen.end === 105)
    expect(screen.snapshots).toEqual([50])
    expect(screen.shown.toString()).toBe(`screen at 50${'x'.repeat(55)}`)
  })

  it('never holds more than its window, and the program waits', async () => {
    verifies('term.interrupt')
    const { screen, process, terminal } = rig()
    screen.hold = true
    await screen.until(() => terminal.state === 'open')
    process().prints(FD.pty, new Uint8Array(5_000_000))
    await screen.until(() => screen.end === LIMITS.webttyWindowNear)
    await new Promise((done) => setImmediate(done))
    expect(screen.end).toBe(LIMITS.webttyWindowNear)
    terminal.consumed(100_000)
    await screen.until(() => screen.end === LIMITS.webttyWindowNear + 100_000)
  })

  it('counts what was not drawn before a cut against the window after it', async () => {
    verifies('term.interrupt')
    const { screen, process, terminal, links } = rig()
    screen.hold = true
    await screen.until(() => terminal.state === 'open')
    process().prints(FD.pty, new Uint8Array(5_000_000))
    await screen.until(() => screen.end === LIMITS.webttyWindowNear)
    for (let cuts = 1; cuts <= 3; cuts++) {
      links.at(-1)?.cut()
      await screen.until(() => terminal.state === 'open' && links.length === cuts + 1)
      for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done))
    }
    expect(screen.end).toBe(LIMITS.webttyWindowNear)
  })

  it('asks a writer to stop, and says when it may go on', async () => {
    const { screen, process, terminal } = rig()
    await screen.until(() => terminal.state === 'open')
    expect(terminal.write(new Uint8Array(LIMITS.webttyInputBytes))).toBe(false)
    await screen.until(() => screen.drains === 1)
    expect(terminal.write(Buffer.from('x'))).toBe(true)
    while (process().input.length <= LIMITS.webttyInputBytes) await new Promise((done) => setImmediate(done))
  })

  it('takes a paste of 1 MB', async () => {
    verifies('term.client')
    const { screen, process, terminal } = rig()
    await screen.until(() => terminal.state === 'open')
    const paste = Buffer.alloc(1_000_000, 'paste ')
    terminal.write(paste)
    while (process().input.length < paste.length) await new Promise((done) => setImmediate(done))
    expect(process().input.equals(paste)).toBe(true)
  })

  it('says the last size again after a cut', async () => {
    const { screen, process, terminal, links } = rig()
    await screen.until(() => terminal.state === 'open')
    links[0]?.cut()
    terminal.resize({ cols: 5, rows: 4 })
    await screen.until(() => terminal.state === 'open')
    await vi.waitUntil(() => process().done.includes('resize {"cols":5,"rows":4}'))
  })

  it('brings its size when it comes back in another process, and comes back without a token that it never got', async () => {
    verifies('term.resume')
    const sessions = new FakeSessions()
    const first = rig({}, undefined, sessions)
    await first.screen.until(() => first.terminal.state === 'open')
    await first.terminal.detach()
    const { attach } = sessions
    sessions.attach = async (ask) => {
      const participation = await attach.call(sessions, ask)
      return { ...participation, session: { ...participation.session, resumeToken: '' } }
    }
    const request = { kind: 'pty', processId: 'p1', tty: { cols: 7, rows: 6 } } as const
    const { terminal, links, process } = rig({ request, resume: { processId: 'p1', offset: 0 } }, undefined, sessions)
    await vi.waitUntil(() => process().done.length === 2)
    links[0]?.cut()
    terminal.write(Buffer.from('x'))
    await vi.waitUntil(() => process().input.length === 1)
    const size = 'resize {"cols":7,"rows":6}'
    expect(process().done).toEqual(['leave detach', size, 'leave cut', size])
  })

  it('does not draw what was asked of the terminal before it, so that nothing answers', async () => {
    const sessions = new FakeSessions()
    sessions.play = (process) => {
      process.answered = 9
      process.prints(FD.pty, 'a\x1b[6nb\x1b[c')
    }
    const first = rig({}, undefined, sessions)
    await first.screen.until(() => first.screen.end === 9)
    await first.terminal.detach()
    const back = rig({ resume: { processId: 'p1', offset: 0 } }, undefined, sessions)
    await back.screen.until(() => back.screen.end === 9)
    back.process().prints(FD.pty, '\x1b[6n')
    await back.screen.until(() => back.screen.end === 13)
    expect([first, back].map(({ screen }) => screen.shown.toString().replaceAll('\0', ''))).toEqual([
      'a\x1b[6nb\x1b[c',
      'ab\x1b[6n',
    ])
  })

  it('leaves the program running when it detaches', async () => {
    const { screen, process, terminal } = rig()
    await screen.until(() => terminal.state === 'open')
    await terminal.detach()
    expect(await terminal.done).toEqual({ how: 'detached' })
    expect(process().done).toEqual(['leave detach'])
    expect(terminal.session).toMatchObject({ processId: 'p1', resumeToken: 'token-1', offset: 0 })
  })

  it('ends the program when it is closed', async () => {
    const { screen, process, terminal } = rig()
    await screen.until(() => terminal.state === 'open')
    terminal.close()
    expect(await terminal.done).toEqual({ how: 'closed' })
    await vi.waitUntil(() => process().done.includes('leave cancel'))
  })

  it('fails at once when it cannot be opened the first time', async () => {
    const error = new AppError('TUNNEL_OFFLINE')
    const { terminal, screen } = rig({ connect: () => Promise.reject(error) })
    expect(await terminal.done).toEqual({ how: 'lost', error })
    expect(screen.states).toEqual(['ended'])
  })

  it('asks again for a terminal whose answer was lost, and gets the same', async () => {
    let lose = true
    const { screen, terminal, sessions, links } = rig()
    const { open } = sessions
    sessions.open = (request, sink) => {
      const answer = open.call(sessions, request, sink)
      if (lose) links.at(-1)?.cut()
      lose = false
      return answer
    }
    await screen.until(() => terminal.state === 'open')
    expect([links.length, sessions.all.size]).toEqual([2, 1])
  })

  it('does not ask again for a terminal that was refused', async () => {
    const { terminal, sessions, links } = rig()
    sessions.refusal = new AppError('LIMIT_REACHED', { limit: 'x', value: 1 })
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'LIMIT_REACHED' } })
    expect(links.length).toBe(1)
  })

  it.each([
    ['a credential that is no longer good', new AppError('UNAUTHENTICATED')],
    ['one that may not dial', new AppError('FORBIDDEN', { permission: 'x' })],
  ])('gives up after a cut for %s', async (_name, error) => {
    let connects = 0
    const sessions = new FakeSessions()
    const screen = new Screen()
    const { near, far, cut } = memoryCarriers()
    serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog() })
    const terminal = openTerminal({
      connect: () => (connects++ === 0 ? Promise.resolve(near) : Promise.reject(error)),
      request: { kind: 'pty' },
      sink: screen,
    })
    await screen.until(() => terminal.state === 'open')
    cut()
    expect(await terminal.done).toEqual({ how: 'lost', error })
  })

  it('tries again while the machine is away, with growing delays, and gives up in the end', async () => {
    vi.useFakeTimers()
    let away = false
    let connects = 0
    const sessions = new FakeSessions()
    const screen = new Screen()
    let cutLast = (): void => {}
    const terminal = openTerminal({
      connect: () => {
        connects++
        if (away) return Promise.reject(new AppError('TUNNEL_UNKNOWN'))
        const { near, far, cut } = memoryCarriers()
        cutLast = cut
        serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog() })
        return Promise.resolve(near)
      },
      request: { kind: 'pty' },
      sink: screen,
      random: () => 1,
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(terminal.state).toBe('open')
    away = true
    cutLast()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([terminal.state, connects]).toEqual(['waiting', 1 + 5 + 10])
    away = false
    terminal.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(terminal.state).toBe('open')
    away = true
    cutLast()
    await vi.advanceTimersByTimeAsync(LIMITS.webttyGiveUpMs + LIMITS.webttyRetryMaxMs)
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'TUNNEL_UNKNOWN' } })
  })

  it('begins anew when it is woken while an attempt to come back hangs', async () => {
    vi.useFakeTimers()
    const hangs = [() => new Promise<Carrier>(() => {}), () => Promise.resolve(memoryCarriers().near)]
    let hang: (() => Promise<Carrier>) | undefined
    const { terminal, links, connect } = rig({}, undefined, undefined, (real) => hang?.() ?? real())
    await vi.advanceTimersByTimeAsync(0)
    for (hang of hangs) {
      links.at(-1)?.cut()
      await vi.advanceTimersByTimeAsync(0)
      expect(terminal.state).toBe('connecting')
      hang = undefined
      terminal.wake()
      await vi.advanceTimersByTimeAsync(0)
      expect(terminal.state).toBe('open')
    }
    expect(connect).toHaveBeenCalledTimes(1 + 2 * hangs.length)
  })

  it('says lost when the machine no longer has the program', async () => {
    const { screen, terminal, links, sessions } = rig()
    await screen.until(() => terminal.state === 'open')
    sessions.attach = () => Promise.reject(new AppError('FORBIDDEN', { permission: 'this session' }))
    links[0]?.cut()
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'FORBIDDEN' } })
  })

  it('does not wait for a server that said it stops: what it ran has ended', async () => {
    verifies('term.resume')
    const { screen, terminal, links } = rig()
    await screen.until(() => terminal.state === 'open')
    links[0]?.stop()
    const problem = 'the server stops'
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'WEBTTY_LOST', details: { problem } } })
    expect(links).toHaveLength(1)
  })

  it('finds a dead connection by what is typed', async () => {
    vi.useFakeTimers()
    const sessions = new FakeSessions()
    const screen = new Screen()
    const carriers: Carrier[] = []
    const terminal = openTerminal({
      connect: () => {
        const { near, far } = memoryCarriers()
        carriers.push(far)
        serveConnection({ carrier: far, sessions, facts: FACTS, log: silentLog() })
        return Promise.resolve(near)
      },
      request: { kind: 'pty', processId: 'p1' },
      sink: screen,
      random: () => 0,
    })
    await vi.advanceTimersByTimeAsync(0)
    carriers[0]?.pause()
    await vi.advanceTimersByTimeAsync(LIMITS.webttyProbeMs)
    terminal.write(Buffer.from('x'))
    await vi.advanceTimersByTimeAsync(LIMITS.webttyProbeMs + 1)
    expect([terminal.state, carriers.length]).toEqual(['open', 2])
    expect(sessions.all.get('p1')?.input.toString()).toBe('x')
  })
})
