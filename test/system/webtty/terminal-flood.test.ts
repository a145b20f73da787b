/** Proves that Ctrl-C ends a flood though whoever draws it is slow, and that a client never holds much of it; prints how long that took. */
import { openMachine, resolveConnection } from '@towline/operations'
import { LIMITS } from '@towline/protocol'
import { openTerminal, type Terminal, type TerminalSink } from '@towline/webtty'
import { eventually, verifies } from '@towline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machines, openMachines } from './machines.ts'

const MB = 1_000_000
const TICK_MS = 5
const MOST_HELD = 512 * 1024
const ROUNDS = 7

/** Draws so many bytes a second, and knows what it has drawn. */
class SlowScreen implements TerminalSink {
  readonly #bytesPerTick: number
  readonly #timer: NodeJS.Timeout
  terminal: Terminal | undefined
  received = 0
  drawn = 0
  mostHeld = 0
  /** The last bytes that were drawn. */
  tail = ''
  #held: Buffer[] = []

  constructor(bytesPerSecond: number) {
    this.#bytesPerTick = (bytesPerSecond * TICK_MS) / 1000
    this.#timer = setInterval(() => this.#draw(), TICK_MS)
  }

  output(offset: number, bytes: Uint8Array): void {
    this.#held.push(Buffer.from(bytes))
    this.received = offset + bytes.length
    this.mostHeld = Math.max(this.mostHeld, this.received - this.drawn)
  }

  snapshot(): void {}
  drained(): void {}
  state(): void {}
  stop = (): void => clearInterval(this.#timer)

  #draw(): void {
    const all = Buffer.concat(this.#held)
    const now = all.subarray(0, this.#bytesPerTick)
    this.#held = [Buffer.from(all.subarray(now.length))]
    this.drawn += now.length
    this.tail = (this.tail + now.toString('latin1')).slice(-100)
    this.terminal?.consumed(this.drawn)
  }
}

describe('webtty client: a flood', () => {
  let machines: Machines
  beforeAll(async () => {
    machines = await openMachines()
  })
  afterAll(() => machines?.[Symbol.asyncDispose]())

  const open = async (bytesPerSecond: number) => {
    const { env } = machines.up
    const aborted = new AbortController()
    const machine = await openMachine({
      ...{ connection: () => resolveConnection(env), env, trust: {} },
      ...{ url: 'tow://lab', agent: 'flood/0', signal: aborted.signal },
    })
    const screen = new SlowScreen(bytesPerSecond)
    const terminal = openTerminal({
      connect: (signal) => machine.carrier(signal),
      request: { kind: 'pty', argv: ['bash', '--norc', '--noprofile'], env: { PS1: 'far> ' } },
      sink: screen,
    })
    screen.terminal = terminal
    const close = async (): Promise<void> => {
      terminal.close()
      screen.stop()
      await machine.close()
    }
    return { screen, terminal, [Symbol.asyncDispose]: close }
  }

  const prompt = (screen: SlowScreen): Promise<true> =>
    eventually('the prompt', () => (screen.tail.endsWith('far> ') ? true : undefined))

  it.each([['yes'], ["yes 'a line of seventy characters or so, as programs that build things print'"]])(
    '%s is interrupted on a screen that draws 10 MB a second',
    async (flood) => {
      verifies('term.interrupt')
      await using rig = await open(10 * MB)
      const { screen, terminal } = rig
      await prompt(screen)
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const from = screen.drawn
        terminal.write(Buffer.from(`${flood}\n`))
        await eventually('the flood', () => (screen.drawn > from + 2 * MB ? true : undefined))
        const pressedAt = performance.now()
        terminal.write(Buffer.from('\u0003'))
        await new Promise<void>((done) => {
          const look = (): void => void (screen.tail.endsWith('far> ') ? done() : setTimeout(look, 1))
          look()
        })
        times.push(performance.now() - pressedAt)
      }
      const sorted = times.toSorted((one, other) => one - other).map(Math.round)
      process.stdout.write(
        `Ctrl-C to the prompt under ${flood.slice(0, 4)}…, ms: ${sorted.join(' ')}; most held: ${screen.mostHeld} bytes\n`,
      )
      expect(screen.mostHeld).toBeLessThanOrEqual(MOST_HELD)
    },
  )

  it('never holds more than its window, and stops the program, when nothing is drawn at all', async () => {
    verifies('term.interrupt')
    await using rig = await open(0)
    const { screen, terminal } = rig
    terminal.write(Buffer.from('yes\n'))
    await eventually('a full window', () => (screen.received >= LIMITS.webttyWindowNear ? true : undefined))
    const seen = await machines.processes('lab')
    expect(seen.some(({ kind, state }) => kind === 'pty' && state === 'running')).toBe(true)
    expect(screen.mostHeld).toBeLessThanOrEqual(LIMITS.webttyWindow)
  })
})
