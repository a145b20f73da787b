/** Owns a terminal under test: a screen that records what it hears, and connections in memory that break when they are told to. */
import { silentLog } from '@towline/base'
import { WEBTTY_CLOSE } from '@towline/protocol'
import { vi } from 'vitest'
import type { Carrier } from '../carrier/carrier.ts'
import { memoryCarriers } from '../carrier/memory-carriers.ts'
import { FACTS } from '../host/raw-peer.fixture.ts'
import { serveConnection } from '../host/serve-connection.ts'
import { type FakeProcess, FakeSessions } from '../session/fake-sessions.fixture.ts'
import { openTerminal, type OpenTerminalOptions, type Terminal, type TerminalSink } from './open-terminal.ts'

/** mulberry32: the same numbers for the same seed. */
export const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Records what a terminal hears; what it was given is drained unless `hold`. */
export class Screen implements TerminalSink {
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

export interface Link {
  readonly cut: () => void
  readonly stop: () => void
}

/** A terminal over carriers in memory; `budget` is how many messages a connection carries before it breaks. */
export const terminalRig = (
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
