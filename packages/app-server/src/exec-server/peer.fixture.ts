/** Owns a client of an exec-server in tests: asks over wires in memory, and hears what it is told. */
import { EventEmitter } from 'node:events'
import { type BareSink, type BareSpec, FD, type Processes, type RpcFault } from '@towline/protocol'
import { silentLog } from '@towline/base'
import { within } from '@towline/testkit'
import type { Wire, WireSink } from '../rpc/wire.ts'
import { type ExecServer, openExecServer } from './exec-server.ts'

export interface Told {
  readonly id?: number
  readonly method?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- as it was sent
  readonly params?: any
  // oxlint-disable-next-line typescript/no-explicit-any -- as it was sent
  readonly result?: any
  readonly error?: RpcFault
}

export class MemoryWire implements Wire {
  sink: WireSink | undefined
  queued = 0
  isPaused = true
  isClosed = false
  readonly told: Told[] = []
  readonly #news = new EventEmitter().setMaxListeners(0)

  send(text: string): void {
    if (this.isClosed) return
    this.told.push(JSON.parse(text) as Told)
    this.#news.emit('told')
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.sink?.closed()
  }

  /** The first that fits, of what was told before too. */
  async said(what: string, fits: (told: Told) => boolean): Promise<Told> {
    const look = (): Told | undefined => this.told.find(fits)
    return await within(
      what,
      new Promise<Told>((done) => {
        const found = look()
        if (found) return done(found)
        const hear = (): void => {
          const told = look()
          if (!told) return
          this.#news.off('told', hear)
          done(told)
        }
        this.#news.on('told', hear)
      }),
    )
  }
}

let lastId = 0

/** Asks, and answers what was answered. */
export const ask = async (wire: MemoryWire, method: string, params: unknown = {}): Promise<Told> => {
  const id = ++lastId
  wire.sink?.message(JSON.stringify({ id, method, params }))
  return await wire.said(`the answer to ${method}`, (told) => told.id === id)
}

/** A wire whose client has said hello. */
export const connect = async (server: ExecServer, resumeSessionId?: string): Promise<[MemoryWire, Told]> => {
  const wire = new MemoryWire()
  server.serve(wire)
  return [wire, await ask(wire, 'initialize', { clientName: 'test', resumeSessionId })]
}

/** A process that a test plays. */
export class PlayedProcess {
  readonly spec: BareSpec
  readonly #sink: BareSink
  isPaused = true
  isInterrupted = false
  wasEnded = false
  written = ''

  constructor(spec: BareSpec, sink: BareSink) {
    this.spec = spec
    this.#sink = sink
  }

  prints(text: string): void {
    this.#sink.output(FD.stdout, Buffer.from(text))
  }

  takes(count: number): void {
    this.#sink.taken(count)
  }

  exits(code: number | null, signal: string | null = null): void {
    this.#sink.exited(code, signal)
  }
}

export interface Played {
  readonly server: ExecServer
  readonly processes: readonly PlayedProcess[]
}

/** A server whose processes are played; `bwrap` is where bubblewrap is said to be. */
export const openPlayed = (bubblewrap: () => Promise<string> = () => Promise.resolve('/usr/bin/bwrap')): Played => {
  const started: PlayedProcess[] = []
  const processes: Processes = {
    start: (spec, sink) => {
      const played = new PlayedProcess(spec, sink)
      started.push(played)
      return Promise.resolve({
        pause: () => void (played.isPaused = true),
        resume: () => void (played.isPaused = false),
        write: (bytes) => void (played.written += Buffer.from(bytes).toString()),
        interrupt: () => void (played.isInterrupted = true),
        end: () => {
          played.wasEnded = true
          return Promise.resolve()
        },
      })
    },
    close: () => undefined,
  }
  const env = { PATH: '/usr/bin:/bin', HOME: '/home/ann', TOWLINE_TOKEN: 'hidden', API_KEY: 'k' }
  const server = openExecServer({ processes, env, cwd: '/srv', shell: '/bin/bash', log: silentLog(), bubblewrap })
  return { server, processes: started }
}

export const START = { processId: 'p1', argv: ['/bin/true'], cwd: 'file:///srv', env: {}, tty: false }
