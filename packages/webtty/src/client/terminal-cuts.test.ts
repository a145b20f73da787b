/** Proves that a terminal goes on over cuts with nothing lost or repeated, both ways. */
import { silentLog } from '@towline/base'
import { AppError, FD, LIMITS } from '@towline/protocol'
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Carrier } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { FACTS } from '../host/raw-peer.fixture.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { type FakeProcess, FakeSessions } from '../session/fake-sessions.fixture.ts'
import { openTerminal } from './open-terminal.ts'
import { Screen, seeded, terminalRig } from './terminal.fixture.ts'

afterEach(() => vi.useRealTimers())

describe('webtty terminal: over cuts', () => {
  it('loses and repeats nothing either way over hundreds of cuts at any message', async () => {
    verifies('term.resume')
    let connections = 0
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed)
      const { screen, terminal, sessions, links } = terminalRig({}, () => 5 + Math.floor(random() * 9))
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
    const { screen, links, process, terminal } = terminalRig()
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

  it('counts what was not drawn before a cut against the window after it', async () => {
    verifies('term.interrupt')
    const { screen, process, terminal, links } = terminalRig()
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

  it('says the last size again after a cut', async () => {
    const { screen, process, terminal, links } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    links[0]?.cut()
    terminal.resize({ cols: 5, rows: 4 })
    await screen.until(() => terminal.state === 'open')
    await vi.waitUntil(() => process().done.includes('resize {"cols":5,"rows":4}'))
  })

  it('brings its size when it comes back in another process, and comes back without a token that it never got', async () => {
    verifies('term.resume')
    const sessions = new FakeSessions()
    const first = terminalRig({}, undefined, sessions)
    await first.screen.until(() => first.terminal.state === 'open')
    await first.terminal.detach()
    const { attach } = sessions
    sessions.attach = async (ask) => {
      const participation = await attach.call(sessions, ask)
      return { ...participation, session: { ...participation.session, resumeToken: '' } }
    }
    const request = { kind: 'pty', processId: 'p1', tty: { cols: 7, rows: 6 } } as const
    const { terminal, links, process } = terminalRig(
      { request, resume: { processId: 'p1', offset: 0 } },
      undefined,
      sessions,
    )
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
    const first = terminalRig({}, undefined, sessions)
    await first.screen.until(() => first.screen.end === 9)
    await first.terminal.detach()
    const back = terminalRig({ resume: { processId: 'p1', offset: 0 } }, undefined, sessions)
    await back.screen.until(() => back.screen.end === 9)
    back.process().prints(FD.pty, '\x1b[6n')
    await back.screen.until(() => back.screen.end === 13)
    expect([first, back].map(({ screen }) => screen.shown.toString().replaceAll('\0', ''))).toEqual([
      'a\x1b[6nb\x1b[c',
      'ab\x1b[6n',
    ])
  })

  it('asks again for a terminal whose answer was lost, and gets the same', async () => {
    let lose = true
    const { screen, terminal, sessions, links } = terminalRig()
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
    const { terminal, links, connect } = terminalRig({}, undefined, undefined, (real) => hang?.() ?? real())
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
    const { screen, terminal, links, sessions } = terminalRig()
    await screen.until(() => terminal.state === 'open')
    sessions.attach = () => Promise.reject(new AppError('FORBIDDEN', { permission: 'this session' }))
    links[0]?.cut()
    expect(await terminal.done).toMatchObject({ how: 'lost', error: { code: 'FORBIDDEN' } })
  })

  it('does not wait for a server that said it stops: what it ran has ended', async () => {
    verifies('term.resume')
    const { screen, terminal, links } = terminalRig()
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
